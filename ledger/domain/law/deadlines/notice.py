"""Deadlines of telling the patron, and of the standstill that follows (D.C. Code 39-108(b))."""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.events import NoticeWithheld, PatronNotified
from ledger.domain.law.deadlines.row import Deadline, LawThen, Reading, last
from ledger.domain.parts import Instrument, Notice


def of_notices(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when the patron is told of a subpoena, and when its standstill ends."""
    for paper in case.instruments:
        yield from _of_paper(case, paper, reading)
    for notice in case.notices:
        yield from _of_notice(notice, reading)


def _of_paper(case: Case, paper: Instrument, reading: Reading) -> Iterator[Deadline]:
    then = reading.then(paper)
    rule, holder = then.find_rule("patron-notice"), then.find("notice.duty_holder")
    is_ours = holder is not None and holder.word == "library" and paper.event.kind == "subpoena"
    if rule is None or not is_ours:
        return
    told = last(case, PatronNotified, lambda event: _tells_of(event, paper, then))
    spared = last(case, NoticeWithheld, lambda event: event.instrument == paper.ref)
    yield from then.deadline(rule, paper, paper.at, met_by=told or spared)


def _of_notice(notice: Notice, reading: Reading) -> Iterator[Deadline]:
    then = reading.then(notice)
    rule = then.find_rule("release-standstill")
    if rule is not None and _as_the_law_has_it(notice.event, then):
        yield from then.deadline(rule, notice, notice.event.sent_on)


def _tells_of(event: PatronNotified, paper: Instrument, then: LawThen) -> bool:
    return event.instrument == paper.ref and _as_the_law_has_it(event, then)


def _as_the_law_has_it(event: PatronNotified, then: LawThen) -> bool:
    method = then.find("notice.method")
    return method is None or event.method == method.word
