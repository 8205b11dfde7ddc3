"""Recordings: held before they are decided on; looked at after a year only for a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.law.deadlines import Reading, deadlines
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import AS_STAFF, given, law, law_of, local, ref

HELD = ex.hold(ref(2), categories=["security-video"], places=["video"])
APPROVE = ex.approval(ref(1), "subpoena", instrument=ref(2), categories=["security-video"])


def test_a_recording_that_runs_out_is_held_first() -> None:
    """The director decides once nothing can be overwritten, to give it or to deny it."""
    story = (ex.request(), ex.subpoena(), ac.video(overwritten_on=date(2026, 1, 6)))
    for act in (APPROVE, ex.denial(ref(1))):
        given(*story).when(act).then_refused(
            "hold_comes_first_v1", citing="scenario 13", saying="2026-01-06"
        )
        given(*story, HELD).when(act).then()
    other = ex.hold(ref(2), categories=["circulation"])
    given(*story, other).when(APPROVE).then_refused("hold_comes_first_v1")
    released = ex.release(ref(4), reason="request-withdrawn")
    given(*story, HELD, released).when(APPROVE).then_refused("hold_comes_first_v1")
    given(*story[:2], ac.video()).when(APPROVE).then()


def test_what_is_no_video_waits_for_no_hold_on_it() -> None:
    """A hold on video covers no other class; a denial covers all that was asked for."""
    story = (ex.request(), ex.subpoena(), ac.video(overwritten_on=date(2026, 1, 6)))
    given(*story).when(ex.approval(ref(1), "subpoena", instrument=ref(2))).then()
    for asked, refused in ((["circulation"], False), (["security-video"], True), ([], True)):
        denied = given(ex.request(categories=asked), *story[1:]).when(ex.denial(ref(1)))
        assert [one.rule for one in denied.broken] == ["hold_comes_first_v1"] * refused
    given(*story).when(ex.denial(ref(9))).then_refused("request_known_v1")


@pytest.mark.parametrize(("day", "rules"), [(6, ("hold_comes_first_v1",)), (7, ())])
def test_what_was_overwritten_can_be_held_no_more(day: int, rules: tuple[str, ...]) -> None:
    """On its last day the recording may still be there; a day later it is gone."""
    story = given(ex.request(), ex.subpoena(), ac.video(overwritten_on=date(2026, 1, 6)))
    outcome = story.when(ex.denial(ref(1)), at=local(f"2026-01-0{day} 12:00"))
    assert tuple(one.rule for one in outcome.broken) == rules


@pytest.mark.parametrize(
    ("on", "changes", "permitted"),
    [
        ("2026-05-05", {"reason": "routine", "person": None}, True),
        ("2026-05-06", {"reason": "routine"}, False),
        ("2026-05-06", {"person": None}, False),
        ("2026-05-06", {}, True),
        ("2026-05-06", {"reason": "specific-incident"}, True),
    ],
)
def test_after_its_anniversary_a_recording_is_looked_at_for_a_reason(
    on: str, changes: dict[str, Any], *, permitted: bool
) -> None:
    """Colorado: recorded on 5 May 2025, freely looked at until 5 May 2026, and by whom."""
    outcome = given(ac.video()).when(ac.accessed(ref(1), **changes), at=local(f"{on} 12:00"))
    if permitted:
        outcome.then()
    else:
        outcome.then_refused("video_after_first_year_v1", citing="C.R.S. 24-72-113(2)(a)")


def test_a_recording_stays_under_the_law_of_the_day_on_which_it_was_located() -> None:
    """Neither a law without such a rule frees it, nor does Colorado's reach back; rule and row
    say the same.
    """
    routine, late = ac.accessed(ref(1), reason="routine", person=None), local("2026-05-06 12:00")
    here, there = given(ac.video()), given(ac.video(), pack="us-wi")
    here.when(routine, at=late, laws=law_of, in_force=law("us-wi")).then_refused(
        "video_after_first_year_v1", citing="C.R.S. 24-72-113(2)(a)"
    )
    there.when(routine, at=late, laws=law_of, in_force=law("us-co/lcld")).then()
    for story, ends in ((here, [date(2026, 5, 5)]), (there, [])):
        rows = deadlines(story.case, Reading(law_of, "America/Denver"))
        assert [row.effective_on for row in rows if row.rule == "cctv-access"] == ends


def test_a_day_without_an_end_stops_nobody() -> None:
    """A recording dated on the calendar's last day, by a slip, has its first year for ever."""
    slip = ac.video(recorded_on=date.max)
    given(slip).when(ac.accessed(ref(1), reason="routine", person=None)).then()


def test_other_laws_count_no_years_of_a_recording() -> None:
    """Wisconsin's section has no such rule."""
    routine = ac.accessed(ref(1), reason="routine", person=None)
    given(ac.video(), pack="us-wi").when(routine, at=local("2029-05-05 12:00")).then()


def test_what_is_looked_at_was_located() -> None:
    """By the custodian, in this case."""
    given(ac.video()).when(ac.accessed(ref(2))).then_refused("video_known_v1")
    given(ac.video()).when(ac.accessed(ref(1)), **AS_STAFF).then_refused("custodian_decides_v1")
    case = given(ac.video(), ac.video(), ac.accessed(ref(2)), ac.accessed(ref(9))).case
    assert [one.accessed for one in case.videos] == [(), (ref(3),)]
