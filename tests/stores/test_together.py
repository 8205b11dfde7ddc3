"""Appends of several threads share a transaction, and each has its own outcome."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from ledger.errors import AppendConflict, CommandReused
from ledger.stores import lane as lane_module
from ledger.stores.store import CommandRow, Row, Store, Terms, Wrap
from tests.stores.lanes import Lane, at, new_stream
from tests.waiting import wait_until

Outcomes = dict[str, BaseException | None]


@contextmanager
def held_up(store: Store) -> Iterator[None]:
    """Let no append begin, so that those that come meanwhile have to wait."""
    with store.database.writing() as cursor:
        cursor.execute("SELECT 1")
        yield


def carry_out(store: Store, appends: dict[str, Callable[[], object]]) -> tuple[Outcomes, int]:
    """Run appends in threads that all wait together; gives how each went, and how many
    transactions they took.
    """
    outcomes: Outcomes = {}
    begun: list[None] = []
    real = store.database.writing

    def counted() -> Any:
        begun.append(None)
        return real()

    def run(name: str, append: Callable[[], object]) -> None:
        try:
            append()
            outcomes[name] = None
        except Exception as error:
            outcomes[name] = error

    threads = [threading.Thread(target=run, args=one) for one in appends.items()]
    with pytest.MonkeyPatch.context() as patch:
        with held_up(store):
            patch.setattr(store.database, "writing", counted)
            for thread in threads:
                thread.start()
            together = store._appender._together
            wait_until(lambda: len(together._waiting) >= len(appends) - 1, "all but one wait")
        for thread in threads:
            thread.join()
    return outcomes, len(begun)


def one_row(stream: bytes, seq: int = 1) -> list[Row]:
    """One row."""
    return [Row(stream, seq, b"state")]


def test_who_waits_goes_together(store: Store) -> None:
    """Eight appends that wait for a writer take two transactions: the first that came, and all
    others; positions are dense, and every row is there.
    """
    streams = {f"{number}": new_stream() for number in range(8)}
    outcomes, transactions = carry_out(
        store,
        {
            name: partial(store.append, one_row(stream), Terms(conditions=(at(stream, 0),)))
            for name, stream in streams.items()
        },
    )
    assert set(outcomes.values()) == {None}
    assert transactions == 2
    assert [position for position, _ in store.page(0, 20)] == list(range(1, 9))


def test_one_that_is_refused_takes_no_other_with_it(store: Store, lane: Lane) -> None:
    """Of appends that go together, one under an old condition and one that continues what another
    continued are refused; the rest is recorded.
    """
    office, head, fine = new_stream(), b"h" * 32, new_stream()
    store.append(one_row(office), Terms())
    store.append(one_row(new_stream()), Terms(continued=[head]))
    late, twice = new_stream(), new_stream()
    outcomes, _ = carry_out(
        store,
        {
            "late": lambda: store.append(one_row(late), Terms(conditions=(at(office, 0),))),
            "twice": lambda: store.append(one_row(twice), Terms(continued=[head])),
            "fine": lambda: lane.append(1, (fine, 1), conditions=(at(office, 1),)),
            "office": lambda: store.append(one_row(office, 2), Terms(conditions=(at(office, 2),))),
        },
    )
    refused = {name for name, error in outcomes.items() if isinstance(error, AppendConflict)}
    assert refused == {"late", "twice", "office"}
    assert outcomes["fine"] is None
    assert lane.tick(fine) == 1
    assert store.rows(late) == store.rows(twice) == ()


def test_of_two_that_go_together_the_second_sees_the_first(store: Store) -> None:
    """The same stream, and the same command: one is recorded, and the others learn of it."""
    stream, command = new_stream(), CommandRow("c", b"asked", b"answered")
    terms = Terms(conditions=(at(stream, 0),), command=command)
    other = Terms(command=CommandRow("c", b"else", b"answered"))
    outcomes, _ = carry_out(
        store,
        {
            "first": lambda: store.append(one_row(stream), terms),
            "same": lambda: store.append(one_row(stream), terms),
            "again": lambda: store.append(one_row(new_stream()), Terms(command=command)),
        },
    )
    assert sorted(map(type, outcomes.values()), key=str) == sorted(
        [type(None), AppendConflict, AppendConflict], key=str
    )
    with pytest.raises(CommandReused):
        store.append(one_row(new_stream()), other)
    assert store.answer("c") == command
    assert len(store.page(0, 9)) == 1


class Stopped(BaseException):
    """As Ctrl-C."""


def stopped(*_: object) -> None:
    """Stop whatever the thread waits for."""
    raise Stopped


def test_one_that_is_told_to_stop_holds_up_nobody(store: Store) -> None:
    """A thread that is interrupted while it waits leaves the queue; those behind it are written."""
    first, behind = new_stream(), new_stream()

    def stop_whoever_waits() -> None:
        wait_until(lambda: bool(store._appender._together._waiting), "it waits")
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, stopped)
    try:
        with held_up(store):
            leading = threading.Thread(target=store.append, args=(one_row(first), Terms()))
            leading.start()
            together = store._appender._together
            wait_until(lambda: together._is_led and not together._waiting, "the first one leads")
            threading.Thread(target=stop_whoever_waits).start()
            with pytest.raises(Stopped):
                store.append(one_row(new_stream()), Terms())
    finally:
        signal.signal(signal.SIGUSR1, before)
    leading.join()
    store.append(one_row(behind), Terms())
    assert [row.stream for _, row in store.page(0, 9)] == [first, behind]


# ---- what one transaction knows from the one before ----


def test_what_another_program_wrote_is_asked_for(opened: Callable[[], Store]) -> None:
    """Between two appends of one program another one appends, closes a tick, and settles a wrap:
    heads, slots and ticks are those that there are, not those that were known.
    """
    here, there = opened(), opened()
    ours, theirs = Lane(here), Lane(there)
    stream, other, third = new_stream(), new_stream(), new_stream()
    ours.append(1, (stream, 1), conditions=(at(stream, 0),))
    theirs.append(1, (stream, 2), conditions=(at(stream, 1),))
    with pytest.raises(AppendConflict):
        ours.append(1, (stream, 2), conditions=(at(stream, 1),))
    ours.append(1, (other, 1), after=((stream, 2),))
    assert [ours.tick(stream, 1), ours.tick(stream, 2), ours.tick(other)] == [1, 1, 2]
    theirs.close(2)
    ours.append(1, (stream, 3), conditions=(at(stream, 2),), after=((stream, 2),))
    assert ours.tick(stream, 3) == 3
    here.close_ticks(range(3, 4), ours.slots)
    ours.append(4, (third, 1), after=((stream, 3),))
    assert ours.tick(third) == 4


def test_who_writes_alone_asks_once(
    store: Store, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second append to the same streams asks for nothing; after anybody else wrote, the next one
    asks again.
    """
    asked: list[int] = []
    real = lane_module.to_see

    def counted(first: int, last: int) -> Any:
        asked.append(first)
        return real(first, last)

    monkeypatch.setattr("ledger.stores.lane.to_see", counted)
    stream = new_stream()
    lane.append(1, (stream, 1), conditions=(at(stream, 0),))
    asked.clear()
    for seq in (1, 2):
        lane.append(1, (stream, seq + 1), conditions=(at(stream, seq),), after=((stream, seq),))
    assert asked == []
    store.settled(Wrap(stream, "2026-01", "open", b"wrap"))
    lane.append(1, (stream, 4), conditions=(at(stream, 3),))
    assert asked == [1]


def test_only_so_much_is_known(store: Store, lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit everything is forgotten, and what is asked anew is the same."""
    monkeypatch.setattr("ledger.stores.append.MOST_KNOWN", 3)
    stream = new_stream()
    for seq in range(9):
        lane.append(1, (stream, seq + 1), conditions=(at(stream, seq),))
    assert store.last_seq(stream) == 9
    assert [lane.tick(stream, seq) for seq in range(1, 10)] == [1, 1, 2, 2, 3, 3, None, None, None]
    with pytest.raises(AppendConflict):
        lane.append(1, (stream, 9), conditions=(at(stream, 8),))
