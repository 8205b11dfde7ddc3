"""Exposure: who could read a case while it stood open, told when it is sealed late.

That follows from the office: everybody who held a reading role at any moment from the opening to
the sealing, with a key that was live then. Whoever learnt of the case in another way is named by
hand (threats.md §1.7).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import CaseKeptSealed, CaseOpened
from ledger.domain.office import Office, Recorded, evolve_office

READING_ROLES = frozenset({"custodian", "director", "designee", "counsel", "staff"})
"""Who holds one of these reads open cases."""


def with_exposed(event: CaseKeptSealed, case: Case, office: Sequence[Recorded]) -> CaseKeptSealed:
    """The sealing of a case that stands open, with everybody who could read it; of any other case
    it stays as it is. `office` are the records of the office stream. Pure.
    """
    since = _open_since(case)
    if since is None:
        return event
    people = {*readers_since(office, since), *(event.exposed or ())}
    return replace(event, exposed=tuple(sorted(people)))


def _open_since(case: Case) -> datetime | None:
    """When the case was opened, if it stands open; what was before an earlier sealing is told
    there.
    """
    since: datetime | None = None
    for one in case.records:
        if isinstance(one.event, CaseKeptSealed):
            since = None
        elif isinstance(one.event, CaseOpened):
            since = since or one.recorded_at
    return since


def readers_since(office: Iterable[Recorded], since: datetime) -> frozenset[str]:
    """Everybody who could read open cases at any moment from the instant `since` on. Pure."""
    folded, found = Office(), frozenset[str]()
    for one in office:
        if one.recorded_at > since:
            found |= _readers(folded)
        folded = evolve_office(folded, one)
    return found | _readers(folded)


def _readers(office: Office) -> frozenset[str]:
    people = {key.person for key in office.keys}
    return frozenset(
        one for one in people if office.is_person(one) and READING_ROLES & office.roles_of(one)
    )
