"""A second way to reckon a deadline, written for the tests and in another manner.

It knows a law only as the JSON that records pin, and time only as one day after another: it looks
at each day on its way and asks whether it counts. It shares no code with `ledger.domain.calendar`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

Json = dict[str, Any]
TOMORROW, YESTERDAY = timedelta(1), timedelta(-1)
NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
END = date(9999, 12, 31)


class Walker:
    """One law, walked through. It keeps what it has seen of each calendar's days."""

    def __init__(self, law: Json) -> None:
        self.law = law
        self.seen: dict[tuple[str, date], bool] = {}

    def reckon(
        self, id: str, start: date | None, given: dict[str, date], closed: frozenset[date]
    ) -> tuple[date, date, date]:
        """Nominal, rolled and effective, as dates or instants."""
        rule = self.row("deadlines", id)
        nominal = rolled = None
        if start is not None and rule["counts"]:
            nominal, rolled = self.walk(rule, start, closed)
        if rule["kind"] == "validity":
            rolled = nominal
        for name in rule.get("earlier_of", []):
            if name in given:
                nominal = given[name] if nominal is None or given[name] < nominal else nominal
                rolled = given[name] if rolled is None or given[name] < rolled else rolled
        assert nominal is not None
        assert rolled is not None
        return nominal, rolled, self.effective(rule, nominal, rolled)

    def effective(self, rule: Json, nominal: date, rolled: date) -> date:
        """Keepers wait for the later date, actors for none, papers live to their own date."""
        early, late = sorted([nominal, rolled])
        if rule["kind"] in ("keep", "may-destroy", "may-release"):
            return late
        if rule["kind"] == "validity":
            return nominal
        return early + YESTERDAY if rule.get("ends") == "before" else early

    def row(self, table: str, id: str) -> Json:
        """The row that holds now: the last of its name that has no end."""
        (*_, found) = [r for r in self.law[table] if r["id"] == id and "effective_to" not in r]
        return dict(found)

    def walk(self, rule: Json, start: date, closed: frozenset[date]) -> tuple[date, date]:
        """Walk from the start to both ends."""
        rows = [self.row("values", id) for id in rule["counts"]]
        steps, unit = sum(row["value"] for row in rows), rows[0]["unit"]
        if unit in ("working_days", "court_days"):
            calendar = rule.get("calendar") or self.row("values", "time.calendar")["value"]
            return self.working(day(start), steps, calendar, closed, unit)
        counting = self.row("time_rules", rule["time_rule"])
        if unit == "hours":
            assert isinstance(start, datetime)
            return self.hours(start, steps, counting)
        if unit in ("months", "years"):
            end = months_on(day(start), steps * 12 if unit == "years" else steps)
            return end, self.on_from(end, counting, TOMORROW)
        step = YESTERDAY if rule.get("direction") == "backward" else TOMORROW
        steps += rule.get("ends") == "whole-days"
        end = day(start)
        for _ in range(steps):
            end += step
        if steps < counting.get("short_period_days", 0):
            return end, self.short(day(start), steps, counting, step)
        return end, self.on_from(end, counting, step)

    def working(
        self, on: date, steps: int, calendar: str, closed: frozenset[date], unit: str
    ) -> tuple[date, date]:
        """Tick off a day for each on which somebody works."""
        while steps:
            on += TOMORROW
            shut = unit == "working_days" and on in closed
            if on.weekday() < 5 and not self.holiday(calendar, on) and not shut:
                steps -= 1
        return on, on

    def short(self, on: date, steps: int, counting: Json, step: timedelta) -> date:
        """Tick off only the days on which a period may end."""
        while steps:
            on += step
            steps -= not self.off(counting, on)
        return on

    def on_from(self, on: date, counting: Json, step: timedelta) -> date:
        """Go on until a period may end."""
        while self.off(counting, on):
            on += step
        return on

    def hours(self, at: datetime, steps: int, counting: Json) -> tuple[datetime, datetime]:
        """Let the hours pass one by one; off a day that rolls, keep the time on the wall."""
        moment = at.astimezone(UTC)
        for _ in range(steps):
            moment += timedelta(hours=1)
        wall = moment.astimezone(at.tzinfo)
        on = self.on_from(wall.date(), counting, TOMORROW)
        if on == wall.date():
            return wall, wall
        moved = datetime.combine(on, wall.time(), at.tzinfo).replace(fold=wall.fold)
        return wall, moved.astimezone(UTC).astimezone(at.tzinfo)

    def off(self, counting: Json, on: date) -> bool:
        """Whether no period may end on this day."""
        rolls = counting["rolls_off"]
        if NAMES[on.weekday()] in rolls:
            return True
        return "holiday" in rolls and self.holiday(counting["calendar"], on)

    def holiday(self, name: str, on: date) -> bool:
        """Whether a calendar keeps this day, for itself or for its neighbour."""
        if (name, on) not in self.seen:
            self.seen[name, on] = self.kept(name, on)
        return self.seen[name, on]

    def kept(self, name: str, on: date) -> bool:
        """Ask the day itself, then yesterday's Sunday and tomorrow's Saturday."""
        (calendar,) = [c for c in self.law["calendars"] if c["name"] == name]
        if any(falls(row, on) for row in calendar["days"]):
            return True
        rule = calendar["observed"]
        if on.weekday() == 0 and rule != "never":
            return any(falls(row, on + YESTERDAY) for row in calendar["days"] if moves(row))
        if on.weekday() == 4 and rule == "friday-before-or-monday-after":
            return any(falls(row, on + TOMORROW) for row in calendar["days"] if moves(row))
        return False


def moves(row: Json) -> bool:
    """Whether a holiday is kept on another day when it falls on a weekend."""
    return not row.get("actual_only", False)


def falls(row: Json, on: date) -> bool:
    """Whether a holiday's own day is this one, told from the day alone."""
    if not row.get("from_year", 1) <= on.year <= row.get("to_year", 9999):
        return False
    every = row.get("every_years", 1)
    if every > 1 and (on.year - row["from_year"]) % every:
        return False
    if "easter_days" in row:
        return on == easter(on.year) + timedelta(days=row["easter_days"])
    anchor = on - timedelta(days=row.get("plus_days", 0))
    if anchor.month != row["month"]:
        return False
    if "day" in row:
        return bool(anchor.day == row["day"])
    if NAMES[anchor.weekday()] != row["weekday"]:
        return False
    if row["ordinal"] == -1:
        return (anchor + timedelta(days=7)).month != anchor.month
    return bool(7 * (row["ordinal"] - 1) < anchor.day <= 7 * row["ordinal"])


def easter(year: int) -> date:
    """Easter by Gauss's reckoning for the Gregorian calendar."""
    century = year // 100
    moon = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    sun = (4 + century - century // 4) % 7
    days = (19 * (year % 19) + moon) % 30
    week = (2 * (year % 4) + 4 * (year % 7) + 6 * days + sun) % 7
    if (days == 29 and week == 6) or (days == 28 and week == 6 and (11 * moon + 11) % 30 < 19):
        days -= 7
    return date(year, 3, 22) + timedelta(days=days + week)


def months_on(on: date, months: int) -> date:
    """Go month by month; where the numeral is missing, step back until the day is there."""
    year, month = on.year, on.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    for numeral in range(on.day, 0, -1):
        try:
            return date(year, month, numeral)
        except ValueError:
            continue
    raise AssertionError("No month is without a first day.")


def day(moment: date) -> date:
    """The local day."""
    return moment.date() if isinstance(moment, datetime) else moment
