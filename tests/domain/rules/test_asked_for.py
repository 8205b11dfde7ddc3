"""Where a passkey is asked for: before what a holder of one approved leaves (T-39)."""

from __future__ import annotations

from base64 import b64encode

from ledger.domain.passkey_events import Passkey, PasskeyApproved, PasskeyEnrolled
from tests.domain import examples as ex
from tests.domain.given import COUNSEL, CUSTODIAN, DESIGNEE, Given, Said, digest, given, ref, said

RULE = "approval_confirmed_by_passkey_v1"
GRANT = ex.approval(ref(1), "subpoena", instrument=ref(2))


def passkey(person: str, *, revoked: bool = False) -> Passkey:
    """A passkey that a second person assented to."""
    made = PasskeyEnrolled(
        person=person,
        credential=b64encode(person.encode() * 8).decode(),
        key=b64encode(b"a key that the door has read").decode(),
        algorithm="ES256",
        rp="ledger.example",
        origins=("https://ledger.example",),
    )
    return Passkey(made, revoked)


def confirmed(by: str, number: int) -> Said:
    """Somebody confirmed the n-th record with a passkey."""
    some = b64encode(b"what was answered").decode()
    made = PasskeyApproved(
        of=digest(number),
        passkey=passkey(by).digest,
        authenticator_data=some,
        client_data=some,
        signature=some,
    )
    return said(made, by=by)


def approved(*later: Said, by: str = CUSTODIAN) -> Given:
    """Somebody approved on a subpoena, and then more happened."""
    return given(ex.request(), ex.subpoena(), said(GRANT, by=by), *later)


def test_t39_what_a_holder_of_a_passkey_approved_leaves_once_it_was_confirmed() -> None:
    """Whoever sits at the session alone lets nothing out; the holder's own passkey does."""
    held = {"passkeys": (passkey(CUSTODIAN), passkey(DESIGNEE))}
    leave = ex.disclosure(ref(3))
    approved().in_office(**held).when(leave).then_refused(RULE, saying=f"{CUSTODIAN} has not")
    approved(confirmed(CUSTODIAN, 3)).in_office(**held).when(leave).then()
    for other in (confirmed(DESIGNEE, 3), confirmed(CUSTODIAN, 2)):
        approved(other).in_office(**held).when(leave).then_refused(RULE)


def test_t39_revoking_a_passkey_does_not_do_away_with_the_question() -> None:
    """Nobody rids themselves of it at somebody's session: a new one takes a second person."""
    held = {"passkeys": (passkey(CUSTODIAN, revoked=True),)}
    approved().in_office(**held).when(ex.disclosure(ref(3))).then_refused(RULE)


def test_who_never_had_a_passkey_approves_without() -> None:
    """Another person's passkey asks nothing of them, whoever hands the records over."""
    held = {"passkeys": (passkey(COUNSEL), passkey(CUSTODIAN))}
    approved().when(ex.disclosure(ref(3))).then()
    approved(by=DESIGNEE).in_office(**held).when(ex.disclosure(ref(3))).then()
