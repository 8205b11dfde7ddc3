"""Judging: what the law in force says of an act, before anything of it is written."""

from __future__ import annotations

from datetime import datetime

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context
from ledger.domain.decide import Refused, decide
from ledger.domain.events import Decision, Event
from ledger.domain.law.rules import NoSuchRule, rules_under
from ledger.domain.office_events import PackActivated
from ledger.errors import BadRequest, RequestRefused, Unavailable
from ledger.home import OpenHome
from ledger.register.acts import Act
from ledger.register.passkeys import check_passkey
from ledger.register.writing import Signing


def judge(home: OpenHome, case: Case, event: Event, act: Act, signing: Signing) -> None:
    """See that the law allows an event in a case: now and, where the act is recorded later than it
    was done, at the moment when it was done.

    Raises:
        BadRequest: a passkey, or its answer, is not what it should be.
        RequestRefused: with every provision that stands against it, at either moment.
        Unavailable: program and law in force do not fit; nothing can be decided.
    """
    broken = against(home, case, event, act, signing)
    if broken:
        raise RequestRefused(broken)
    check_passkey(signing.view.office, event, signing.keyring.person)


def against(
    home: OpenHome, case: Case, event: Event, act: Act, signing: Signing
) -> tuple[Broken, ...]:
    """Every provision that stands against an event in a case, at both moments of `judge`.

    Raises: Unavailable, as `judge`.
    """
    broken: dict[Broken, None] = {}
    for at in dict.fromkeys([signing.now, act.occurred_at or signing.now]):
        try:
            outcome = decide(case, event, _context(home, at, signing))
        except NoSuchRule as error:
            raise Unavailable(str(error)) from error
        if isinstance(outcome, Refused):
            broken |= dict.fromkeys(outcome.provisions)
    return tuple(broken)


def asked(event: Event, signing: Signing) -> tuple[tuple[str, str], ...]:
    """The rules that the law in force puts to such an event: their names, and what each asks.

    Raises: Unavailable, as `judge`.
    """
    if not isinstance(event, Decision):
        return ()
    try:
        rules = rules_under(type(event), signing.view.law)
    except NoSuchRule as error:
        raise Unavailable(str(error)) from error
    return tuple((rule.__name__, " ".join((rule.__doc__ or "").split())) for rule in rules)


def check_kept(home: OpenHome, event: PackActivated) -> None:
    """See that the law that is to be activated lies here: without it nothing more can be decided.

    Raises:
        BadRequest: it does not.
    """
    if not home.has_law(bytes.fromhex(event.law)):
        raise BadRequest("This ledger does not keep that law. Use: disclosure-ledger law activate")


def _context(home: OpenHome, at: datetime, signing: Signing) -> Context:
    return Context(
        at=at,
        recorded_by=signing.keyring.person,
        role=signing.role,
        under=signing.under,
        office=signing.view.office,
        law=signing.view.law,
        zone=home.config.zone,
        law_of=home.law_of,
    )
