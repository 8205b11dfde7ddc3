"""Our calendars of holidays beside those of another hand, the PyPI package `holidays`."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import holidays
import pytest

from ledger.domain.calendar import HolidayRow, Holidays
from ledger.domain.form import Form
from tests.domain.law.walker import easter

FIRST, LAST = 2000, 2060
NAMED = files("ledger.domain.law") / "calendars"
FORM = Form[Holidays](Holidays)
CALENDARS = {
    found.name: found
    for file in sorted(NAMED.iterdir(), key=lambda one: one.name)
    for found in [FORM.convert(tomllib.loads(file.read_text()))]
}
LISTED = tomllib.loads((Path(__file__).parent / "holiday_differences.toml").read_text())
Differences = dict[tuple[str, str], set[int]]


def differences(ours: Holidays) -> Differences:
    """By who alone has a day and its name, the years of all days on which the two differ."""
    state = None if ours.name == "us-federal" else ours.name.removeprefix("us-").upper()
    theirs = holidays.country_holidays("US", subdiv=state, years=range(FIRST - 1, LAST + 2))
    found: Differences = defaultdict(set)
    for number in range((date(LAST + 1, 1, 1) - date(FIRST, 1, 1)).days):
        on = date(FIRST, 1, 1) + timedelta(days=number)
        mine, other = ours.name_on(on), theirs.get(on)
        if mine and not other:
            found["ours", mine].add(on.year)
        if other and not mine:
            found["theirs", other].add(on.year)
    return found


def years(text: str) -> set[int]:
    """Read years and spans of years: `2004 2010-2012`."""
    spans = (span.partition("-") for span in text.split())
    return {year for a, _, b in spans for year in range(int(a), int(b or a) + 1)}


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_every_difference_is_listed_with_its_reason(name: str) -> None:
    """Day by day over sixty-one years; a difference that came or went fails here."""
    rows = [row for row in LISTED["difference"] if row["calendar"] == name]
    assert {(row["only"], row["name"]): years(row["years"]) for row in rows} == dict(
        differences(CALENDARS[name])
    )
    assert all(row["reason"].endswith(".") for row in rows)


def test_the_federal_calendar_has_no_difference() -> None:
    """Two hands wrote the same days, observed ones included."""
    assert differences(CALENDARS["us-federal"]) == {}


def test_every_calendar_is_compared() -> None:
    """Federal, and the ten states of the packs; a file has the name of its calendar."""
    states = ("ca", "co", "dc", "il", "mi", "mo", "ny", "oh", "tx", "wi")
    assert set(CALENDARS) == {"us-federal", *(f"us-{state}" for state in states)}
    assert {f"{name}.toml" for name in CALENDARS} == {file.name for file in NAMED.iterdir()}


def test_what_nobody_read_is_unverified() -> None:
    """The eight new calendars come from general knowledge, and no row of them says otherwise."""
    for name in set(CALENDARS) - {"us-federal", "us-co", "us-mo"}:
        found = CALENDARS[name]
        assert found.observed_confidence == "unverified"
        assert {row.confidence for row in found.days} == {"unverified"}


@pytest.mark.parametrize(
    ("calendar", "on", "name"),
    [
        ("us-il", "2026-04-03", "Good Friday"),
        ("us-il", "2026-11-03", "General Election Day"),
        ("us-il", "2027-11-02", None),
        ("us-ny", "2027-11-02", "General Election Day"),
        ("us-ny", "2026-06-14", "Flag Day"),
        ("us-ny", "2026-06-15", None),
        ("us-dc", "2029-01-20", "Inauguration Day"),
        ("us-dc", "2029-01-19", None),
        ("us-dc", "2028-01-20", None),
        ("us-dc", "2027-04-16", "Emancipation Day"),
        ("us-tx", "2026-11-27", "Day after Thanksgiving"),
        ("us-tx", "2027-12-27", None),
        ("us-ca", "2021-10-11", "Columbus Day"),
        ("us-ca", "2022-10-10", None),
        ("us-ca", "2022-09-23", "Native American Day"),
        ("us-mo", "2026-02-12", "Lincoln Day"),
    ],
)
def test_holidays_by_their_rules(calendar: str, on: str, name: str | None) -> None:
    """From Easter, after another day, every so many years, up to a year, never moved."""
    assert CALENDARS[calendar].name_on(date.fromisoformat(on)) == name


def test_easter_is_that_of_gauss() -> None:
    """Two ways of reckoning Easter agree in every year of the Gregorian calendar to 4099."""
    sunday = HolidayRow(name="Easter", easter_days=0, confidence="verified")
    assert all(sunday.falls_on(year) == easter(year) for year in range(1583, 4100))


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"month": 6},
        {"day": 3},
        {"easter_days": -2, "month": 4},
        {"month": 6, "day": 3, "easter_days": 1},
        {"month": 6, "ordinal": 2},
        {"month": 6, "day": 3, "weekday": "monday"},
        {"month": 6, "day": 3, "every_years": 4},
    ],
)
def test_a_holiday_without_one_clear_rule_is_refused(rule: dict[str, object]) -> None:
    """No rule, half of one, two at once, or years that nothing counts from."""
    with pytest.raises(ValueError, match=r"needs|has a month"):
        HolidayRow(name="X", confidence="verified", **rule)  # type: ignore[arg-type]  # parametrised
