"""Documents on their way in: what is taken, how they are named, and how large they may be."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from keys.documents import PART_BYTES
from ledger.errors import BadRequest, Unavailable
from ledger.register.documents import brought
from ledger.register.incoming import MOST_BYTES, Incoming, TooLarge
from tests.register.scans import JPEG, PDF, PNG, TEXT, pdf, scan

TAKEN = {
    "order.pdf": (PDF, "application/pdf"),
    "ORDER.PDF": (PDF, "application/pdf"),
    "page 1.png": (PNG, "image/png"),
    "page.jpg": (JPEG, "image/jpeg"),
    "page.JPEG": (JPEG + bytes(9), "image/jpeg"),
    "letter.txt": (TEXT, "text/plain"),
}


@contextmanager
def taken(name: str, data: bytes, piece: int = PART_BYTES) -> Iterator[Incoming]:
    """A file that came in pieces of this size."""
    with closing(Incoming(name)) as incoming:
        for at in range(0, len(data), piece):
            incoming.write(data[at : at + piece])
        incoming.finish()
        yield incoming


def archive(before: bytes = b"", comment: bytes = b"", name: str = "a.txt") -> bytes:
    """A zip archive, behind other bytes, with a comment."""
    made = io.BytesIO(before)
    made.seek(len(before))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as one:
        one.writestr(name, bytes(1_000_000))
        one.comment = comment
    return made.getvalue()


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("piece", [1, 7, PART_BYTES])
def test_four_kinds_are_taken_by_their_content(name: str, piece: int) -> None:
    """PDF, PNG, JPEG and plain text, however their bytes come, each under a name of its kind."""
    data, kind = TAKEN[name]
    with taken(name, data, piece) as incoming:
        assert (incoming.document.type, incoming.document.size) == (kind, len(data))
        assert b"".join(incoming.parts()) == data


HOSTILE = {
    "a zip bomb": ("report.pdf", archive()),
    "an archive in an archive": ("notes.txt", archive(name="inner.zip")),
    "a PDF that is an archive too": ("order.pdf", archive(PDF)),
    "the same, behind a comment": ("order.pdf", archive(PDF, b"x" * 65_535)),
    "an archive that says twice where it ends": ("o.pdf", archive(PDF, b"PK\x05\x06" + b"%%EOF")),
    "a JPEG that is an archive too": ("page.jpg", archive(JPEG, JPEG[-2:])),
    "a PNG with a tail": ("page.png", PNG + b"<script>"),
    "a PDF behind a page": ("page.pdf", b"<html>" + PDF),
    "a PDF that does not end": ("order.pdf", PDF[:-6]),
    "a JPEG that does not end": ("page.jpg", JPEG[:-2] + b"GIF89a"),
    "a program": ("order.txt", b"\x7fELF\x02\x01\x01" + bytes(60)),
    "a script in UTF-16": ("order.txt", "alert(1)".encode("utf-16")),
    "text with a terminal's commands": ("order.txt", b"\x1b]0;owned\x07"),
    "text that is half a character": ("order.txt", "Señora".encode()[:3]),
    "an SVG by name": ("page.svg", b"<svg onload='alert(1)'/>"),
    "a page by name": ("page.html", b"<script>alert(1)</script>"),
    "a PDF under another name": ("order.txt", PDF),
    "text under another name": ("order.pdf", TEXT),
    "two ends, the last of which counts": ("order.pdf.exe", PDF),
    "a name without an end": ("order", PDF),
    "nothing": ("order.txt", b""),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_t48_what_is_not_one_of_four_kinds_is_refused(what: str) -> None:
    """T-48: archives, files of two kinds at once, and names that belie the content are not taken;
    nothing is unpacked or parsed to find out.
    """
    name, data = HOSTILE[what]
    with pytest.raises(BadRequest, match="Nothing was saved"), taken(name, data):
        pass


def test_t48_what_a_pdf_would_do_is_kept_and_not_looked_at() -> None:
    """T-48: a PDF with a script is evidence too: it is stored as it is, byte for byte."""
    data = PDF.replace(b"endobj", b"/OpenAction << /S /JavaScript /JS (app.launchURL) >> endobj")
    with taken("order.pdf", data) as incoming:
        assert b"".join(incoming.parts()) == data


NAMES = {
    "../../etc/cron.d/order.txt": "order.txt",
    "/root/.ssh/order.txt": "order.txt",
    "C:\\Users\\kim\\order.txt": "order.txt",
    "..\\order.txt": "order.txt",
    "a\x00b.txt": "a\\u0000b.txt",
    "invoice\u202efdp.txt": "invoice\\u202efdp.txt",
    "two\nlines.txt": "two\\u000alines.txt",
    "zero\u200bwidth.txt": "zero\\u200bwidth.txt",
    "\udcff\udcfe.txt": "\ufffd\ufffd.txt",
    "CON.txt": "CON.txt",
    "<img src=x>.txt": "<img src=x>.txt",
    "Señora.txt": "Señora.txt",
    f"{'n' * 400}.txt": f"{'n' * 296}.txt",
}


@pytest.mark.parametrize("name", NAMES)
def test_t49_a_name_is_kept_where_it_does_no_harm(name: str, tmp_path: Path) -> None:
    """T-49: folders are left out; what could turn around, end or hide in a line is shown for what
    it is; and no file here ever has that name.
    """
    with taken(name, TEXT) as incoming:
        assert incoming.name == NAMES[name]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "/", "folder/", "  "])
def test_a_file_without_a_name_is_refused(name: str) -> None:
    """There is nothing by which a person would find it again."""
    with pytest.raises(BadRequest, match="no name"):
        Incoming(name)


def test_t47_a_document_has_a_largest_size(tmp_path: Path) -> None:
    """T-47: the byte after the last one that is allowed ends it, long before the rest arrives."""
    with taken("order.pdf", pdf(MOST_BYTES)) as incoming:
        assert incoming.document.size == MOST_BYTES
    with closing(Incoming("order.pdf")) as incoming:
        incoming.write(bytes(MOST_BYTES))
        with pytest.raises(TooLarge, match="larger than 20 MiB"):
            incoming.write(b"x")
    path = scan(tmp_path / "in")
    with path.open("r+b") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(TooLarge), brought(path):
        pass


def test_a_pipe_or_a_folder_is_no_document(tmp_path: Path) -> None:
    """What has no end, or cannot be read, is refused before anything is."""
    with pytest.raises(BadRequest, match="no file that can be read"), brought(tmp_path):
        pass
    with pytest.raises(BadRequest), brought(tmp_path / "missing.pdf"):
        pass
    with pytest.raises(BadRequest), brought(Path("/dev/zero")):
        pass


def test_what_waits_lies_nowhere_in_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is recorded it has no name and cannot be read, whoever looks at the disk."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with taken("letter.txt", TEXT * 9_000) as incoming:
        assert list(tmp_path.iterdir()) == []
        descriptor = incoming._file.fileno()
        with open(f"/proc/self/fd/{descriptor}", "rb") as lying:
            assert b"hold list" not in lying.read()


def test_no_room_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes nothing more, and a folder that is not there, are an operator's to mend."""
    with closing(Incoming("letter.txt")) as incoming:
        incoming._file.close()
        incoming._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - closed with it
        incoming.write(TEXT)
        with pytest.raises(Unavailable, match="cannot be taken in now"):
            incoming.finish()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(Unavailable):
        Incoming("letter.txt")


def test_a_document_that_was_not_taken_in_whole_is_none() -> None:
    """Whoever forgets to finish it has a defect, not a document."""
    with closing(Incoming("letter.txt")) as incoming, pytest.raises(TypeError):
        _ = incoming.document
