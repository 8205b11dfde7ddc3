"""What happened in a case, in order: who did it, who recorded it, who agreed, under which law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.domain.events import DisclosureMade, Event
from ledger.domain.office import Recorded
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


@dataclass(frozen=True, slots=True)
class Happened:
    """A record with what others say of it. `pack` is the name and version of its law; `correction`
    is the reference of the record that corrects it.
    """

    recorded: Recorded
    pack: str
    citation: str | None
    approved_by: str | None
    agreed: Recorded | None
    correction: str | None

    @property
    def assented_by(self) -> str | None:
        """Who agreed to it."""
        return None if self.agreed is None else self.agreed.recorded_by


def in_order(told: Told) -> Iterator[Happened]:
    """What happened in a case, in order."""
    corrected = dict(told.case.corrected)
    for one in told.records:
        yield Happened(
            one,
            told.pack(one.law),
            getattr(one.event, "citation", None),
            _approved_by(told, one),
            told.assents.get(one.e),
            corrected.get(one.ref),
        )


def _rows(told: Told) -> Made:
    for place, one in enumerate(in_order(told), start=1):
        yield f"{place:06d}", _row(told, one)


def _row(told: Told, happened: Happened) -> Row:
    one, agreed, correction = happened.recorded, happened.agreed, happened.correction
    return {
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
        "pack": happened.pack,
        "citation": happened.citation,
        "approved_by": happened.approved_by,
        "assented_by": happened.assented_by,
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
