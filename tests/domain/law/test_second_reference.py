"""Every deadline rule of every pack, reckoned twice: by the program and by a day-by-day walk."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from ledger.domain.law.pack import Law, names, resolve
from ledger.domain.law.provisions import DeadlineRule
from ledger.domain.law.reckoning import Reckoning, reckon
from tests.domain.law.made import MADE
from tests.domain.law.walker import Walker, easter

PAIRS = 10_000
FIRST, LAST = date(2000, 1, 1), date(2060, 12, 31)
ZONES = ("America/Denver", "America/Chicago", "America/New_York", "America/Phoenix")
LAWS: dict[str, Law] = {**{name: resolve(name) for name in names()}, "made": MADE}
RULES = tuple((name, rule) for name, law in sorted(LAWS.items()) for rule in law.deadlines_on(None))


@cache
def walker(name: str) -> Walker:
    """The walker through a law, as its pinned JSON has it."""
    return Walker(json.loads(LAWS[name].dump()))


def changes(zone: str) -> list[datetime]:
    """The hours in which a zone's clocks change between 2000 and 2060."""
    there, hour = ZoneInfo(zone), timedelta(hours=1)

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(there).utcoffset()

    days = [datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(366 * 60)]
    changed = [at for at in days if offset(at) != offset(at + timedelta(days=1))]
    hours = [at + n * hour for at in changed for n in range(24)]
    return [at for at in hours if offset(at) != offset(at + hour)]


CHANGES = {zone: changes(zone) for zone in ("America/Denver", "America/Chicago")}
LEAP_DAYS = [date(year, 2, 29) for year in range(2000, 2061, 4)]


def draw_start(dice: random.Random) -> datetime:
    """An instant: anywhere, at a change of clocks, on a leap day, at a turn of a month."""
    zone = dice.choice(ZONES)
    kind = dice.randrange(5)
    if kind == 0:
        zone = dice.choice(list(CHANGES))
        at = dice.choice(CHANGES[zone]) + timedelta(minutes=dice.randrange(-6000, 6000))
        return at.astimezone(ZoneInfo(zone))
    if kind == 1:
        on = dice.choice(LEAP_DAYS)
    elif kind == 2:
        first = date(dice.randrange(2000, 2061), dice.randrange(1, 13), 1)
        on = max(FIRST, first + timedelta(days=dice.randrange(-3, 2)))
    else:
        on = FIRST + timedelta(days=dice.randrange((LAST - FIRST).days))
    midnight = datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone))
    minutes = dice.randrange(24 * 60)
    return (midnight.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))


def draw_given(dice: random.Random, rule: DeadlineRule, on: date) -> dict[str, date]:
    """Dates for the names of a rule, near its start; all of them where nothing else limits."""
    needed = not rule.counts
    return {
        name: on + timedelta(days=dice.randrange(0, 60))
        for name in rule.earlier_of
        if needed or dice.random() < 0.5
    }


def draw_closures(dice: random.Random, on: date) -> frozenset[date]:
    """A few days on which the library is shut."""
    return frozenset(on + timedelta(days=dice.randrange(1, 20)) for _ in range(dice.randrange(4)))


def three(found: Reckoning) -> tuple[date, date, date]:
    """The three dates that were reckoned."""
    return found.nominal, found.rolled, found.effective


def test_both_ways_agree_on_ten_thousand_pairs() -> None:
    """All rules of all packs from 2000 to 2060, with changes of clocks, leap days and closures."""
    dice = random.Random(20260619)
    for number in range(PAIRS):
        name, rule = RULES[number % len(RULES)]
        start = draw_start(dice)
        given = draw_given(dice, rule, start.date())
        closed = draw_closures(dice, start.date())
        ours = three(reckon(LAWS[name], rule, start, on=None, given=given, closed_on=closed))
        theirs = walker(name).reckon(rule.id, start, given, closed)
        assert ours == theirs, (name, rule.id, start.isoformat(), given, sorted(closed))


def test_the_pairs_reach_every_rule_and_every_unit() -> None:
    """No rule and no unit is left out: those that no pack has yet are in a law made for tests."""
    units = {LAWS[name].value(id).unit for name, rule in RULES for id in rule.counts}
    assert units == {"days", "working_days", "court_days", "hours", "months", "years"}
    assert {rule.ends for _, rule in RULES} == {"through", "before", "after", "whole-days"}
    assert {rule.direction for _, rule in RULES} == {"forward", "backward"}
    assert {rule.kind for _, rule in RULES} == {
        "keep",
        "act",
        "may-destroy",
        "may-release",
        "validity",
    }
    assert len(RULES) * 20 < PAIRS


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2000, 4, 23), (2024, 3, 31), (2038, 4, 25), (2049, 4, 18)]
)
def test_the_walker_knows_easter(year: int, month: int, day: int) -> None:
    """The reference itself is right where the dates of Easter are well known."""
    assert easter(year) == date(year, month, day)
