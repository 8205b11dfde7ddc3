"""What an officer said of an emergency, the waiver on the strength of it, and what came after."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    ExigentPapersReceived,
    ExigentRequestAsserted,
    ExigentReviewConcluded,
    WaiverAuthorised,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Assertion, Papers, Waiver, change, origin


def exigent_request_asserted(case: Case, recorded: Recorded, event: ExigentRequestAsserted) -> Case:
    """One more officer's word that there is no time."""
    assertion = Assertion(event=event, **origin(recorded))
    return replace(case, assertions=(*case.assertions, assertion))


def waiver_authorised(case: Case, recorded: Recorded, event: WaiverAuthorised) -> Case:
    """One more approval, whose papers are still to come."""
    waiver = Waiver(
        by=recorded.actor,
        role=recorded.role,
        under=recorded.under,
        event=event,
        asserted=event.asserted,
        **origin(recorded),
    )
    return replace(case, approvals=(*case.approvals, waiver))


def exigent_papers_received(case: Case, recorded: Recorded, event: ExigentPapersReceived) -> Case:
    """Papers came for a waiver."""
    waiver = case.waiver(event.waiver)
    if waiver is None:
        return case
    papers = (*waiver.papers, Papers(event=event, **origin(recorded)))
    return replace(case, approvals=change(case.approvals, waiver.ref, papers=papers))


def exigent_review_concluded(case: Case, recorded: Recorded, event: ExigentReviewConcluded) -> Case:
    """A waiver was ratified or repudiated, or put before somebody else first."""
    waiver = case.waiver(event.waiver)
    if waiver is None:
        return case
    escalated = event.outcome == "escalated"
    told = {"escalated": recorded.ref} if escalated else {"review": event.outcome}
    return replace(case, approvals=change(case.approvals, waiver.ref, **told))
