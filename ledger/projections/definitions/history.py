"""What happened in a case, in order: who did it, who recorded it, who agreed, under which law."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.domain.events import DisclosureMade, Event
from ledger.domain.office import Recorded
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    for place, row in enumerate(_in_order(told), start=1):
        yield f"{place:06d}", row


def _in_order(told: Told) -> Iterator[Row]:
    corrected = dict(told.case.corrected)
    for one in told.records:
        agreed, correction = told.assents.get(one.e), corrected.get(one.ref)
        yield {
            "reference": told.reference,
            "ref": one.ref,
            "type": one.type,
            "occurred_at": one.occurred_at,
            "recorded_at": one.recorded_at,
            "precision": one.precision,
            "basis": one.basis,
            "actor": one.actor,
            "recorded_by": one.recorded_by,
            "role": one.role,
            "under": one.under,
            "law": one.law,
            "pack": told.pack(one.law),
            "citation": getattr(one.event, "citation", None),
            "approved_by": _approved_by(told, one),
            "assented_by": agreed.recorded_by if agreed else None,
            "corrected_by": correction,
            "event": _fields(one.event),
            "records": [
                one.ref,
                *([agreed.ref] if agreed else []),
                *([correction] if correction else []),
            ],
        }


def _approved_by(told: Told, recorded: Recorded) -> str | None:
    """Who had approved what was handed over; None for every other act."""
    event = told.case.shown(recorded).event
    approval = told.case.approval(event.approval) if isinstance(event, DisclosureMade) else None
    return None if approval is None else approval.by


def _fields(event: Event) -> Row:
    """The fields that an event has, with its type; what is empty is left out."""
    told = {name: getattr(event, name) for name in event.__struct_fields__}
    return {
        "type": event.__struct_config__.tag,
        **{name: value for name, value in told.items() if value not in (None, ())},
    }


HISTORY = Definition("history", 1, "case", _rows)
