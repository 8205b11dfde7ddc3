"""Counsel's look at a sealing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    COUNSEL,
    CUSTODIAN,
    DESK,
    STAFF,
    Given,
    given,
    local,
    ref,
    said,
)


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


# --- Papers that are kept out ---------------------------------------------------------------------


def test_a_paper_is_kept_out_of_a_sealed_matter_on_counsels_word() -> None:
    """The custodian notes it and names counsel; counsel notes it in their own name."""
    sealed().when(ex.paper_file()).then()
    sealed().when(ex.paper_file(), **AS_COUNSEL).then()
    for name in (STAFF, CUSTODIAN, "nobody"):
        sealed().when(ex.paper_file(counsel=name)).then_refused(
            "counsel_keeps_paper_out_v1", citing="threats §1.7"
        )
    sealed().when(ex.paper_file(), by="tomas", role="counsel").then_refused(
        "counsel_keeps_paper_out_v1"
    )
    sealed().when(ex.paper_file(), **AS_STAFF).then_refused("custodian_decides_v1")
    given(ex.intake()).when(ex.paper_file()).then_refused("kept_sealed_v1")


@pytest.mark.parametrize(
    ("at", "permitted"), [("2026-10-04 23:59", True), ("2026-10-05 00:00", False)]
)
def test_a_paper_file_is_looked_at_on_a_day_to_come(at: str, permitted: bool) -> None:
    """On the day itself it is too late to set it."""
    proposed = sealed().when(ex.paper_file(), at=local(at))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("paper_file_has_keeper_v1", citing="DESIGN §3")


@pytest.mark.parametrize("keeper", ["nobody", DESK])
def test_a_paper_file_is_kept_by_somebody(keeper: str) -> None:
    """Neither a stranger nor a desk answers for it."""
    sealed().when(ex.paper_file(keeper=keeper)).then_refused("paper_file_has_keeper_v1")


def test_a_newer_note_takes_the_place_of_one_that_holds() -> None:
    """Once, and of a note only; each file goes on by itself."""
    newer = ex.paper_file(instead_of=ref(3), review_on=date(2027, 4, 12))
    sealed(ex.paper_file()).when(newer).then()
    sealed(ex.paper_file(), newer).when(newer).then_refused("paper_file_known_v1")
    sealed().when(newer).then_refused("paper_file_known_v1", saying="no note")
    case = sealed(ex.paper_file(), ex.paper_file(keeper=STAFF), newer).case
    assert [one.replaced for one in case.paper_files] == [ref(5), None, None]
