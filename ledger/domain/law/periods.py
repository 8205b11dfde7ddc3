"""Count the period of a deadline rule from its start: the two ends, and every row that counted.

All that a pack can say of a period is counted here, from rows alone: the values added up and
counted at once, the rule of time, the calendar, the days left out. No number stands in this file.
What the two ends then mean, and for whom, is said in `reckoning`.

Only `reckoning` may import this module. Pure.
Cites: domain §4.1; Fed. R. Civ. P. 6(a); C.R.S. 2-4-108; RSMo 506.060; Texas C.C.P. 18.07.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from ledger.domain.calendar import (
    Computed,
    Confidence,
    Holidays,
    RollOff,
    add_days,
    add_hours,
    add_months,
    add_working_days,
    count_back,
    weekday,
)
from ledger.domain.law.provisions import (
    OPEN_DAYS,
    DeadlineRule,
    Provision,
    TimeProvision,
    Unit,
    Value,
)
from ledger.domain.law.resolved import Law

_DAY = timedelta(days=1)
_WEEKEND_AND_HOLIDAYS: tuple[RollOff, ...] = ("saturday", "sunday", "holiday")
_MONTHS = {"months": 1, "years": 12}
"""The units that are counted by the rule for months."""


class OffDay(Struct, frozen=True):
    """A day that moved an end: the sentence that says why, and how sure that is."""

    sentence: str
    confidence: Confidence
    by_calendar: bool


class Period(Struct, frozen=True, kw_only=True):
    """A counted period. The ends are local dates, or aware instants where hours were counted.

    `rows` are what counted besides the rule and its values. The days of `not_counted` lengthened
    the plain count; over those of `rolled_over` the end was moved.
    """

    nominal: date
    rolled: date
    rows: tuple[Provision, ...]
    holidays: Holidays
    not_counted: tuple[OffDay, ...] = ()
    rolled_over: tuple[OffDay, ...] = ()


class Start(Struct, frozen=True):
    """From what a period runs: a local date, or an aware instant in the zone whose days count."""

    moment: date

    @property
    def on(self) -> date:
        """The local day."""
        return self.moment.date() if isinstance(self.moment, datetime) else self.moment

    @property
    def at(self) -> datetime:
        """The instant. Raises: ValueError where only the day is known, or the zone is not."""
        if not isinstance(self.moment, datetime) or self.moment.tzinfo is None:
            raise ValueError("A period of hours runs from an instant, with its zone.")
        return self.moment


def count(
    law: Law,
    rule: DeadlineRule,
    values: tuple[Value, ...],
    start: Start,
    on: date | None,
    closed_on: frozenset[date],
) -> Period:
    """Count a period of at least one value by the rows that are in force `on` a day.

    Raises: NotInLaw; OverflowError past the last year; ValueError for hours from a date.
    """
    number, unit = sum(value.number for value in values), values[0].unit
    if unit in OPEN_DAYS:
        shut = closed_on if unit == "working_days" else frozenset[date]()
        return _open_days(law, rule, number, start.on, on, shut)
    counting = law.time_rule(rule.time_rule or "", on)
    holidays = law.holidays(counting.calendar)
    if unit == "hours":
        return _hours(number, start.at, counting, holidays)
    if rule.direction == "backward":
        return _days_back(number, start.on, counting, holidays)
    whole_days = 1 if rule.ends == "whole-days" else 0
    return _days(number + whole_days, unit, start.on, counting, holidays)


def _open_days(
    law: Law,
    rule: DeadlineRule,
    number: int,
    start_on: date,
    on: date | None,
    shut: frozenset[date],
) -> Period:
    default = law.value("time.calendar", on) if rule.calendar is None else None
    holidays = law.holidays(default.word if default else rule.calendar)
    end_on = add_working_days(start_on, number, holidays, shut).nominal_on
    return Period(
        nominal=end_on,
        rolled=end_on,
        rows=(default,) if default else (),
        holidays=holidays,
        not_counted=tuple(_off(start_on + _DAY, end_on, _WEEKEND_AND_HOLIDAYS, holidays, shut)),
    )


def _days(
    number: int, unit: Unit, start_on: date, counting: TimeProvision, holidays: Holidays
) -> Period:
    end: Computed
    if unit in _MONTHS:
        end = add_months(start_on, number * _MONTHS[unit], counting.rule, holidays)
    else:
        end = add_days(start_on, number, counting.rule, holidays)
    short = unit not in _MONTHS and number < counting.rule.short_period_days
    first_on = start_on + _DAY if short else end.nominal_on
    return Period(
        nominal=end.nominal_on,
        rolled=end.rolled_on,
        rows=(counting,),
        holidays=holidays,
        rolled_over=tuple(_off(first_on, end.rolled_on, counting.rolls_off, holidays)),
    )


def _days_back(number: int, event_on: date, counting: TimeProvision, holidays: Holidays) -> Period:
    end = count_back(event_on, number, counting.rule, holidays)
    short = number < counting.rule.short_period_days
    after_on = event_on if short else end.nominal_on + _DAY
    return Period(
        nominal=end.nominal_on,
        rolled=end.rolled_on,
        rows=(counting,),
        holidays=holidays,
        rolled_over=tuple(_off(end.rolled_on + _DAY, after_on, counting.rolls_off, holidays)),
    )


def _hours(number: int, at: datetime, counting: TimeProvision, holidays: Holidays) -> Period:
    zone = at.tzinfo or UTC
    end = add_hours(at, number, zone, counting.rule, holidays)
    nominal, rolled = end.nominal_at.astimezone(zone), end.rolled_at.astimezone(zone)
    return Period(
        nominal=nominal,
        rolled=rolled,
        rows=(counting,),
        holidays=holidays,
        rolled_over=tuple(_off(nominal.date(), rolled.date(), counting.rolls_off, holidays)),
    )


def _off(
    first_on: date,
    end_on: date,
    rolls_off: tuple[RollOff, ...],
    holidays: Holidays,
    shut: frozenset[date] = frozenset(),
) -> Iterator[OffDay]:
    """Say of each day from the first, up to the end and without it, why it did not count."""
    for days in range((end_on - first_on).days):
        on = first_on + timedelta(days=days)
        holiday = holidays.holiday_on(on) if "holiday" in rolls_off else None
        if weekday(on) in rolls_off:
            yield OffDay(f"{on} is a {weekday(on).title()}.", "verified", by_calendar=False)
        elif holiday is not None:
            yield OffDay(f"{on} is {holiday.name}.", holiday.confidence, by_calendar=True)
        elif on in shut:
            yield OffDay(f"{on} is a day of closure.", "verified", by_calendar=False)
