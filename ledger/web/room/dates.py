"""Deadlines as people read them: both dates, what moved them, the source, and how sure we are."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.law.deadlines import Deadline
from ledger.projections.definitions import Row
from ledger.web.room.wording import confidence_words, plain, titled


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline. Days are ISO 8601, local; `effective` is the one to go by."""

    rule: str
    nominal: str
    rolled: str
    effective: str
    kind: str
    state: str
    sentence: str
    citation: str
    source: str
    confidence: str
    why: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether a weekend or a holiday moved the date."""
        return self.nominal != self.effective

    def is_late(self, today: str) -> bool:
        """Whether something was to be done by then, and was not."""
        return self.state == "open" and self.kind == "act" and self.effective < today


def due_of(one: Deadline) -> Due:
    """A deadline, for a page."""
    return Due(
        rule=titled(one.rule),
        nominal=one.nominal_on.isoformat(),
        rolled=one.rolled_on.isoformat(),
        effective=one.effective_on.isoformat(),
        kind=one.kind,
        state=one.status,
        sentence=one.sentence,
        citation=one.citation,
        source=plain(one.source),
        confidence=confidence_words(one.confidence),
        why=one.why,
    )


def due_of_row(row: Row) -> Due:
    """The same, of a stored row."""
    return Due(
        rule=titled(row["rule"]),
        nominal=row["nominal_on"],
        rolled=row["rolled_on"],
        effective=row["effective_on"],
        kind=row["kind"],
        state=row["status"],
        sentence=row["sentence"],
        citation=row["citation"],
        source=plain(row["source"]),
        confidence=confidence_words(row["confidence"]),
        why=tuple(row["why"]),
    )
