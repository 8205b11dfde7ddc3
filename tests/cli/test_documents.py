"""Documents at the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Line
from tests.register.scans import PDF, scan


def test_a_scan_is_attached_listed_and_got_back(line: Line, tmp_path: Path) -> None:
    """What was brought comes back into a file that is its reader's alone, and over no other."""
    path, out = scan(tmp_path / "in"), tmp_path / "copy.pdf"
    reference = line.good("case", "new", "--document", str(path), by="mara")["reference"]
    line.do(reference, "open", "mara")
    attached = line.good("document", "attach", reference, str(path), by="mara")
    record = attached["records"][0]["ref"]
    rows = line.good("document", "list", reference, by="mara")["documents"]
    assert [(one["name"], one["type"], one["size"]) for one in rows] == [
        ("subpoena.pdf", "application/pdf", len(PDF))
    ] * 2
    got = line.good("document", "get", reference, record, str(out), by="mara")
    assert got["sha256"] == attached["sha256"] == rows[1]["sha256"]
    assert out.read_bytes() == PDF
    assert out.stat().st_mode & 0o777 == 0o600
    out.write_bytes(b"mine")
    again = line("document", "get", reference, record, str(out), by="mara")
    assert (again.code, "nothing is written over" in again.err) == (2, True)
    assert out.read_bytes() == b"mine"
    nowhere = line("document", "get", reference, record, str(tmp_path / "no" / "x"), by="mara")
    assert nowhere.code == 5


def test_what_cannot_be_kept_is_said_before_anything_is_recorded(
    line: Line, tmp_path: Path
) -> None:
    """A file that is too large, or of another kind, is refused with what to do."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    large = scan(tmp_path / "in")
    with large.open("r+b") as file:
        file.truncate(21 * 1024 * 1024)
    for path, sentence in (
        (large, "larger than 20 MiB"),
        (scan(tmp_path / "in", b"PK\x03\x04", "a.pdf"), "none that can be kept"),
    ):
        refused = line("document", "attach", reference, str(path), by="mara")
        assert (refused.code, sentence in refused.err) == (2, True)
    assert line.good("document", "list", reference, by="mara")["documents"] == []


def test_documents_go_out_with_what_is_laid_open_only(line: Line, tmp_path: Path) -> None:
    """They are personal throughout: without --reveal the export is refused; with both the verifier
    has compared them.
    """
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    line.good("document", "attach", reference, str(scan(tmp_path / "in")), by="mara")
    line.later(days=4)
    line.good("tick")
    pack = tmp_path / "pack"
    refused = line("export", "ledger", str(pack), "--documents", by="mara")
    assert (refused.code, "--reveal" in refused.err) == (2, True)
    line.good("export", "ledger", str(pack), "--reveal", "all", "--documents", by="mara")
    assert [one.read_bytes() for one in (pack / "attachments").iterdir()] == [PDF]
    assert line("verify", str(pack)).code == 0
