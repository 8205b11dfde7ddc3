"""Deadlines of a case: derived from its records and the law they pinned, never stored as facts.

Each part of a case has a module with one function in the table below. What a clock asks of the law
stands in `row`, and how it is counted in the packs' `[[deadline]]` rows.
"""

from collections.abc import Callable, Iterator

from ledger.domain.case import Case
from ledger.domain.law.deadlines.counsel import of_reviews
from ledger.domain.law.deadlines.exigent import of_waivers
from ledger.domain.law.deadlines.holds import hold_end, of_holds
from ledger.domain.law.deadlines.notice import of_notices
from ledger.domain.law.deadlines.papers import of_papers
from ledger.domain.law.deadlines.query import of_queries
from ledger.domain.law.deadlines.redress import of_complaints
from ledger.domain.law.deadlines.row import Deadline, LawOf, LawThen, Reading
from ledger.domain.law.deadlines.silence import of_silence
from ledger.domain.law.deadlines.video import of_videos

__all__ = [
    "CLOCKS",
    "Deadline",
    "LawOf",
    "LawThen",
    "Reading",
    "deadlines",
    "hold_end",
]

CLOCKS: tuple[Callable[[Case, Reading], Iterator[Deadline]], ...] = (
    of_holds,
    of_papers,
    of_silence,
    of_reviews,
    of_notices,
    of_queries,
    of_complaints,
    of_videos,
    of_waivers,
)
"""One function for each part of a case in which a clock may run."""


def deadlines(case: Case, reading: Reading) -> tuple[Deadline, ...]:
    """Every deadline of a case, earliest first. Pure. Total for the laws that packs resolve to."""
    found = [row for clocks in CLOCKS for row in clocks(case, reading)]
    return tuple(sorted(found, key=lambda row: (row.effective_on, row.rule, row.trigger)))
