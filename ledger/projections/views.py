"""The views: what a case looks like to people and tools. Pure.

A view is a named, versioned definition from a case to rows. The same definition makes the stored
rows of open cases and the rows of sealed cases that are folded in memory, so the two never differ
in form. A changed definition gets a new version, which forces a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from ledger.domain.case import Case
from ledger.domain.law.deadlines import Reading, deadlines
from ledger.domain.law.flags import flags

Row = dict[str, Any]  # Plain JSON, as msgspec.to_builtins gives it.
Rows = Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class View:
    """A definition: rows by key, for one case. Every key begins with the case's reference."""

    name: str
    version: int
    rows: Callable[[str, Case, Reading], Rows]

    @property
    def tag(self) -> str:
        """The name under which rows and position are kept."""
        return f"{self.name}.v{self.version}"


def _case_rows(reference: str, case: Case, reading: Reading) -> Rows:
    last = case.records[-1]
    due = [d for d in deadlines(case, reading) if d.status == "open"]
    row: Row = {
        "reference": reference,
        "state": case.state,
        "holds": sum(hold.released is None for hold in case.holds),
        "flags": [flag.name for flag in flags(case, reading)],
        "last": last.type,
        "last_by": last.recorded_by,
        "last_at": last.recorded_at,
        "next_duty": due[0].rule if due else None,
        "next_on": due[0].effective_on if due else None,
    }
    return {reference: msgspec.to_builtins(row)}


def _deadline_rows(reference: str, case: Case, reading: Reading) -> Rows:
    return {
        f"{reference} {d.id} {d.rolled_on}": {
            "reference": reference,
            **msgspec.to_builtins(d),
        }
        for d in deadlines(case, reading)
    }


def overdue(row: Row, today: date) -> bool:
    """Say whether a row of the deadlines is of something that nobody did in time.

    Asked of a local day and never stored: no row changes because time has passed.
    """
    late: bool = row["effective_on"] < today.isoformat()
    return late and row["kind"] == "act" and row["status"] == "open"


CASES = View("cases", 2, _case_rows)
DEADLINES = View("deadlines", 2, _deadline_rows)
VIEWS = (CASES, DEADLINES)


def history(case: Case) -> tuple[Row, ...]:
    """What happened, in order: who did, who recorded, in which role, under which law; corrections.

    Personal fields are shown where they are still there and the reader could open them.
    """
    corrected = dict(case.corrected)
    assented = dict(case.assents)
    return tuple(
        msgspec.to_builtins(
            {
                "ref": r.ref,
                "type": r.type,
                "occurred_at": r.occurred_at,
                "recorded_at": r.recorded_at,
                "actor": r.actor,
                "recorded_by": r.recorded_by,
                "role": r.role,
                "under": r.under,
                "law": r.law,
                "assented_by": assented.get(r.e),
                "corrected_by": corrected.get(r.ref),
                "event": {
                    k: v for k, v in msgspec.to_builtins(r.event).items() if v not in (None, [])
                },
            }
        )
        for r in case.records
    )
