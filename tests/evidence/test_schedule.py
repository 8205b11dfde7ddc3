"""The schedule alone says how large the log is at which time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence.grammar import Malformed
from ledger.evidence.schedule import Epoch, Schedule
from tests.vectors.samples import ORIGIN, sample_schedule

SAMPLE = sample_schedule()
START = datetime(2026, 5, 18, tzinfo=UTC)
FIRST, SECOND = SAMPLE.epochs


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Return a schedule of one to four epochs."""
    epochs: list[Epoch] = []
    start, size = START, 0
    for _ in range(draw(st.integers(1, 4))):
        opened, sealed = draw(st.integers(0, 4)), draw(st.integers(1, 4))
        period = draw(st.sampled_from([1, 60, 3600, 86_400]))
        epochs.append(Epoch(size, start, period, opened, sealed, draw(st.integers(0, 30))))
        ticks = draw(st.integers(1, 5))
        size += ticks * (opened + sealed)
        start += timedelta(seconds=ticks * period + draw(st.integers(0, 200)))
    return Schedule(ORIGIN, tuple(epochs))


@given(schedules())
def test_every_schedule_reads_back(schedule: Schedule) -> None:
    """A schedule reads back as itself."""
    assert Schedule.load(schedule.dump()) == schedule


@given(schedules(), st.integers(1, 40))
def test_ticks_sizes_and_leaves_agree(schedule: Schedule, tick: int) -> None:
    """A tick adds K entries, its leaves are its own, and its end is its size."""
    before, after = schedule.size_after(tick - 1), schedule.size_after(tick)
    assert after - before == schedule.epoch_of(tick).entries
    assert {schedule.tick_of(index) for index in range(before, after)} == {tick}
    assert schedule.last_tick(after) == tick
    for size in range(before + 1, after):
        with pytest.raises(Malformed, match="whole number of ticks"):
            schedule.last_tick(size)


@given(schedules(), st.integers(1, 40))
def test_the_running_tick_is_the_first_due_afterwards(schedule: Schedule, tick: int) -> None:
    """Until a tick is due it runs; at the instant that it is due the next one runs."""
    due = schedule.due(tick)
    assert schedule.running_tick(due - timedelta(seconds=1)) == tick
    assert schedule.running_tick(due) == tick + 1
    assert due < schedule.due(tick + 1)


def test_a_pause_between_epochs_waits_for_the_next_tick() -> None:
    """Between two epochs the first tick of the later one runs."""
    assert SAMPLE.due(40) == START + timedelta(days=40)
    assert SAMPLE.due(41) == START + timedelta(days=41, hours=13)
    assert SAMPLE.running_tick(START + timedelta(days=41)) == 41
    assert SAMPLE.running_tick(START - timedelta(days=9)) == 1


def test_the_delay_is_that_of_the_ticks_epoch() -> None:
    """A tick has the D of its own epoch."""
    assert (SAMPLE.epoch_of(40).delay, SAMPLE.epoch_of(41).delay) == (2, 24)


def test_fractions_of_a_second_round_down() -> None:
    """A moment within a second before a tick is due is still before it."""
    due = SAMPLE.due(1)
    assert SAMPLE.running_tick(due - timedelta(microseconds=1)) == 1


@pytest.mark.parametrize(
    "epochs",
    [
        (),
        (replace(FIRST, first_size=128),),
        (FIRST, replace(SECOND, first_size=5121)),
        (FIRST, replace(SECOND, first_size=0)),
        (FIRST, replace(SECOND, start=START + timedelta(days=40, seconds=-1))),
        (SECOND, FIRST),
        (replace(FIRST, open=0, sealed=0),),
        (replace(FIRST, open=-1),),
        (replace(FIRST, period_seconds=0),),
        (replace(FIRST, delay=2**53),),
        (replace(FIRST, start=datetime(2026, 6, 19)),),
        (replace(FIRST, start=START + timedelta(microseconds=1)),),
    ],
    ids=[
        "none",
        "not from 0",
        "part of a tick",
        "no tick",
        "overlap",
        "order",
        "no entries",
        "negative",
        "no period",
        "too large",
        "naive",
        "fraction",
    ],
)
def test_a_schedule_that_does_not_hold_together_cannot_be_built(epochs: tuple[Epoch, ...]) -> None:
    """Epochs start at size 0 and follow each other by whole ticks, in time."""
    with pytest.raises(Malformed):
        Schedule(ORIGIN, epochs)


def test_the_largest_numbers_are_permitted() -> None:
    """A number of an epoch may be 2^53-1, and no larger."""
    epoch = replace(FIRST, delay=2**53 - 1, open=2**53 - 1)
    assert Schedule.load(Schedule(ORIGIN, (epoch,)).dump()).epochs == (epoch,)


def test_an_epoch_may_start_when_the_last_tick_is_due() -> None:
    """The bound itself is permitted: the last tick due no later than the next start."""
    schedule = Schedule(ORIGIN, (FIRST, replace(SECOND, start=START + timedelta(days=40))))
    assert schedule.running_tick(START + timedelta(days=40)) == 41


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN} schedule v1\n",
        f"{ORIGIN} schedule v1",
        "Log schedule v1\nepoch 0 2026-06-19T00:00:00Z 86400 64 64 2\n",
        f"{ORIGIN} schedule v1\nepoch 0 2026-06-19T00:00:00Z 86400 64 64\n",
        f"{ORIGIN} schedule v1\nera 0 2026-06-19T00:00:00Z 86400 64 64 2\n",
        f"{ORIGIN} schedule v1\nepoch 00 2026-06-19T00:00:00Z 86400 64 64 2\n",
        f"{ORIGIN} schedule v1\nepoch 0 2026-06-19 86400 64 64 2\n",
        f"{ORIGIN} schedule v1\n\nepoch 0 2026-06-19T00:00:00Z 86400 64 64 2\n",
    ],
)
def test_other_texts_are_no_schedule(text: str) -> None:
    """A schedule is its heading and one or more epochs, one a line."""
    with pytest.raises(Malformed):
        Schedule.load(text)


def test_ticks_begin_with_1_and_leaves_with_0() -> None:
    """There is no tick 0 to be due, and no leaf before the first."""
    assert SAMPLE.size_after(0) == SAMPLE.last_tick(0) == 0
    for ask in (SAMPLE.due, SAMPLE.epoch_of):
        with pytest.raises(Malformed):
            ask(0)
    for count in (SAMPLE.size_after, SAMPLE.tick_of, SAMPLE.last_tick):
        with pytest.raises(Malformed):
            count(-1)


def test_a_tick_after_the_year_9999_has_no_instant() -> None:
    """Instants end with the year 9999, and a naive one is none."""
    for tick in (10**9, 2**53):
        with pytest.raises(Malformed, match="9999"):
            SAMPLE.due(tick)
    with pytest.raises(Malformed, match="time zone"):
        SAMPLE.running_tick(datetime(2026, 6, 19))
