"""Claims held against what follows: each difference is told, and nothing hostile is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.domain.derived import Derived
from ledger.evidence.derived import Claims
from ledger.verify.replay.claims import Difference, compare, say

REF, OTHER = f"{'5a' * 16}:3", f"{'5a' * 16}:9"
DUE: dict[str, Any] = {"ref": REF, "name": "keep", "shown_on": "2026-04-06", "met": False}
FLAG = {"ref": OTHER, "name": "copy-not-requested"}
DERIVED = Derived(state="approved", flags=(FLAG,), deadlines=(DUE, {**DUE, "ref": OTHER}))
CLAIMS = Claims(1, "UTC", "approved", DERIVED.flags, DERIVED.deadlines)


def told(**changes: Any) -> list[Difference]:
    """What is found when claims are changed."""
    return compare(replace(CLAIMS, **changes), DERIVED)


def test_what_follows_is_claimed() -> None:
    """Equal claims differ in nothing."""
    assert told() == []


def test_each_difference_names_record_and_field() -> None:
    """A reader sees where to look, what follows and what was claimed."""
    assert told(state="closed") == [
        Difference(
            "V15.state-differs",
            'The case is claimed with another state: expected "approved", got "closed".',
            "",
        )
    ]
    (one,) = told(deadlines=({**DUE, "met": 0}, {**DUE, "ref": OTHER}))
    assert one.ref == REF
    assert one.sentence.endswith("another met: expected false, got 0.")
    (one,) = told(deadlines=(DUE, {"ref": OTHER, "name": "keep", "met": False, "more": 1})[:2])[:1]
    assert "another more: expected nothing, got 1." in one.sentence


def test_rows_too_many_and_too_few_are_told() -> None:
    """A flag left out, and a deadline that nothing calls for."""
    assert [(one.code, one.ref) for one in told(flags=())] == [("V15.flag-differs", OTHER)]
    more = (*DERIVED.deadlines, DUE)
    (one,) = told(deadlines=more)
    assert (one.code, one.ref) == ("V15.deadline-differs", REF)
    assert "is claimed and does not follow" in one.sentence


def test_the_order_counts() -> None:
    """The same rows in another order are other bytes."""
    (one,) = told(deadlines=DERIVED.deadlines[::-1])
    assert (one.code, one.ref) == ("V15.deadline-differs", "")
    assert "another order" in one.sentence


def test_a_file_full_of_nonsense_is_told_briefly() -> None:
    """At most a hundred differences of a case, and one sentence that there are more."""
    flood = tuple({"ref": REF, "name": f"n{number}"} for number in range(150))
    found = told(flags=flood)
    assert len(found) == 101
    assert found[-1].sentence == "There are more differences than these."


def test_what_is_quoted_does_nothing_to_a_terminal() -> None:
    """Control characters and long texts of a hostile file stay out of the report."""
    assert say("a\x1b[2Jb\u202ec") == "a?[2Jb?c"
    assert len(say("x" * 500)) == 80
