"""Reads the leaves of a large pack in several processes at once.

Checking signatures is nearly all of the work, and each record can be checked by itself. The
processes are copies of this one (fork), so that they share what was read so far; each takes part
after part and sends its harvest back. Where a system cannot copy processes, or the pack is small,
everything is read here. The result is the same.

Cites: FORMAT §6.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from ledger.verify.book import Harvest, Pending
from ledger.verify.leaves import LeafReader

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

__all__ = ["Crew", "processors"]

_WORTH_IT: Final = 8
"""Parts; fewer are read sooner than processes are started."""
_FIRST_LEAVES: Final = 4096

Part = tuple[int, int]
Keys = list[tuple[str, bytes]]


def processors() -> int:
    """Return how many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew(AbstractContextManager["Crew"]):
    """Those who read: other processes, or this one alone."""

    def __init__(self, reader: LeafReader, jobs: int) -> None:
        """Gather as many processes as are asked for and are worth it."""
        self._reader = reader
        self._keys: Keys = []
        self._told: dict[Connection, int] = {}
        self._processes: list[ForkProcess] = []
        self._late: list[int] = []
        self._waiting: deque[list[Pending]] = deque()
        reader.learn(_FIRST_LEAVES)
        if jobs > 1 and len(reader.parts()) >= _WORTH_IT and hasattr(os, "fork"):
            # Here and not above: the standard library's pipes between processes bring its sockets
            # along, and whoever starts the verifier may see that it loads none.
            from multiprocessing import get_context

            context = get_context("fork")
            for number in range(jobs):
                here, there = context.Pipe()
                reader.book.lane = (number, jobs)
                process = context.Process(target=_work, args=(reader, there, here), daemon=True)
                process.start()
                there.close()
                self._processes.append(process)
                self._told[here] = 0

    def __exit__(self, *_args: object) -> None:
        """Send everybody home."""
        for connection in self._told:
            connection.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def harvests(self) -> Iterator[Harvest]:
        """Read every part, in no order; signatures whose key was met too late come after."""
        if not self._told:
            for part in self._reader.parts():
                harvest = self._reader.read(*part)
                self._waiting.append(harvest.pending)
                yield harvest
            for pending in self._waiting:
                self._late += self._reader.verify_pending(pending)
            return
        yield from self._share_out(deque(self._reader.parts()))

    def unfit(self) -> frozenset[int]:
        """Return the leaves whose signature turned out not to fit, once all was read."""
        return frozenset(self._late)

    def _share_out(self, parts: deque[Part]) -> Iterator[Harvest]:
        """Give everybody one task at a time, as long as there are any."""
        from multiprocessing.connection import wait

        busy = [connection for connection in self._told if self._hand(connection, parts)]
        while busy:
            ready = wait(busy)
            for connection in [one for one in busy if one in ready]:
                answer = connection.recv()
                if isinstance(answer, Harvest):
                    self._meet(answer)
                else:
                    self._late += answer
                # Whoever has answered goes on before anything is done here.
                if not self._hand(connection, parts):
                    busy.remove(connection)
                if isinstance(answer, Harvest):
                    yield answer

    def _hand(self, connection: Connection, parts: deque[Part]) -> bool:
        """Hand out a task with the keys that others have met; tell whether there was one."""
        task = self._next(parts)
        if task is None:
            return False
        known = self._told[connection]
        connection.send((task, self._keys[known:]))
        self._told[connection] = len(self._keys)
        return True

    def _next(self, parts: deque[Part]) -> Part | list[Pending] | None:
        """Return a part while there are any, and then the signatures that had to wait."""
        if parts:
            return parts.popleft()
        return self._waiting.popleft() if self._waiting else None

    def _meet(self, harvest: Harvest) -> None:
        self._keys += harvest.keys.items()
        if harvest.pending:
            self._waiting.append(harvest.pending)
            harvest.pending = []


def _work(reader: LeafReader, connection: Connection, other_end: Connection) -> None:
    """Do tasks until there are no more; run in a process of its own."""
    other_end.close()
    while True:
        try:
            task, keys = connection.recv()
        except EOFError:
            return
        reader.book.keys.update(keys)
        if isinstance(task, tuple):
            connection.send(reader.read(*task))
        else:
            connection.send(reader.verify_pending(task))
