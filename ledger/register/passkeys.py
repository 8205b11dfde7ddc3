"""Passkeys at the door: what a verifier could not read, or would not believe, stays out.

What is judged here is judged again by everybody who verifies a record, offline (FORMAT V9).
"""

from __future__ import annotations

from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.codec import split, tag_of
from ledger.domain.office import Office, Recorded
from ledger.domain.passkey_events import PasskeyApproved, PasskeyEnrolled, is_asked_of
from ledger.errors import BadRequest
from ledger.evidence import acts
from ledger.evidence.assertion import challenge_of, is_for, raw_key
from ledger.evidence.grammar import Malformed

CONFIRMED = (e.ApprovalGranted, e.DenialIssued, e.DisclosureMade, e.WaiverAuthorised)
"""Decisions that a person is offered to confirm."""


def to_confirm(office: Office, case: Case, person: str) -> tuple[Recorded, ...]:
    """What a person decided in a case and has not confirmed with a passkey, if they ever had one.

    Pure.
    """
    if not is_asked_of(office.passkeys, person):
        return ()
    mine = (r for r in case.records if isinstance(r.event, CONFIRMED) and r.recorded_by == person)
    return tuple(one for one in mine if (one.e, person) not in case.passkey_approvals)


def held_up(office: Office, case: Case, person: str) -> tuple[Recorded, ...]:
    """Of that, what waits for it: approvals on which nothing leaves before they are confirmed, and
    nothing left yet (ADR 0029). Pure.
    """
    if case.closed is not None:
        return ()
    left = {r.event.approval for r in case.disclosures if isinstance(r.event, e.DisclosureMade)}
    waiting = (one for one in to_confirm(office, case, person) if one.ref not in left)
    return tuple(r for r in waiting if isinstance(r.event, e.ApprovalGranted | e.WaiverAuthorised))


def is_confirmed(office: Office, recorded: Recorded) -> bool:
    """Tell whether a recorded approval by passkey is one, checked now; a passkey that was revoked
    since answers for what it approved before. Total.
    """
    event = recorded.event
    if not isinstance(event, PasskeyApproved):
        return False
    own = (p.enrolled for p in office.passkeys if p.digest == event.passkey)
    enrolled = next((one for one in own if one.person == recorded.recorded_by), None)
    try:
        return enrolled is not None and _fits(_read(enrolled), _read(event))
    except BadRequest:
        return False


def check_passkey(office: Office, event: e.Event, person: str) -> None:
    """See that a passkey that is enrolled can be verified, and that an approval is one.

    Raises:
        BadRequest: it cannot, or is none; nothing is recorded.
    """
    if not isinstance(event, PasskeyEnrolled | PasskeyApproved):
        return
    told = _read(event)
    if isinstance(event, PasskeyApproved):
        enrolled = office.passkey_of(person, event.passkey)
        known = None if enrolled is None else _read(enrolled)
        if not _fits(known, told):
            raise BadRequest("The passkey did not approve this record. Try again.")


def _read(event: PasskeyEnrolled | PasskeyApproved) -> acts.AuthorityEvent | None:
    try:
        return acts.parse_event(tag_of(event), split(event)[0])
    except Malformed as exc:
        raise BadRequest("This passkey cannot be used here. Use another one.") from exc


def _fits(known: acts.AuthorityEvent | None, told: acts.AuthorityEvent | None) -> bool:
    if not isinstance(known, acts.PasskeyEnrolled) or not isinstance(told, acts.PasskeyApproved):
        return False
    # Imported here: it takes a fifth of a command's start, and few commands meet an answer.
    from keys.assertions import Answer, is_good

    data, client = told.authenticator_data, told.client_data
    answer = Answer(known.credential, data, client, told.signature)
    public = raw_key(known.algorithm, known.key)
    return is_for(told.of, known.rp, known.origins, data, client) and is_good(
        answer, challenge_of(told.of), public, rp=known.rp, origins=known.origins
    )
