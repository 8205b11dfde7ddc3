"""Consents, and what is left of them."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import ConsentChanged, ConsentGiven
from ledger.domain.office import Recorded
from ledger.domain.parts import Consent, find, origin


def consent_given(case: Case, recorded: Recorded, event: ConsentGiven) -> Case:
    """One more consent, for what it names."""
    consent = Consent(event=event, categories=event.categories, **origin(recorded))
    return replace(case, consents=(*case.consents, consent))


def consent_changed(case: Case, recorded: Recorded, event: ConsentChanged) -> Case:
    """It covers less, or nothing more; it never comes to cover more, nor comes back."""
    found = find(case.consents, event.consent)
    if found is None or found.ended is not None:
        return case
    narrowed = event.outcome == "narrowed"
    changed = replace(
        found,
        categories=tuple(c for c in found.categories if not narrowed or c in event.categories),
        changed_at=max(recorded.occurred_at, found.changed_at or recorded.occurred_at),
        ended=None if narrowed else recorded.ref,
    )
    return replace(case, consents=tuple(changed if c is found else c for c in case.consents))
