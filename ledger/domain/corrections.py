"""Corrections: which of them take two people, and what a corrected record says.

Nothing is ever overwritten: a case shows a record as its corrections have it, and keeps both.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from ledger.domain.codec import BadFields, amend
from ledger.domain.events import EventCorrected
from ledger.domain.fields import Instant
from ledger.domain.form import Form
from ledger.domain.office import Recorded
from ledger.domain.wanted import wanted

OCCURRED_AT = "occurred_at"
"""The one part of a record that a correction may name besides the fields of its event."""

TWO_PERSON_FIELDS = frozenset(
    {
        *("basis", "recipient", "subject", "approval", "instrument", "request"),
        *("waiver", "disclosure", "order", "consent", "grantor", "asserted"),
        *("hold", "gag", "categories", "excluded", "outcome"),
        *("person", "respondent", "by_person"),
    }
)
"""Basis, subject and recipient; what ties a decision to its request, paper, approval, consent, hold
or gag; how far it reaches and how it came out, since no rule judges a corrected decision again; and
who has a part in a matter, or none."""
_INSTANT = Form[datetime](Instant)


def names_of(correction: EventCorrected) -> frozenset[str]:
    """Every field that a correction names or gives a value for."""
    return frozenset(
        {
            *correction.names,
            *(correction.values or {}),
            *(correction.personal_values or {}),
        }
    )


def wants_two_people(names: Iterable[str]) -> bool:
    """Whether correcting these fields holds only from a second person's assent (DESIGN §4).

    Times are among them: every field of a date or an instant is named `…_on` or `…_at`.
    """
    return any(name in TWO_PERSON_FIELDS or name.endswith(("_on", "_at")) for name in names)


def corrected(recorded: Recorded, correction: EventCorrected) -> Recorded:
    """Give a record as one correction has it. Pure.

    Raises:
        BadFields: a field is unknown or its value does not fit.
    """
    values = dict(correction.values or {})
    if OCCURRED_AT in values:
        recorded = replace(recorded, occurred_at=_instant(values.pop(OCCURRED_AT)))
    event = amend(recorded.event, values, correction.personal_values or {})
    return replace(recorded, event=event)


def _instant(value: object) -> datetime:
    try:
        return _INSTANT.convert(value).replace(microsecond=0)
    except msgspec.ValidationError:
        raise BadFields(f"{OCCURRED_AT} takes {wanted(Instant)}") from None
