"""Consent: who gives it, for what, to whom, and until when.

Some laws ask for it in writing, and then it is a paper. Others ask for no paper but for the user's
will, asked or consented in whatever form: there the approval names the consent on which it rests,
or the request is the user's own.

Sources: C.R.S. 24-90-119(2)(b); RSMo 182.817.1(1); MCL 397.603(2); CPLR 4509; ORC 149.432(B); Wis.
Stat. 43.30(1m); Tex. Gov. 552.124(a)(2); the libraries' policies (R-53, R-64, R-67, R-71, R-138,
R-153).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import ApprovalGranted, DisclosureMade, WaiverAuthorised
from ledger.domain.law.will import allows, asks
from ledger.domain.parts import Consent

_NUMBER_47 = "Disclosure ledger, domain §5.4.1 no. 47"
_ASKED = "Records leave on this basis only when the user asks for them, and was verified"
_WANTED = {
    "request": f"{_ASKED}.",
    "consent": f"{_ASKED}, or on a consent of the user that stands and covers them: name it.",
    "written-consent": (
        f"{_ASKED}, or on a written consent of the user that stands and covers them: name it."
    ),
}


def consent_known_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """A consent on which a decision rests was given in this case."""
    named = _named(_granted(case, event))
    if named is None or case.consent(named) is not None:
        return None
    return broken_house_rule(
        "consent_known_v1", "There is no consent under this reference in the case.", _NUMBER_47
    )


def user_asked_or_consented_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """Where the law asks for no paper but for the user's will, that will is on record: the user
    asked, or consented to what somebody else asks for, and has not taken it back since.
    """
    granted = _granted(case, event)
    basis = context.law.find_basis(granted.basis, context.on) if granted is not None else None
    if granted is None or basis is None or basis.will is None:
        return None
    request = case.request(granted.request)
    if consents := _relied_on(case, granted) if basis.will != "request" else ():
        willed = all(allows(one, event.categories, basis, context) for one in consents)
    else:
        willed = request is not None and asks(request, event.categories, case, context)
    return None if willed else broken("user_asked_or_consented_v1", _WANTED[basis.will], basis)


def consent_by_holder_v1(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """A written consent is given by whom the law names: the user, a guardian, who is liable."""
    given = _of_paper(case, event)
    return _by_holder("consent_by_holder_v1", given, case, event, context)


def consent_by_holder_v2(case: Case, event: ApprovalGranted, context: Context) -> Broken | None:
    """A written consent is given by whom the law names, on whatever consents the approval rests."""
    given = _relied_on(case, event)
    return _by_holder("consent_by_holder_v2", given, case, event, context)


def _by_holder(
    rule: str, given: tuple[Consent, ...], case: Case, event: ApprovalGranted, context: Context
) -> Broken | None:
    paper = case.instrument(event.instrument)
    basis = context.law.find_basis(event.basis, context.on)
    if paper is None or basis is None or paper.event.kind != "written-consent":
        return None
    named = context.law.find("consent.holder", context.on)
    holder = named.word if named is not None else basis.issuer_required
    if named is None and (holder is None or not given):
        # The paper says by its issuer who signed it; that is judged with the paper.
        return None
    if given and all(one.event.grantor == holder and one.event.written for one in given):
        return None
    return broken(rule, (named or basis).sentence, named or basis)


def consent_stands_v1(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """Nothing leaves on a paper's consent that was withdrawn, has expired, or covers less; what
    left before stands.
    """
    given = _of_paper(case, _granted(case, event))
    return _stand("consent_stands_v1", given, event, context)


def consent_stands_v2(
    case: Case, event: ApprovalGranted | DisclosureMade, context: Context
) -> Broken | None:
    """Nothing leaves on a consent that was withdrawn, has expired, or covers less, be it of a paper
    or of none; what left before stands.
    """
    given = _relied_on(case, _granted(case, event))
    return _stand("consent_stands_v2", given, event, context)


def _stand(
    rule: str,
    given: tuple[Consent, ...],
    event: ApprovalGranted | DisclosureMade,
    context: Context,
) -> Broken | None:
    for consent in given:
        if not consent.stands(context.on):
            sentence = "This consent was withdrawn or has expired. What left before stands."
        elif beyond := sorted(set(event.categories) - set(consent.categories)):
            sentence = f"The consent does not cover: {', '.join(beyond)}."
        else:
            continue
        row = context.law.find("consent.prospective_withdrawal", context.on)
        return broken_by(row, rule, sentence)
    return None


def consent_names_recipient_v1(
    case: Case, event: DisclosureMade, context: Context
) -> Broken | None:
    """What leaves on a paper's consent goes to whom it names."""
    given = _of_paper(case, _granted(case, event))
    others = {one.event.recipient for one in given} - {None, event.recipient}
    return _same_recipient("consent_names_recipient_v1") if others else None


def consent_names_recipient_v2(
    case: Case, event: DisclosureMade, context: Context
) -> Broken | None:
    """What leaves on a consent, be it of a paper or of none, goes to whom it names."""
    given = _relied_on(case, _granted(case, event))
    others = {one.event.recipient for one in given} - {None, event.recipient}
    return _same_recipient("consent_names_recipient_v2") if others else None


def _same_recipient(rule: str) -> Broken:
    return broken_house_rule(
        rule,
        "The consent names a recipient. Name the same one, word for word, or ask again.",
        _NUMBER_47,
    )


def _granted(
    case: Case, event: ApprovalGranted | DisclosureMade
) -> ApprovalGranted | WaiverAuthorised | None:
    """The approval that is judged, or on which something leaves."""
    if isinstance(event, ApprovalGranted):
        return event
    approval = case.approval(event.approval)
    return approval.event if approval is not None else None


def _named(granted: ApprovalGranted | WaiverAuthorised | None) -> str | None:
    return granted.consent if isinstance(granted, ApprovalGranted) else None


def _of_paper(
    case: Case, granted: ApprovalGranted | WaiverAuthorised | None
) -> tuple[Consent, ...]:
    """The consents that were recorded of the paper on which an approval rests."""
    return case.consents_on(granted.instrument) if granted is not None else ()


def _relied_on(
    case: Case, granted: ApprovalGranted | WaiverAuthorised | None
) -> tuple[Consent, ...]:
    """The consents on which an approval rests: the one that it names, and those of its paper.

    A paper of which no consent was recorded has those that were recorded of no paper. Domain §5.4.1
    no. 47 does not say of which paper such a one is; the stricter answer is: of any, so that its
    withdrawal is heeded.
    """
    if granted is None:
        return ()
    named, paper = case.consent(_named(granted)), case.instrument(granted.instrument)
    of_paper = _of_paper(case, granted)
    if named is not None:
        return (named, *(one for one in of_paper if one is not named))
    if of_paper or paper is None or paper.event.kind != "written-consent":
        return of_paper
    return tuple(one for one in case.consents if one.event.instrument is None and one.event.written)
