"""Deadlines of a case: derived from its records and the law they pinned, never stored as facts.

Each part of a case has a module with one function, `rows`, and its place in the table below; what a
clock of its kind needs stands in `row`, and how it is counted in the packs' `[[deadline]]` rows.
"""

from collections.abc import Callable, Iterator
from datetime import date

from ledger.domain.case import Case
from ledger.domain.law.deadlines import (
    counsel,
    exigent,
    holds,
    notice,
    papers,
    redress,
    silence,
    video,
)
from ledger.domain.law.deadlines.holds import hold_end
from ledger.domain.law.deadlines.row import Deadline, LawOf, LawThen, Reading, law_then

__all__ = [
    "PARTS",
    "Deadline",
    "LawOf",
    "LawThen",
    "deadlines",
    "hold_end",
    "law_then",
]

PARTS: tuple[Callable[[Case, Reading], Iterator[Deadline]], ...] = (
    holds.rows,
    papers.rows,
    silence.rows,
    counsel.rows,
    notice.rows,
    redress.rows,
    video.rows,
    exigent.rows,
)


def deadlines(
    case: Case, law_of: LawOf, zone: str, closed_on: frozenset[date] = frozenset()
) -> tuple[Deadline, ...]:
    """Every deadline of a case, earliest first. Pure. Total for the laws that packs resolve to.

    `closed_on` are the days on which the library was recorded as shut.
    """
    reading = Reading(law_of, zone, closed_on)
    found = [row for rows in PARTS for row in rows(case, reading)]
    return tuple(sorted(found, key=lambda row: (row.effective_on, row.rule, row.trigger)))
