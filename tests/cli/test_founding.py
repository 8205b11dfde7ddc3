"""Founding through its door: whole, with two who can unlock and sheets on paper, or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keys.capsules import read_capsules, read_code
from ledger.cli import founding as module
from ledger.founding import found_there
from ledger.home import Home
from tests.cli.conftest import Answer, Line

FIRST, SECOND = "seven blue lanterns", "eleven grey pigeons"
WORDS = ("init", "--origin", "ledger.delta.example", "--director", "ines", "--second", "otto")
Descriptor = Callable[[str], str]


@pytest.fixture
def new(line: Line, tmp_path: Path) -> Line:
    """The command line of a ledger that is not founded yet."""
    line.home = tmp_path / "new"
    return line


def founding(
    line: Line, descriptor: Descriptor, *words: str, second: str = SECOND, as_json: bool = True
) -> Answer:
    """Found with passphrases behind descriptors."""
    secret = ("--second-passphrase-fd", descriptor(second))
    first = ("--passphrase-fd", descriptor(FIRST))
    return line(*first, *WORDS, *secret, *words, as_json=as_json)


def test_a_founding_prints_sheets_and_fingerprint_and_two_can_unlock(
    new: Line, descriptor: Descriptor, tmp_path: Path
) -> None:
    """`init` gives each holder a sheet, and the person can unlock, change passphrase, and go on."""
    sheets = tmp_path / "sheets"
    answer = founding(new, descriptor, "--recovery-sheet-dir", str(sheets))
    assert answer.code == 0, answer.err
    fingerprint = answer.data["fingerprint"]
    assert answer.data["recovery"]["holders"] == ["ines", "otto", "board"]
    check_sheets(sheets, fingerprint)
    check_nothing_left(new.home, sheets)
    assert new.good("fingerprint")["minutes"].count(fingerprint) == 1
    shown = new("fingerprint", as_json=False).out
    assert " ".join(fingerprint[at : at + 4] for at in range(48, 64, 4)) in shown
    assert "board's minutes" in shown
    changed = ("key", "passphrase", "--new-passphrase-fd", descriptor("three red kettles"))
    assert new("--passphrase-fd", descriptor(FIRST), *changed, by="ines").code == 0
    assert new("--passphrase-fd", descriptor(FIRST), "case", "list", by="ines").code == 2
    good = new("--passphrase-fd", descriptor("three red kettles"), "case", "list", by="ines")
    assert good.data == {"cases": []}
    again = founding(new, descriptor, "--recovery-sheet-dir", str(tmp_path / "more"))
    assert (again.code, (tmp_path / "more").exists()) == (2, False)
    assert new.good("fingerprint")["fingerprint"] == fingerprint


def check_sheets(sheets: Path, fingerprint: str) -> None:
    """Each holder has a private page with two capsules and a code of their own."""
    pages = {path.stem.rpartition("-")[2]: path.read_text() for path in sheets.iterdir()}
    assert set(pages) == {"ines", "otto", "board"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in sheets.iterdir()} == {0o600}
    codes = set()
    for holder, page in pages.items():
        capsules = read_capsules(page)
        assert len(capsules) == 2
        assert all(holder in one.holders for one in capsules)
        assert fingerprint[:4] in page
        assert "ledger.delta.example" in page
        codes.add(read_code(page.split("made on")[-1].splitlines()[2]))
    assert len(codes) == 3


def check_nothing_left(home: Path, sheets: Path) -> None:
    """No code and no capsule lies anywhere in the home."""
    secrets = []
    for path in sheets.iterdir():
        page = path.read_text()
        secrets.append(page.split("made on")[-1].splitlines()[2].strip().encode())
        secrets += [one.armor.splitlines()[3].encode() for one in read_capsules(page)]
    for path in filter(Path.is_file, home.rglob("*")):
        data = path.read_bytes()
        assert not any(secret in data for secret in secrets), path


def test_sheets_can_be_shown_instead_and_that_is_said(new: Line, descriptor: Descriptor) -> None:
    """Without a folder the pages go to the screen, and the person is told to print them."""
    answer = founding(new, descriptor, as_json=False)
    assert answer.code == 0, answer.err
    assert answer.out.count("RECOVERY SHEET OF") == 3
    assert len(set(read_capsules(answer.out))) == 3
    assert "Print the recovery sheets above" in answer.out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--recovery-sheet-dir", "new/sheets"),
        ("--recovery-sheet-dir", "sheets", "--recovery-needed", "1"),
        ("--recovery-sheet-dir", "sheets", "--recovery-needed", "3"),
        ("--recovery-sheet-dir", "sheets", "--recovery-holder", "ines"),
        ("--recovery-sheet-dir", "sheets", "--second-role", "desk"),
        ("--recovery-sheet-dir", "sheets", "--zone", "Nowhere/Else"),
    ],
    ids=["json-without-folder", "in-the-home", "one", "all", "alone", "desk", "zone"],
)
def test_a_founding_that_is_refused_leaves_nothing(
    new: Line, descriptor: Descriptor, words: tuple[str, ...]
) -> None:
    """Whatever is wrong, there is no half-founded ledger and no sheet afterwards."""
    answer = founding(new, descriptor, *words)
    assert answer.code == 2, answer
    assert answer.err.strip().endswith((".", "DIR"))
    assert not new.home.exists()
    assert not Path("sheets").exists()


@pytest.fixture
def blocked(tmp_path: Path) -> Iterator[Path]:
    """A folder in which the second sheet lies already."""
    folder = tmp_path / "blocked"
    folder.mkdir()
    (folder / "recovery-sheet-otto.txt").write_text("of another ledger")
    yield folder
    assert (folder / "recovery-sheet-otto.txt").read_text() == "of another ledger"


def test_without_sheets_there_is_no_ledger(
    new: Line, descriptor: Descriptor, blocked: Path
) -> None:
    """When a sheet cannot be written, the founding is taken back, and the sheets before it too."""
    new.home.mkdir()
    answer = founding(new, descriptor, "--recovery-sheet-dir", str(blocked))
    assert answer.code == 2
    assert "could not be written" in answer.err
    assert list(new.home.iterdir()) == []
    assert [one.name for one in blocked.iterdir()] == ["recovery-sheet-otto.txt"]


def test_without_two_who_can_unlock_there_is_no_ledger(
    new: Line, descriptor: Descriptor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are opened as they lie on disk; when one was spoilt meanwhile, nothing stays."""

    def spoilt(path: Path, *rest: Any) -> Home:
        home = found_there(path, *rest)
        ring = path / "people" / "otto.keyring"
        data = ring.read_text()
        at = data.index('"ciphertext":"') + 20
        ring.write_text(data[:at] + ("0" if data[at] != "0" else "1") + data[at + 1 :])
        return home

    monkeypatch.setattr(module, "found_there", spoilt)
    answer = founding(new, descriptor, "--recovery-sheet-dir", str(tmp_path / "sheets"))
    assert answer.code == 2
    assert "passphrase does not open" in answer.err
    assert not new.home.exists()
    assert not (tmp_path / "sheets").exists()


def test_what_lies_in_the_folder_is_never_touched(
    new: Line, descriptor: Descriptor, tmp_path: Path
) -> None:
    """A folder that holds something is refused and keeps what it holds."""
    new.home.mkdir()
    (new.home / "thesis.txt").write_text("precious")
    answer = founding(new, descriptor, "--recovery-sheet-dir", str(tmp_path / "sheets"))
    assert answer.code == 2
    assert os.listdir(new.home) == ["thesis.txt"]
    assert not (tmp_path / "sheets").exists()


def test_another_trust_file_is_no_fingerprint(line: Line) -> None:
    """The fingerprint that is shown is the one of the office stream, or none is."""
    trust = line.home / "trust.json"
    founded = line.good("fingerprint")["fingerprint"]
    trust.write_text(trust.read_text().replace(founded, "ab" * 32))
    answer = line("fingerprint")
    assert (answer.code, "another founding" in answer.err) == (1, True)


def test_only_a_server_has_standbys(new: Line, descriptor: Descriptor) -> None:
    """A ledger in files cannot wait for a standby, and says so before it asks for any secret."""
    answer = founding(new, descriptor, "--needs-standby")
    assert answer.code == 2
    assert "--needs-standby goes with --store" in answer.err
