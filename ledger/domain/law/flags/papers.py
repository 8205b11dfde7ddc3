"""Papers that are not what they seem, and warrants executed otherwise than they should be."""

from collections.abc import Iterator
from datetime import datetime

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.calendar import local_date, local_time
from ledger.domain.case import Case
from ledger.domain.law.deadlines import LawOf, LawThen, law_then
from ledger.domain.law.deadlines.papers import life_of_warrant
from ledger.domain.law.flags.flag import Flag, flag
from ledger.domain.parts import Execution, Instrument


def of_papers(case: Case, law_of: LawOf, zone: str) -> Iterator[Flag]:
    """What jars about the papers of a case and their executions."""
    for paper in case.instruments:
        yield from _of_paper(case, paper, law_of, zone)


def _of_paper(case: Case, paper: Instrument, law_of: LawOf, zone: str) -> Iterator[Flag]:
    then, kind = law_then(paper, law_of, zone), paper.event.kind
    not_judicial = then.value("process.not_judicial")
    if kind in not_judicial.words:
        yield flag("not-judicial-process", paper.ref, not_judicial)
    sufficient = then.find("process.subpoena_sufficient")
    if kind == "subpoena" and sufficient is not None and sufficient.word != "yes":
        yield flag("subpoena-not-sufficient", paper.ref, sufficient)
    binds = then.value("gag.nsl_binds_libraries")
    if kind == "national-security-letter" and not binds.flag:
        yield flag("library-may-not-be-a-covered-provider", paper.ref, binds)
    duty = then.find("desk.contact_director")
    if duty is not None and kind in duty.words and not _contacted(case):
        yield flag("director-not-contacted", paper.ref, duty)
    for execution in paper.executions:
        yield from _of_execution(paper, execution, law_then(execution, law_of, zone), zone)


def _contacted(case: Case) -> bool:
    tried = e.ContactAttempted | e.AgentReferred | o.CustodianNotReached
    return any(isinstance(recorded.event, tried) for recorded in case.records)


def _of_execution(
    paper: Instrument, execution: Execution, then: LawThen, zone: str
) -> Iterator[Flag]:
    if execution.started_at is not None:
        yield from _of_start(paper, execution, then, execution.started_at, zone)
    if execution.ended_at is not None:
        if execution.receipt == "none":
            due = then.value("warrant.federal_receipt_due")
            yield flag("no-receipt-left", execution.ref, due)
        if not paper.copy_requested:
            due = then.value("warrant.federal_copy_due")
            yield flag("copy-not-requested", execution.ref, due)


def _of_start(
    paper: Instrument, execution: Execution, then: LawThen, at: datetime, zone: str
) -> Iterator[Flag]:
    on, event = local_date(at, zone), paper.event
    night = then.value("warrant.federal_night_needs_authority")
    needs_authority = event.level == "federal" and night.flag and not event.night_authorised
    if needs_authority and not _in_daytime(at, then, zone):
        yield flag("night-execution-unverified", execution.ref, night)
    if event.execute_by_on is not None and on > event.execute_by_on:
        face = then.value("warrant.face_date_rolls")
        yield flag("executed-after-face-date", execution.ref, face)
    for window in life_of_warrant(paper, then):
        if on > window.nominal_on:
            yield flag("executed-after-window", execution.ref, window)


def _in_daytime(at: datetime, then: LawThen, zone: str) -> bool:
    first = then.value("warrant.federal_daytime_from").clock
    end = then.value("warrant.federal_daytime_until").clock
    return first <= local_time(at, zone) < end
