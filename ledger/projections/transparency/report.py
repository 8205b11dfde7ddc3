"""The transparency report of a period, as JSON in its one spelling (`schema.json` says its form).

    requests ─► figures in bands ─► does one give itself away? ─► the tables, or the total alone

It is made of what stands open, whoever asks. Of what is sealed it says one sentence, which was
chosen once (`band`) and never depends on what there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.domain.reporting import Period
from ledger.evidence import jcs
from ledger.projections.transparency.cells import SMALL, Cell, Sum, cell, gives_away
from ledger.projections.transparency.counting import (
    BEFORE,
    DECIDED,
    INSTRUMENTS,
    NOT_DECIDED,
    REQUESTERS,
    TIMES,
    UNDECIDED,
    WHEN,
    Counted,
    instrument,
    outcome,
    time_to_decide,
    when,
)

FORMAT = "transparency-report.v1"
NOTES = (
    "Counted are requests for records in cases that are open to the library's case staff.",
    "Each request is counted in the period in which it became reportable, as it stood when that"
    " period ended. What was decided afterwards stands in the report of the period in which it was"
    " decided, under the requests answered later.",
    "A request that was received before the period and could be reported only now is counted as now"
    " reportable. One that was sealed after a report and opened again can be counted in two.",
    "Figures from 1 to 4 are printed as fewer than 5, larger ones in bands of five, so that nobody"
    " is found by subtraction. In totals, among requests answered later and in rows of national"
    " security, fewer than 5 may be 0.",
    "Tables are left out where they would show too much: always where a total is below 5.",
    "A published report is never changed, whatever becomes known, sealed or erased afterwards.",
)

NEVER_NOTHING = frozenset({"national-security", "national-security-letter", "fisa-order"})
"""Rows of which 0 is never said, only "fewer than 5": a nothing that one day is not printed any
more would tell what the law forbids to tell.
"""

Document = dict[str, Any]  # Plain JSON.


@dataclass(frozen=True, slots=True)
class Table:
    """One way to divide the requests of a part of the report."""

    name: str
    rows: tuple[str, ...]
    place: Callable[[Counted], str]


def document(
    origin: str, period: Period, found: Iterable[Counted], said_of_silence: Mapping[str, str]
) -> Document:
    """The report of a period."""
    requests = tuple(found)
    new = [one for one in requests if one.is_new]
    later = [one for one in requests if one.is_answered_later]
    return {
        "format": FORMAT,
        "origin": origin,
        "period": period.name,
        "first_on": period.first.isoformat(),
        "last_on": period.last.isoformat(),
        "requests": part_of(new, _tables_of_new(period), _SUMS_OF_NEW, shows_zero=True),
        "answered_later": part_of(later, _TABLES_OF_LATER, (), shows_zero=False),
        "silence": dict(said_of_silence),
        "notes": list(NOTES),
    }


def spelt(report: Document) -> bytes:
    """The bytes that are published, and whose digest is recorded."""
    return jcs.dump(report)


def _tables_of_new(period: Period) -> tuple[Table, ...]:
    return (
        Table("requester", REQUESTERS, lambda one: str(one.row["requester"])),
        Table("instrument", INSTRUMENTS, lambda one: instrument(one.row)),
        Table("outcome", (*DECIDED, *UNDECIDED), lambda one: outcome(one.row)),
        Table("time-to-decide", (*TIMES, NOT_DECIDED), lambda one: time_to_decide(one.row)),
        Table("when", WHEN, lambda one: when(one.row, period)),
    )


def _time_of_later(one: Counted) -> str:
    return BEFORE if one.before == "approved" else time_to_decide(one.row)


_TABLES_OF_LATER = (
    Table("outcome", DECIDED, lambda one: outcome(one.row)),
    Table("time-to-decide", (*TIMES, BEFORE), _time_of_later),
)


def _named(table: str, rows: Collection[str]) -> tuple[str, ...]:
    return tuple(f"{table}/{row}" for row in rows)


_SUMS_OF_NEW = (
    Sum("total", ("decided", f"time-to-decide/{NOT_DECIDED}")),
    Sum("decided", _named("outcome", DECIDED)),
    Sum("decided", _named("time-to-decide", TIMES)),
    Sum(f"time-to-decide/{NOT_DECIDED}", _named("outcome", UNDECIDED)),
)
"""What is not decided stands in two tables, so whoever reads both knows more than the total."""


def part_of(
    requests: Sequence[Counted], tables: Sequence[Table], sums: Sequence[Sum], *, shows_zero: bool
) -> Document:
    """A total with its tables; without them, where a small figure would give itself away."""
    total = cell(len(requests), shows_zero=False)
    printed = {"total": total}
    for table in tables:
        counts = Counter(map(table.place, requests))
        for row in table.rows:
            may_be_nothing = shows_zero and row not in NEVER_NOTHING
            printed[f"{table.name}/{row}"] = cell(counts[row], shows_zero=may_be_nothing)
    tied = {part for one in sums for part in one.parts}
    ties = [Sum("total", _named(table.name, table.rows)) for table in tables]
    free = [one for one in ties if not tied.intersection(one.parts)]
    is_shown = total.least >= SMALL and not gives_away(printed, (*free, *sums))
    return {
        "total": total.text,
        "tables": [_table(one, printed) for one in tables] if is_shown else [],
    }


def _table(table: Table, printed: Mapping[str, Cell]) -> Document:
    rows = [{"row": row, "count": printed[f"{table.name}/{row}"].text} for row in table.rows]
    return {"table": table.name, "rows": rows}
