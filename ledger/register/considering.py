"""Considering: what would become of an act, before anybody records it.

The same functions decide as for the act itself, over what the person may read; nothing is written.
What is told holds for the version of the case that it was told of (`kept.version_of`).
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.domain.context import Broken
from ledger.domain.events import CaseKeptSealed, CaseOpened, Event
from ledger.home import OpenHome
from ledger.register.acts import Act, check_act
from ledger.register.appending import head_of
from ledger.register.judging import against, asked
from ledger.register.kept import CaseFile
from ledger.register.officeview import OfficeView
from ledger.register.proposing import check_place, propose
from ledger.register.roles import signing_of


class Considered(Struct, frozen=True):
    """What the law in force says of an act: its event, in which role and under what it would be
    signed, every provision against it, and each rule that was asked and has nothing against it, by
    name and in a sentence.
    """

    event: Event
    role: str
    under: str | None
    against: tuple[Broken, ...]
    satisfied: tuple[tuple[str, str], ...]


def consider(
    home: OpenHome,
    view: OfficeView,
    file: CaseFile | None,
    keyring: Keyring,
    act: Act,
    now: datetime,
) -> Considered:
    """Ask the law about an act in a case that the person has open; without one, in the office.

    Raises:
        BadRequest: unknown command or wrong fields; or the visit waits for its first decision.
        NotPermitted: the role does not allow it.
        Unavailable: program and law in force do not fit.
    """
    check_act(act, now)
    event = propose(act)
    check_place(act, event)
    case = Case() if file is None else file.case
    if file is not None and isinstance(event, CaseOpened | CaseKeptSealed):
        # Triage takes up the visits that wait, so it is judged with them.
        case = file.whole
    elif file is not None:
        # As the register will refuse it: before a first decision nothing else has a place.
        head_of(file)
    return consider_event(home, view, case, keyring, act, event, now)


def consider_event(
    home: OpenHome,
    view: OfficeView,
    case: Case,
    keyring: Keyring,
    act: Act,
    event: Event,
    now: datetime,
) -> Considered:
    """Ask the law about the event that an act would record, over the case that it is judged with.

    Raises: as `consider`.
    """
    signing = signing_of(view, keyring, act, event, case, now)
    broken = against(home, case, event, act, signing)
    names = {one.rule for one in broken}
    held = tuple(one for one in asked(event, signing) if one[0] not in names)
    return Considered(event, signing.role, signing.under, broken, held)
