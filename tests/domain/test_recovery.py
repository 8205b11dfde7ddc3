"""Recovery and compromised keys: who may ask, who must agree, and what the office remembers."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain import office_events as o
from ledger.domain import vault_events as v
from ledger.domain.office import RECOVERY
from tests.domain.given import (
    AUDITOR,
    COUNSEL,
    CUSTODIAN,
    DESIGNEE,
    DESK,
    OFFICE_STREAM,
    STAFF,
    digest,
    given,
    key_of,
    ref,
    said,
)
from tests.domain.test_case import case_of
from tests.domain.test_office import DIRECTOR, SECOND, THIRD, assents, by, enrolled, office

ANNOUNCED = o.RecoveryAnnounced(key="5c" * 32, holders=3, needed=2)
PROPOSED = o.RecoveryProposed(person=DIRECTOR)
DIRECTORS_KEY = key_of(DIRECTOR).digest


def used(number: int) -> o.RecoveryUsed:
    """The recovery of the n-th record of the office was carried out."""
    return o.RecoveryUsed(of=digest(number, OFFICE_STREAM))


# --- The recovery identity ---------------------------------------------------------------------


def test_a_recovery_identity_is_in_force_from_the_second_persons_assent() -> None:
    """Nobody alone makes themself a reader of all that is sealed."""
    announced = by(DIRECTOR, ANNOUNCED)
    assert office(announced).recovery is None
    assert office(announced, assents(DIRECTOR, 2)).recovery is None
    assert office(announced, assents(SECOND, 2)).recovery == ANNOUNCED


def test_a_later_identity_takes_the_place_of_the_one_before() -> None:
    """After holders changed, the old identity reads nothing new."""
    later = o.RecoveryAnnounced(key="7e" * 32, holders=5, needed=3)
    acts = (by(DIRECTOR, ANNOUNCED), assents(SECOND, 2), by(SECOND, later), assents(DIRECTOR, 4))
    assert office(*acts).recovery == later


def test_all_that_is_sealed_is_sealed_to_recovery_too() -> None:
    """Whoever reads, the recovery identity reads with them, once one is in force."""
    announced = (by(DIRECTOR, ANNOUNCED), assents(SECOND, 2))
    key = key_of(SECOND).key
    assert office().readers([SECOND, "nobody"]) == {SECOND: key}
    assert office(*announced).readers([SECOND]) == {SECOND: key, RECOVERY: "5c" * 32}
    assert office(*announced).attesters() == {SECOND: key, RECOVERY: "5c" * 32}


@pytest.mark.parametrize(("holders", "needed", "fits"), [(3, 2, True), (5, 4, True), (4, 4, False)])
def test_one_holder_may_be_missing(holders: int, needed: int, fits: bool) -> None:
    """An identity that needs everybody is lost with anybody."""
    announced = o.RecoveryAnnounced(key="5c" * 32, holders=holders, needed=needed)
    outcome = given().when(announced)
    if fits:
        outcome.then()
    else:
        outcome.then_refused("recovery_is_shared_v1", saying="allowed to be missing")


def test_the_directorate_announces_the_identity() -> None:
    """Counsel alone cannot; it is an act of administration."""
    given().when(ANNOUNCED, by=COUNSEL, role="counsel").then_refused("directorate_v1")


# --- A recovery ---------------------------------------------------------------------------------


def test_a_recovery_waits_for_a_second_person_and_is_used_once() -> None:
    """It is ready with the assent and gone with its use; a second assent renews nothing."""
    proposed = by(SECOND, PROPOSED)
    assert office(proposed).recoveries == ()
    assert office(proposed, assents(SECOND, 2)).recoveries == ()
    ready = office(proposed, assents(DIRECTOR, 2))
    assert [one.event for one in ready.recoveries] == [PROPOSED]
    acts = (proposed, assents(DIRECTOR, 2), by(DIRECTOR, used(2)))
    assert office(*acts).recoveries == ()
    assert office(*acts, assents(DIRECTOR, 2)).recoveries == ()


def test_only_the_person_for_whom_it_was_agreed_uses_it_up() -> None:
    """Nobody can take a recovery away by saying that it was carried out."""
    acts = (by(SECOND, PROPOSED), assents(DIRECTOR, 2))
    assert len(office(*acts, by(SECOND, used(2))).recoveries) == 1
    assert len(office(*acts, by(DIRECTOR, used(1))).recoveries) == 1


@pytest.mark.parametrize("role", ["director", "custodian", "counsel"])
def test_director_custodian_and_counsel_propose_a_recovery(role: str) -> None:
    """Counsel among them: every director may have lost their keys."""
    event = o.RecoveryProposed(person=COUNSEL)
    given().in_office(recovery=ANNOUNCED).when(event, by=CUSTODIAN, role=role).then()


@pytest.mark.parametrize(
    ("person", "role", "changes", "saying"),
    [
        (CUSTODIAN, "staff", {"recovery": ANNOUNCED}, "or counsel proposes"),
        (CUSTODIAN, "designee", {"recovery": ANNOUNCED}, "or counsel proposes"),
        (CUSTODIAN, "custodian", {}, "no recovery identity"),
        (STAFF, "custodian", {"recovery": ANNOUNCED}, "enrolled director"),
        (AUDITOR, "custodian", {"recovery": ANNOUNCED}, "enrolled director"),
        (DESK, "custodian", {"recovery": ANNOUNCED}, "enrolled director"),
        ("nobody", "custodian", {"recovery": ANNOUNCED}, "enrolled director"),
    ],
)
def test_a_recovery_is_refused(
    person: str, role: str, changes: dict[str, Any], saying: str
) -> None:
    """Others do not propose one, none is made without an identity, nor for whoever may not see."""
    event = o.RecoveryProposed(person=person)
    outcome = given().in_office(**changes).when(event, by=CUSTODIAN, role=role)
    outcome.then_refused("recovery_proposed_v1", saying=saying)


def test_nothing_is_recovered_for_a_revoked_key() -> None:
    """A designee whose key was revoked opens nothing with it."""
    keys = (key_of(DESIGNEE, revoked=True), key_of(CUSTODIAN))
    outcome = given().in_office(recovery=ANNOUNCED, keys=keys)
    outcome.when(o.RecoveryProposed(person=DESIGNEE)).then_refused("recovery_proposed_v1")


def test_who_was_let_in_by_recovery_is_on_the_roster() -> None:
    """The next change of the audience does not shut them out again."""
    recovered = o.AccessRecovered(person=THIRD, proposal="ab" * 32)
    assert case_of(recovered).audience == (THIRD,)


# --- Compromised keys ---------------------------------------------------------------------------


def test_a_revocation_says_since_when_the_key_was_lost() -> None:
    """The size of the log from which on its records need re-attestation is kept with the key."""
    key = office(by(SECOND, o.KeyRevoked(key=DIRECTORS_KEY, since=512))).key_with(DIRECTORS_KEY)
    assert key is not None
    assert (key.revoked, key.since) == (True, 512)


@pytest.mark.parametrize(
    ("first", "second", "kept"), [(None, None, None), (None, 7, 7), (7, None, 7), (7, 9, 7)]
)
def test_the_earliest_loss_counts(first: int | None, second: int | None, kept: int | None) -> None:
    """What is found out later may move the loss back, and never forward."""
    acts = [by(SECOND, o.KeyRevoked(key=DIRECTORS_KEY, since=one)) for one in (first, second)]
    key = office(*acts).key_with(DIRECTORS_KEY)
    assert key is not None
    assert key.since == kept


def test_a_new_key_takes_the_revoked_ones_place() -> None:
    """Between enrolment and revocation the newest key is the person's."""
    new = o.KeyEnrolled(person=DIRECTOR, key=key_of("spare").key)
    acts = (by(DIRECTOR, new), assents(SECOND, 2))
    for more in ((), (by(DIRECTOR, o.KeyRevoked(key=DIRECTORS_KEY)),)):
        found = office(*acts, *more).key_of(DIRECTOR)
        assert found is not None
        assert found.key == key_of("spare").key


