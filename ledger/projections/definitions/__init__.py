"""Every definition, in the order in which they are listed.

The same definitions make the stored rows of what stands open and the rows of sealed cases, which
are folded in memory for who may open them and never stored; so the two never differ in form.
"""

from ledger.projections.definitions.authority import AUTHORITY
from ledger.projections.definitions.cases import CASES
from ledger.projections.definitions.consents import CONSENTS
from ledger.projections.definitions.counts import COUNTS
from ledger.projections.definitions.deadlines import DEADLINES
from ledger.projections.definitions.definition import Definition, Row
from ledger.projections.definitions.disclosures import DISCLOSURES
from ledger.projections.definitions.history import HISTORY
from ledger.projections.definitions.holds import HOLDS
from ledger.projections.definitions.instruments import INSTRUMENTS
from ledger.projections.definitions.keys import KEYS
from ledger.projections.definitions.laws import LAWS
from ledger.projections.definitions.told import OFFICE, Told

__all__ = [
    "CASES",
    "DEADLINES",
    "DEFINITIONS",
    "HISTORY",
    "OFFICE",
    "Definition",
    "Row",
    "Told",
]

DEFINITIONS: tuple[Definition, ...] = (
    CASES,
    HISTORY,
    DEADLINES,
    DISCLOSURES,
    HOLDS,
    INSTRUMENTS,
    CONSENTS,
    COUNTS,
    AUTHORITY,
    LAWS,
    KEYS,
)
