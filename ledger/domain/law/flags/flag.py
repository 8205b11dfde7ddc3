"""One flag: what jars, where it was recorded, and the provision that makes it jar."""

from msgspec import Struct

from ledger.domain.law.deadlines import Deadline
from ledger.domain.law.provisions import Provision


class Flag(Struct, frozen=True, kw_only=True):
    """One thing that counsel should look at."""

    name: str
    ref: str
    sentence: str
    citation: str
    source: str
    confidence: str


def flag(name: str, ref: str, provision: Provision | Deadline) -> Flag:
    """Flag a record on the strength of a row of the law pack, or of a date reckoned from it."""
    return Flag(
        name=name,
        ref=ref,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )
