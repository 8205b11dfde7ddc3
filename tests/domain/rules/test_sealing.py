"""Counsel's look at a sealing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain import examples as ex
from tests.domain.given import AS_COUNSEL, AS_STAFF, COUNSEL, Given, given, ref, said


def sealed(*more: Any) -> Given:
    """A matter is kept sealed by the custodian; the sealing is its second record."""
    return given(ex.intake(), ex.kept_sealed(), *more)


@pytest.mark.parametrize("outcome", ["confirmed", "advises-opening"])
def test_counsel_alone_looks_at_a_sealing(outcome: str) -> None:
    """Custodian and staff do not confirm it, whatever comes of it."""
    look = ex.sealing_confirmed(ref(2), outcome=outcome)
    sealed().when(look, **AS_COUNSEL).then()
    sealed().when(look, by="noor").then_refused("counsel_confirms_v1", citing="threats §1.7")
    sealed().when(look, **AS_STAFF).then_refused("counsel_confirms_v1")


def test_the_sealing_that_holds_is_looked_at() -> None:
    """An earlier one, another record, and one of a matter that stands open are past."""
    again = ex.kept_sealed(review_on=date(2026, 12, 7))
    sealed(again).when(ex.sealing_confirmed(ref(3)), **AS_COUNSEL).then()
    for story, of in ((sealed(again), 2), (sealed(), 1), (sealed(ex.opened()), 2)):
        story.when(ex.sealing_confirmed(ref(of)), **AS_COUNSEL).then_refused(
            "sealing_holds_v1", citing="DESIGN §3"
        )


def test_nobody_confirms_a_sealing_of_their_own() -> None:
    """Whoever sealed the matter as director does not look at it as counsel."""
    own = said(ex.kept_sealed(), by=COUNSEL)
    story = given(ex.intake(), own)
    story.when(ex.sealing_confirmed(ref(2)), **AS_COUNSEL).then_refused(
        "sealing_holds_v1", saying="their own"
    )
    story.when(ex.sealing_confirmed(ref(2)), by="tomas", role="counsel").then()


def test_what_counsel_says_opens_nothing() -> None:
    """Also where counsel advises it, one person does not open the matter."""
    advised = said(ex.sealing_confirmed(ref(2), outcome="advises-opening"), **AS_COUNSEL)
    sealed(advised).when(ex.opened()).then_refused("opening_takes_two_v1")
