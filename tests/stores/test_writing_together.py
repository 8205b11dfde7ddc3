"""Threads that write together: each is written once, by one thread at a time, and none is left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence

import pytest

from ledger.stores.together import Together
from tests.waiting import wait_until

THREADS = 12
ROUNDS = 40


class Stopped(BaseException):
    """What stops a thread from outside."""


class Desk:
    """Writes down what it is given, and can be held up while it does."""

    def __init__(self) -> None:
        self.turns: list[list[str]] = []
        self.is_free = threading.Event()
        self.is_free.set()
        self.together = Together(self.take)
        self._writing = threading.Lock()

    def take(self, wanted: Sequence[str]) -> None:
        """Write what several threads want; two at once would be a fault."""
        assert self._writing.acquire(blocking=False)
        self.turns.append(list(wanted))
        self.is_free.wait()
        self._writing.release()

    def bring(self, *names: str) -> list[threading.Thread]:
        """Bring what threads want, one after the other, and wait until each of them waits."""
        threads = []
        for name in names:
            more = len(self.together._waiting) + 1
            threads.append(threading.Thread(target=self.together.write, args=(name,), daemon=True))
            threads[-1].start()
            self.wait_for(more)
        return threads

    def hold_up(self) -> threading.Thread:
        """Let one thread write, and not come to its end."""
        self.is_free.clear()
        thread = threading.Thread(target=self.together.write, args=("first",), daemon=True)
        thread.start()
        wait_until(lambda: bool(self.turns), "it writes")
        return thread

    def wait_for(self, number: int) -> None:
        """Wait until so many threads wait."""
        wait_until(lambda: len(self.together._waiting) >= number, f"{number} threads wait")


def test_each_is_written_once_however_many_come() -> None:
    """Threads that come again and again are all served, and each returns once it is written."""
    desk, wanted = Desk(), [str(number) for number in range(THREADS)]

    def come(name: str) -> None:
        for time_ in range(ROUNDS):
            desk.together.write(f"{name}/{time_}")

    threads = [threading.Thread(target=come, args=(name,)) for name in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = [one for turn in desk.turns for one in turn]
    assert sorted(written) == sorted(f"{name}/{at}" for name in wanted for at in range(ROUNDS))


def test_those_who_wait_go_together_in_the_order_in_which_they_came() -> None:
    """What comes while another thread writes is written in one turn."""
    desk = Desk()
    threads = [desk.hold_up(), *desk.bring("second", "third", "fourth")]
    desk.is_free.set()
    for thread in threads:
        thread.join()
    assert desk.turns == [["first"], ["second", "third", "fourth"]]


def stopped(*_: object) -> None:
    """Stop the main thread in whatever it waits for."""
    raise Stopped


@pytest.mark.parametrize("before", range(4))
def test_who_is_told_to_stop_while_it_is_written_keeps_nobody_waiting(before: int) -> None:
    """Those before it and behind it are written and called, wherever in the queue it stood."""
    desk, names = Desk(), [f"before {number}" for number in range(before)]
    has_left = threading.Event()
    threads = [desk.hold_up(), *desk.bring(*names)]

    def stop_the_one_that_is_written() -> None:
        desk.wait_for(before + 1)
        threads.extend(desk.bring("behind", "at the end", "last of all"))
        if not before:
            # Who would lead is told to stop before it leads.
            os.kill(os.getpid(), signal.SIGUSR1)
            has_left.wait()
        desk.is_free.set()
        wait_until(lambda: len(desk.turns) > 1, "those who waited are written")

    taken = desk.take

    def take(wanted: Sequence[str]) -> None:
        taken(wanted)
        if before:
            os.kill(os.getpid(), signal.SIGUSR1)
            has_left.wait()

    helper = threading.Thread(target=stop_the_one_that_is_written)
    old = signal.signal(signal.SIGUSR1, stopped)
    try:
        desk.together._write = lambda wanted: take(wanted) if len(wanted) > 1 else taken(wanted)
        helper.start()
        with pytest.raises(Stopped):
            desk.together.write("stopped")
        has_left.set()
    finally:
        signal.signal(signal.SIGUSR1, old)
    helper.join()
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)
    is_there = ["stopped"] if before else []
    assert desk.turns[1:] == [[*names, *is_there, "behind", "at the end", "last of all"]]
