"""One deadline of a case, and the law under which it is reckoned.

The law at the act governs (DESIGN §7): each deadline is reckoned under the law that was pinned by
the record that started it, as it stood on the local day of that act.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.calendar import NOON, Confidence, local_date
from ledger.domain.case import Case
from ledger.domain.events import Event
from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import DeadlineKind, DeadlineRule, Source, Value
from ledger.domain.law.reckoning import NoLimit, Reckoning, reckon
from ledger.domain.parts import Part

LawOf = Callable[[str], Law]
"""Gives the resolved law of a digest, as a record pins it."""

OF_A_STATE = ("city", "county", "state")
"""Officers and courts to whom a state's law applies, and not the federal rules."""

DeadlineFlag = Literal["dates-differ", "unverified", "stands-in", "start-not-known"]
"""What to look at in a deadline: its two dates differ; a row that nobody confirmed decided it; the
federal rule stands in for a state's; the law counts from an event that the library did not see.
"""


class Deadline(Struct, frozen=True, kw_only=True):
    """One date that somebody must know.

    `rule` is the row of the law by which it was reckoned, and `rule_version` the layer that brought
    the row with the layer's version, `us-mo/jcl@1`. `trigger` is the record that started it, with
    the local day from which was counted, and `measured_from` what the law counts from.
    `effective_on` is the date to go by. `met_by` is the record after which nothing is left to do.
    """

    id: str
    kind: DeadlineKind
    rule: str
    rule_version: str
    citation: str
    source: Source
    confidence: Confidence
    sentence: str
    measured_from: str
    trigger: str
    triggered_on: date
    nominal_on: date
    rolled_on: date
    effective_on: date
    status: Literal["open", "met"]
    met_by: str | None
    flags: tuple[DeadlineFlag, ...]
    why: tuple[str, ...]


class LawThen(Struct, frozen=True):
    """The law that a record pinned, as it stood on the local day of the act, in the zone.

    On the days of `closed_on` the library is shut.
    """

    law: Law
    on: date
    zone: str
    closed_on: frozenset[date] = frozenset()

    def value(self, id: str) -> Value:
        """Give a value that held then. Raises: NotInLaw."""
        return self.law.value(id, self.on)

    def find(self, id: str) -> Value | None:
        """Give a value that held then, or None where that law was silent."""
        return self.law.find(id, self.on)

    def rule(self, id: str) -> DeadlineRule:
        """Give a deadline rule that held then. Raises: NotInLaw."""
        return self.law.deadline(id, self.on)

    def find_rule(self, id: str) -> DeadlineRule | None:
        """Give a deadline rule that held then, or None where that law was silent."""
        return self.law.find_deadline(id, self.on)

    def rule_for(self, id: str, level: str) -> DeadlineRule:
        """Give the rule for process of a level: a state's own there, else the federal one.

        Raises: NotInLaw.
        """
        return self.rule(id) if level in OF_A_STATE else self.law.federal_deadline(id, self.on)

    def stands_in(self, rule: DeadlineRule, level: str) -> bool:
        """Say whether a federal rule takes the place of a state's that this law does not hold."""
        return level in OF_A_STATE and rule.layer == self.law.layers[0].name

    def reckon(
        self,
        rule: DeadlineRule,
        start: date | None,
        given: Mapping[str, date | None] | None = None,
        values: tuple[Value, ...] | None = None,
    ) -> Reckoning | None:
        """Reckon a rule from a local day or an instant; None where nothing limits.

        A day that was typed as 9999-12-31 must not stop a projection: its count stays there.
        """
        dates = {name: on for name, on in (given or {}).items() if on is not None}
        moment = self._moment(start) if start is not None else None
        on, shut = self.on, self.closed_on
        try:
            return reckon(self.law, rule, moment, on=on, given=dates, closed_on=shut, values=values)
        except NoLimit:
            return None
        except OverflowError:
            dates["end-of-the-calendar"] = date.max
            endless = replace(rule, earlier_of=tuple(dates))
            return reckon(self.law, endless, None, on=on, given=dates, values=values)

    def _moment(self, start: date) -> datetime:
        zone = ZoneInfo(self.zone)
        if isinstance(start, datetime):
            return start.astimezone(zone)
        # From noon, hours that are whole days end on their own day across a change of clocks too.
        return datetime.combine(start, NOON, zone)

    def deadline(
        self,
        rule: DeadlineRule | None,
        trigger: Part,
        start: date | None = None,
        *,
        given: Mapping[str, date | None] | None = None,
        values: tuple[Value, ...] | None = None,
        met_by: str | None = None,
        flags: tuple[DeadlineFlag, ...] = (),
    ) -> tuple[Deadline, ...]:
        """Make the row that a thing in a case has by a rule; none where that law was silent or
        nothing limits.

        Without a `start` only dates that are given limit. Instants are shown by their local day.
        """
        found = None if rule is None else self.reckon(rule, start, given, values)
        if rule is None or found is None:
            return ()
        guessed = "stands-in" in flags or "start-not-known" in flags
        confidence: Confidence = "unverified" if guessed else found.confidence
        differ: tuple[DeadlineFlag, ...] = ("dates-differ",)
        unsure: tuple[DeadlineFlag, ...] = ("unverified",)
        row = Deadline(
            id=f"{rule.id} {trigger.ref}",
            kind=rule.kind,
            rule=rule.id,
            rule_version=f"{rule.layer}@{self.law.version_of(rule)}",
            citation=rule.citation,
            source=rule.source,
            confidence=confidence,
            sentence=rule.sentence,
            measured_from=rule.measured_from,
            trigger=trigger.ref,
            triggered_on=self.on if start is None else self._moment(start).date(),
            nominal_on=_day(found.nominal),
            rolled_on=_day(found.rolled),
            effective_on=_day(found.effective),
            status="open" if met_by is None else "met",
            met_by=met_by,
            flags=(
                *flags,
                *(differ if found.nominal != found.rolled else ()),
                *(unsure if confidence == "unverified" else ()),
            ),
            why=found.why,
        )
        return (row,)


class Reading(Struct, frozen=True):
    """How a case is read: whose laws, in which zone, with the days on which the library is shut."""

    law_of: LawOf
    zone: str
    closed_on: frozenset[date] = frozenset()

    def then(self, part: Part) -> LawThen:
        """Give the law under which a thing in a case came to be."""
        on = local_date(part.at, self.zone)
        return LawThen(self.law_of(part.law), on, self.zone, self.closed_on)


Events = TypeVar("Events", bound=Event)


def last(case: Case, kind: type[Events], fits: Callable[[Events], bool]) -> str | None:
    """Give the last record of a kind that fits: by it a deadline is met."""
    found = (r for r in reversed(case.records) if isinstance(r.event, kind) and fits(r.event))
    return next((recorded.ref for recorded in found), None)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
