"""A ledger that ends, and the one that follows it under a new origin, through their doors."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Line
from tests.cli.test_founding import FIRST, SECOND, WORDS

Descriptor = Callable[[str], str]


@pytest.fixture
def ended(line: Line, tmp_path: Path) -> Path:
    """What is kept of the old ledger: the folder with which it left, closed, and its trust file."""
    line.later(days=3)
    line.good("tick")
    line.good("leave", str(tmp_path / "left"), "--close")
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path / "left" / "evidence", kept / "evidence")
    shutil.copy(line.home / "trust.json", kept / "trust.json")
    return kept


def follow(line: Line, descriptor: Descriptor, *words: str, origin: str = WORDS[2]) -> Any:
    """Found a ledger beside the old one, with what is said of that one."""
    line.home = line.home.parent / "next"
    secrets = ("--passphrase-fd", descriptor(FIRST))
    second = ("--second-passphrase-fd", descriptor(SECOND))
    sheets = ("--recovery-sheet-dir", str(line.home.parent / "sheets"))
    return line(*secrets, *WORDS[:2], origin, *WORDS[3:], *second, *sheets, *words)


def of(kept: Path) -> tuple[str, ...]:
    """The words that bring the old ledger."""
    return ("--before", str(kept / "evidence"), "--before-trust", str(kept / "trust.json"))


def test_the_next_ledger_begins_with_the_end_of_the_old_one(
    line: Line, ended: Path, descriptor: Descriptor, tmp_path: Path
) -> None:
    """The founding names how the old log ended, and whoever holds both sees that it did."""
    size = int((ended / "evidence" / "log" / "checkpoint").read_text().splitlines()[1])
    answer = follow(line, descriptor, *of(ended))
    assert answer.code == 0, answer.err
    assert answer.data["before"]["origin"] == "ledger.lonecone.example"
    assert answer.data["before"]["size"] == size
    line.later(days=3)
    line.good("tick")
    opened = ("--passphrase-fd", descriptor(FIRST))
    pack = tmp_path / "pack"
    exported = line(*opened, "export", "ledger", str(pack), by="ines")
    assert exported.code == 0, exported.err
    trust = ("--trust", str(line.home / "trust.json"))
    report = line.good("verify", str(pack), *trust, *of(ended))
    assert report["before"] == answer.data["before"]
    assert {"check": "V17", "outcome": "ran", "reason": ""} in report["checks"]
    alone = line("verify", str(pack), *trust, *of(ended)[:2])
    assert (alone.code, "go together" in alone.err) == (2, True)


def test_an_old_log_that_went_on_is_found(
    line: Line, descriptor: Descriptor, tmp_path: Path
) -> None:
    """A ledger that was followed and never closed goes on in secret: its own log says so."""
    line.later(days=3)
    line.good("tick")
    old = line.home
    kept = tmp_path / "kept"
    shutil.copytree(old / "log", kept / "evidence")
    shutil.copy(old / "trust.json", kept / "trust.json")
    line.later(days=2)
    line.good("tick")
    assert follow(line, descriptor, *of(kept)).code == 0
    line.later(days=3)
    line.good("tick")
    pack = tmp_path / "pack"
    opened = ("--passphrase-fd", descriptor(FIRST))
    assert line(*opened, "export", "ledger", str(pack), by="ines").code == 0
    words = ("verify", str(pack), "--trust", str(line.home / "trust.json"))
    now = ("--before", str(old / "log"), "--before-trust", str(kept / "trust.json"))
    report = line(*words, *now)
    assert (report.code, [one["code"] for one in report.data["findings"]]) == (1, ["V17.goes-on"])


BENDS: tuple[tuple[Callable[[Path], object], str], ...] = (
    (lambda kept: (kept / "evidence" / "schedule").write_bytes(b""), "NOT INTACT"),
    (lambda kept: shutil.rmtree(kept / "evidence"), "NOT VERIFIED"),
    (lambda kept: (kept / "trust.json").write_text("{}"), "NOT VERIFIED"),
    (lambda kept: (kept / "trust.json").unlink(), "cannot be read"),
)


def test_a_ledger_follows_only_what_is_intact(
    line: Line, ended: Path, descriptor: Descriptor
) -> None:
    """Two people sign what was verified, and is of another name: else nothing is founded."""
    own = follow(line, descriptor, *of(ended), origin="ledger.lonecone.example")
    assert (own.code, "origin of its own" in own.err) == (2, True), own.err
    half = follow(line, descriptor, *of(ended)[:2])
    assert (half.code, "--before-trust" in half.err) == (2, True)
    for bend, sentence in BENDS:
        bend(ended)
        answer = follow(line, descriptor, *of(ended))
        assert (answer.code, sentence in answer.err) == (2, True), answer.err
    assert not line.home.exists()
