"""In which role a person signs, and by what a stand-in may act for the custodian."""

from __future__ import annotations

from datetime import datetime

from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.office import Office
from ledger.domain.office_events import Assented, Reattested
from ledger.errors import BadRequest, NotPermitted
from ledger.register.acts import Act

ROLE_ORDER = ("custodian", "director", "designee", "counsel", "staff", "auditor", "desk")


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
    order: tuple[str, ...] = ROLE_ORDER
    if isinstance(event, e.CounselReviewCompleted | e.AdviceGiven | Reattested):
        order = ("counsel", *order)
    if not isinstance(event, e.Decision) or isinstance(event, Assented):
        # Stating a fact needs nobody's absence, so a stand-in states it in their own role.
        order = tuple(role for role in order if role != "designee")
    found = next((role for role in order if role in held), None)
    if found is None:
        raise NotPermitted("You hold no role in this ledger. Ask the director for one.")
    return found


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


def check_desk(role: str, act: Act) -> None:
    """See that a desk does what a desk may.

    Raises:
        NotPermitted: it logs visits in its own name, and nothing else.
    """
    if role == "desk" and (act.command != "intake" or act.actor is not None):
        raise NotPermitted("A desk logs visits and nothing else. Sign in as a person.")
