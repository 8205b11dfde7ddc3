"""One flag: what jars, where it was recorded, and the provision that makes it jar."""

from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct

from ledger.domain.case import Case
from ledger.domain.events import Event
from ledger.domain.law.deadlines import Deadline
from ledger.domain.law.provisions import Provision
from ledger.domain.parts import Part, origin

SomeEvent = TypeVar("SomeEvent", bound=Event)


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
        citation=f"Disclosure ledger, {citation}",
        source="product_default",
        confidence="unverified",
    )


def told_then(case: Case, kind: type[SomeEvent]) -> Iterator[tuple[Part, SomeEvent]]:
    """Every event of a kind as it stands corrected, with its record's moment and law."""
    for recorded in map(case.shown, case.records):
        if isinstance(recorded.event, kind):
            yield Part(**origin(recorded)), recorded.event
