"""What the library decided, and what then left it."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import ApprovalGranted, DenialIssued, DisclosureMade, ScopeLimited
from ledger.domain.office import Recorded
from ledger.domain.parts import Approval, change, origin


def approval_granted(case: Case, recorded: Recorded, event: ApprovalGranted) -> Case:
    """One more approval, with who gave it and in which role."""
    approval = Approval(
        by=recorded.actor,
        role=recorded.role,
        under=recorded.under,
        event=event,
        **origin(recorded),
    )
    return replace(case, approvals=(*case.approvals, approval))


def scope_limited(case: Case, recorded: Recorded, event: ScopeLimited) -> Case:
    """Some of what was approved stays here after all."""
    found = case.approval(event.approval)
    excluded = (found.excluded if found else frozenset()) | set(event.excluded)
    approvals = change(case.approvals, event.approval, excluded=excluded)
    return replace(case, approvals=approvals)


def denial_issued(case: Case, recorded: Recorded, event: DenialIssued) -> Case:
    """The request was refused."""
    return replace(case, requests=change(case.requests, event.request, denied=True))


def disclosure_made(case: Case, recorded: Recorded, event: DisclosureMade) -> Case:
    """Records left the library."""
    return replace(case, disclosures=(*case.disclosures, recorded))
