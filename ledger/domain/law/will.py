"""The will of the person in the record, where a law asks for no paper but for that.

Rules on approvals, disclosures and denials may import this module. Pure.
Sources: CPLR 4509; ORC 149.432(B); Wis. Stat. 43.30(1m); Tex. Gov. 552.124(a)(2) (R-71, R-153).
"""

from collections.abc import Collection, Iterable

from ledger.domain.case import Case
from ledger.domain.context import Context
from ledger.domain.law.provisions import Basis
from ledger.domain.parts import Consent, Request

_SUBJECT = "subject"


def is_willed(
    case: Case, request: Request, basis: Basis, consents: Iterable[Consent], context: Context
) -> bool:
    """Whether the user wills all that a request asks for: it is theirs, or one of these consents is
    and covers it.
    """
    wanted = request.event.categories
    if basis.will is None:
        return False
    if asks(request, wanted, case, context):
        return True
    if basis.will == "request" or not wanted:
        return False
    return any(allows(one, wanted, basis, context) for one in consents)


def allows(consent: Consent, categories: Collection[str], basis: Basis, context: Context) -> bool:
    """Whether somebody else may have these categories on this consent."""
    in_form = consent.event.written or basis.will == "consent"
    by_holder = consent.event.grantor == holder_of(context)
    covers = set(categories) <= set(consent.categories)
    return by_holder and in_form and covers and consent.stands(context.on)


def asks(request: Request, categories: Collection[str], case: Case, context: Context) -> bool:
    """Whether it is the user who asks, and for this; a request that names no classes is for all.

    Domain §5.4.1 no. 20 lets nothing leave after a consent was withdrawn, and does not say what
    becomes of a request that the same user made before that. The stricter answer: it speaks for
    the user no more, who may ask again.
    """
    if request.event.requester != "patron" or not request.verified:
        return False
    asked = request.event.categories
    if asked and not set(categories) <= set(asked):
        return False
    theirs = (one for one in case.consents if one.event.grantor == holder_of(context))
    return not any(one.changed_at is not None and request.at <= one.changed_at for one in theirs)


def holder_of(context: Context) -> str:
    """Whose will counts: the person in the record, where the law names nobody else. A guardian's
    consent is none where the law does not say so; what a parent may see, other bases say.
    """
    named = context.law.find("consent.holder", context.on)
    return named.word if named is not None else _SUBJECT
