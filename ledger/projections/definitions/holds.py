"""The holds of a case: what each keeps, where, since when and until when."""

from __future__ import annotations

from ledger.domain.law.deadlines import Deadline
from ledger.domain.parts import Hold
from ledger.projections.definitions.definition import Definition, Made
from ledger.projections.definitions.told import Told

_KEPT_BY = ("preservation", "preservation-total")
"""The rules of the law by which a hold ends."""


def _rows(told: Told) -> Made:
    for hold in told.case.holds:
        end = _end(told, hold)
        row = {
            "reference": told.reference,
            "ref": hold.ref,
            "request": hold.event.request,
            "requested_at": hold.requested_at,
            "categories": hold.event.categories,
            "places": hold.event.places,
            "status": "active" if hold.released is None else "released",
            "released": hold.released,
            "converted_to": hold.converted_to,
            "extensions": [one.ref for one in hold.extensions],
            "nominal_on": end.nominal_on if end else None,
            "rolled_on": end.rolled_on if end else None,
            "until_on": end.effective_on if end else None,
            "citation": end.citation if end else None,
            "confidence": end.confidence if end else None,
            **told.law_at(hold.ref),
            "records": told.rests_on(hold.ref),
        }
        yield hold.ref, row


def _end(told: Told, hold: Hold) -> Deadline | None:
    ends = (d for d in told.deadlines if d.trigger == hold.ref and d.rule in _KEPT_BY)
    return next(ends, None)


HOLDS = Definition("holds", 1, "case", _rows)
