"""The consents of a case, and what is left of each."""

from __future__ import annotations

from ledger.domain.events import ConsentChanged
from ledger.projections.definitions.definition import Definition, Made
from ledger.projections.definitions.told import Told


def _rows(told: Told) -> Made:
    for consent in told.case.consents:
        event = consent.event
        changes = [
            one.ref
            for one in told.shown
            if isinstance(one.event, ConsentChanged) and one.event.consent == consent.ref
        ]
        row = {
            "reference": told.reference,
            "ref": consent.ref,
            "given_at": consent.at,
            "grantor": event.grantor,
            "given_for": event.categories,
            "categories": consent.categories,
            "instrument": event.instrument,
            "written": event.written,
            "form": event.form,
            "expires_on": event.expires_on,
            "changed_at": consent.changed_at,
            "ended": consent.ended,
            **told.law_at(consent.ref),
            "records": told.rests_on(consent.ref, *changes),
        }
        yield consent.ref, row


CONSENTS = Definition("consents", 1, "case", _rows)
