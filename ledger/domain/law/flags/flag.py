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
    """Flag a record on the strength of a row of the law pack."""
    return Flag(
        name=name,
        ref=ref,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )


def house_flag(name: str, ref: str, sentence: str, citation: str) -> Flag:
    """Flag a record on the strength of the product's own design, which is nobody's law."""
    return Flag(
        name=name,
        ref=ref,
        sentence=sentence,
        citation=citation,
        source="product_default",
        confidence="unverified",
    )
