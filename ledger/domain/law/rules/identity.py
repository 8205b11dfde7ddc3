"""Who asks: verified before anything is approved or leaves; a parent or guardian with proof.

Sources: domain §5.4.1 no. 4 and 5, §5.5; the policies (R-56, R-88, R-89).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken
from ledger.domain.events import ApprovalGranted, DisclosureMade, WaiverAuthorised
from ledger.domain.parts import Request

PARENT = "parent-or-guardian"


def requester_verified_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised | DisclosureMade, context: Context
) -> Broken | None:
    """Records are approved and leave for a requester whose identity was verified (R-88)."""
    whom = context.law.value("identity.verified_requesters", context.on)
    request = _request(case, event)
    # A request that is not there is refused by the rules that look for it.
    if request is None or request.verified or request.event.requester not in whom.words:
        return None
    return broken("requester_verified_v1", whom.sentence, whom)


def guardianship_proven_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """Where the policy says so, a parent or guardian proves to be one (R-89)."""
    wanted = context.law.find("identity.proof_of_guardianship", context.on)
    request = _request(case, event)
    if request is None or request.event.requester != PARENT or wanted is None or not wanted.flag:
        return None
    if any(one.expires_on is None or context.on <= one.expires_on for one in request.proofs):
        return None
    return broken("guardianship_proven_v1", wanted.sentence, wanted)


def _request(
    case: Case, event: ApprovalGranted | WaiverAuthorised | DisclosureMade
) -> Request | None:
    if not isinstance(event, DisclosureMade):
        return case.request(event.request)
    approval = case.approval(event.approval)
    return case.request(approval.event.request) if approval is not None else None
