"""Erasure: two people, a matter that has ended, and no hold on it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.erasure_events import ErasedRecord, StreamErased
from ledger.domain.events import Event
from ledger.domain.office_events import Assented, LedgerRestored
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import AUDITOR, COUNSEL, CUSTODIAN, given, records, ref
from tests.domain.given import LCLD as LAW

AS_COUNSEL: dict[str, Any] = {"by": COUNSEL, "role": "counsel"}
ERASURE = StreamErased(
    stream="5e" * 16, secrets="both", records=(ErasedRecord(seq=1, e="3a" * 32),)
)
RESTORED = LedgerRestored(
    incarnation="7b" * 16, size=128, root="5d" * 32, known_size=256, office_copy=False
)
(PROPOSED,) = records([ERASURE], LAW, stream="0f" * 16)
HELD: list[Event] = [ex.request(), ex.preservation(), ex.hold(ref(2)), ex.closed()]


def test_the_directorate_proposes_the_erasure_of_an_ended_matter() -> None:
    """A closed case without a hold may be erased; counsel alone cannot propose it."""
    given(ex.request(), ex.closed()).when(ERASURE).then(ERASURE)
    given(ex.request(), ex.closed()).when(ERASURE, **AS_COUNSEL).then_refused("directorate_v1")


def test_a_matter_that_goes_on_is_not_erased() -> None:
    """Before the case is closed nothing of it is destroyed."""
    given(ex.request()).when(ERASURE).then_refused("matter_is_ended_v1", citing="DESIGN §6")


def test_a_hold_forbids_the_proposal_and_the_assent() -> None:
    """Whoever proposes and whoever assents is refused while the hold stands."""
    given(*HELD).when(ERASURE).then_refused("no_hold_covers_v1", citing="2703(f)")
    held = given(*HELD).in_office(awaiting_assent=(PROPOSED,))
    held.when(Assented(of=PROPOSED.e), by=COUNSEL).then_refused("no_hold_covers_v1")


def test_a_released_hold_forbids_nothing() -> None:
    """Once the hold was released both may go on."""
    over = [*HELD, ex.release(ref(3))]
    given(*over).when(ERASURE).then(ERASURE)
    again = given(*over).in_office(awaiting_assent=(PROPOSED,))
    again.when(Assented(of=PROPOSED.e), by=COUNSEL).then()


@pytest.mark.parametrize("role", ["director", "custodian"])
def test_a_restore_is_confirmed_by_the_directorate(role: str) -> None:
    """The director or the custodian says that the ledger goes on; nobody else does."""
    given().when(RESTORED, by=CUSTODIAN, role=role).then(RESTORED)
    given().when(RESTORED, **AS_COUNSEL).then_refused("directorate_v1")


def test_a_matter_that_went_on_after_its_closing_is_not_erased() -> None:
    """A duty of silence, or a complaint, may come to a closed case; both need its records."""
    since = (
        (ex.gag(), "a gag binds"),
        (ac.complaint(), "was not answered"),
        (ex.preservation(), "a request came"),
    )
    for fact, saying in since:
        story = given(ex.request(), ex.closed(), fact)
        story.when(ERASURE, by=AUDITOR).then_refused("matter_is_ended_v1", saying=saying)
    again = given(ex.request(), ex.closed(), ex.preservation(), ex.opened(), ex.closed())
    again.when(ERASURE).then(ERASURE)


def test_nobody_erases_a_matter_in_which_they_have_a_part() -> None:
    """Whoever was complained of does not propose that the complaint be destroyed."""
    answered = ac.reply(ref(1))
    story = given(ac.complaint(respondent=CUSTODIAN), answered, ex.closed())
    story.when(ERASURE).then_refused("has_part_in_matter_v1", citing="§5.5.2")
    story.when(ERASURE, by=AUDITOR).then(ERASURE)
