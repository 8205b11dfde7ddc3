"""V11: what the log says about when a record was made.

Each record names the newest checkpoint that its writer knew, so it was made after that; and it is
in the log by a tick, so it was made before that. Between them lies the time that it claims for
itself. A place in the log proves order only; the schedule ties that order to time.

Cites: FORMAT §4 "Schedule", "Receipt", §6 V11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from ledger.evidence.grammar import parse_base64
from ledger.evidence.record import TreeHead
from ledger.evidence.schedule import Schedule

__all__ = ["FIRST_SECOND", "Clock", "Moments"]

FIRST_SECOND: Final = -62_135_596_800
_LAST: Final = 253_402_300_799
"""The first and the last second that the calendar of the format has, from 1970."""


class Clock:
    """A schedule in whole seconds since 1970; answers as `Schedule` does, only sooner."""

    def __init__(self, schedule: Schedule) -> None:
        """Count the ticks of each epoch."""
        start = datetime(1970, 1, 1, tzinfo=UTC)
        firsts = [1]
        for epoch, later in pairwise(schedule.epochs):
            firsts.append(firsts[-1] + (later.first_size - epoch.first_size) // epoch.entries)
        self._spans = [
            (first, epoch.first_size, (epoch.start - start) // timedelta(seconds=1),
             epoch.period_seconds, epoch.entries, epoch.delay)
            for first, epoch in zip(firsts, schedule.epochs, strict=True)
        ]  # fmt: skip

    def tick_of(self, index: int) -> int:
        """Return the tick that adds a leaf."""
        if len(self._spans) == 1:
            return 1 + index // self._spans[0][4]
        return next(
            first + (index - size) // entries
            for first, size, _, _, entries, _ in reversed(self._spans)
            if size <= index
        )

    def size_before(self, tick: int) -> int:
        """Return the size of the log before a tick."""
        if len(self._spans) == 1:
            return (tick - 1) * self._spans[0][4]
        # Between two epochs nothing is added, so that the later one gives the size as well.
        return next(
            size + (tick - first) * entries
            for first, size, _, _, entries, _ in reversed(self._spans)
            if first <= tick
        )

    def running(self, seconds: int) -> int:
        """Return the first tick that is due after an instant."""
        if len(self._spans) == 1:
            _, _, start, period, _, _ = self._spans[0]
            return 1 + max(0, (seconds - start) // period)
        for (first, _, start, period, _, _), (next_first, *_) in pairwise(self._spans):
            tick = first + max(0, (seconds - start) // period)
            if tick < next_first:
                return tick
        first, _, start, period, _, _ = self._spans[-1]
        return first + max(0, (seconds - start) // period)

    def delay(self, tick: int) -> int:
        """Return D of the epoch to which a tick belongs."""
        if len(self._spans) == 1:
            return self._spans[0][5]
        return next(span[5] for span in reversed(self._spans) if span[0] <= tick)

    def is_in_time(self, index: int, size: int, earliest: int, latest: int) -> bool:
        """Tell whether a leaf stands after `size` entries, in no tick that was due by `earliest`
        and in none beyond D of the first one due after `latest`.
        """
        if len(self._spans) == 1:
            _, _, start, period, entries, delay = self._spans[0]
            ticks = index // entries
            return (
                size <= ticks * entries
                and (earliest - start) // period <= ticks
                and ticks - delay <= max(0, (latest - start) // period)
            )
        tick, running = self.tick_of(index), self.running(latest)
        return size <= self.size_before(tick) and (
            self.running(earliest) <= tick <= running + self.delay(running)
        )


class Moments:
    """Answers V11 for one record after the other."""

    def __init__(
        self, schedule: Schedule, tolerance: timedelta, is_prefix: Callable[[TreeHead], bool]
    ) -> None:
        """Stand on a verified schedule; `is_prefix` says whether the log ever had a state."""
        self._clock = Clock(schedule)
        self._tolerance = tolerance // timedelta(seconds=1)
        self._is_prefix = is_prefix
        self._proven: dict[TreeHead, bool] = {}
        self._usual: set[tuple[str, int]] = set()
        """Heads, as root in base64 and size, that were proven."""

    def is_usual(
        self, index: int, root: str, size: int, recorded_at: int, occurred_at: int
    ) -> bool:
        """Tell whether V11 has nothing at all to say of a record; a short way to ask `check`."""
        if (root, size) not in self._usual:
            head = TreeHead(size, parse_base64(root, 32))
            if not self._is_prefix(head):
                return False
            self._usual.add((root, size))
        earliest, latest = recorded_at - self._tolerance, recorded_at + self._tolerance
        return (
            occurred_at <= recorded_at
            and earliest >= FIRST_SECOND
            and latest <= _LAST
            and self._clock.is_in_time(index, size, earliest, latest)
        )

    def check(
        self, index: int, head: TreeHead, recorded_at: int, occurred_at: int
    ) -> Iterator[tuple[str, str]]:
        """Give code and sentence of what the log says against the times of a record."""
        clock = self._clock
        tick = clock.tick_of(index)
        if head.size > clock.size_before(tick):
            sentence = "A record names a state of the log that is newer than its own place in it."
            yield "V11.head-too-new", sentence
        proven = self._proven.get(head)
        if proven is None:
            proven = self._proven[head] = self._is_prefix(head)
        if not proven:
            sentence = "A record names a state of the log that this log never had, or no proof is."
            yield "V11.head-unproven", sentence
        if clock.running(_moved(recorded_at, -self._tolerance)) > tick:
            sentence = "A record claims to be written after the log already held it."
            yield "V11.recorded-after-tick", sentence
        running = clock.running(_moved(recorded_at, self._tolerance))
        if tick > running + clock.delay(running):
            sentence = "A record came into the log later than receipts of its time promise."
            yield "V11.late", sentence
        if occurred_at > recorded_at + self._tolerance:
            sentence = "A record tells of what had not happened yet when it was written."
            yield "V11.occurred-later", sentence


def _moved(seconds: int, by: int) -> int:
    """Return an instant moved by a tolerance, as far as the calendar goes."""
    return seconds + by if FIRST_SECOND <= seconds + by <= _LAST else seconds
