"""What was asked for, and who was asked or not reached."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    CircumstancesRecorded,
    CounselReviewCompleted,
    CounselReviewRequested,
    GuardianshipProofAccepted,
    RequesterVerified,
    RequestReceived,
)
from ledger.domain.office import Recorded
from ledger.domain.office_events import CustodianNotReached
from ledger.domain.parts import Request, Review, change, origin


def request_received(case: Case, recorded: Recorded, event: RequestReceived) -> Case:
    """One more request, not answered yet."""
    request = Request(event=event, **origin(recorded))
    return replace(case, requests=(*case.requests, request))


def circumstances_recorded(case: Case, recorded: Recorded, event: CircumstancesRecorded) -> Case:
    """What the answer turns on, as it is known now."""
    return replace(case, requests=change(case.requests, event.request, circumstances=event))


def requester_verified(case: Case, recorded: Recorded, event: RequesterVerified) -> Case:
    """Who asks was checked; what was found last holds."""
    verified = event.outcome == "verified"
    return replace(case, requests=change(case.requests, event.request, verified=verified))


def guardianship_proof_accepted(
    case: Case, recorded: Recorded, event: GuardianshipProofAccepted
) -> Case:
    """One more proof that somebody is the minor's parent or guardian."""
    found = case.request(event.request)
    proofs = (*(found.proofs if found else ()), event)
    return replace(case, requests=change(case.requests, event.request, proofs=proofs))


def counsel_review_requested(case: Case, recorded: Recorded, event: CounselReviewRequested) -> Case:
    """One more question to counsel."""
    review = Review(event=event, **origin(recorded))
    return replace(case, reviews=(*case.reviews, review))


def counsel_review_completed(case: Case, recorded: Recorded, event: CounselReviewCompleted) -> Case:
    """Counsel answered, or asked for more."""
    reviews = change(case.reviews, event.request, outcome=event.outcome)
    return replace(case, reviews=reviews)


def custodian_not_reached(case: Case, recorded: Recorded, event: CustodianNotReached) -> Case:
    """What a designee may go by in the custodian's absence."""
    return replace(case, not_reached=(*case.not_reached, recorded))
