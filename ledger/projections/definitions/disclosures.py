"""The register of what left the library and what did not: disclosures, denials, refusals at the
counter, recalls, and referrals that nobody answered. Each weighs as much as the others.
"""

from __future__ import annotations

from typing import assert_never

from ledger.domain.events import (
    AgentReferred,
    DenialIssued,
    DisclosureMade,
    DisclosureRecalled,
    DisclosureRefused,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Approval, Request
from ledger.projections.definitions.definition import Definition, Made, Row
from ledger.projections.definitions.told import Told

_Entry = DisclosureMade | DenialIssued | DisclosureRefused | DisclosureRecalled | AgentReferred


def _rows(told: Told) -> Made:
    for recorded in told.shown:
        event = recorded.event
        if isinstance(event, AgentReferred) and event.outcome == "reached":
            continue
        if isinstance(event, _Entry):
            yield recorded.ref, _row(told, recorded, event)


def _row(told: Told, recorded: Recorded, event: _Entry) -> Row:
    entry = _entry(told, event)
    approval = told.case.approval(entry.get("approval") or "")
    asked = approval.event.request if approval else entry.get("request")
    paper = approval.event.instrument if approval else None
    request = told.case.request(asked or "")
    return {
        "reference": told.reference,
        "ref": recorded.ref,
        "occurred_at": recorded.occurred_at,
        "actor": recorded.actor,
        "recorded_by": recorded.recorded_by,
        "role": recorded.role,
        "under": recorded.under,
        **_ground(told, approval, request),
        **entry,
        "request": asked,
        **told.law_at(recorded.ref),
        "records": told.rests_on(recorded.ref, entry.get("approval"), asked, paper),
    }


def _ground(told: Told, approval: Approval | None, request: Request | None) -> Row:
    """Who asked, and on what it rests; None where nothing was approved."""
    paper = told.case.instrument(approval.event.instrument) if approval else None
    return {
        "requester": request.event.requester if request else None,
        "approved_by": approval.by if approval else None,
        "basis": approval.event.basis if approval else None,
        "instrument": paper.ref if paper else None,
        "instrument_kind": paper.event.kind if paper else None,
        "consent": getattr(approval.event, "consent", None) if approval else None,
    }


def _entry(told: Told, event: _Entry) -> Row:
    match event:
        case DisclosureMade():
            return {
                "kind": "disclosure",
                "approval": event.approval,
                "categories": event.categories,
                "count": event.records,
                "method": event.method,
                "redacted": event.redacted,
                "produced_sha256": event.produced_sha256,
            }
        case DenialIssued():
            return {"kind": "denial", "request": event.request, "reason": event.reason}
        case DisclosureRefused():
            return {"kind": "refusal", "approval": event.approval, "reason": event.reason}
        case DisclosureRecalled():
            made = next((d.event for d in told.case.disclosures if d.ref == event.disclosure), None)
            return {
                "kind": "recall",
                "disclosure": event.disclosure,
                "approval": made.approval if isinstance(made, DisclosureMade) else None,
                "categories": event.categories,
                "reason": event.reason,
                "outcome": event.outcome,
            }
        case AgentReferred():
            return {"kind": "unanswered-referral", "to": event.to, "outcome": event.outcome}
        case _:
            assert_never(event)


DISCLOSURES = Definition("disclosures", 1, "case", _rows)