def test_counsel_reattests_what_others_signed() -> None:
    """It is counsel's act, for another's records, each named once and in order."""
    of = ("11" * 32, "22" * 32)
    given().when(o.Reattested(of=of), by=COUNSEL, role="counsel").then()
    for event, role, saying in (
        (o.Reattested(of=of), "custodian", "Only counsel"),
        (o.Reattested(of=of[::-1]), "counsel", "ascending"),
        (o.Reattested(of=of[:1] * 2), "counsel", "each once"),
    ):
        outcome = given().when(event, by=COUNSEL, role=role)
        outcome.then_refused("counsel_reattests_v1", saying=saying)


def test_counsel_alone_attests_to_the_log() -> None:
    """Whoever directs the library does not vouch for its ledger."""
    event = v.LogAttested(period=1, size=46_720, root="A" * 43 + "=", heads="41" * 32)
    given().when(event, by=COUNSEL, role="counsel").then()
    for role in ("custodian", "director", "staff"):
        outcome = given().when(event, by=COUNSEL, role=role)
        outcome.then_refused("counsel_attests_v1", saying="Only counsel")


def test_nobody_reattests_their_own_records() -> None:
    """A compromised key of counsel's is for another counsel to stand for."""
    note = o.AccessRecovered(person=THIRD, proposal="ab" * 32)
    case = given(said(note, by=COUNSEL))
    (recorded,) = case.case.records
    assert recorded.ref == ref(1)
    outcome = case.when(o.Reattested(of=(recorded.e,)), by=COUNSEL, role="counsel")
    outcome.then_refused("counsel_reattests_v1", saying="Another person")


def test_an_enrolment_waits_beside_a_recovery() -> None:
    """What waits for assent is kept apart: one assent serves one proposal."""
    acts = (enrolled(THIRD), by(SECOND, PROPOSED), assents(DIRECTOR, 3))
    after = office(*acts)
    assert [one.type for one in after.awaiting_assent] == ["key-enrolled.v1"]
    assert len(after.recoveries) == 1
