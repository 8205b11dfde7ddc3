"""Consent: who gives it, for what, to whom, and until when.

Sources: C.R.S. 24-90-119(2)(b); RSMo 182.817.1(1); MCL 397.603(2); the libraries' policies (R-53,
R-64, R-67, R-138, R-153).
"""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import ApprovalGranted, DisclosureMade
from ledger.domain.parts import Consent

_NUMBER_47 = "Disclosure ledger, domain §5.4.1 no. 47"


def consent_by_holder_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """A written consent is given by whom the law names: the user, a guardian, who is liable."""
    paper = case.instrument(event.instrument)
    basis = context.law.find_basis(event.basis, context.on)
    if paper is None or basis is None or paper.event.kind != "written-consent":
        return None
    named = context.law.find("consent.holder", context.on)
    holder = named.word if named is not None else basis.issuer_required
    given = case.consents_on(paper.ref)
    if named is None and (holder is None or not given):
        # The paper says by its issuer who signed it; that is judged with the paper.
        return None
    if given and all(one.event.grantor == holder and one.event.written for one in given):
        return None
    return broken("consent_by_holder_v1", (named or basis).sentence, named or basis)


def consent_stands_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """Nothing leaves on a consent that was withdrawn, has expired, or covers less; what left before
    stands.
    """
    for consent in _relied_on(case, event):
        if not consent.stands(context.on):
            sentence = "This consent was withdrawn or has expired. What left before stands."
        elif beyond := sorted(set(event.categories) - set(consent.categories)):
            sentence = f"The consent does not cover: {', '.join(beyond)}."
        else:
            continue
        row = context.law.find("consent.prospective_withdrawal", context.on)
        return broken_by(row, "consent_stands_v1", sentence)
    return None


def consent_names_recipient_v1(
    case: Case, event: DisclosureMade, context: Context
) -> Broken | None:
    """What leaves on a consent goes to whom it names."""
    for consent in _relied_on(case, event):
        named = consent.event.recipient
        if named is not None and named != event.recipient:
            return broken_house_rule(
                "consent_names_recipient_v1",
                "The consent names a recipient. Name the same one, word for word, or ask again.",
                _NUMBER_47,
            )
    return None


def _relied_on(case: Case, event: ApprovalGranted | DisclosureMade) -> Iterator[Consent]:
    approved = case.approval(event.approval) if isinstance(event, DisclosureMade) else None
    instrument = approved.event.instrument if approved is not None else None
    if isinstance(event, ApprovalGranted):
        instrument = event.instrument
    yield from case.consents_on(instrument)
