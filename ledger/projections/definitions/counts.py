"""What statistics are summed from: one row for each request, with nobody's name in it.

Sums are made when somebody reads, and never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from ledger.domain.calendar import local_date
from ledger.domain.events import AgentReferred, DenialIssued, DisclosureMade
from ledger.domain.parts import Approval, Instrument, Request
from ledger.projections.definitions.definition import Definition, Made
from ledger.projections.definitions.told import Told

Denials = Sequence[tuple[str, datetime, DenialIssued]]
"""The record of each denial, when it was issued, and what it says."""


def _rows(told: Told) -> Made:
    for request in told.case.requests:
        approvals = [a for a in told.case.approvals if a.event.request == request.ref]
        made, denials = _made(told, approvals), _denials(told, request)
        referrals = [one.ref for one in told.shown if isinstance(one.event, AgentReferred)]
        decided = min((*(a.at for a in approvals), *(at for _, at, _ in denials)), default=None)
        papers = _papers(told, approvals)
        received_on = _day(told, request.at)
        decided_on = None if decided is None else _day(told, decided)
        row = {
            "reference": told.reference,
            "ref": request.ref,
            "requester": request.event.requester,
            "urgent": request.event.urgent,
            "instruments": sorted({paper.event.kind for paper in papers}),
            "outcome": _outcome(approvals, made, denials),
            "reasons": sorted({denial.reason for _, _, denial in denials}),
            "narrowed_by": _narrowed_by(request, approvals, papers),
            "referred": bool(referrals),
            "received_on": received_on,
            "decided_on": decided_on,
            "days_to_decide": decided_on and (decided_on - received_on).days,
            **told.law_at(request.ref),
            "records": told.rests_on(
                *(request.ref, *(a.ref for a in approvals), *made, *referrals),
                *(ref for ref, _, _ in denials),
            ),
        }
        yield request.ref, row


def _made(told: Told, approvals: Sequence[Approval]) -> list[str]:
    """The records of what left on these approvals."""
    refs = {one.ref for one in approvals}
    return [
        one.ref
        for one in told.case.disclosures
        if isinstance(one.event, DisclosureMade) and one.event.approval in refs
    ]


def _denials(told: Told, request: Request) -> Denials:
    return [
        (one.ref, one.occurred_at, one.event)
        for one in told.shown
        if isinstance(one.event, DenialIssued) and one.event.request == request.ref
    ]


def _papers(told: Told, approvals: Sequence[Approval]) -> list[Instrument]:
    """The papers on which it was approved; where nothing was, all that came in the case."""
    named = {one.event.instrument for one in approvals}
    found = [paper for paper in told.case.instruments if paper.ref in named]
    return found if approvals else list(told.case.instruments)


def _outcome(approvals: Sequence[Approval], made: Sequence[str], denials: Denials) -> str:
    if made:
        return "partly-disclosed" if denials else "disclosed"
    if denials:
        return "denied"
    return "approved" if approvals else "undecided"


def _narrowed_by(
    request: Request, approvals: Sequence[Approval], papers: Sequence[Instrument]
) -> Literal["court", "library"] | None:
    """Who made it less than was asked for: a court that narrowed the paper, or else the library."""
    if any(paper.scope is not None for paper in papers):
        return "court"
    asked = set(request.event.categories)
    given = {one for a in approvals for one in a.event.categories if one not in a.excluded}
    less = bool(approvals) and (not asked <= given or any(a.excluded for a in approvals))
    return "library" if less else None


def _day(told: Told, at: datetime) -> date:
    return local_date(at, told.reading.zone)


COUNTS = Definition("counts", 2, "case", _rows)
