"""What stands between a request and a disclosure: basis, instrument, counsel, scope.

Sources: C.R.S. 24-90-119; RSMo 182.817; the libraries' policies (R-08, R-47…R-53, R-63…R-74, R-130,
R-131, R-140).
"""

from collections.abc import Callable, Set
from typing import TypeAlias, assert_never

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import (
    ApprovalGranted,
    DefectResolved,
    DenialIssued,
    DisclosureMade,
    DisclosureRecalled,
    InstrumentAuthenticated,
    InstrumentDefectFound,
    InstrumentRuledOn,
    MotionFiled,
    NoticeWithheld,
    ObjectionServed,
    PatronNotified,
    ScopeLimited,
    WaiverAuthorised,
)
from ledger.domain.law.provisions import Basis, Value
from ledger.domain.parts import Approval, Instrument, Waiver


def request_known_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised | DenialIssued, context: Context
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


_OnPaper: TypeAlias = (
    ApprovalGranted
    | WaiverAuthorised
    | InstrumentDefectFound
    | DefectResolved
    | InstrumentAuthenticated
    | ObjectionServed
    | MotionFiled
    | InstrumentRuledOn
    | PatronNotified
    | NoticeWithheld
)
"""Decisions about a paper, or that rest on one."""


def instrument_known_v1(case: Case, event: _OnPaper, context: Context) -> Broken | None:
    """A paper that a decision names was received in this case."""
    if event.instrument is None or case.instrument(event.instrument) is not None:
        return None
    return broken_house_rule(
        "instrument_known_v1",
        "No instrument was received under this reference in the case.",
        "Disclosure ledger, domain §5.4.1 no. 8 to 17",
    )


def basis_in_law_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised, context: Context
) -> Broken | None:
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
    case: Case, event: ApprovalGranted | WaiverAuthorised, context: Context
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


def counsel_was_heard_v1(
    case: Case, event: ApprovalGranted | DenialIssued | DisclosureMade, context: Context
) -> Broken | None:
    """Where the policy says so, counsel is heard before the decision (R-08, R-79): on this request
    and this paper, so the question was asked when they had come.
    """
    required = context.law.value("decision.counsel_review_required", context.on)
    if not required.flag or _advised(case, event, case.counsel_heard_on):
        return None
    return broken("counsel_was_heard_v1", required.sentence, required)


def counsel_was_heard_v2(
    case: Case, event: ApprovalGranted | DenialIssued | DisclosureMade, context: Context
) -> Broken | None:
    """As version 1, and what counsel said of one paper is not said of another (R-79)."""
    required = context.law.value("decision.counsel_review_required", context.on)
    if not required.flag or _advised(case, event, case.counsel_heard_about):
        return None
    return broken("counsel_was_heard_v2", _about(required, case), required)


def counsel_on_process_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """Process that may not bind a library at all goes to counsel before it is answered."""
    paper = case.instrument(event.instrument)
    listed = context.law.value("counsel.required_for_instruments", context.on)
    if paper is None or paper.event.kind not in listed.words or case.counsel_heard_on(paper):
        return None
    return broken("counsel_on_process_v1", listed.sentence, listed)


