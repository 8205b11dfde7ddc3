"""What somebody kept on paper: the card for the minutes, and the ledger held against it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.evidence.checkpoint import Checkpoint
from ledger.verify import Outcome, verify
from ledger.verify.__main__ import main
from tests.cli.conftest import ORIGIN, Line


def published(line: Line) -> str:
    """A day passes and the timer runs; gives the card of that day."""
    line.later(days=1)
    line.good("tick")
    return str(line.good("checkpoint", "card")["card"])


def test_a_card_is_one_line_with_its_code(line: Line, tmp_path: Path) -> None:
    """The board's minutes get origin, size and root, and a picture that is written over nothing."""
    assert line("checkpoint", "card").code == 2
    card = published(line)
    assert Checkpoint.from_card(card.encode()) == Checkpoint.from_card(card.encode() + b"\n")
    assert Checkpoint.load((line.home / "log/checkpoint").read_text().split("\n\n")[0] + "\n") == (
        Checkpoint.from_card(card.encode())
    )
    target = tmp_path / "card.svg"
    shown = line("checkpoint", "card", "--svg", str(target), as_json=False).out
    assert shown.splitlines()[0] == card
    assert "▄" in shown
    assert b"<svg" in target.read_bytes()
    assert line("checkpoint", "card", "--svg", str(target)).code == 2
    assert line("checkpoint", "card", "--svg", str(tmp_path / "no" / "card.svg")).code == 5


def test_a_ledger_is_held_against_what_was_kept(line: Line, tmp_path: Path) -> None:
    """An older card and an older file agree; another root is a finding; so is a longer log."""
    old = published(line)
    kept = tmp_path / "kept"
    shutil.copy(line.home / "log/checkpoint", kept)
    published(line)
    note = tmp_path / "minutes.txt"
    note.write_text(old + "\n")
    for file in (kept, note):
        report = line("verify", "--pinned", str(file), by="mara").data
        outcome = {one["check"]: one["outcome"] for one in report["checks"]}
        assert (outcome["V5"], report["exit"]) == ("ran", 0)
    origin, size, root = old.split(" ")
    note.write_text(f"{origin} {size} {'A' * 43}=")
    report = line("verify", "--pinned", str(note), by="mara")
    assert report.code == 1
    assert [one["code"] for one in report.data["findings"]] == ["V5.inconsistent"]
    note.write_text(f"{origin} {int(size) * 9} {root}")
    longer = line("verify", "--pinned", str(note), by="mara")
    assert longer.code == 1
    assert "was taken back" in longer.err
    # Of a copy nobody knows when it was made, so the question stays open there.
    copy = line("verify", str(line.home / "log"), "--pinned", str(note))
    assert (copy.code, copy.data["findings"]) == (2, [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"ledger.lonecone.example 4096",
        b"ledger.lonecone.example  4096 AAAA",
        b"ledger.other.example 128 " + b"A" * 43 + b"=",
        b"ledger.lonecone.example 0128 " + b"A" * 43 + b"=",
        b"ledger.lonecone.example 128 " + b"A" * 43 + b"= x",
        b"ledger.lonecone.example\n128\n" + b"A" * 43 + b"=\n",
    ],
)
def test_what_is_no_card_is_told_as_such(data: bytes, line: Line, tmp_path: Path) -> None:
    """A wrong file is a fault of the argument, and says nothing about the ledger."""
    published(line)
    trust = (line.home / "trust.json").read_bytes()
    report = verify(line.home / "log", trust, pinned=data)
    assert (report.exit_code, report.findings) == (2, ())
    assert report.headline.startswith("NOT VERIFIED: the pinned checkpoint cannot be used")


def test_a_trust_file_and_a_card_both_count(line: Line, tmp_path: Path) -> None:
    """One that agrees does not hide one that does not, whichever of them is which."""
    card = published(line)
    trust = line.home / "trust.json"
    bad = f"{ORIGIN} {card.split(' ')[1]} {'A' * 43}=".encode()
    pinned = (line.home / "log/checkpoint").read_text().replace("\n", "\\n")
    good = trust.read_bytes().replace(b'"pinned":null', f'"pinned":"{pinned}"'.encode())
    report = verify(line.home / "log", good, pinned=bad)
    assert [one.code for one in report.findings] == ["V5.inconsistent"]
    assert {one.outcome for one in report.checks if one.name == "V5"} == {Outcome.RAN}
    file = tmp_path / "card"
    words = [str(line.home / "log"), "--trust", str(trust), "--pinned"]
    assert main([*words, str(file)]) == 2
    file.write_text(card)
    assert main([*words, str(file)]) == 0
    file.write_bytes(bad)
    assert main([*words, str(file)]) == 1


def test_a_part_pack_brings_the_proof_from_what_its_receiver_holds(
    line: Line, tmp_path: Path
) -> None:
    """Without it the question stays open; with it a stranger answers it from the pack alone."""
    reference = line.good("case", "new", by="mara")["reference"]
    ref = line.do(reference, "open", "mara")
    published(line)
    # The next size is no record's head, so no other proof starts from it.
    kept = tmp_path / "card"
    kept.write_text(published(line))
    for _ in range(2):
        published(line)
    trust = (line.home / "trust.json").read_bytes()
    words = {"case": ("case", reference), "event": ("event", reference, ref)}
    for name, what in words.items():
        plain, proven = tmp_path / f"{name}.zip", tmp_path / f"{name}-proven.zip"
        line.good("export", *what, str(plain), by="mara")
        line.good("export", *what, str(proven), "--pinned", str(kept), by="mara")
        assert verify(plain, trust, pinned=kept.read_bytes()).exit_code == 2
        assert verify(proven, trust, pinned=kept.read_bytes()).exit_code == 0
    kept.write_text("nothing")
    none = str(tmp_path / "none.zip")
    assert line("export", "case", reference, none, "--pinned", str(kept), by="mara").code == 2
    assert not Path(none).exists()
