"""Count the days of the law: periods, holidays, local dates and which of two dates binds whom.

Pure: nothing here reads a clock, a file or the machine's zone; the caller passes instants, zones,
rules and holidays. A period gives two dates, never one: the *nominal* day, plainly counted, and the
*rolled* day, moved off the days on which the rule lets no period end. Which of them binds whom is
said in `ledger.domain.law.reckoning`, once, so that no caller chooses.

The domain's rules may import this module; it imports nothing of ours.
Cites: domain §4; Fed. R. Civ. P. 6(a); Fed. R. Crim. P. 45(a); C.R.S. 2-4-108; RSMo 1.040, 506.060.
"""

import calendar as _months
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

Confidence = Literal["verified", "partly", "unverified"]
"""Wording read in a copy of the source; section and gist seen; general knowledge, not confirmed."""


def weakest(*confidences: Confidence) -> Confidence:
    """Give the least sure of several; verified where there is none."""
    return max(confidences, key=_LESS_AND_LESS_SURE.index, default="verified")


_LESS_AND_LESS_SURE: tuple[Confidence, ...] = ("verified", "partly", "unverified")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RollOff = Literal["saturday", "sunday", "holiday"]

_WEEKDAYS: tuple[Weekday, ...] = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)
_DAY = timedelta(days=1)
NOON = time(12)
"""Of a day of which no hour is known."""


def weekday(on: date) -> Weekday:
    """Name the day of the week."""
    return _WEEKDAYS[on.weekday()]


_WEEKEND_AND_HOLIDAYS: frozenset[RollOff] = frozenset({"saturday", "sunday", "holiday"})


# --- Holidays ----------------------------------------------------------------------------------


class HolidayRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A holiday by its rule: a day of a month, the nth (-1: the last) weekday of a month, or a
    number of days from Easter.

    `plus_days` moves it on from there (the Tuesday after the first Monday). It is a holiday from
    `from_year` to `to_year`, both included; with `every_years` only in the first of them and each
    so many years later. One that is `actual_only` is never observed on another day.

    Sample: ``name = "Memorial Day", month = 5, ordinal = -1, weekday = "monday"``.
    """

    name: str
    month: Annotated[int, Meta(ge=1, le=12)] | None = None
    day: Annotated[int, Meta(ge=1, le=31)] | None = None
    ordinal: Literal[1, 2, 3, 4, -1] | None = None
    weekday: Weekday | None = None
    easter_days: Annotated[int, Meta(ge=-60, le=60)] | None = None
    plus_days: Annotated[int, Meta(ge=1, le=6)] | None = None
    from_year: int | None = None
    to_year: int | None = None
    every_years: Annotated[int, Meta(ge=2)] | None = None
    actual_only: bool = False
    confidence: Confidence
    note: str | None = None

    def __post_init__(self) -> None:
        rules = (self.day, self.ordinal, self.easter_days)
        if len(rules) - rules.count(None) != 1 or (self.ordinal is None) != (self.weekday is None):
            raise ValueError(
                f"{self.name} needs either a day, or an ordinal and a weekday, or days from Easter."
            )
        if (self.month is None) != (self.easter_days is not None):
            raise ValueError(f"{self.name} has a month, unless it is counted from Easter.")
        if self.every_years is not None and self.from_year is None:
            raise ValueError(f"{self.name} needs the first of its years.")
        if self.day is not None:
            date(2023, self.month or 1, self.day)  # Refuses 31 June; 29 February is no yearly day.

    def falls_on(self, year: int) -> date | None:
        """Give the holiday's own day in a year, or None in a year without it."""
        first, last = self.from_year or MINYEAR, self.to_year or MAXYEAR
        if not first <= year <= last or (year - first) % (self.every_years or 1):
            return None
        return self._rule(year) + timedelta(days=self.plus_days or 0)

    def _rule(self, year: int) -> date:
        if self.easter_days is not None:
            return _easter(year) + timedelta(days=self.easter_days)
        month = self.month or 1
        if self.ordinal is not None and self.weekday is not None:
            return _nth_weekday(year, month, self.ordinal, _WEEKDAYS.index(self.weekday))
        return date(year, month, self.day or 1)


class Holiday(Struct, frozen=True):
    """The name that a day has as a holiday, and how sure it is that it is one."""

    name: str
    confidence: Confidence


