"""Tasks of sealed matters, and the roster that an agency may ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    AUDITOR,
    COUNSEL,
    CUSTODIAN,
    DESIGNEE,
    DESK,
    STAFF,
    Given,
    given,
    local,
    ref,
)


def sealed(*more: Any) -> Given:
    """A matter is kept sealed under a gag, which is its third record."""
    return given(ex.intake(), ex.kept_sealed(), ex.gag(), *more)


# --- Assigning ------------------------------------------------------------------------------------


def test_a_task_is_assigned_by_who_decides_in_a_sealed_matter() -> None:
    """The custodian does, while it is kept sealed; staff do not, and an open case has no tasks."""
    task = ac.task_assigned(STAFF, gag=ref(3))
    sealed().when(task).then()
    sealed().when(task, by=AUDITOR, role="staff").then_refused("custodian_decides_v1")
    lifted = (ex.lifted(ref(3)), ex.opened())
    sealed(*lifted).when(ac.task_assigned(STAFF)).then_refused("kept_sealed_v1")


def test_the_duty_is_told_with_the_task_and_not_after_it() -> None:
    """To the second; and the gag of which somebody was told binds."""
    at = local("2026-01-07 09:00")
    told = ac.task_assigned(STAFF, gag=ref(3), duty_notice_at=at)
    sealed().when(told, at=at).then()
    early = at - timedelta(seconds=1)
    sealed().when(told, at=early).then_refused("duty_was_told_v1", citing="2709(c)(2)")
    sealed().when(ac.task_assigned(STAFF, gag=ref(2))).then_refused("gag_known_v1", citing="41")


@pytest.mark.parametrize("name", ["stranger", DESK, CUSTODIAN, DESIGNEE])
def test_a_task_is_for_somebody_who_need_only_know_it(name: str) -> None:
    """Nobody unknown, no desk, not who assigns it, and nobody who opens the matter already."""
    story = sealed(ex.member(DESIGNEE))
    story.when(ac.task_assigned(name)).then_refused("task_has_a_person_v1", citing="DESIGN §4.7")
    story.when(ac.task_assigned(STAFF)).then()


def test_who_has_no_part_in_the_matter_gets_no_task_of_it() -> None:
    """A recused colleague learns nothing, not even a task."""
    story = sealed(ac.recusal(STAFF))
    story.when(ac.task_assigned(STAFF)).then_refused("has_a_part_v1")
    story.when(ac.task_assigned(AUDITOR)).then()


# --- The task itself ------------------------------------------------------------------------------


TASK = ac.task_given(STAFF)


def test_a_task_ends_once_and_by_who_gave_it() -> None:
    """Its person reports, and does not end it; a matter has no end of this kind."""
    given(TASK, ac.task_reported()).when(ac.task_ended()).then()
    given(TASK).when(ac.task_ended(), **AS_COUNSEL).then()
    given(TASK, ac.task_ended()).when(ac.task_ended()).then_refused("task_goes_on_v1")
    given(ac.task_given(CUSTODIAN)).when(ac.task_ended()).then_refused("task_goes_on_v1")
    sealed().when(ac.task_ended()).then_refused("task_goes_on_v1", citing="threats §1.7")


def test_a_task_is_neither_opened_nor_sealed() -> None:
    """No one person can put it into the open store."""
    given(TASK).when(ex.opened()).then_refused("no_task_v1")
    given(TASK).when(ex.kept_sealed()).then_refused("no_task_v1")


def test_a_task_has_readers_of_its_own_and_nothing_else_of_a_matter() -> None:
    """Counsel joins it, so that a second person can look; no task has a task or a paper file."""
    given(TASK).when(ex.member(COUNSEL, ground="attorney")).then()
    given(TASK, ex.member(COUNSEL)).when(ac.removed(COUNSEL)).then()
    for act in (ex.opening_proposed(), ex.paper_file(), ac.task_assigned(DESIGNEE)):
        given(TASK).when(act).then_refused("kept_sealed_v1")


def test_a_task_closes_once_it_has_ended() -> None:
    """What goes on is named."""
    given(TASK).when(ex.closed()).then_refused("nothing_pending_v1", saying="a task goes on")
    given(TASK, ac.task_ended()).when(ex.closed()).then()


def test_a_task_says_where_it_stands() -> None:
    """Given, reported on, ended; what is said of no task changes nothing."""
    stages = (TASK, ac.task_reported(outcome="question"), ac.task_ended())
    assert [given(*stages[:n]).case.state for n in (1, 2, 3)] == [
        "task-given",
        "task-given",
        "task-ended",
    ]
    task = given(*stages).case.task
    assert task is not None
    assert (task.reported, task.ended) == ("question", ref(3))
    assert given(ac.task_reported(), ac.task_ended()).case.task is None


# --- The roster -----------------------------------------------------------------------------------


TOLD = (
    ex.member(COUNSEL, ground="attorney", gag=ref(3)),
    ex.member(DESIGNEE, ground="otherwise-permitted", gag=ref(3)),
    ac.task_assigned(STAFF, gag=ref(3)),
    ac.duty_notice("kim"),
)
AT = local("2026-01-12 12:00")


def test_who_was_told_stands_on_the_roster_and_only_members_open_the_matter() -> None:
    """A notice and a task bind, and open nothing; leaving the roster takes neither back."""
    case = sealed(*TOLD).case
    assert [m.person for m in case.roster] == [COUNSEL, DESIGNEE, STAFF, "kim"]
    assert case.audience == (COUNSEL, DESIGNEE)
    assert [m.told_at for m in case.roster[2:]] == [
        datetime(2026, 1, 4, 19, 0, tzinfo=UTC),
        datetime(2026, 1, 4, 19, 45, tzinfo=UTC),
    ]
    both = sealed(*TOLD, ex.member(STAFF), ac.removed(STAFF)).case
    assert [m.removed is None for m in both.roster] == [True, True, True, True, False]


def named(story: Given, gag: str) -> list[str]:
    """Whom an agency hears of that asks about its gag, once for each telling."""
    return [member.person for member in story.case.identified(gag)]


def test_an_agency_is_told_of_its_own_people_and_of_no_attorney() -> None:
    """Told to comply or with its permission; who was told of another gag is not named to it."""
    other = (ex.gag(source="court-order"), ac.duty_notice("ana", gag=ref(8)))
    story = sealed(*TOLD, *other)
    assert named(story, ref(3)) == [DESIGNEE, STAFF, "kim"]
    assert named(story, ref(8)) == ["kim", "ana"]
    story.when(ac.roster_given(ref(3), "kim", STAFF, DESIGNEE), at=AT).then()
    story.when(ac.roster_given(ref(3), STAFF), at=AT, **AS_COUNSEL).then()
    for wrong in ((COUNSEL,), (STAFF, "ana"), ("nobody",)):
        story.when(ac.roster_given(ref(3), *wrong), at=AT).then_refused(
            "roster_names_its_people_v1", citing="18 U.S.C. 2709(c)(2)"
        )
    story.when(ac.roster_given(ref(2)), at=AT).then_refused("roster_names_its_people_v1")
    story.when(ac.roster_given(ref(3), STAFF), at=AT, **AS_STAFF).then_refused(
        "custodian_decides_v1"
    )


def test_an_attorney_who_must_also_comply_is_named_for_that() -> None:
    """Told twice, on two grounds, somebody is named for the one that is not the attorney's."""
    twice = (ex.member(COUNSEL, ground="attorney"), ac.duty_notice(COUNSEL))
    assert named(sealed(*twice), ref(3)) == [COUNSEL]


@pytest.mark.parametrize(
    ("at", "days", "permitted"),
    [
        ("2026-01-11 23:59", {}, False),
        ("2026-01-12 00:00", {}, True),
        ("2026-01-13 09:00", {"asked_on": date(2026, 1, 12)}, True),
        ("2026-01-13 09:00", {"asked_on": date(2026, 1, 13)}, False),
    ],
)
def test_the_agency_asks_before_it_is_told(at: str, days: dict[str, Any], permitted: bool) -> None:
    """On one day at the earliest, and what lies ahead is not recorded."""
    proposed = sealed(*TOLD).when(ac.roster_given(ref(3), "kim", **days), at=local(at))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("roster_was_given_v1", citing="no. 41")


def test_a_duty_notice_is_a_fact() -> None:
    """Whoever told somebody records it; nothing about it is refused."""
    sealed().when(ac.duty_notice("kim"), **AS_STAFF).then()
