"""Deadlines of complaints: the library's own, and the complainant's before an authority.

A claim that runs from the day on which somebody knew (MCL 397.604) has no row here: no ledger of
the library's knows that day. It is flagged instead.
"""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.law.deadlines.row import Deadline, Reading
from ledger.domain.parts import Complaint


def of_complaints(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when a complaint is acknowledged, looked into and answered; until when it may be filed."""
    for complaint in case.complaints:
        yield from _of_claim(complaint, reading)
        if complaint.event.written:
            yield from _of_answer(complaint, reading)
        yield from _of_investigation(complaint, reading)


def _of_claim(complaint: Complaint, reading: Reading) -> Iterator[Deadline]:
    then, alleged_on = reading.then(complaint), complaint.event.alleged_on
    if alleged_on is not None:
        yield from then.deadline(then.find_rule("ag-complaint"), complaint, alleged_on)


def _of_answer(complaint: Complaint, reading: Reading) -> Iterator[Deadline]:
    then = reading.then(complaint)
    for name, met_by in (
        ("complaint-acknowledgement", complaint.acknowledged),
        ("complaint-answer", complaint.answered),
    ):
        yield from then.deadline(then.find_rule(name), complaint, complaint.at, met_by=met_by)


def _of_investigation(complaint: Complaint, reading: Reading) -> Iterator[Deadline]:
    investigation = complaint.investigation
    if investigation is None:
        return
    then, target = reading.then(investigation), {"target": investigation.event.target_on}
    found = None if complaint.finding is None else complaint.finding.ref
    rule = then.rule("investigation-target")
    yield from then.deadline(rule, investigation, given=target, met_by=found)