class Holidays(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A calendar of legal holidays under a name and a version; a change of rows is a new version.

    `observed` says when another day is kept as well: both the actual and the observed day count as
    holidays here, because which of them the rules mean is not settled (domain §4.4, U10).
    """

    name: str
    version: Annotated[int, Meta(ge=1)]
    title: str
    citation: str
    observed: Literal["friday-before-or-monday-after", "monday-after", "never"]
    observed_citation: str
    observed_confidence: Confidence
    days: tuple[HolidayRow, ...]

    def holiday_on(self, on: date) -> Holiday | None:
        """Give the holiday that is, or is observed, on a day. Pure. Total."""
        for year in (on.year, on.year + 1, on.year - 1):
            if MINYEAR <= year <= MAXYEAR and (found := _year_of(self, year).get(on)):
                return found
        return None

    def name_on(self, on: date) -> str | None:
        """Name the holiday that is, or is observed, on a day. Pure. Total."""
        found = self.holiday_on(on)
        return found.name if found else None


@lru_cache(maxsize=512)
def _year_of(holidays: Holidays, year: int) -> dict[date, Holiday]:
    """List a year's holidays; an observed day may lie in the year before (31 December)."""
    days: dict[date, Holiday] = {}
    for row in holidays.days:
        actual = row.falls_on(year)
        if actual is None:
            continue
        days.setdefault(actual, Holiday(row.name, row.confidence))
        observed = None if row.actual_only else _observed(actual, holidays)
        if observed is not None:
            sure = weakest(row.confidence, holidays.observed_confidence)
            days.setdefault(observed, Holiday(f"{row.name} (observed)", sure))
    return days


def _observed(actual: date, holidays: Holidays) -> date | None:
    """Give the other day on which a holiday is kept, if it falls on a day off."""
    if holidays.observed == "never":
        return None
    if weekday(actual) == "sunday":
        return actual + _DAY
    if weekday(actual) != "saturday":
        return None
    return actual - _DAY if holidays.observed == "friday-before-or-monday-after" else None


def _easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar, by the rule of the golden number and epact."""
    golden, century = year % 19, year // 100
    skipped, corrected = century // 4, (8 * century + 13) // 25
    moon = (19 * golden + century - skipped - corrected + 15) % 30
    moon -= moon // 28 * (1 - moon // 28 * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday_of_moon = (year + year // 4 + moon + 2 - century + skipped) % 7
    return date(year, 3, 28) + timedelta(days=moon - weekday_of_moon)


def _nth_weekday(year: int, month: int, ordinal: int, weekday: int) -> date:
    if ordinal == -1:
        last = date(year, month, _months.monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (ordinal - 1))


# --- Rules and results -------------------------------------------------------------------------


class TimeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one body of law counts: the trigger day is excluded and the last day included.

    `rolls_off` names the days on which no period ends. A period of fewer than `short_period_days`
    days also leaves such days out on its way (RSMo 506.060); 0 where every day counts.
    """

    name: str
    citation: str
    rolls_off: frozenset[RollOff]
    short_period_days: Annotated[int, Meta(ge=0)] = 0

    def open_on(self, on: date, holidays: Holidays) -> bool:
        """Say whether a period may end on this day. Pure."""
        if weekday(on) in self.rolls_off:
            return False
        return "holiday" not in self.rolls_off or holidays.name_on(on) is None


class Computed(Struct, frozen=True):
    """The two local dates of a period: plainly counted, and moved as the rule moves it."""

    nominal_on: date
    rolled_on: date


class ComputedAt(Struct, frozen=True):
    """The two instants, in UTC, at which a period of hours ends."""

    nominal_at: datetime
    rolled_at: datetime


# --- Counting ----------------------------------------------------------------------------------


def add_days(trigger_on: date, days: int, rule: TimeRule, holidays: Holidays) -> Computed:
    """Count days forward from the day of the event, which is itself left out.

    Raises: ValueError for a negative number of days; `count_back` counts the other way.
    Cites: Fed. R. Civ. P. 6(a)(1); C.R.S. 2-4-108; RSMo 1.040, 506.060.
    """
    return _count(trigger_on, days, _DAY, rule, holidays)


def count_back(event_on: date, days: int, rule: TimeRule, holidays: Holidays) -> Computed:
    """Count days back from an event; the "next day" off a roll-off day is then the one before.

    Raises: ValueError for a negative number of days.
    Cites: Fed. R. Civ. P. 6(a)(5), by which a state's holidays do not move a day counted backward
    in a federal court: pass the federal holidays there.
    """
    return _count(event_on, days, -_DAY, rule, holidays)


def _count(
    from_on: date, days: int, step: timedelta, rule: TimeRule, holidays: Holidays
) -> Computed:
    if days < 0:
        raise ValueError("A period has no negative number of days.")

    def may_end(on: date) -> bool:
        return rule.open_on(on, holidays)

    nominal_on = from_on + days * step
    if 0 < days < rule.short_period_days:
        return Computed(nominal_on, _nth_open(from_on, days, step, may_end))
    return Computed(nominal_on, _roll(nominal_on, step, may_end))


def add_months(trigger_on: date, months: int, rule: TimeRule, holidays: Holidays) -> Computed:
    """Count months: the day with the same numeral, or else the last day of the month.

    An anniversary is twelve months; that of 29 February is 28 February.

    Raises: ValueError for a negative number of months; OverflowError past the last year.
    Cites: C.R.S. 2-4-108.
    """
    if months < 0:
        raise ValueError("A period has no negative number of months.")
    index = trigger_on.month - 1 + months
    year, month = trigger_on.year + index // 12, index % 12 + 1
    if year > MAXYEAR:
        raise OverflowError("The calendar has no such year.")
    last = _months.monthrange(year, month)[1]
    nominal_on = date(year, month, min(trigger_on.day, last))
    return Computed(nominal_on, _roll(nominal_on, _DAY, lambda on: rule.open_on(on, holidays)))


def add_working_days(
    trigger_on: date, days: int, holidays: Holidays, closed_on: frozenset[date] = frozenset()
) -> Computed:
    """Count only days that are no Saturday, Sunday, holiday or day of `closed_on` (the court's or
    the library's own closures); such a period cannot end on a day that rolls.

    Raises: ValueError unless there is at least one day.
    """
    if days < 1:
        raise ValueError("A period of working days has at least one day.")
    rule = TimeRule(
        name="working-days", citation="the unit itself", rolls_off=_WEEKEND_AND_HOLIDAYS
    )
    ends_on = _nth_open(
        trigger_on, days, _DAY, lambda on: rule.open_on(on, holidays) and on not in closed_on
    )
    return Computed(ends_on, ends_on)


def add_hours(
    start_at: datetime, hours: int, zone: tzinfo, rule: TimeRule, holidays: Holidays
) -> ComputedAt:
    """Count elapsed hours from the event itself, without rounding.

    Across a change of clocks the end therefore stands an hour off on the wall. A period that would
    end on a roll-off day, by the date in `zone`, runs to the same wall time on the next open day.

    Raises: ValueError for a naive instant.
    Cites: Fed. R. Civ. P. 6(a)(2).
    """
    nominal_at = _aware(start_at).astimezone(UTC) + timedelta(hours=hours)
    local = nominal_at.astimezone(zone)
    open_on = _roll(local.date(), _DAY, lambda on: rule.open_on(on, holidays))
    if open_on == local.date():
        return ComputedAt(nominal_at, nominal_at)
    moved = local.replace(year=open_on.year, month=open_on.month, day=open_on.day)
    return ComputedAt(nominal_at, moved.astimezone(UTC))


def _roll(on: date, step: timedelta, may_end: Callable[[date], bool]) -> date:
    while not may_end(on):
        on += step
    return on


def _nth_open(from_on: date, count: int, step: timedelta, may_end: Callable[[date], bool]) -> date:
    on = from_on
    for _ in range(count):
        on = _roll(on + step, step, may_end)
    return on


# --- Local dates -------------------------------------------------------------------------------


def local_date(at: datetime, zone: str) -> date:
    """Give the date that the library's wall calendar showed at an instant.

    Raises: ValueError for a naive instant; ZoneInfoNotFoundError for an unknown zone.
    """
    return _aware(at).astimezone(ZoneInfo(zone)).date()


def local_time(at: datetime, zone: str) -> time:
    """Give the time that the library's wall clock showed at an instant.

    Raises: ValueError for a naive instant; ZoneInfoNotFoundError for an unknown zone.
    """
    return _aware(at).astimezone(ZoneInfo(zone)).time()


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone.")
    return at
