"""Whose request a basis answers: a parent's for a child, an officer's for video of a crime.

Sources: C.R.S. 24-90-119(2)(d); Wis. Stat. 43.30(4)-(5); ORC 149.432(B); the Jefferson County
(Colorado) privacy message; the Missouri library's policy III.2 (R-13, R-66, R-72, R-111, R-149).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken
from ledger.domain.events import ApprovalGranted, DenialIssued, GuardianshipProofAccepted
from ledger.domain.law.provisions import Basis, Value
from ledger.domain.law.rules.identity import PARENT
from ledger.domain.law.will import is_willed
from ledger.domain.parts import Request

_IN_CUSTODY = ("custodial-parent", "legal-guardian", "custodian")


def basis_answers_requester_v1(
    case: Case, event: ApprovalGranted, context: Context
) -> Broken | None:
    """A basis for a parent, or for an officer, answers nobody else."""
    basis, request = _asked(case, event, context)
    if basis is None or request is None or basis.answers(request.event.requester):
        return None
    return broken("basis_answers_requester_v1", basis.sentence, basis)


def parent_has_standing_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """The parent who asks is one to whom the law gives the child's records."""
    basis, request = _asked(case, event, context)
    row = None if basis is None or request is None else _no_standing(basis, request, context)
    return None if row is None else broken("parent_has_standing_v1", row.sentence, row)


def child_is_young_enough_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """Where the law names an age, the child is known to be younger."""
    basis, request = _asked(case, event, context)
    row = None if basis is None or request is None else _too_old(basis, request, context)
    return None if row is None else broken("child_is_young_enough_v1", row.sentence, row)


def circumstances_hold_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """What a basis presupposes was recorded of the request."""
    basis, request = _asked(case, event, context)
    if basis is None or request is None or _presupposed(basis, request):
        return None
    return broken("circumstances_hold_v1", basis.sentence, basis)


def within_reach_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """A basis that reaches some classes of record reaches no other."""
    basis, _ = _asked(case, event, context)
    beyond = sorted(set(event.categories) - set(basis.categories)) if basis is not None else []
    if basis is None or not basis.categories or not beyond:
        return None
    return broken("within_reach_v1", f"This basis does not reach: {', '.join(beyond)}.", basis)


def mandatory_is_not_denied_v1(case: Case, event: DenialIssued, context: Context) -> Broken | None:
    """What the law says shall be disclosed is not denied as not permitted."""
    request = case.request(event.request)
    if request is None or event.reason != "not-permitted" or not request.verified:
        return None
    for basis in context.law.bases_on(context.on):
        if basis.effect == "mandatory" and _fits(case, basis, request, context):
            return broken("mandatory_is_not_denied_v1", basis.sentence, basis)
    return None


def mandatory_is_not_denied_v2(case: Case, event: DenialIssued, context: Context) -> Broken | None:
    """As version 1, and neither is what the law says shall be disclosed upon the user's request or
    consent (CPLR 4509). A consent that names a recipient is for nobody else, and the record of a
    request does not say who asks.
    """
    request = case.request(event.request)
    for_anybody = tuple(one for one in case.consents if one.event.recipient is None)
    if request is None or event.reason != "not-permitted" or not request.verified:
        return None
    for basis in context.law.bases_on(context.on):
        if basis.effect == "mandatory" and (
            _fits(case, basis, request, context)
            or is_willed(case, request, basis, for_anybody, context)
        ):
            return broken("mandatory_is_not_denied_v2", basis.sentence, basis)
    return None


def _fits(case: Case, basis: Basis, request: Request, context: Context) -> bool:
    return (
        request.event.requester in basis.requesters
        and _paper_came(case, basis)
        and _presupposed(basis, request)
        and _no_standing(basis, request, context) is None
        and _too_old(basis, request, context) is None
        and (not basis.categories or set(request.event.categories) <= set(basis.categories))
    )


def _asked(
    case: Case, event: ApprovalGranted, context: Context
) -> tuple[Basis | None, Request | None]:
    return context.law.find_basis(event.basis, context.on), case.request(event.request)


def _paper_came(case: Case, basis: Basis) -> bool:
    return not basis.instruments or any(
        paper.event.kind in basis.instruments
        and basis.issuer_required in (None, paper.event.issuer)
        for paper in case.instruments
    )


def _presupposed(basis: Basis, request: Request) -> bool:
    return set(basis.circumstances) <= set(_circumstances(request))


def _circumstances(request: Request) -> tuple[str, ...]:
    return () if request.circumstances is None else request.circumstances.circumstances


def _no_standing(basis: Basis, request: Request, context: Context) -> Value | None:
    """Give the row by which a parent has no standing, or None."""
    if PARENT not in basis.requesters:
        return None
    excluded = context.law.find("parent.excluded", context.on)
    if excluded is not None and set(excluded.words) & set(_circumstances(request)):
        return excluded
    standing = context.law.find("parent.standing", context.on)
    if standing is None or not standing.word.startswith("custodial"):
        return None
    with_card = standing.word == "custodial-with-card-access"
    proven = any(_proves(proof, context, with_card=with_card) for proof in request.proofs)
    return None if proven else standing


def _proves(proof: GuardianshipProofAccepted, context: Context, *, with_card: bool) -> bool:
    live = proof.expires_on is None or context.on <= proof.expires_on
    card = not with_card or proof.card_access == "yes"
    return live and card and proof.relationship in _IN_CUSTODY


def _too_old(basis: Basis, request: Request, context: Context) -> Value | None:
    """Give the row by which the child is too old, or whose age is not known; or None."""
    years = context.law.find("parent.child_under_years", context.on)
    if PARENT not in basis.requesters or years is None:
        return None
    age = None if request.circumstances is None else request.circumstances.subject_age
    return None if age is not None and age < years.number else years
