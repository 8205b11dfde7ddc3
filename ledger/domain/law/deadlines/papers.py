"""Deadlines of papers: the life of a warrant, the date of compliance, the objection."""

from collections.abc import Iterator
from datetime import date

from ledger.domain.case import Case
from ledger.domain.events import DenialIssued
from ledger.domain.law.deadlines.row import OF_A_STATE, Deadline, LawThen, Reading, last
from ledger.domain.parts import Instrument


def of_papers(case: Case, reading: Reading) -> Iterator[Deadline]:
    """What each paper gives time for."""
    for paper in case.instruments:
        then, answer = reading.then(paper), _answered_by(case, paper)
        yield from life_of_warrant(paper, then, paper.event.execute_by_on)
        compliance = {"compliance": paper.event.comply_by_on}
        date_named = then.rule("time-of-compliance")
        yield from then.deadline(date_named, paper, given=compliance, met_by=answer)
        if paper.event.kind == "subpoena":
            yield from _objection(paper, then, answer)


def life_of_warrant(
    paper: Instrument, then: LawThen, face_on: date | None = None
) -> tuple[Deadline, ...]:
    """The longest time of a warrant where its own law is known, and a date on its face.

    Where that law counts from an application that the library never sees, the count from the issue
    can only end later, so no warrant is called stale too soon.
    """
    event, rule = paper.event, then.rule_for("warrant-window", paper.event.level)
    known = event.level in ("federal", *OF_A_STATE) and not then.stands_in(rule, event.level)
    start = event.issued_on if known and event.kind == "search-warrant" else None
    return then.deadline(
        rule,
        paper,
        start,
        given={"face": face_on},
        met_by=paper.executions[0].ref if paper.executions else None,
        flags=("start-not-known",) if start and rule.measured_from != "issue" else (),
    )


def _objection(paper: Instrument, then: LawThen, answer: str | None) -> tuple[Deadline, ...]:
    """Where a state's own rule is not known, the federal one stands in, and says so."""
    rule = then.rule_for("subpoena-objection", paper.event.level)
    return then.deadline(
        rule,
        paper,
        paper.at,
        given={"compliance": paper.event.comply_by_on},
        met_by=answer,
        flags=("stands-in",) if then.stands_in(rule, paper.event.level) else (),
    )


def _answered_by(case: Case, paper: Instrument) -> str | None:
    """A disclosure on this paper, the denial of everything, or its execution answers it."""
    approved = {one.ref for one in case.approvals if one.event.instrument == paper.ref}
    on_it = (d for d in case.disclosures if getattr(d.event, "approval", None) in approved)
    disclosed = next((one.ref for one in on_it), None)
    if disclosed is not None:
        return disclosed
    if case.requests and all(request.denied for request in case.requests):
        return last(case, DenialIssued, lambda _: True)
    return paper.executions[-1].ref if paper.executions and not paper.in_execution else None
