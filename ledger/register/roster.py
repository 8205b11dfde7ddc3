"""The roster: who should be able to open a sealed matter, by its records and the office now. Pure.

    who sealed it, the custodian, who was added and who was let in by recovery
    of a task: its person, those who could open its matter as it was given, and the custodian

Left out are: who was removed; who is recused, by their own word or that of somebody who may decide;
and the custodian and the directors where a visit was logged as "not to the director". A colleague's
word alone shuts nobody out: else anybody on the roster could take a matter from its custodian.
"""

from __future__ import annotations

from ledger.domain.case import Case
from ledger.domain.events import (
    AudienceMemberRemoved,
    CaseKeptSealed,
    Event,
    IntakeSaved,
    RecusalRecorded,
    TaskGiven,
)
from ledger.domain.office import Office

MAY_RECUSE = frozenset({"custodian", "director", "designee", "counsel"})


def sealed_reference(first: Event) -> str | None:
    """The reference of the matter whose sealed stream begins with this event, if one does."""
    match first:
        case TaskGiven():
            return first.reference
        case CaseKeptSealed() | AudienceMemberRemoved() | RecusalRecorded():
            return first.reference
        case _:
            return None


def shuts_out(event: RecusalRecorded, recorded_by: str, role: str) -> bool:
    """Whether a recusal ends what the person sees, and not only what they decide."""
    return recorded_by == event.person or role in MAY_RECUSE


def kept_from(case: Case, office: Office) -> frozenset[str]:
    """Those from whom a visit of the case was kept, or a task: "not to the director"."""
    saved = (one.event for one in case.records if isinstance(one.event, IntakeSaved | TaskGiven))
    if not any(one.not_to_director for one in saved):
        return frozenset()
    return frozenset({*custodian_of(office), *office.holders("director")})


def recused(case: Case) -> frozenset[str]:
    """Those who see nothing of the matter, because it is their own."""
    return frozenset(
        one.event.person
        for one in case.records
        if isinstance(one.event, RecusalRecorded)
        and shuts_out(one.event, one.recorded_by, one.role)
    )


def roster(case: Case, office: Office) -> tuple[str, ...]:
    """Everybody who should be able to open a sealed matter now, by their names."""
    sealers = [r.recorded_by for r in case.records if isinstance(r.event, CaseKeptSealed)]
    removed = {one.person for one in case.roster if one.removed is not None} - {*case.audience}
    out = removed | recused(case) | kept_from(case, office)
    given = () if case.task is None else (case.task.event.person, *case.task.event.readers)
    people = dict.fromkeys([*given, *sealers, *custodian_of(office), *case.audience])
    return tuple(one for one in people if one not in out)


def custodian_of(office: Office) -> tuple[str, ...]:
    """The custodian, if there is one."""
    return () if office.custodian is None else (office.custodian,)
