"""Which keys sign, or signed, for whom: since when, until when, and by which records."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.office import Key, Office, Recorded, evolve_office
from ledger.domain.office_events import Assented, KeyRevoked
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    office = Office()
    enrolled: list[list[Recorded]] = []
    revoked: dict[str, list[Recorded]] = {}
    for recorded in told.records:
        before, office = office, evolve_office(office, recorded)
        # Keys are only ever added, each at the end.
        enrolled += [_enrolling(before, recorded)] * (len(office.keys) - len(before.keys))
        if isinstance(recorded.event, KeyRevoked):
            revoked.setdefault(recorded.event.key, []).append(recorded)
    for key, records in zip(office.keys, enrolled, strict=True):
        yield f"{key.person} {key.digest}", _row(told, key, records, revoked.get(key.digest, ()))


def _enrolling(before: Office, recorded: Recorded) -> list[Recorded]:
    """The records by which a key came to sign; the last of them lets it."""
    event = recorded.event
    agreed = event.of if isinstance(event, Assented) else None
    return [*(one for one in before.awaiting_assent if one.e == agreed), recorded]


def _row(told: Told, key: Key, enrolled: Sequence[Recorded], revoked: Sequence[Recorded]) -> Row:
    last = enrolled[-1]
    return {
        "person": key.person,
        "principal": key.principal,
        "custody": key.custody,
        "key": key.key,
        "sha256": key.digest,
        "enrolled_at": last.recorded_at,
        "revoked_at": revoked[0].recorded_at if revoked else None,
        "compromised_since": key.since,
        "law": last.law,
        "pack": told.pack(last.law),
        "records": [one.ref for one in (*enrolled, *revoked)],
    }


KEYS = Definition("keys", 1, "office", _rows)
