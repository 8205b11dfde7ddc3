"""Flags: what counsel should look at. A fact is never refused; where it jars with the law it is
flagged.

Pure and total, derived from the case under the law that each record pinned.
"""

from collections.abc import Iterator
from datetime import time

from msgspec import Struct

from ledger.domain import events as e
from ledger.domain.calendar import local_date, local_time
from ledger.domain.case import Case, Gag, Instrument
from ledger.domain.law.deadlines import LawOf
from ledger.domain.law.pack import Law, NotInLaw
from ledger.domain.law.provisions import Provision


class Flag(Struct, frozen=True, kw_only=True):
    """One thing that jars, where it was recorded, and the provision that makes it jar."""

    name: str
    ref: str
    sentence: str
    citation: str
    source: str
    confidence: str


def flags(case: Case, law_of: LawOf, zone: str) -> tuple[Flag, ...]:
    """Every flag of a case, in the order of the records. Pure. Total."""
    found = [
        *(f for paper in case.instruments for f in _of_paper(case, paper, law_of, zone)),
        *(f for gag in case.gags for f in _of_gag(case, gag, law_of)),
        *_of_approvals(case, law_of),
        *_of_contacts(case, law_of),
    ]
    order = {recorded.ref: place for place, recorded in enumerate(case.records)}
    return tuple(sorted(found, key=lambda f: (order.get(f.ref, 0), f.name)))


def _of_paper(case: Case, paper: Instrument, law_of: LawOf, zone: str) -> Iterator[Flag]:
    law = _law(case, paper.ref, law_of)
    not_judicial = law.value("process.not_judicial")
    if paper.event.kind in not_judicial.words:
        yield _flag("not-judicial-process", paper.ref, not_judicial)
    sufficient = law.find("process.subpoena_sufficient")
    if paper.event.kind == "subpoena" and sufficient is not None and sufficient.word != "yes":
        yield _flag("subpoena-not-sufficient", paper.ref, sufficient)
    if paper.event.kind == "national-security-letter":
        binds = law.value("gag.nsl_binds_libraries")
        if not binds.flag:
            yield _flag("library-may-not-be-a-covered-provider", paper.ref, binds)
    yield from _of_execution(paper, law, zone)


def _of_execution(paper: Instrument, law: Law, zone: str) -> Iterator[Flag]:
    started = paper.execution_started_at
    if started is None:
        return
    daytime = law.value("warrant.federal_daytime_from")
    until = law.value("warrant.federal_daytime_until")
    if not _between(daytime.clock, local_time(started, zone), until.clock) and (
        paper.event.level == "federal" and not paper.event.night_authorised
    ):
        yield _flag("night-execution-unverified", paper.ref, until)
    face = paper.event.execute_by_on
    if face is not None and local_date(started, zone) > face:
        yield _flag("executed-after-face-date", paper.ref, law.value("warrant.face_date_rolls"))
    if paper.execution_ended_at is not None:
        if paper.receipt == "none":
            yield _flag("no-receipt-left", paper.ref, law.value("warrant.federal_receipt_due"))
        if not paper.copy_requested:
            yield _flag("copy-not-requested", paper.ref, law.value("warrant.federal_copy_due"))


def _of_gag(case: Case, gag: Gag, law_of: LawOf) -> Iterator[Flag]:
    if gag.event.source != "national-security-letter":
        return
    law = _law(case, gag.ref, law_of)
    if gag.event.certified != "yes":
        certification = law.value("gag.nsl_certification_required")
        yield _flag("gag-certification-missing", gag.ref, certification)
    if gag.event.review_notice != "yes":
        notice = law.value("gag.nsl_review_notice_required")
        yield _flag("gag-review-notice-missing", gag.ref, notice)


def _of_approvals(case: Case, law_of: LawOf) -> Iterator[Flag]:
    for approval in case.approvals:
        try:
            basis = law_of(approval.law).basis(approval.event.basis)
        except NotInLaw:
            continue
        if basis.beyond_statute:
            yield _flag("permitted-by-policy-only", approval.ref, basis)


def _of_contacts(case: Case, law_of: LawOf) -> Iterator[Flag]:
    contacted = any(isinstance(r.event, e.ContactAttempted | e.AgentReferred) for r in case.records)
    for paper in case.instruments:
        duty = _law(case, paper.ref, law_of).find("desk.contact_director")
        if duty is not None and paper.event.kind in duty.words and not contacted:
            yield _flag("director-not-contacted", paper.ref, duty)


def _between(first: time, at: time, last: time) -> bool:
    return first <= at < last


def _law(case: Case, ref: str, law_of: LawOf) -> Law:
    recorded = case.record(ref)
    return law_of(recorded.law if recorded is not None else "")


def _flag(name: str, ref: str, provision: Provision) -> Flag:
    return Flag(
        name=name,
        ref=ref,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )
