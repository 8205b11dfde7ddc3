"""Consents, and what is left of them."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import ConsentChanged, ConsentGiven
from ledger.domain.office import Recorded
from ledger.domain.parts import Consent, change, find, origin


def consent_given(case: Case, recorded: Recorded, event: ConsentGiven) -> Case:
    """One more consent, for what it names."""
    consent = Consent(event=event, categories=event.categories, **origin(recorded))
    return replace(case, consents=(*case.consents, consent))


def consent_changed(case: Case, recorded: Recorded, event: ConsentChanged) -> Case:
    """It covers less, or nothing more; it never comes to cover more, nor comes back."""
    found = find(case.consents, event.consent)
    if found is None or found.ended is not None:
        return case
    if event.outcome != "narrowed":
        return replace(case, consents=change(case.consents, found.ref, ended=recorded.ref))
    left = tuple(one for one in found.categories if one in event.categories)
    return replace(case, consents=change(case.consents, found.ref, categories=left))
