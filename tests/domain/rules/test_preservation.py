"""Holds: what they answer, how often they are renewed, and when they may end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain.law.deadlines import LawOf
from ledger.domain.law.pack import Law, resolve
from ledger.domain.law.rules import rule_versions
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    JCL,
    Given,
    given,
    law,
    law_of,
    local,
    ref,
    said,
)

EVENING = "America/Denver"


def held(asked_at: str, *renewals: date, pack: str = "us-co/lcld") -> Given:
    """A preservation request came, and a hold was placed three hours later."""
    asked = local(asked_at, EVENING)
    renewed = (said(ex.extension(ref(2), on), at=local(f"{on} 12:00", EVENING)) for on in renewals)
    placed = said(ex.hold(ref(1)), at=asked + timedelta(hours=3))
    return given(said(ex.preservation(), at=asked), placed, *renewed, pack=pack)


# --- What a hold answers ----------------------------------------------------------------------


def test_a_hold_answers_a_preservation_request() -> None:
    """An agency's request is what a hold usually answers."""
    given(ex.preservation()).when(ex.hold(ref(1))).then()


def test_a_hold_may_answer_a_paper() -> None:
    """Counsel may hold records once a subpoena came, though nobody asked (scenario 3)."""
    given(ex.request(), ex.subpoena()).when(ex.hold(ref(2))).then()


@pytest.mark.parametrize("answered", [1, 6])
def test_a_hold_answers_something(answered: int) -> None:
    """A request for records is no request to keep them, and a missing record is nothing."""
    given(ex.request()).when(ex.hold(ref(answered))).then_refused(
        "hold_answers_request_v1", citing="no. 36"
    )


def test_a_hold_is_placed_by_the_custodian() -> None:
    """Staff record the request; the custodian places the hold."""
    given(ex.preservation()).when(ex.hold(ref(1)), **AS_STAFF).then_refused("custodian_decides_v1")


# --- Renewal ----------------------------------------------------------------------------------

# Received on Monday 5 January 2026: day 90 is Sunday 5 April, rolled to Monday 6 April (V1).
RECEIVED = "2026-01-05 09:40"


@pytest.mark.parametrize(
    ("received_on", "in_time"),
    [
        pytest.param(date(2026, 4, 4), True, id="V3: day 89, a Saturday"),
        pytest.param(date(2026, 4, 5), True, id="day 90, a Sunday"),
        pytest.param(date(2026, 4, 6), True, id="the rolled day"),
        pytest.param(date(2026, 4, 7), False, id="the day after"),
    ],
)
def test_a_renewal_counts_until_the_later_date(received_on: date, in_time: bool) -> None:
    """Nobody knows whether the ninety days roll, so a renewal on the rolled day is in time."""
    act = ex.extension(ref(2), received_on)
    proposed = held(RECEIVED).when(act, at=local("2026-04-08 10:00"))
    if in_time:
        proposed.then(act)
    else:
        proposed.then_refused(
            "renewal_in_time_v1", citing="18 U.S.C. 2703(f)(2)", saying="ended on 2026-04-06."
        )


@pytest.mark.parametrize(
    ("asked_at", "last_on"),
    [
        pytest.param("2026-08-14 23:50", date(2026, 11, 12), id="late on Friday 14 August"),
        pytest.param("2026-08-15 00:10", date(2026, 11, 13), id="early on Saturday 15 August"),
    ],
)
def test_the_ninety_days_run_from_the_local_day_of_the_request(
    asked_at: str, last_on: date
) -> None:
    """Ten minutes to midnight in Colorado is Friday there, though Saturday in London (V5)."""
    story, now = held(asked_at), local("2026-11-20 09:00")
    story.when(ex.extension(ref(2), last_on), at=now).then()
    story.when(ex.extension(ref(2), last_on + timedelta(days=1)), at=now).then_refused(
        "renewal_in_time_v1"
    )


def test_ninety_days_over_a_leap_day() -> None:
    """In 2028 day 90 from 6 January is Wednesday 5 April; without a 29 February it were the 6th."""
    story, now = held("2028-01-06 11:00"), local("2028-04-20 09:00")
    story.when(ex.extension(ref(2), date(2028, 4, 5)), at=now).then()
    story.when(ex.extension(ref(2), date(2028, 4, 6)), at=now).then_refused("renewal_in_time_v1")


