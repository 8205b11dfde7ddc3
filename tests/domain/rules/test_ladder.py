"""A designee under a call ladder: from the calls in vain until the custodian is heard of again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from ledger.domain.events import AgentReferred, Event
from ledger.domain.evolve import replay
from ledger.domain.office import Office
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_DESIGNEE,
    AS_STAFF,
    CHECKS_STREAM,
    COUNSEL,
    CUSTODIAN,
    LCLD,
    OFFICE,
    Given,
    Said,
    digest,
    given,
    local,
    records,
    ref,
    said,
)

DENY = ex.denial(ref(1))


def noted(event: Event, **about: Any) -> Said:
    """Staff at the desk write something down."""
    return said(event, **AS_STAFF, **about)


CALLED_AT = local("2026-05-06 19:04")
UNDER_THE_LADDER: dict[str, Any] = {**AS_DESIGNEE, "under": ref(3)}


def since_a_ladder(*events: Said, office: Office = OFFICE) -> Given:
    """The custodian was called at four past seven, in vain; then something happened."""
    ladder = (
        noted(ex.request(), at=local("2026-05-06 18:55")),
        noted(ex.attempt(), at=CALLED_AT),
        noted(ex.not_reached(ref(2)), at=local("2026-05-06 19:12")),
    )
    return replace(given(*ladder, *events), office=office)


@pytest.mark.parametrize(
    "event",
    [
        noted(ex.attempt(outcome="reached"), at=local("2026-05-06 19:40")),
        noted(AgentReferred(to=CUSTODIAN, outcome="reached"), at=local("2026-05-06 19:40")),
        said(ex.preservation(), at=local("2026-05-06 19:40")),
        noted(ex.attempt(outcome="reached"), at=local("2026-05-06 19:08")),
    ],
    ids=["she was called again", "she took the officer", "she wrote", "between call and record"],
)
def test_a_ladder_holds_until_the_custodian_is_heard_of(event: Said) -> None:
    """Once she is reached, or does anything in the matter, it is hers to decide again."""
    at = local("2026-05-06 19:41")
    since_a_ladder(event).when(DENY, at=at, **UNDER_THE_LADDER).then_refused(
        "custodian_decides_v1", saying="has not been reached"
    )
    since_a_ladder().when(DENY, at=local("2026-06-30 09:00"), **UNDER_THE_LADDER).then(DENY)


def test_what_the_custodian_did_before_the_calls_ends_no_ladder() -> None:
    """Nor does somebody else who was reached, or what happened after the designee's act."""
    before = noted(ex.attempt(outcome="reached"), at=local("2026-05-06 19:03"))
    counsel = noted(ex.attempt(person=COUNSEL, outcome="reached"), at=local("2026-05-06 19:30"))
    sent = noted(AgentReferred(to=COUNSEL, outcome="reached"), at=local("2026-05-06 19:31"))
    after = noted(ex.attempt(outcome="reached"), at=local("2026-05-06 19:55"))
    story = since_a_ladder(before, counsel, sent, after)
    story.when(DENY, at=local("2026-05-06 19:54"), **UNDER_THE_LADDER).then(DENY)
    story.when(DENY, at=local("2026-05-06 19:55"), **UNDER_THE_LADDER).then_refused(
        "custodian_decides_v1"
    )


def test_what_the_custodian_writes_down_counts_when_she_writes_it() -> None:
    """A visit of the afternoon, noted by her at night: she is there at night."""
    visit = noted(ex.preservation(), at=local("2026-05-06 15:00"))
    story = since_a_ladder()
    (noted_late,) = records([visit], LCLD, stream=CHECKS_STREAM)
    late = changed(noted_late, recorded_by=CUSTODIAN, recorded_at=local("2026-05-06 21:10"))
    story = replace(story, case=replay([late], story.case))
    story.when(DENY, at=local("2026-05-06 21:09"), **UNDER_THE_LADDER).then(DENY)
    story.when(DENY, at=local("2026-05-06 21:10"), **UNDER_THE_LADDER).then_refused(
        "custodian_decides_v1"
    )


def test_a_new_ladder_opens_again_what_the_last_one_no_longer_does() -> None:
    """She was reached at twenty to eight, and in vain at ten."""
    reached = noted(ex.attempt(outcome="reached"), at=local("2026-05-06 19:40"))
    again = noted(ex.attempt(channel="e-mail"), at=local("2026-05-06 22:00"))
    ladder = noted(ex.not_reached(ref(5)), at=local("2026-05-06 22:05"))
    story = since_a_ladder(reached, again, ladder)
    story.when(DENY, **UNDER_THE_LADDER).then_refused("custodian_decides_v1")
    story.when(DENY, **AS_DESIGNEE, under=ref(6)).then(DENY)


def test_any_director_who_is_reached_decides_where_no_custodian_is_designated() -> None:
    """The designee stands in for them all."""
    office = changed(OFFICE, custodian=None, roles=OFFICE.roles | {(COUNSEL, "director")})
    reached = noted(ex.attempt(person=COUNSEL, outcome="reached"), at=local("2026-05-06 19:30"))
    since_a_ladder(office=office).when(DENY, **UNDER_THE_LADDER).then(DENY)
    since_a_ladder(reached, office=office).when(DENY, **UNDER_THE_LADDER).then_refused(
        "custodian_decides_v1"
    )


def test_a_call_that_was_corrected_counts_as_it_was() -> None:
    """That nobody answered was a slip: she was reached, so the ladder opens nothing."""
    slip = said(
        ex.correction(ref(2), values={"outcome": "reached"}),
        **AS_COUNSEL,
        at=local("2026-05-06 20:00"),
    )
    agreed = noted(ex.assent(digest(4)), at=local("2026-05-06 20:20"))
    since_a_ladder(slip).when(DENY, **UNDER_THE_LADDER).then(DENY)
    since_a_ladder(slip, agreed).when(DENY, **UNDER_THE_LADDER).then_refused("custodian_decides_v1")


def test_every_rung_of_a_ladder_was_in_vain() -> None:
    """She was reached at home and not on her mobile: she was reached."""
    rungs = (ex.attempt(outcome="reached"), ex.attempt(channel="telephone"))
    for attempts, permitted in (((ref(2), ref(3)), False), ((ref(3),), True)):
        story = given(*map(noted, (ex.request(), *rungs, ex.not_reached(*attempts))))
        proposed = story.when(DENY, **AS_DESIGNEE, under=ref(4))
        assert (proposed.broken == ()) is permitted
