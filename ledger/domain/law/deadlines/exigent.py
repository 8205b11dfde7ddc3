"""Deadlines of waivers: the officer's papers, and to whom their absence is taken (R-58, R-105)."""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.events import ExigentReviewConcluded
from ledger.domain.law.deadlines.row import Deadline, Reading, last
from ledger.domain.parts import Waiver


def of_waivers(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when papers are expected after a waiver, and when somebody else is told of their absence.

    Where the law is silent there is no such day.
    """
    for waiver in case.waivers:
        papers = waiver.papers[0].ref if waiver.papers else None
        concluded = _concluded(case, waiver)
        yield from _row("exigent-papers", waiver, reading, papers or concluded)
        yield from _row(
            "exigent-escalation", waiver, reading, papers or waiver.escalated or concluded
        )


def _row(id: str, waiver: Waiver, reading: Reading, met_by: str | None) -> tuple[Deadline, ...]:
    then = reading.then(waiver)
    return then.deadline(then.find_rule(id), waiver, waiver.at, met_by=met_by)


def _concluded(case: Case, waiver: Waiver) -> str | None:
    if waiver.review is None:
        return None
    return last(case, ExigentReviewConcluded, lambda event: event.waiver == waiver.ref)