def test_a_renewal_is_recorded_once_it_came() -> None:
    """A renewal dated tomorrow has not come; on its own day it has."""
    act = ex.extension(ref(2), date(2026, 3, 31))
    story = held(RECEIVED)
    story.when(act, at=local("2026-03-30 23:59")).then_refused(
        "renewal_in_time_v1", saying="has not come yet"
    )
    story.when(act, at=local("2026-03-31 00:00")).then()


@pytest.mark.parametrize(
    ("pack", "citing"), [("us-co/lcld", "18 U.S.C. 2703(f)(2)"), (JCL, "PUB 06-04, III.3")]
)
def test_a_second_renewal_is_counsels_question(pack: str, citing: str) -> None:
    """The text speaks of one additional period (scenario 7)."""
    story = held(RECEIVED, date(2026, 3, 30), pack=pack)
    story.when(ex.extension(ref(2), date(2026, 7, 3)), at=local("2026-07-03 09:00")).then_refused(
        "extensions_left_v1", citing=citing
    )


def test_a_hold_that_is_not_there_is_neither_extended_nor_released() -> None:
    """An unknown or released hold has no period left."""
    released = (said(ex.release(ref(2), reason="court-order"), at=local("2026-02-11 15:00")),)
    gone = given(said(ex.preservation(), at=local(RECEIVED)), ex.hold(ref(1)), *released)
    now = local("2026-02-12 09:00")
    gone.when(ex.extension(ref(2), date(2026, 2, 12)), at=now).then_refused("hold_active_v1")
    gone.when(ex.release(ref(2), reason="court-order"), at=now).then_refused("hold_active_v1")
    for act in (ex.extension(ref(8), date(2026, 2, 12)), ex.release(ref(8))):
        held(RECEIVED).when(act, at=now).then_refused("hold_active_v1")


# --- Release ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        pytest.param("2026-04-05 12:00", False, id="the nominal day, a Sunday"),
        pytest.param("2026-04-06 23:59", False, id="the last minute of the rolled day"),
        pytest.param("2026-04-07 00:00", True, id="the day after"),
    ],
)
def test_a_hold_ends_after_the_later_date(at: str, permitted: bool) -> None:
    """Records are kept through the end of the rolled day, by the library's own clock."""
    proposed = held(RECEIVED).when(ex.release(ref(2)), at=local(at))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("not_released_early_v1", saying="until the end of 2026-04-06.")


@pytest.mark.parametrize(("at", "permitted"), [("2026-07-06 18:00", False), ("2026-07-07", True)])
def test_an_extended_hold_ends_after_180_days_from_the_request(at: str, permitted: bool) -> None:
    """Day 180 is Saturday 4 July, rolled past Sunday to Monday the 6th, and never chained (V2)."""
    proposed = held(RECEIVED, date(2026, 4, 6)).when(ex.release(ref(2)), at=local(at))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("not_released_early_v1", saying="2026-07-06.")


@pytest.mark.parametrize("reason", ["request-withdrawn", "court-order"])
def test_a_hold_may_end_early_for_a_reason_of_its_own(reason: str) -> None:
    """Counsel or the custodian releases a hold whose request was withdrawn or answered."""
    act = ex.release(ref(2), reason=reason)
    story = held(RECEIVED)
    story.when(act).then()
    story.when(act, **AS_COUNSEL).then()
    story.when(act, **AS_STAFF).then_refused("custodian_decides_v1")


# --- The law at the act -----------------------------------------------------------------------


def shorter_law(days: int) -> Law:
    """The Lone Cone law as if its hold were of another length."""
    found = resolve("us-co/lcld", rule_versions())
    values = tuple(
        replace(row, value=days) if row.id == "preservation.initial_days" else row
        for row in found.values
    )
    return replace(found, values=values)


@pytest.mark.parametrize(("laws", "permitted"), [(law_of, False), (None, True)])
def test_a_hold_runs_for_as_long_as_the_law_had_it_when_it_was_placed(
    laws: LawOf | None, permitted: bool
) -> None:
    """A pack that shortens holds does not shorten those that stand; unless the caller cannot give
    the earlier law, when the one in force stands in.
    """
    story = held(RECEIVED)
    act: dict[str, Any] = {
        "at": local("2026-03-08 03:00"),
        "laws": laws,
        "in_force": shorter_law(60),
    }
    proposed = story.when(ex.release(ref(2)), **act)
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("not_released_early_v1", saying="until the end of 2026-04-06.")
    assert law("us-co/lcld") != shorter_law(60)


