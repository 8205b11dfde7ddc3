"""Broken glass: another person answers for it, once and in 24 hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from ledger.domain import vault_events as v
from ledger.domain.glass import Glass, broken_glass
from tests.domain.given import COUNSEL, CUSTODIAN, DESIGNEE, STAFF, Given, Said, digest, given, said

BROKEN = v.GlassBroken(way="designee", matters=("7K3M-9Q2D-X",), reason="Nobody answered.")
LOOKED = v.SealedLooked(reason="duty")
RULE = "another_answers_for_glass_v1"


def broken(*more: Said) -> Given:
    """Tomas, who stands in, looked in his course and then outside of it."""
    return given(said(LOOKED, by=DESIGNEE), said(BROKEN, by=DESIGNEE), *more)


def answer(of: str, outcome: str = "justified") -> v.GlassConfirmed:
    """An answer to a record."""
    return v.GlassConfirmed(of=of, outcome=outcome)  # type: ignore[arg-type]  # one of the two


def glass(story: Given) -> Glass:
    """The one break of the glass of a story."""
    (one,) = broken_glass(story.case.records)
    return one


@pytest.mark.parametrize(
    ("by", "role"), [(COUNSEL, "counsel"), (CUSTODIAN, "custodian"), (CUSTODIAN, "director")]
)
def test_another_person_answers(by: str, role: str) -> None:
    """Counsel or whoever decides, whatever they make of it."""
    story = broken()
    for outcome in ("justified", "not-justified"):
        story.when(answer(glass(story).record.e, outcome), by=by, role=role).then()


def test_neither_who_broke_it_nor_staff_answers() -> None:
    """A second person is another person, and one who deals with sealed matters."""
    story = broken()
    of = glass(story).record.e
    story.when(answer(of), by=DESIGNEE, role="designee").then_refused(RULE, saying="another person")
    story.when(answer(of), by=STAFF, role="staff").then_refused(RULE, saying="answers for broken")


def test_it_is_answered_once_and_only_where_it_was_broken() -> None:
    """A look in the ordinary course wants no answer, and a second answer changes nothing."""
    story = broken()
    of = glass(story).record.e
    looked = story.case.records[0].e
    for nothing in (looked, digest(99)):
        story.when(answer(nothing), by=COUNSEL, role="counsel").then_refused(RULE)
    answered = broken(said(answer(of), by=COUNSEL, role="counsel"))
    assert glass(answered).record.e == of
    again = answered.when(answer(of, "not-justified"), by=CUSTODIAN, role="custodian")
    again.then_refused(RULE, saying="waits for an answer")


def test_the_first_answer_of_another_person_counts() -> None:
    """Whatever stands there: their own word is none, and a later one does not undo the first."""
    of = glass(broken()).record.e
    own = said(answer(of), by=DESIGNEE)
    first = said(answer(of, "not-justified"), by=COUNSEL)
    later = said(answer(of), by=CUSTODIAN)
    story = broken(own, first, later, said(answer(digest(99)), by=COUNSEL))
    found = glass(story)
    assert found.answered == story.case.records[3]
    assert found.state(found.due_at) == "not-justified"


def test_after_24_hours_it_is_overdue() -> None:
    """At the 24th hour it is awaited still; whoever answers later has answered."""
    found = glass(broken())
    at = found.record.recorded_at
    assert found.due_at == at + timedelta(hours=24)
    assert found.state(found.due_at) == "awaited"
    late = found.due_at + timedelta(seconds=1)
    assert found.state(late) == "overdue"
    answered = replace(found, answered=replace(found.record, event=answer(found.record.e)))
    assert answered.state(late) == "justified"