def counsel_on_process_v2(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """As version 1, and what counsel said of one paper is not said of another."""
    paper = case.instrument(event.instrument)
    listed = context.law.value("counsel.required_for_instruments", context.on)
    if paper is None or paper.event.kind not in listed.words or case.counsel_heard_about(paper):
        return None
    return broken("counsel_on_process_v2", _about(listed, case), listed)


def custodian_says_why_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """Where the law asks for no paper but for the library's judgement, the record says why."""
    basis = _basis(event, context)
    if basis is None or basis.rests_on != "custodians-word" or event.because is not None:
        return None
    sentence = f"{basis.sentence} It rests on the custodian's word alone: say why, in `because`."
    return broken("custodian_says_why_v1", sentence, basis)


def approval_live_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """A disclosure rests on an approval in this case whose paper and request still stand."""
    approval = case.approval(event.approval)
    if approval is not None and _stands(case, approval):
        return None
    return broken_by(
        context.law.find("records.protected", context.on),
        "approval_live_v1",
        "No approval that still stands covers this disclosure.",
    )


def basis_still_in_law_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Records leave while the basis of their approval is law (R-130)."""
    approval = case.approval(event.approval)
    if approval is None or _basis(approval.event, context) is not None:
        return None
    return broken_by(
        context.law.find("records.protected", context.on),
        "basis_still_in_law_v1",
        "The law in force today no longer lists the basis on which this was approved.",
    )


def within_scope_v1(case: Case, event: DisclosureMade, context: Context) -> Broken | None:
    """Nothing leaves beyond the categories that were approved and not taken out since."""
    approval = case.approval(event.approval)
    if approval is None:
        return None
    covered = set(approval.event.categories) - approval.excluded
    return _beyond(
        set(event.categories) - covered,
        context,
        "within_scope_v1",
        "The approval does not cover",
    )


def within_ruling_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """What a paper asks for, and what a court left of it, binds every later approval and disclosure
    on it. A paper whose classes were not recorded binds once a court narrows it.
    """
    if isinstance(event, DisclosureMade):
        approval = case.approval(event.approval)
        paper = case.instrument(approval.event.instrument) if approval is not None else None
    else:
        paper = case.instrument(event.instrument)
    if paper is None:
        return None
    asked, sentence = paper.event.categories, "The paper does not ask for"
    if paper.scope is not None:
        asked, sentence = paper.scope, "The court has narrowed the paper, which no longer reaches"
    elif not asked:
        return None
    return _beyond(set(event.categories) - set(asked), context, "within_ruling_v1", sentence)


def within_request_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised, context: Context
) -> Broken | None:
    """Nothing is approved beyond what the request asks for, where no paper names its own classes;
    those bind by themselves. A consent permits, and asks for nothing.
    """
    request, paper = case.request(event.request), case.instrument(event.instrument)
    if request is None or _asks_itself(paper):
        return None
    beyond = set(event.categories) - set(request.event.categories)
    sentence = "The request, as it was recorded, does not ask for"
    return _beyond(beyond, context, "within_request_v1", sentence)


def _asks_itself(paper: Instrument | None) -> bool:
    if paper is None or paper.event.kind == "written-consent":
        return False
    return bool(paper.event.categories) or paper.scope is not None


def approval_known_v1(case: Case, event: ScopeLimited, context: Context) -> Broken | None:
    """What is limited is an approval of this case, in categories that it covers."""
    approval = case.approval(event.approval)
    if approval is not None and set(event.excluded) <= set(approval.event.categories):
        return None
    return broken_house_rule(
        "approval_known_v1",
        "Name an approval of this case, and categories that it covers.",
        "Disclosure ledger, domain §5.4.1 no. 19",
    )


def limited_before_it_left_v1(case: Case, event: ScopeLimited, context: Context) -> Broken | None:
    """What has left already is recalled, not limited."""
    left = {
        category
        for recorded in case.disclosures
        if isinstance(recorded.event, DisclosureMade) and recorded.event.approval == event.approval
        for category in recorded.event.categories
    }
    gone = sorted(left & set(event.excluded))
    if not gone:
        return None
    return broken_house_rule(
        "limited_before_it_left_v1",
        f"These categories have left already: {', '.join(gone)}. Recall the disclosure instead.",
        "Disclosure ledger, domain §5.4.1 no. 19 and 22",
    )


def disclosure_known_v1(case: Case, event: DisclosureRecalled, context: Context) -> Broken | None:
    """What is claimed back is a disclosure of this case."""
    if any(recorded.ref == event.disclosure for recorded in case.disclosures):
        return None
    return broken_house_rule(
        "disclosure_known_v1",
        "There is no disclosure under this reference in the case.",
        "Disclosure ledger, domain §5.4.1 no. 22",
    )


def _beyond(categories: Set[str], context: Context, rule: str, sentence: str) -> Broken | None:
    if not categories:
        return None
    row = context.law.find("records.protected", context.on)
    return broken_by(row, rule, f"{sentence}: {', '.join(sorted(categories))}.")


def _stands(case: Case, approval: Approval) -> bool:
    paper, request = (
        case.instrument(approval.event.instrument),
        case.request(approval.event.request),
    )
    fallen = paper is not None and bool(paper.defects or paper.void)
    denied = request is not None and request.denied
    repudiated = isinstance(approval, Waiver) and approval.review == "repudiated"
    return not fallen and not denied and not repudiated


def _advised(
    case: Case, event: ApprovalGranted | DenialIssued | DisclosureMade, heard: Callable[..., bool]
) -> bool:
    """Whether counsel was heard; what leaves on a waiver was advised on as the waiver was."""
    match event:
        case DenialIssued(request=ref):
            return heard(case.request(ref))
        case ApprovalGranted(request=ref, instrument=paper):
            return heard(case.request(ref), case.instrument(paper))
        case DisclosureMade(approval=ref):
            approval = case.approval(ref)
            if approval is None or isinstance(approval, Waiver):
                return approval is not None or case.counsel_heard
            of = approval.event
            return heard(case.request(of.request), case.instrument(of.instrument))
        case _:
            assert_never(event)


def _about(row: Value, case: Case) -> str:
    """The row's sentence; to who asked counsel already it says what was missing."""
    anew = (
        "Counsel has answered, but not about this: ask anew, and name the paper, if there is one."
    )
    return f"{row.sentence} {anew}" if case.counsel_heard else row.sentence


def _basis(event: ApprovalGranted | WaiverAuthorised, context: Context) -> Basis | None:
    return context.law.find_basis(event.basis, context.on)


def _satisfies(paper: Instrument, basis: Basis) -> bool:
    issued = paper.event.issuer
    return (
        paper.event.kind in basis.instruments
        and basis.issuer_required in (None, issued)
        and (not basis.finding_required or paper.event.finding in basis.finding_required)
    )