# --- Beyond the usual ---------------------------------------------------------------------------

SECOND: dict[str, Any] = {"at": local("2026-07-03 09:00")}


def renewed_once(*more: Any, pack: str = "us-co/lcld") -> Given:
    """A hold of January, renewed in March; then more happened."""
    facts = (
        said(ex.preservation(), at=local(RECEIVED)),
        ex.hold(ref(1)),
        said(ex.extension(ref(2), date(2026, 3, 30)), at=local("2026-03-30 12:00")),
    )
    return given(*facts, *more, pack=pack)


def test_a_third_period_is_counsels_decision_on_the_ground_of_policy() -> None:
    """Day 179: never the statute's, and only once counsel answered (scenario 7)."""
    third: dict[str, Any] = {"ground": "local-policy", "review": ref(4)}
    asked = (ex.question(), ex.answer(ref(4), outcome="comply"))
    act = ex.extension(ref(2), date(2026, 7, 3), **third)
    renewed_once(*asked).when(act, **SECOND).then()
    renewed_once(ex.question()).when(act, **SECOND).then_refused("extensions_left_v1")
    renewed_once().when(act, **SECOND).then_refused("extensions_left_v1")
    for changes in ({"ground": "statute"}, {"ground": None}, {"review": None}):
        other = ex.extension(ref(2), date(2026, 7, 3), **{**third, **changes})
        renewed_once(*asked).when(other, **SECOND).then_refused(
            "extensions_left_v1", citing="18 U.S.C. 2703(f)(2)"
        )


@pytest.mark.parametrize(("days", "permitted"), [(0, False), (1, True), (90, True), (91, False)])
def test_an_extension_is_at_most_the_laws_period(days: int, permitted: bool) -> None:
    """The policy says up to 90 more days; 91 are not to be had."""
    act = ex.extension(ref(2), date(2026, 3, 30), days=days)
    proposed = held(RECEIVED).when(act, at=local("2026-03-30 12:00"))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("extension_within_period_v1", citing="18 U.S.C. 2703(f)(2)")


def test_a_shorter_extension_ends_sooner() -> None:
    """Ten more days from Sunday 5 April: 100 days in all end on Wednesday 15 April."""
    short = said(ex.extension(ref(2), date(2026, 3, 30), days=10), at=local("2026-03-30 12:00"))
    story = given(said(ex.preservation(), at=local(RECEIVED)), ex.hold(ref(1)), short)
    story.when(ex.release(ref(2)), at=local("2026-04-15 23:59")).then_refused(
        "not_released_early_v1", saying="until the end of 2026-04-15."
    )
    story.when(ex.release(ref(2)), at=local("2026-04-16 00:00")).then()


def test_a_hold_may_answer_what_counsel_expects() -> None:
    """Nobody asked and no paper came; counsel's answer is ground enough, a question is not."""
    asked = (ex.question(), ex.answer(ref(1), outcome="object"))
    given(*asked).when(ex.hold(ref(2))).then()
    given(*asked).when(ex.hold(ref(1))).then_refused("hold_answers_request_v1")


def test_a_hold_is_converted_to_the_paper_that_came() -> None:
    """It names a paper of the case, and ends because that was answered; without one, nobody can
    tell which process that was.
    """
    story = given(ex.preservation(), ex.hold(ref(1)), ex.court_order())
    converted = {"reason": "process-answered", "process": ref(3)}
    story.when(ex.release(ref(2), **converted)).then()
    for changes in ({"process": ref(1)}, {"process": None}, {"reason": "court-order"}):
        story.when(ex.release(ref(2), **{**converted, **changes})).then_refused(
            "process_came_v1", citing="no. 39"
        )


def test_each_of_two_holds_keeps_alone() -> None:
    """The case stays until the last one ends, whichever ended first."""
    two = (ex.preservation(), ex.hold(ref(1)), ex.preservation(level="county"), ex.hold(ref(3)))
    first, second = (ex.release(ref(n), reason="request-withdrawn") for n in (2, 4))
    given(*two, first).when(ex.closed()).then_refused("nothing_pending_v1", saying="hold is active")
    given(*two, second).when(ex.closed()).then_refused("nothing_pending_v1")
    given(*two, second, first).when(ex.closed()).then()
