"""Going together: what several threads want written at once is written by one of them.

come ─► lead, if nobody does ─► gather ─► write for all that came ─► call them
     └► else wait to be called: it is written, or it is this thread's turn to lead
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import sleep
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    """One thread and what it wants written."""

    wanted: T
    is_written: bool = False
    is_called: bool = False
    """Whether it is written, or it is this thread's turn to lead."""
    call: Lock = field(default_factory=Lock)
    """What its thread waits for, held by who is to call."""


class Together(Generic[T]):
    """Threads that write together. Any number of them may use one."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        """`write` is run by one thread at a time, for all whose turn has come."""
        self._write = write
        self._lock = Lock()
        # Under the lock:
        self._waiting: list[_Waiting[T]] = []
        self._is_led = False
        # Looked at by who leads.
        self._went_together = 1

    def write(self, wanted: T) -> None:
        """Have this written, by this thread or by another one, and wait until it is."""
        mine = _Waiting(wanted)
        mine.call.acquire()
        with self._lock:
            self._waiting.append(mine)
            mine.is_called, self._is_led = not self._is_led, True
        try:
            if not mine.is_called:
                mine.call.acquire()
            if not mine.is_written:
                self._gather()
        except BaseException:
            self._leave(mine)
            raise
        if not mine.is_written:
            self._lead()

    def _leave(self, mine: _Waiting[T]) -> None:
        """This thread is told to stop: if it was to lead, that falls to whoever is next."""
        with self._lock:
            self._waiting = [one for one in self._waiting if one is not mine]
            if mine.is_called and not mine.is_written:
                self._call_next()

    def _lead(self) -> None:
        """Write for all that came by now, this thread among them; then call them, and the next."""
        with self._lock:
            came, self._waiting = self._waiting, []
            self._went_together = len(came)
        try:
            self._write([one.wanted for one in came])
        finally:
            for one in came:
                one.is_written = True
                _call(one)
            with self._lock:
                self._call_next()

    def _gather(self) -> None:
        """Let those come that went together the last time: as likely as not they are on their way
        again, and one commit serves all. Who went alone waits for nobody, and nobody waits for
        those who do not come at once.
        """
        before = 0
        while before < len(self._waiting) < self._went_together:
            before = len(self._waiting)
            sleep(0)

    def _call_next(self) -> None:
        """Call who is to lead next. Under the lock, which who leaves the queue takes too."""
        self._is_led = bool(self._waiting)
        for one in self._waiting[:1]:
            _call(one)


def _call(one: _Waiting[T]) -> None:
    one.is_called = True
    one.call.release()
