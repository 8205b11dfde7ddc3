"""Reckon a deadline rule from one start: nominal, rolled and effective date, and what decided them.

*Nominal* is the plain count, *rolled* the count as the rule of time moves it, *effective* the date
to go by. It depends on whom it protects (domain §4.2): a duty to keep ends late, a duty to act is
shown early, a right begins only when the later date has ended, and the life of a paper never rolls.

Deadlines, flags, rules and the door may import this module. Pure.
Cites: domain §4.2, §4.3; Fed. R. Civ. P. 45(d)(2)(B).
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import assert_never

from msgspec import Struct

from ledger.domain.calendar import Confidence, weakest
from ledger.domain.law.periods import OffDay, Period, Start, count
from ledger.domain.law.provisions import DeadlineRule, Provision, Unit, Value
from ledger.domain.law.resolved import Law

_DAY = timedelta(days=1)


class NoLimit(ValueError):
    """The rule limits by a date that must be given, and none was."""


class Reckoning(Struct, frozen=True, kw_only=True):
    """What came out. Dates are local; where hours were counted they are aware instants.

    `cites` and `confidence` are of all rows that decided: the rule, its values, the rule of time,
    the calendar where it moved an end; the weakest confidence is that of the whole. `why` says in
    sentences what moved or cut the dates.
    """

    rule: DeadlineRule
    values: tuple[Value, ...]
    nominal: date
    rolled: date
    effective: date
    cites: tuple[str, ...]
    confidence: Confidence
    why: tuple[str, ...]

    @property
    def unit(self) -> Unit | None:
        """The unit that was counted; None where only a given date limits."""
        return self.values[0].unit if self.values else None


def reckon(
    law: Law,
    rule: DeadlineRule,
    start: date | None,
    *,
    on: date | None,
    given: Mapping[str, date] | None = None,
    closed_on: frozenset[date] = frozenset(),
    values: tuple[Value, ...] | None = None,
) -> Reckoning:
    """Reckon a rule from its start, by the rows that are in force `on` a day.

    `start` is a local date, or an aware instant in the zone whose days count; hours need one. Where
    it is None, only the dates that are `given` limit, each under a name of the rule's `earlier_of`.
    `values` take the place of those that the rule names, where a period was lengthened under
    another law. On the days of `closed_on` this library is shut: they are no working days.

    Raises: NoLimit; NotInLaw; OverflowError past the last year; ValueError for hours from a date.
    """
    if values is None:
        values = tuple(law.value(id, on) for id in rule.counts)
    given = {name: given[name] for name in rule.earlier_of if given and name in given}
    begun = Start(start) if start is not None else None
    period = count(law, rule, values, begun, on, closed_on) if begun and values else None
    if period is None and not given:
        raise NoLimit(f"{rule.id} needs the date of {' or of '.join(rule.earlier_of)}.")
    return _reckoned(rule, values, begun, period, given)


def _reckoned(
    rule: DeadlineRule,
    values: tuple[Value, ...],
    start: Start | None,
    period: Period | None,
    given: Mapping[str, date],
) -> Reckoning:
    counted = (period,) if period else ()
    nominal = min([*(one.nominal for one in counted), *given.values()])
    rolled = nominal
    if rule.kind != "validity":
        rolled = min([*(one.rolled for one in counted), *given.values()])
    moved = _moved(period, nominal, rolled)
    rows: list[Provision] = [rule, *values, *(row for one in counted for row in one.rows)]
    cites = [row.citation for row in rows]
    if any(day.by_calendar for day in moved):
        cites += [one.holidays.citation for one in counted]
    return Reckoning(
        rule=rule,
        values=values,
        nominal=nominal,
        rolled=rolled,
        effective=_effective(rule, nominal, rolled),
        cites=tuple(dict.fromkeys(cites)),
        confidence=weakest(*(row.confidence for row in rows), *(day.confidence for day in moved)),
        why=(
            *_of_the_count(rule, values, start, period, nominal),
            *(day.sentence for day in moved),
            *_of_the_end(rule, nominal, rolled, given),
        ),
    )


def _moved(period: Period | None, nominal: date, rolled: date) -> tuple[OffDay, ...]:
    """The days that made an end what it is; a limit that came first leaves them without effect."""
    if period is None:
        return ()
    not_counted = period.not_counted if nominal == period.nominal else ()
    return (*not_counted, *(period.rolled_over if rolled == period.rolled != nominal else ()))


def _effective(rule: DeadlineRule, nominal: date, rolled: date) -> date:
    """Give the date to go by. Cites: domain §4.2."""
    match rule.kind:
        case "keep" | "may-destroy" | "may-release":
            return max(nominal, rolled)
        case "act":
            first = min(nominal, rolled)
            return first - _DAY if rule.ends == "before" and first > date.min else first
        case "validity":
            return nominal
        case _:
            assert_never(rule.kind)


# --- In sentences ------------------------------------------------------------------------------


def _of_the_count(
    rule: DeadlineRule,
    values: tuple[Value, ...],
    start: Start | None,
    period: Period | None,
    nominal: date,
) -> Iterator[str]:
    if start is None or period is None or nominal != period.nominal:
        return
    if rule.ends == "whole-days":
        yield "The day of the start and the day of the end are both left out."
    by_month = values[0].unit in ("months", "years")
    if by_month and period.nominal.day < start.on.day:
        yield f"{period.nominal:%Y-%m} has no day {start.on.day}; its last day takes the place."
    if rule.kind == "validity" and period.rolled_over:
        yield f"{period.rolled_over[0].sentence.removesuffix('.')}, but this date never rolls."


def _of_the_end(
    rule: DeadlineRule, nominal: date, rolled: date, given: Mapping[str, date]
) -> Iterator[str]:
    for name, on in given.items():
        if on == nominal:
            yield f"The date given as {name}, {on}, limits; such a date never rolls."
    if rule.ends == "before":
        yield "That day itself is too late: the day before is shown."
    elif rule.ends == "after":
        yield "The right begins when the later date has ended."
    elif nominal != rolled and rule.kind == "keep":
        yield "A duty to keep lasts to the end of the later date."
    elif nominal != rolled:
        yield "A duty to act is shown at the earlier date."
