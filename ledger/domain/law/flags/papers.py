"""Papers that are not what they seem, or were taken at the desk by whoever may not take them."""

from collections.abc import Iterator

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.case import Case
from ledger.domain.law.deadlines import Deadline, Reading
from ledger.domain.law.deadlines.papers import objection_limit
from ledger.domain.law.flags.flag import Flag, flag, told_then
from ledger.domain.parts import Instrument


def of_papers(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the papers of a case and how they came."""
    for paper in case.instruments:
        yield from _of_paper(case, paper, reading)
    for recorded, event in told_then(case, e.ServiceDeclined):
        may = reading.then(recorded).value("service.staff_may_accept")
        if may.flag and event.reason != "addressed-to-another":
            yield flag("service-declined-though-staff-may-accept", recorded.ref, may)


def _of_paper(case: Case, paper: Instrument, reading: Reading) -> Iterator[Flag]:
    then, kind = reading.then(paper), paper.event.kind
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
    if kind == "subpoena":
        yield from _late(paper, objection_limit(paper, then))
    may = then.value("service.staff_may_accept")
    if paper.event.accepted_by == "staff" and not may.flag:
        yield flag("service-accepted-by-staff", paper.ref, may)


def _late(paper: Instrument, limit: Deadline) -> Iterator[Flag]:
    """An objection that came too late is on record, and may bind nobody."""
    for contest in paper.contests:
        served = contest.event
        if isinstance(served, e.ObjectionServed) and served.served_on > limit.effective_on:
            yield flag("objection-served-late", contest.ref, limit)


def _contacted(case: Case) -> bool:
    tried = e.ContactAttempted | e.AgentReferred | o.CustodianNotReached
    return any(isinstance(recorded.event, tried) for recorded in case.records)
