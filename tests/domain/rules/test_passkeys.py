"""Whose a passkey is, and what may be approved with it; the door sees whether an answer fits."""

from __future__ import annotations

from base64 import b64encode

import pytest
from msgspec.structs import replace as changed

from ledger.domain.passkey_events import Passkey, PasskeyApproved, PasskeyEnrolled
from tests.domain import examples as ex
from tests.domain.given import (
    AS_STAFF,
    CUSTODIAN,
    DESK,
    LCLD,
    STAFF,
    Given,
    Said,
    digest,
    given,
    records,
    said,
)

ENROLLED_ONCE, APPROVED_ONCE = "own_new_passkey_v1", "approved_once_by_own_passkey_v1"
CITED = "FORMAT §1, passkeys"


def passkey(person: str) -> PasskeyEnrolled:
    """A passkey that a person has in their pocket, at two addresses."""
    return PasskeyEnrolled(
        person=person,
        credential=b64encode(f"the passkey of {person}".encode()).decode(),
        key=b64encode(f"the key of {person}".encode()).decode(),
        algorithm="ES256",
        rp="lonecone.example",
        origins=("https://desk.lonecone.example", "https://room.lonecone.example"),
    )


HERS, HIS = Passkey(passkey(STAFF)), Passkey(passkey(CUSTODIAN))


def approving(one: Passkey, number: int = 1) -> PasskeyApproved:
    """A record of the case is approved with a passkey."""
    return PasskeyApproved(
        of=digest(number),
        passkey=one.digest,
        authenticator_data="YQ==",
        client_data="Yw==",
        signature="cw==",
    )


def with_passkeys(*more: Said) -> Given:
    """A case of one request, where both have a passkey."""
    return given(ex.request(), *more).in_office(passkeys=(HERS, HIS))


def test_people_enrol_their_own_passkey() -> None:
    """One's own, which nobody knows yet, may be enrolled; one for somebody else may not."""
    given().when(passkey(STAFF), **AS_STAFF).then()
    other = given().when(passkey(CUSTODIAN), **AS_STAFF)
    other.then_refused(ENROLLED_ONCE, citing=CITED, saying="for yourself only")


def test_a_desk_has_no_passkey() -> None:
    """A desk is nobody in person, and approves nothing by touch or face."""
    at_desk = given().when(passkey(DESK), by=DESK, role="desk")
    at_desk.then_refused(ENROLLED_ONCE, saying="for yourself only")


def test_a_passkey_is_enrolled_once() -> None:
    """What one has enrolled, or has asked to enrol, is not enrolled again."""
    asked = tuple(records([said(HERS.enrolled, by=STAFF, role="staff")], LCLD))
    for known in (with_passkeys(), given().in_office(awaiting_assent=asked)):
        again = known.when(HERS.enrolled, **AS_STAFF)
        again.then_refused(ENROLLED_ONCE, saying="enrolled already")


@pytest.mark.parametrize(
    "origins",
    [
        ("https://room.lonecone.example", "https://desk.lonecone.example"),
        ("https://desk.lonecone.example", "https://desk.lonecone.example"),
    ],
    ids=["descending", "twice"],
)
def test_the_addresses_of_a_passkey_have_one_order(origins: tuple[str, ...]) -> None:
    """Two spellings of one enrolment would have two digests."""
    bent = changed(passkey(STAFF), origins=origins)
    given().when(bent, **AS_STAFF).then_refused(ENROLLED_ONCE, saying="ascending order")


def test_a_record_of_the_case_is_approved_with_ones_own_passkey() -> None:
    """Hers serves her; his does not, nor does one that was revoked, nor one nobody has."""
    with_passkeys().when(approving(HERS), **AS_STAFF).then()
    revoked = given(ex.request()).in_office(passkeys=(changed(HERS, revoked=True), HIS))
    for refused in (
        with_passkeys().when(approving(HIS), **AS_STAFF),
        revoked.when(approving(HERS), **AS_STAFF),
        given(ex.request()).when(approving(HERS), **AS_STAFF),
    ):
        refused.then_refused(APPROVED_ONCE, citing=CITED, saying="not one of yours")


def test_what_is_approved_stands_in_this_case() -> None:
    """The digest of a record elsewhere, or of none, is approved nowhere."""
    elsewhere = with_passkeys().when(approving(HERS, number=2), **AS_STAFF)
    elsewhere.then_refused(APPROVED_ONCE, saying="not in this case")


def test_a_record_is_approved_once_by_each() -> None:
    """She approved it; he still may, and she may not again."""
    approved = with_passkeys(said(approving(HERS), by=STAFF, role="staff"))
    approved.when(approving(HIS)).then()
    approved.when(approving(HERS), **AS_STAFF).then_refused(APPROVED_ONCE, saying="already")
