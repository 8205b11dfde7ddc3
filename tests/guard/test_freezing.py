"""Freezes by hand: a page for each step, attested by who did it, undone by the last release."""

from __future__ import annotations

from typing import get_args

import pytest

from ledger.domain.case import Case
from ledger.domain.events import Event, System
from ledger.guard.freezing import Adapter, Printed, pages, prior_state, still_kept_by
from tests.domain import examples as ex
from tests.domain.given import given, ref

ANNA, BEN = "a1" * 32, "b2" * 32


def held_twice(first: tuple[str, ...], second: tuple[str, ...], *more: Event) -> Case:
    """A case with two holds, 2 and 4, on these tokens; the freezes of Koha for each are attested,
    the second over the first.
    """
    case: Case = given(
        ex.preservation(),
        ex.hold(ref(1), tokens=list(first) or None),
        ex.frozen(ref(2), prior_state="privacy 1"),
        ex.hold(ref(1), tokens=list(second) or None),
        ex.frozen(ref(4), prior_state="privacy 0"),
        *more,
    ).case
    return case


@pytest.mark.parametrize("system", get_args(System))
def test_every_system_has_a_page_for_every_step(system: System) -> None:
    """Each says what to do, and how to attest it; the release asks the guard for each record."""
    hold = held_twice((ANNA,), (BEN,)).holds[0]
    adapter: Adapter = Printed(system)
    told = {
        "frozen": adapter.freeze(hold),
        "verified": adapter.verify(hold),
        "released": adapter.release(hold, "privacy 1"),
    }
    for step, page in told.items():
        assert f"hold {hold.ref}, system {system}, step {step}" in page.lines[-1]
        assert "1 record, by token" in page.title
    assert "agent.py ask" in told["released"].lines[0]
    assert "privacy 1" in told["released"].lines[1]
    assert "nobody noted it" in adapter.release(hold, None).lines[1]
    assert len(pages()) == len(get_args(System))


def test_a_release_lifts_no_other_holds_freeze() -> None:
    """While the second hold covers Ben's record too, nothing is restored; then what stood before
    the first freeze is, and not the first freeze itself.
    """
    ended = ex.release(ref(2), reason="request-withdrawn")
    case = held_twice((ANNA, BEN), (BEN,), ended)
    first, second = case.holds
    assert still_kept_by(case, first) == (second.ref,)
    both = held_twice((ANNA, BEN), (BEN,), ended, ex.release(ref(4), reason="request-withdrawn"))
    assert still_kept_by(both, both.holds[1]) == ()
    assert prior_state(both, both.holds[1], "koha") == "privacy 1"
    assert prior_state(both, both.holds[1], "folio") is None


def test_holds_on_other_records_are_nothing_to_each_other() -> None:
    """By their tokens; where one names none, by their classes."""
    apart = held_twice((ANNA,), (BEN,))
    assert still_kept_by(apart, apart.holds[0]) == ()
    assert prior_state(apart, apart.holds[1], "koha") == "privacy 0"
    words = held_twice((ANNA,), ())
    assert still_kept_by(words, words.holds[0]) == (words.holds[1].ref,)
    assert "the records that the hold names" in Printed("koha").freeze(words.holds[1]).title


def test_what_was_read_back_stands_with_its_hold() -> None:
    """Each freeze belongs to its hold, in order; one of an unknown hold is history only."""
    case = held_twice((ANNA,), (BEN,), ex.frozen(ref(2), step="verified"), ex.frozen(ref(77)))
    steps = [[one.event.step for one in hold.freezes] for hold in case.holds]
    assert steps == [["frozen", "verified"], ["frozen"]]
