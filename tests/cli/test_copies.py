"""The register of copies: what left as files is known, answered for, and named by an erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Unavailable
from ledger.register.copies import Copies
from tests.cli.conftest import Line
from tests.cli.test_exports import publish
from tests.cli.test_upkeep import closed_case

CLERK = "The clerk of the district court"
SEALING = {"ground": "privilege", "citation": "C.R.S. 24-90-119", "review_on": "2026-12-01"}


def listed(line: Line, by: str, *options: str) -> list[dict[str, Any]]:
    """The register as somebody sees it."""
    found: list[dict[str, Any]] = line.good(*options, "copy", "list", by=by)["copies"]
    return found


def test_a_copy_is_out_until_somebody_says_that_it_is_destroyed(line: Line, tmp_path: Path) -> None:
    """Who, when, what, for whom, its manifest and its day stand in the register; beyond the day the
    doctor says so, without a word of the case; keeping it, and then destroying it, ends that.
    """
    line.enrol("kim", "staff")
    case, other = closed_case(line), closed_case(line)
    publish(line)
    # Ten in the evening there, and the next day in UTC.
    line.later(hours=8)
    words = ("--holder", CLERK, "--until", "2026-07-01", "--reveal", "words")
    pack = str(tmp_path / "pack.zip")
    made = line.good("export", "case", case, pack, *words, by="mara")
    hostile = ("--holder", "The\nboard\x1b[2J")
    line.good("export", "case", other, str(tmp_path / "other"), *hostile, by="kim")
    first, second = listed(line, "kim")
    assert (first["case"], first["by"], first["holder"]) == (case, "mara", CLERK)
    assert first["exported_on"] == "2026-06-23"
    assert (first["sha256"], first["revealed"]) == (made["sha256"], ["words"])
    assert (first["state"], first["until_on"], first["is_houses"]) == ("out", "2026-07-01", False)
    assert (second["case"], second["until_on"], second["is_houses"]) == (other, "2027-06-23", True)
    printed = line("copy", "list", by="kim", as_json=False).out
    assert "the house's own rule" in printed
    assert "with The board‹U+001B›[2J" in printed
    line.later(days=9)
    line.good("tick")
    told = {one["code"]: one["sentence"] for one in line("doctor").data["problems"]}
    assert "1 copy" in told["copy-overdue"]
    assert case not in told["copy-overdue"]
    assert listed(line, "tom")[0]["state"] == "overdue"
    line.good("copy", "keep", first["record"], "--until", "2026-08-01", by="kim")
    assert "copy-overdue" not in {one["code"] for one in line("doctor").data["problems"]}
    line.good("copy", "destroyed", first["record"], by="kim")
    assert listed(line, "kim")[-1]["state"] == "destroyed"
    assert line("copy", "destroyed", first["record"], by="kim").code == 2
    line.good("copy", "keep", first["record"], "--until", "2026-09-01", by="kim")
    assert {one["state"] for one in listed(line, "kim")} == {"out"}


def test_an_erasure_names_the_copies_that_it_does_not_reach(line: Line, tmp_path: Path) -> None:
    """Whoever proposes and whoever agrees is told how many copies are out and with whom; one that
    was destroyed, and one of another case, are not counted.
    """
    line.enrol("kim", "staff")
    case, other = closed_case(line), closed_case(line)
    publish(line)
    for name, reference, holder in (
        ("a", case, CLERK),
        ("b", case, "Counsel's safe"),
        ("c", other, "The board"),
    ):
        folder = str(tmp_path / name)
        line.good("export", "case", reference, folder, "--holder", holder, by="mara")
    gone = next(one for one in listed(line, "mara") if one["holder"] == "Counsel's safe")
    line.good("copy", "destroyed", gone["record"], by="mara")
    proposed = line("erase", "propose", case, by="mara", as_json=False)
    assert f"Cannot be erased from here: 1 copy outside, with {CLERK}." in proposed.out
    agreed = line("erase", "assent", by="tom")
    assert "1 copy outside" in agreed.err
    # The case is gone; that a copy of something is out is not.
    (left,) = (one for one in listed(line, "mara") if one["holder"] == CLERK)
    assert (left["case"], left["state"]) == (None, "out")


def test_a_copy_of_a_sealed_matter_is_in_no_open_register(line: Line, tmp_path: Path) -> None:
    """Whoever exported it and counsel find it, and may answer for it; to everybody else, to the
    doctor and to the office's records it is as if nothing had left.
    """
    line.enrol("kim", "staff")
    case = str(line.good("case", "new", by="kim")["reference"])
    line.do(case, "keep-sealed", "mara", **SEALING)
    publish(line)
    folders = (str(tmp_path / "all"), "--openings", str(tmp_path / "openings"))
    line.good("export", "case", case, str(tmp_path / "pack"), "--until", "2026-07-01", by="mara")
    line.good("export", "ledger", *folders, by="mara")
    line.later(days=30)
    assert listed(line, "kim") == []
    assert "copy-overdue" not in {one["code"] for one in line("doctor").data["problems"]}
    assert {(one["shows"], one["state"]) for one in listed(line, "mara")} == {
        *(("case", "overdue"), ("ledger", "out"), ("openings", "out"))
    }
    (overdue,) = (one for one in listed(line, "tom") if one["shows"] == "case")
    assert overdue["by"] == "mara"
    line.good("copy", "destroyed", overdue["record"], by="tom")
    assert listed(line, "mara")[-1]["state"] == "destroyed"
    assert line("copy", "destroyed", overdue["record"], by="kim").code == 2
    line.later(days=4)
    line.good("tick")
    assert line("verify", by="mara").code == 0


def test_what_cannot_be_entered_does_not_leave(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day that lies behind, a holder that is no name, and a register that cannot be written: no
    file stands there afterwards, and none half.
    """
    line.enrol("kim", "staff")
    case = closed_case(line)
    publish(line)
    for pack in ("pack.zip", "pack"):
        words = ("export", "case", case, str(tmp_path / pack))
        assert line(*words, "--until", "2026-01-01", by="kim").code == 2
        assert line(*words, "--holder", "x" * 2_000, by="kim").code == 2
    assert listed(line, "kim") == []

    def full(*_: object, **__: object) -> None:
        raise Unavailable

    monkeypatch.setattr(Copies, "_enter", full)
    for pack in ("pack.zip", "pack"):
        assert line("export", "case", case, str(tmp_path / pack), by="kim").code == 5
    assert line("export", "ledger", str(tmp_path / "all"), by="kim").code == 5
    assert not [one for one in tmp_path.iterdir() if one.name not in ("home", "sheets")]
    assert line("copy", "keep", "1a" * 16 + ":1", "--until", "2020-01-01", by="kim").code == 2
