"""In which role a person signs, and by what a stand-in may act for the custodian."""

from __future__ import annotations

from datetime import datetime

from keys.keyring import Keyring
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.office import Office
from ledger.domain.office_events import (
    Assented,
    KeyRevoked,
    Reattested,
    RoleEnded,
)
from ledger.domain.passkey_events import PasskeyApproved, PasskeyEnrolled, PasskeyRevoked
from ledger.errors import BadRequest, NotPermitted
from ledger.evidence.grammar import to_base64
from ledger.register.acts import Act
from ledger.register.appending import Signing
from ledger.register.officeview import OfficeView

ROLE_ORDER = ("custodian", "director", "designee", "counsel", "staff", "auditor", "desk")
OWN_ROLES = tuple(role for role in ROLE_ORDER if role != "designee")
ALONE = (
    "As a designee you act in a recorded absence. Use another role; if you have none, ask the"
    " director."
)

_OWN_WORD = (
    *(Assented, PasskeyApproved, PasskeyEnrolled),
    *(KeyRevoked, PasskeyRevoked, RoleEnded),
)
"""Decisions in which a person speaks for themselves, or gives up what is theirs, in whatever role;
a designee ends nothing of anybody else's.
"""


def choose_role(office: Office, person: str, asked: str | None, event: e.Event | None) -> str:
    """The role in which a person signs: the one asked for, or the first that suits the act.

    Raises:
        NotPermitted: the person holds no role, or not that one.
    """
    held = office.roles_of(person)
    if asked is not None:
        if asked not in held:
            raise NotPermitted(f"You do not hold the role {asked}.")
        return asked
    # Stating a fact needs nobody's absence, so a stand-in states it in their own role.
    order = ROLE_ORDER if _stands_in(event) else OWN_ROLES
    if isinstance(event, e.CounselReviewCompleted | e.AdviceGiven | Reattested):
        order = ("counsel", *order)
    found = next((role for role in order if role in held), None)
    if found is None:
        none = "You hold no role in this ledger. Ask the director for one."
        raise NotPermitted(ALONE if "designee" in held else none)
    return found


def _stands_in(event: e.Event | None) -> bool:
    """Whether it is an event that a designee signs in the custodian's stead."""
    return isinstance(event, e.Decision) and not isinstance(event, _OWN_WORD)


def acts_under(office: Office, case: Case, role: str, act: Act, now: datetime) -> str | None:
    """What a designee acts under: an absence of the custodian that covers the act and this moment,
    or the ladder climbed in vain in this case.

    Raises:
        BadRequest: another record was named, or by somebody who is no designee.
    """
    at = act.occurred_at or now
    absences = [
        one.ref
        for one in office.absences
        if one.person == office.custodian and one.covers(at) and one.covers(now)
    ]
    grounds = [*absences, *(record.ref for record in case.not_reached)]
    if act.under is not None and (role != "designee" or act.under not in grounds):
        raise BadRequest("That record does not allow you to stand in for the custodian now.")
    if role != "designee":
        return None
    return act.under or next(iter([*absences, *(r.ref for r in case.not_reached[-1:])]), None)


def signing_of(
    view: OfficeView,
    keyring: Keyring,
    act: Act,
    event: e.Event | None,
    case: Case,
    now: datetime,
) -> Signing:
    """In which role, and under what, a person signs an act.

    Raises:
        BadRequest: who did it is not enrolled, or the record that was named does not allow it.
        NotPermitted: the role is not held, or does not do this.
    """
    role = choose_role(view.office, keyring.person, act.role, event)
    check_desk(role, act)
    if act.actor is not None and view.office.key_of(act.actor) is None:
        raise BadRequest("Who did it is not enrolled here. Name them in a text field instead.")
    under = acts_under(view.office, case, role, act, now)
    # Of what the law is asked about, it says itself what stands against it.
    if role == "designee" and under is None and not _stands_in(event):
        raise NotPermitted(ALONE)
    return Signing(keyring, role, under, view, now)


def check_key(office: Office, keyring: Keyring) -> None:
    """See that a keyring holds the enrolled key of its person.

    Raises:
        NotPermitted: it does not, or the key was revoked.
    """
    key = office.key_of(keyring.person)
    if key is None or key.key != to_base64(keyring.public.signing):
        raise NotPermitted("Your key is not enrolled in this ledger, or was revoked.")


def check_desk(role: str, act: Act) -> None:
    """See that a desk does what a desk may.

    Raises:
        NotPermitted: it logs visits in its own name, and nothing else.
    """
    if role == "desk" and (act.command != "intake" or act.actor is not None):
        raise NotPermitted("A desk logs visits and nothing else. Sign in as a person.")
