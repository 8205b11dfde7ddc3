"""Who could act at any time: roles, the custodian, designees and absences, each from when until
when, and by which records.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ledger.domain.office import Office, Recorded, evolve_office
from ledger.domain.office_events import AbsenceRecorded, Assented
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


class _Begun(NamedTuple):
    """How somebody came to hold a role."""

    at: datetime
    ref: str
    law: str
    records: list[str]


def _rows(told: Told) -> Made:
    office = Office()
    held: dict[tuple[str, str], _Begun] = {}
    for recorded in told.records:
        before, office = office, evolve_office(office, recorded)
        if isinstance(recorded.event, AbsenceRecorded):
            yield _absence(told, recorded, recorded.event)
        if office is before:
            continue
        now = frozenset(_holding(office))
        for role in sorted(held.keys() - now):
            yield _interval(told, role, held.pop(role), recorded)
        for role in sorted(now - held.keys()):
            held[role] = _begun(before, recorded)
    for role, begun in sorted(held.items()):
        yield _interval(told, role, begun, None)


def _holding(office: Office) -> Iterator[tuple[str, str]]:
    yield from office.roles
    yield from ((person, "designee") for person in office.designees)
    if office.custodian is not None:
        yield office.custodian, "custodian"


def _begun(before: Office, recorded: Recorded) -> _Begun:
    """What lets a role begin: a record, and where that is an assent, what it assents to."""
    event = recorded.event
    agreed = event.of if isinstance(event, Assented) else None
    asked = [one.ref for one in before.awaiting_assent if one.e == agreed]
    records = [*asked, recorded.ref]
    return _Begun(recorded.recorded_at, recorded.ref, recorded.law, records)


def _interval(
    told: Told, role: tuple[str, str], begun: _Begun, ended: Recorded | None
) -> tuple[str, Row]:
    person, name = role
    row = {
        "kind": "role",
        "person": person,
        "role": name,
        "from_at": begun.at,
        "until_at": ended.recorded_at if ended else None,
        "law": begun.law,
        "pack": told.pack(begun.law),
        "records": [*begun.records, *([ended.ref] if ended else [])],
    }
    return f"role {person} {name} {begun.ref}", row


def _absence(told: Told, recorded: Recorded, event: AbsenceRecorded) -> tuple[str, Row]:
    row = {
        "kind": "absence",
        "person": event.person,
        "role": None,
        "from_at": event.from_,
        "until_at": event.until,
        "law": recorded.law,
        "pack": told.pack(recorded.law),
        "records": [recorded.ref],
    }
    return f"absence {event.person} {recorded.ref}", row


AUTHORITY = Definition("authority", 1, "office", _rows)
