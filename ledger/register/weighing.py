"""Weighing: what the law in force would say of an act, asked before it is recorded.

The same functions as in `handle` are asked; nothing is written, and nothing is promised: what is
allowed now may be refused a minute later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.domain.context import Broken, Rule
from ledger.domain.events import Decision
from ledger.domain.law.rules import rules_under
from ledger.errors import NotFound, RequestRefused
from ledger.home import OpenHome
from ledger.register.acts import OFFICE, Act, check_act
from ledger.register.judging import judge
from ledger.register.proposing import LOOKS_EVERYWHERE, check_place, propose
from ledger.register.reading import OfficeView, Reader
from ledger.register.roles import signing_of


@dataclass(frozen=True, slots=True)
class Weighed:
    """What stands against an act, and the rules that were asked; a fact is asked nothing."""

    broken: tuple[Broken, ...]
    rules: tuple[str, ...]
    is_decision: bool


def weigh(
    home: OpenHome, view: OfficeView, reader: Reader, keyring: Keyring, act: Act, now: datetime
) -> Weighed:
    """Ask of an act in a case, or in the office, what stands against it.

    Raises:
        BadRequest: unknown command or wrong fields.
        NotFound: the case is not open to this reader.
        NotPermitted: the role does not allow it.
        Unavailable: program and law in force do not fit.
    """
    check_act(act, now)
    event = propose(act)
    check_place(act, event)
    case = Case() if act.case == OFFICE else _case(reader, act, type(event))
    signing = signing_of(view, keyring, act, event, case, now)
    rules: tuple[Rule, ...] = ()
    if isinstance(event, Decision):
        rules = tuple(rules_under(type(event), view.law))
    try:
        judge(home, case, event, act, signing)
    except RequestRefused as refused:
        broken = tuple(one for one in refused.provisions if isinstance(one, Broken))
        return Weighed(broken, _told(rules), isinstance(event, Decision))
    return Weighed((), _told(rules), isinstance(event, Decision))


def _case(reader: Reader, act: Act, kind: type) -> Case:
    if act.case is None:
        raise NotFound
    file = reader.case(act.case)
    return file.whole if kind in LOOKS_EVERYWHERE else file.case


def _told(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """What each rule asks for, in the first sentence that stands at it."""
    return tuple(
        " ".join((rule.__doc__ or "").strip().partition("\n\n")[0].split()) for rule in rules
    )
