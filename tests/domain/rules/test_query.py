"""The one answer to who asks whether a record was disclosed, and the fuller one after silence."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import AS_COUNSEL, AS_STAFF, Given, given, local, ref

SILENCE = (ex.gag(), ac.query())
"""A gag binds, and somebody asks."""


def text(version: int) -> Given:
    """An office in which counsel's text has this version; with 0 it has none."""
    answer = ac.standard_answer(version) if version else None
    return given().in_office(standard_answer=answer)


def test_the_text_is_counsels() -> None:
    """Nobody else sets it, the director no more than the staff."""
    text(0).when(ac.standard_answer(1), **AS_COUNSEL).then()
    text(0).when(ac.standard_answer(1)).then_refused("counsel_owns_answer_v1", citing="§5.6")
    text(0).when(ac.standard_answer(1), **AS_STAFF).then_refused("counsel_owns_answer_v1")


@pytest.mark.parametrize(("before", "version"), [(0, 1), (1, 2), (6, 7)])
def test_each_text_has_the_next_number(before: int, version: int) -> None:
    """The first is 1; the number before it and the one after it are refused."""
    text(before).when(ac.standard_answer(version), **AS_COUNSEL).then()
    for wrong in {max(1, version - 1), version + 1} - {version}:
        text(before).when(ac.standard_answer(wrong), **AS_COUNSEL).then_refused(
            "next_version_v1", saying=f"version {version}."
        )


def test_who_asked_hears_the_rest_once_silence_has_ended() -> None:
    """While any gag of the matter binds nothing more is said; then the custodian says it, once."""
    again = ac.answered_again(ref(2))
    at = local("2026-01-20 12:00")
    given(*SILENCE).when(again, at=at).then_refused("no_gag_binds_v1", citing="2709(c)(1)")
    ended = (*SILENCE, ex.lifted(ref(1)))
    given(*ended).when(again, at=at).then()
    given(*ended).when(again, at=at, **AS_STAFF).then_refused("custodian_decides_v1")
    given(*ended, again).when(again, at=at).then_refused("query_waits_v1", citing="scenario 16")
    given(*ended).when(ac.answered_again(ref(1)), at=at).then_refused("query_waits_v1")


def test_a_fuller_answer_is_recorded_when_it_was_given() -> None:
    """By the last minute of its local day it was; a minute earlier that day lay ahead."""
    ended, again = (*SILENCE, ex.lifted(ref(1))), ac.answered_again(ref(2))
    given(*ended).when(again, at=local("2026-01-19 23:59")).then_refused("query_waits_v1")
    given(*ended).when(again, at=local("2026-01-20 00:00")).then()


def test_a_fuller_answer_to_what_is_not_there_changes_nothing() -> None:
    """Its query stands in another case; the queries of this one wait on."""
    story = given(ac.query(), ac.answered_again(ref(9), answered_on=date(2026, 1, 6)))
    assert [one.again for one in story.case.queries] == [None]
