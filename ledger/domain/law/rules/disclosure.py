"""What stands between a request and a disclosure: basis, instrument, counsel, scope.

Sources: C.R.S. 24-90-119; RSMo 182.817; the libraries' policies (R-08, R-47…R-53, R-63…R-74, R-130,
R-131, R-140).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import (
    ApprovalGranted,
    DenialIssued,
    DisclosureMade,
    Event,
    InstrumentDefectFound,
)
from ledger.domain.law.pack import NotInLaw
from ledger.domain.law.provisions import Basis
from ledger.domain.parts import Instrument


def request_known_v1(
    case: Case, event: ApprovalGranted | DenialIssued, context: Context
) -> Broken | None:
    """A decision answers a request that was recorded and has not been denied."""
    request = case.request(event.request)
    if request is not None and not request.denied:
        return None
    return broken_house_rule(
        "request_known_v1",
        "There is no undecided request under this reference in the case.",
        "Disclosure ledger, domain §5.4.1 no. 17 and 18",
    )


def instrument_known_v1(
    case: Case, event: ApprovalGranted | InstrumentDefectFound, context: Context
) -> Broken | None:
    """A paper that a decision names was received in this case."""
    if event.instrument is None or case.instrument(event.instrument) is not None:
        return None
    return broken_house_rule(
        "instrument_known_v1",
        "No instrument was received under this reference in the case.",
        "Disclosure ledger, domain §5.4.1 no. 8, 10 and 17",
    )


def basis_in_law_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """Records leave only on a basis that the law in force lists (R-130)."""
    if _basis(event, context) is not None:
        return None
    bases = ", ".join(basis.id for basis in context.law.bases_on(context.on))
    return broken_by(
        context.law.find("records.protected", context.on),
        "basis_in_law_v1",
        f"The law in force lists no such basis for disclosure. It lists: {bases}.",
    )


def instrument_satisfies_basis_v1(
    case: Case, event: ApprovalGranted, context: Context
) -> Broken | None:
    """The paper is of a kind, by an issuer and with a finding that the basis asks for."""
    basis = _basis(event, context)
    if basis is None or not basis.instruments:
        return None
    paper = case.instrument(event.instrument)
    if paper is not None and _satisfies(paper, basis):
        return None
    return broken("instrument_satisfies_basis_v1", basis.sentence, basis)


def instrument_without_defect_v1(
    case: Case, event: ApprovalGranted, context: Context
) -> Broken | None:
    """A paper with a defect supports nothing (R-51, R-140)."""
    paper = case.instrument(event.instrument)
    if paper is None or not paper.defects:
        return None
    named = ", ".join(paper.defects)
    return broken_by(
        context.law.find("process.policy_requirements", context.on),
        "instrument_without_defect_v1",
        f"The instrument is defective ({named}). A mended one must be received first.",
    )


def counsel_was_heard_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """Where the policy says so, counsel is heard before the decision (R-08, R-79)."""
    required = context.law.value("decision.counsel_review_required", context.on)
    if not required.flag or _heard(case):
        return None
    return broken("counsel_was_heard_v1", required.sentence, required)


def counsel_on_process_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """Process that may not bind a library at all goes to counsel before it is answered."""
    paper = case.instrument(event.instrument)
    listed = context.law.value("counsel.required_for_instruments", context.on)
    if paper is None or paper.event.kind not in listed.words or _heard(case):
        return None
    return broken("counsel_on_process_v1", listed.sentence, listed)


def approval_live_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """A disclosure rests on an approval in this case whose paper and request still stand."""
    approval = case.approval(event.approval)
    paper = case.instrument(approval.event.instrument) if approval else None
    request = case.request(approval.event.request) if approval else None
    defective = paper is not None and bool(paper.defects)
    denied = request is not None and request.denied
    if approval is not None and not defective and not denied:
        return None
    return broken_by(
        context.law.find("records.protected", context.on),
        "approval_live_v1",
        "No approval that still stands covers this disclosure.",
    )


def within_scope_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Nothing leaves beyond the categories that were approved."""
    approval = case.approval(event.approval)
    if approval is None:
        return None
    beyond = sorted(set(event.categories) - set(approval.event.categories))
    if not beyond:
        return None
    return broken_by(
        context.law.find("records.protected", context.on),
        "within_scope_v1",
        f"The approval does not cover: {', '.join(beyond)}.",
    )


def _heard(case: Case) -> bool:
    return any(review.answered for review in case.reviews)


def _basis(event: ApprovalGranted, context: Context) -> Basis | None:
    try:
        return context.law.basis(event.basis, context.on)
    except NotInLaw:
        return None


def _satisfies(paper: Instrument, basis: Basis) -> bool:
    issued = paper.event.issuer
    return (
        paper.event.kind in basis.instruments
        and basis.issuer_required in (None, issued)
        and (not basis.finding_required or paper.event.finding in basis.finding_required)
    )
