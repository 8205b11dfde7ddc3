"""Deadlines of papers: the life of a warrant, the date of compliance, the objection."""

from collections.abc import Iterator
from datetime import date

from ledger.domain.case import Case
from ledger.domain.events import (
    DenialIssued,
    InstrumentRuledOn,
    InstrumentWithdrawn,
    MotionFiled,
    WarrantReturnNoted,
)
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
            yield from _objection(paper, then, _contested_by(paper) or answer)
        yield from _hearings(paper, reading)
        yield from _return(case, paper, then)
        yield from _delayed_notice(paper, then)


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


def objection_limit(paper: Instrument, then: LawThen) -> Deadline:
    """The row that says before which day an objection to a subpoena is served."""
    (limit,) = _objection(paper, then, None)
    return limit


def _hearings(paper: Instrument, reading: Reading) -> Iterator[Deadline]:
    for contest in paper.contests:
        if isinstance(contest.event, MotionFiled):
            then = reading.then(contest)
            given = {"face": contest.event.hearing_on}
            met_by = contest.settled_by
            yield from then.deadline(then.rule("hearing"), contest, given=given, met_by=met_by)


def _return(case: Case, paper: Instrument, then: LawThen) -> tuple[Deadline, ...]:
    """A paper may name the day on which it goes back to the court."""
    back = last(case, WarrantReturnNoted, lambda event: event.instrument == paper.ref)
    given = {"face": paper.event.return_on}
    return then.deadline(then.rule("return-to-court"), paper, given=given, met_by=back)


def _delayed_notice(paper: Instrument, then: LawThen) -> Iterator[Deadline]:
    """Until when notice of a search is held back; the longest time runs from the search."""
    until = paper.event.notice_delayed_until_on
    if until is None:
        return
    rule = then.rule_for("delayed-notice", paper.event.level)
    searches = paper.executions if rule.measured_from == "execution" else ()
    searched = next((one.started_at for one in searches if one.started_at is not None), None)
    yield from then.deadline(rule, paper, searched, given={"face": until})


def _contested_by(paper: Instrument) -> str | None:
    return paper.contests[0].ref if paper.contests else None


def _ended_by(case: Case, paper: Instrument) -> str | None:
    """A paper that was quashed or taken back asks for nothing more."""
    if paper.ended is None:
        return None
    return last(
        case,
        InstrumentRuledOn,
        lambda event: event.instrument == paper.ref and event.outcome == "quashed",
    ) or last(case, InstrumentWithdrawn, lambda event: event.instrument == paper.ref)


def _answered_by(case: Case, paper: Instrument) -> str | None:
    """A disclosure on this paper, the denial of everything, or its execution answers it."""
    ended = _ended_by(case, paper)
    if ended is not None:
        return ended
    approved = {one.ref for one in case.approvals if one.event.instrument == paper.ref}
    on_it = (d for d in case.disclosures if getattr(d.event, "approval", None) in approved)
    disclosed = next((one.ref for one in on_it), None)
    if disclosed is not None:
        return disclosed
    if case.requests and all(request.denied for request in case.requests):
        return last(case, DenialIssued, lambda _: True)
    return paper.executions[-1].ref if paper.executions and not paper.in_execution else None
