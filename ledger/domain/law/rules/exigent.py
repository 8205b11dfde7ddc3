"""Emergencies: whose word, of what danger, for which records, on whose advice; and what follows.

Sources: RSMo 182.817.1, by absence, with the policy PUB 06-04, III.3; 75 ILCS 70/1(a)(2); ORC
149.432(B); domain §5.4.1 no. 31 to 34 (R-58, R-69, R-85, R-105).
"""

from typing import get_args

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import (
    ApprovalGranted,
    ExigentRequestAsserted,
    ExigentReviewConcluded,
    WaiverAuthorised,
)
from ledger.domain.events.exigent import Belief

_AGENCIES = ("law-enforcement", "national-security")
_BELIEFS: tuple[str, ...] = get_args(Belief)
"""Weakest first."""


def exigency_asserted_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """A waiver answers an officer's word that was recorded in the case."""
    if case.assertion(event.asserted) is not None:
        return None
    return broken_house_rule(
        "exigency_asserted_v1",
        "Record what the officer says of the emergency first, and name that record.",
        "Disclosure ledger, domain §5.4.1 no. 31 and 32",
    )


def exigent_path_v1(
    case: Case, event: ApprovalGranted | WaiverAuthorised, context: Context
) -> Broken | None:
    """Papers are waived only on a basis that the law in force has for emergencies; and on such a
    basis nothing is approved past what a waiver is judged by.
    """
    basis = context.law.find_basis(event.basis, context.on)
    for_emergencies = basis is not None and "emergency-request" in basis.instruments
    if for_emergencies == isinstance(event, WaiverAuthorised):
        return None
    if basis is not None and for_emergencies:
        return broken(
            "exigent_path_v1", f"Authorise a waiver on this basis. {basis.sentence}", basis
        )
    row = context.law.find("exigent.statutory_exception", context.on)
    sentence = "The law in force has no such exception for emergencies."
    if row is not None and not row.flag:
        sentence = row.sentence
    return broken_by(row, "exigent_path_v1", sentence)


def threat_in_law_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """The danger that the officer asserts is one that the exception knows."""
    word = _word_of_officer(case, event)
    listed = context.law.find("exigent.threat_classes", context.on)
    if word is None or listed is None or set(word.threats) & set(listed.words):
        return None
    return broken("threat_in_law_v1", listed.sentence, listed)


def officer_is_sworn_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """Where the exception is for officers, an agency asks; where for sworn ones, the officer is one
    (75 ILCS 70/1(a)(2)).
    """
    word, request = _word_of_officer(case, event), case.request(event.request)
    row = context.law.find("exigent.requester_class", context.on)
    if row is None or word is None:
        return None
    by_agency = request is None or request.event.requester in _AGENCIES
    if by_agency and (row.word != "sworn-officer" or word.sworn == "yes"):
        return None
    return broken("officer_is_sworn_v1", row.sentence, row)


def officer_believes_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """The officer is as sure of the danger as the exception asks (R-69)."""
    word = _word_of_officer(case, event)
    row = context.law.find("exigent.standard", context.on)
    if word is None or row is None or row.word not in _BELIEFS:
        return None
    if _BELIEFS.index(word.belief) >= _BELIEFS.index(row.word):
        return None
    return broken("officer_believes_v1", row.sentence, row)


def order_is_impractical_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """Where the exception asks for it, the officer says that there is no time for an order."""
    word = _word_of_officer(case, event)
    row = context.law.find("exigent.impracticality_required", context.on)
    if word is None or row is None or not row.flag or word.order_impractical == "yes":
        return None
    return broken("order_is_impractical_v1", row.sentence, row)


def exigent_scope_cap_v1(case: Case, event: WaiverAuthorised, context: Context) -> Broken | None:
    """Where the exception reaches identity only, nothing more is waived."""
    cap = context.law.find("exigent.scope_cap", context.on)
    if cap is None or event.scope == "identity-only":
        return None
    return broken("exigent_scope_cap_v1", cap.sentence, cap)


def exigent_barred_categories_v1(
    case: Case, event: WaiverAuthorised, context: Context
) -> Broken | None:
    """What shows materials borrowed or services used does not leave in an emergency, where the
    exception says so.
    """
    barred = context.law.find("exigent.barred_categories", context.on)
    if barred is None or not set(event.categories) & set(barred.words):
        return None
    return broken("exigent_barred_categories_v1", barred.sentence, barred)


def counsel_advised_waiver_v1(
    case: Case, event: WaiverAuthorised, context: Context
) -> Broken | None:
    """Where the policy says so, counsel advised first: on record, or by word of mouth to whom the
    waiver names (R-69).
    """
    required = context.law.find("exigent.counsel_advice_required", context.on)
    told = (event.advised_by or "", "counsel") in context.office.roles
    request = case.request(event.request)
    if required is None or not required.flag or told or case.counsel_heard_on(request):
        return None
    return broken("counsel_advised_waiver_v1", required.sentence, required)


def waiver_under_review_v1(
    case: Case, event: ExigentReviewConcluded, context: Context
) -> Broken | None:
    """A waiver of this case is reviewed until it was ratified or repudiated."""
    waiver = case.waiver(event.waiver)
    if waiver is not None and waiver.review is None:
        return None
    return broken_house_rule(
        "waiver_under_review_v1",
        "No waiver under this reference waits for its review.",
        "Disclosure ledger, domain §5.4.1 no. 34",
    )


def escalated_to_somebody_v1(
    case: Case, event: ExigentReviewConcluded, context: Context
) -> Broken | None:
    """What is escalated goes to a court, the attorney general or the agency, and only that does."""
    if (event.outcome == "escalated") == (event.escalated_to is not None):
        return None
    return broken_house_rule(
        "escalated_to_somebody_v1",
        "Say to whom the missing papers were escalated; and only then.",
        "Disclosure ledger, domain §5.4.1 no. 34",
    )


def _word_of_officer(case: Case, event: WaiverAuthorised) -> ExigentRequestAsserted | None:
    """What the officer said; a waiver without it is refused for that alone."""
    assertion = case.assertion(event.asserted)
    return assertion.event if assertion is not None else None
