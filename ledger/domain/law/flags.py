"""Flags: what counsel should look at. A fact is never refused; where it jars with the law it is
flagged.

Pure and total, derived from the case under the law that each record pinned. A flag carries how sure
we are of its provision, so that a number which nobody confirmed is never shown as settled.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.calendar import local_date, local_time
from ledger.domain.case import Case
from ledger.domain.law.deadlines import Deadline, LawOf, LawThen, law_then
from ledger.domain.law.deadlines.papers import life_of_warrant
from ledger.domain.law.pack import NotInLaw
from ledger.domain.law.provisions import Provision
from ledger.domain.parts import Approval, Execution, Gag, Instrument


class Flag(Struct, frozen=True, kw_only=True):
    """One thing that jars, where it was recorded, and the provision that makes it jar."""

    name: str
    ref: str
    sentence: str
    citation: str
    source: str
    confidence: str


def flags(case: Case, law_of: LawOf, zone: str) -> tuple[Flag, ...]:
    """Every flag of a case, in the order of the records. Pure. Total for the laws that packs
    resolve to.
    """
    found = [
        *(f for paper in case.instruments for f in _of_paper(case, paper, law_of, zone)),
        *(f for gag in case.gags for f in _of_gag(gag, law_then(gag, law_of, zone))),
        *(f for one in case.approvals for f in _of_approval(one, law_then(one, law_of, zone))),
    ]
    order = {recorded.ref: place for place, recorded in enumerate(case.records)}
    return tuple(sorted(found, key=lambda f: (order[f.ref], f.name)))


# --- Papers ------------------------------------------------------------------------------------


def _of_paper(case: Case, paper: Instrument, law_of: LawOf, zone: str) -> Iterator[Flag]:
    then, kind = law_then(paper, law_of, zone), paper.event.kind
    not_judicial = then.value("process.not_judicial")
    if kind in not_judicial.words:
        yield _flag("not-judicial-process", paper.ref, not_judicial)
    sufficient = then.find("process.subpoena_sufficient")
    if kind == "subpoena" and sufficient is not None and sufficient.word != "yes":
        yield _flag("subpoena-not-sufficient", paper.ref, sufficient)
    binds = then.value("gag.nsl_binds_libraries")
    if kind == "national-security-letter" and not binds.flag:
        yield _flag("library-may-not-be-a-covered-provider", paper.ref, binds)
    duty = then.find("desk.contact_director")
    if duty is not None and kind in duty.words and not _contacted(case):
        yield _flag("director-not-contacted", paper.ref, duty)
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
            yield _flag("no-receipt-left", execution.ref, due)
        if not paper.copy_requested:
            due = then.value("warrant.federal_copy_due")
            yield _flag("copy-not-requested", execution.ref, due)


def _of_start(
    paper: Instrument, execution: Execution, then: LawThen, at: datetime, zone: str
) -> Iterator[Flag]:
    on, event = local_date(at, zone), paper.event
    night = then.value("warrant.federal_night_needs_authority")
    needs_authority = event.level == "federal" and night.flag and not event.night_authorised
    if needs_authority and not _in_daytime(at, then, zone):
        yield _flag("night-execution-unverified", execution.ref, night)
    if event.execute_by_on is not None and on > event.execute_by_on:
        face = then.value("warrant.face_date_rolls")
        yield _flag("executed-after-face-date", execution.ref, face)
    for window in life_of_warrant(paper, then):
        if on > window.nominal_on:
            yield _flag("executed-after-window", execution.ref, window)


def _in_daytime(at: datetime, then: LawThen, zone: str) -> bool:
    first = then.value("warrant.federal_daytime_from").clock
    end = then.value("warrant.federal_daytime_until").clock
    return first <= local_time(at, zone) < end


# --- Gags and approvals ------------------------------------------------------------------------


def _of_gag(gag: Gag, then: LawThen) -> Iterator[Flag]:
    if gag.event.source != "national-security-letter":
        return
    certification = then.value("gag.nsl_certification_required")
    if certification.flag and gag.event.certified != "yes":
        yield _flag("gag-certification-missing", gag.ref, certification)
    notice = then.value("gag.nsl_review_notice_required")
    if notice.flag and gag.event.review_notice != "yes":
        yield _flag("gag-review-notice-missing", gag.ref, notice)


def _of_approval(approval: Approval, then: LawThen) -> Iterator[Flag]:
    try:
        basis = then.law.basis(approval.event.basis, then.on)
    except NotInLaw:
        # No approval is recorded so, but a basis or a day may have been corrected since.
        yield Flag(
            name="basis-not-in-law",
            ref=approval.ref,
            sentence="The law that was in force on that day lists no such basis.",
            citation="Disclosure ledger, domain §5.4.1 no. 17",
            source="product_default",
            confidence="unverified",
        )
        return
    if basis.beyond_statute:
        yield _flag("permitted-by-policy-only", approval.ref, basis)


def _flag(name: str, ref: str, provision: Provision | Deadline) -> Flag:
    return Flag(
        name=name,
        ref=ref,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )
