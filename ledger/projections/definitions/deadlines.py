"""Everything that is or was due in a case, and what followed from which law."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    for due in told.deadlines:
        row = {
            "reference": told.reference,
            **msgspec.to_builtins(due),
            **told.law_at(due.trigger),
            "records": told.rests_on(due.trigger, due.met_by),
        }
        yield f"{due.id} {due.rolled_on}", row


def overdue(row: Row, today: date) -> bool:
    """Say whether a row is of something that nobody did in time.

    Asked of a local day and never stored: no row changes because time has passed.
    """
    late: bool = row["effective_on"] < today.isoformat()
    return late and row["kind"] == "act" and row["status"] == "open"


DEADLINES = Definition("deadlines", 3, "case", _rows)
