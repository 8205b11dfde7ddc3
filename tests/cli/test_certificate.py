"""Counsel's certificate: one page for a pack that two verifiers accept, and none for another."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ledger.errors import EvidenceCorrupt
from ledger.export import second
from ledger.export.certificate import PAGE, TRANSCRIPTS
from tests.browser.chromium import chromium
from tests.browser.screen import DESKTOP, Screen
from tests.cli.conftest import Line
from tests.cli.test_exports import files, publish
from tests.release.alterations import zipped

ROOT = Path(__file__).parents[2]
OFFICERS = "Badge 4471."


@pytest.fixture(autouse=True)
def kept_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go keeps what it built beside this tree."""
    monkeypatch.setenv("GOCACHE", str(ROOT / ".cache" / "go"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser."""
    with chromium() as running:
        yield running


@pytest.fixture
def pack(line: Line, tmp_path: Path) -> Path:
    """A case as evidence, with a personal value laid open."""
    words = ("case", "new", "--with", f'{{"officers":"{OFFICERS}"}}')
    reference = line.good(*words, by="mara")["reference"]
    line.do(reference, "open", "mara")
    publish(line)
    folder = tmp_path / "pack"
    line.good("export", "case", reference, str(folder), "--reveal", "all", by="mara")
    return folder


def trusted(line: Line, place: Path) -> tuple[str, str]:
    """The words for a trust file that is kept elsewhere."""
    kept = place / "trust.json"
    kept.write_bytes((line.home / "trust.json").read_bytes())
    return "--trust", str(kept)


def test_a_certificate_names_what_was_checked_and_leaves_the_signer_blank(
    line: Line, pack: Path, tmp_path: Path
) -> None:
    """Pack, head of the log and transcripts stand on the page by their digests, with the limits; of
    the signer nothing, and nothing of what the case is about.
    """
    paper = tmp_path / "paper"
    told = line.good("export", "certificate", str(pack), str(paper), *trusted(line, tmp_path))
    made = {name: data.decode() for name, data in files(paper).items()}
    assert set(made) == {PAGE, *TRANSCRIPTS}
    page = " ".join(html.unescape(made[PAGE]).split())
    manifest = hashlib.sha256((pack / "manifest.json").read_bytes()).hexdigest()
    origin, size, root = (pack / "checkpoint").read_text().splitlines()[:3]
    for one in (manifest, origin, f"{size} entries", root):
        assert one in page
    assert told == {"sha256": manifest, "size": int(size)}
    for name in TRANSCRIPTS:
        assert f"{name}, SHA-256 {hashlib.sha256(made[name].encode()).hexdigest()}" in page
    ours, theirs = (made[name] for name in TRANSCRIPTS)
    assert ours.startswith("INTACT: ")
    assert theirs.startswith("go version go")
    assert "records are in the signed log" in theirs
    for sentence in (
        "902(13)",
        "§ 1746(2)",
        "A draft for counsel",
        "V4 a trusted authority saw the checkpoint",
        "under penalty",
    ):
        assert sentence in page
    blanks = re.findall(r'<p class="blank">([^<]*)</p>', page)
    assert {"Executed on:", "Signature:", "Name:", "Title:"} < set(blanks)
    assert all(one.endswith(":") for one in blanks)
    for hidden in (OFFICERS, "mara", *(one.name for one in (pack / "extents").iterdir())):
        assert hidden not in page
    assert ("<script" in page, "http" in page) == (False, False)
    assert {one.stat().st_mode & 0o777 for one in paper.iterdir()} == {0o600}


def test_it_prints_on_one_page_and_reads_well(
    line: Line, pack: Path, tmp_path: Path, browser: Browser
) -> None:
    """Of a zip too: a printer gives one sheet; axe finds nothing at either width, light, dark or on
    paper. The ledger's own trust file makes the text longest.
    """
    paper, one_file = tmp_path / "paper", tmp_path / "case.zip"
    one_file.write_bytes(zipped(files(pack)))
    line.good("export", "certificate", str(one_file), str(paper))
    context = browser.new_context(offline=True, reduced_motion="reduce")
    screen = Screen(context.new_page(), {}, tmp_path)
    screen.page.goto((paper / PAGE).as_uri())
    assert "not one that was kept elsewhere" in screen.text()
    assert screen.wrong_anywhere("certificate") == {}
    screen.look(DESKTOP, "print")
    assert screen.pages_when_printed() == 1
    # Room is left for longer names than this ledger has: three lines more stay on it.
    screen.page.evaluate("document.querySelector('dd').append('long '.repeat(60))")
    assert screen.pages_when_printed() == 1
    context.close()


def test_an_altered_pack_gets_no_certificate(line: Line, pack: Path, tmp_path: Path) -> None:
    """One changed byte, a log in the place of a pack, nothing at all, or a taken folder: a sentence
    says why, and nothing is written.
    """
    paper = tmp_path / "paper"
    log = str(line.home / "log")
    (tmp_path / "taken").mkdir()
    for words, code in (
        ((log, str(paper)), 2),
        ((str(tmp_path / "none"), str(paper)), 2),
        ((str(pack), str(tmp_path / "taken")), 2),
        ((str(pack), str(pack / "paper")), 2),
    ):
        refused = line("export", "certificate", *words)
        assert (refused.code, refused.err.strip() != "") == (code, True), refused.err
    record = min((pack / "records").iterdir())
    record.write_bytes(record.read_bytes().replace(b"A", b"B", 1))
    refused = line("export", "certificate", str(pack), str(paper), as_json=False)
    assert refused.code == 1
    assert "No certificate was drawn up. NOT INTACT" in refused.err
    assert [one.name for one in tmp_path.iterdir() if "paper" in one.name] == []
    assert list((tmp_path / "taken").iterdir()) == []


def test_the_second_verifier_is_asked_and_heard(
    line: Line, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It refuses by itself what is not in the log; where it is not installed, no page claims that
    it was asked, and the sentence says what to install.
    """
    (key,) = re.findall(r'"log":\["([^"]+)', (line.home / "trust.json").read_text())
    assert "records are in the signed log" in second.second_opinion(pack, key)
    monkeypatch.setattr(second, "_PACKAGES", str(tmp_path))
    refused = line("export", "certificate", str(pack), str(tmp_path / "paper"))
    assert (refused.code, "install golang-go" in refused.err.replace("\n", " ")) == (5, True)
    assert not (tmp_path / "paper").exists()
    monkeypatch.undo()
    record = max((pack / "records").iterdir())
    record.write_bytes(record.read_bytes() + b" ")
    with pytest.raises(EvidenceCorrupt, match="second verifier does not accept"):
        second.second_opinion(pack, key)
