"""Warrants executed otherwise than they should be; what staff saw is flagged and never doubted."""

from collections.abc import Iterator
from datetime import datetime, time

from ledger.domain import events as e
from ledger.domain.calendar import local_date, local_time
from ledger.domain.case import Case
from ledger.domain.law.deadlines import LawThen, Reading
from ledger.domain.law.deadlines.papers import life_of_warrant
from ledger.domain.law.deadlines.row import OF_A_STATE
from ledger.domain.law.flags.flag import Flag, flag, told_then
from ledger.domain.parts import Execution, Instrument

_OF_STATES = (
    "warrant.state_daytime_only",
    "warrant.state_daytime_from",
    "warrant.state_daytime_until",
)
_DAYTIME = {
    "federal": (
        "warrant.federal_night_needs_authority",
        "warrant.federal_daytime_from",
        "warrant.federal_daytime_until",
    ),
    **dict.fromkeys(OF_A_STATE, _OF_STATES),
}
"""Whether a search by night needs the judge's word, and which hours are day."""
_NO_HOURS = ("", "", "")


def of_warrants(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the executions of a case's warrants, and what was taken."""
    for paper in case.instruments:
        if paper.event.notice_delayed_until_on is not None:
            needs = reading.then(paper).value("warrant.delayed_notice_needs_statute")
            yield flag("notice-of-search-delayed", paper.ref, needs)
        for execution in paper.executions:
            yield from _of_execution(paper, execution, reading.then(execution))
    for recorded, _ in told_then(case, e.ScopeExceeded):
        remedy = reading.then(recorded).value("warrant.motion_to_return")
        yield flag("scope-exceeded", recorded.ref, remedy)
    for recorded, taken in told_then(case, e.ItemsTaken):
        if taken.contested:
            remedy = reading.then(recorded).value("warrant.motion_to_return")
            yield flag("items-contested", recorded.ref, remedy)


def _of_execution(paper: Instrument, execution: Execution, then: LawThen) -> Iterator[Flag]:
    if execution.started_at is not None:
        yield from _of_start(paper, execution, then, execution.started_at)
    if execution.ended_at is not None:
        if execution.receipt == "none" and not paper.receipt_obtained:
            due = then.value("warrant.federal_receipt_due")
            yield flag("no-receipt-left", execution.ref, due)
        if not paper.copy_requested:
            due = then.value("warrant.federal_copy_due")
            yield flag("copy-not-requested", execution.ref, due)
        elif paper.copy_outcome == "refused":
            due = then.value("warrant.federal_copy_due")
            yield flag("copy-refused", execution.ref, due)


def _of_start(
    paper: Instrument, execution: Execution, then: LawThen, at: datetime
) -> Iterator[Flag]:
    on, event = local_date(at, then.zone), paper.event
    yield from _of_the_hour(paper, execution, then, local_time(at, then.zone))
    if event.execute_by_on is not None and on > event.execute_by_on:
        face = then.value("warrant.face_date_rolls")
        yield flag("executed-after-face-date", execution.ref, face)
    for window in life_of_warrant(paper, then):
        if on > window.nominal_on:
            yield flag("executed-after-window", execution.ref, window)


def _of_the_hour(
    paper: Instrument, execution: Execution, then: LawThen, clock: time
) -> Iterator[Flag]:
    """Daytime is each law's own; where a state's law names no hours, nothing is flagged."""
    if paper.event.night_authorised:
        return
    needs, first, end = (then.find(id) for id in _DAYTIME.get(paper.event.level, _NO_HOURS))
    if needs is None or not needs.flag or first is None or end is None:
        return
    if not first.clock <= clock < end.clock:
        yield flag("night-execution-unverified", execution.ref, needs)
