"""What a rule is given besides the case, and what it gives back."""

from collections.abc import Callable
from datetime import date, datetime

from msgspec import Struct

from ledger.domain.calendar import local_date
from ledger.domain.law.deadlines import Deadline, LawOf, Reading
from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import Provision
from ledger.domain.office import Office


class Context(Struct, frozen=True, kw_only=True):
    """Everything that a decision depends on besides the case: who acts, when, under which law.

    `at` is when the act happens, `zone` the library's zone. `role` is the role in which
    `recorded_by` signs; `under` what allows a designee to act. `law_of` gives the law that an
    earlier record pinned; without it, the law in force stands in for it.
    """

    at: datetime
    recorded_by: str
    role: str
    under: str | None
    office: Office
    law: Law
    zone: str
    law_of: LawOf | None = None

    @property
    def on(self) -> date:
        """The local day of the act."""
        return local_date(self.at, self.zone)

    def pinned(self, digest: str) -> Law:
        """Give the law that an earlier record pinned: it governs the periods that began then."""
        return self.law if self.law_of is None else self.law_of(digest)

    @property
    def reading(self) -> Reading:
        """How the case is read at this act."""
        return Reading(self.pinned, self.zone, self.office.closed_on)


class Broken(Struct, frozen=True, kw_only=True):
    """A provision that an act would break: the sentence a person is shown, and where it stands."""

    rule: str
    sentence: str
    citation: str
    source: str
    confidence: str


Rule = Callable[..., Broken | None]
"""rule(case, event, context): each judges the event types under which `RULES` lists it."""


def broken(rule: str, sentence: str, provision: Provision | Deadline) -> Broken:
    """Refuse on the strength of a row of the law pack, or of a date that its rows decided."""
    return Broken(
        rule=rule,
        sentence=sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )


def broken_by(provision: Provision | None, rule: str, sentence: str) -> Broken:
    """Refuse on a row of the law pack, or on our own design where this law is silent."""
    if provision is None:
        return broken_house_rule(rule, sentence, "Disclosure ledger, domain §5.5")
    return broken(rule, sentence, provision)


def broken_house_rule(rule: str, sentence: str, citation: str) -> Broken:
    """Refuse on the strength of the product's own design, which is nobody's law."""
    return Broken(
        rule=rule,
        sentence=sentence,
        citation=citation,
        source="product_default",
        confidence="unverified",
    )
