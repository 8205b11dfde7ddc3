"""The schedule of the log: how large it may be at which time.

The log grows by a fixed number of entries at fixed instants, whatever happens, so that its size
tells nothing. Ticks are numbered from 1 through all epochs. Every question of time is answered
here in whole seconds, and the same way for who writes and who verifies.

Sample:

    ledger.lonecone.example schedule v1
    epoch 0 2026-06-01T00:00:00Z 86400 64 64 2

Anyone may import this module. Cites: FORMAT §4 "Schedule".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from ledger.evidence.grammar import (
    MAX_INTEGER,
    Malformed,
    check_origin,
    format_instant,
    parse_decimal,
    parse_instant,
)

__all__ = ["NOTICE", "Epoch", "Schedule"]

NOTICE = timedelta(days=30)
"""How long before its start the assent to an epoch is due in the log, at least."""
_HEADING = " schedule v1"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Epoch:
    """A span of the schedule with one period and one pair of quotas."""

    first_size: int
    """The size of the log when the epoch begins."""
    start: datetime
    period_seconds: int
    open: int
    """Entries of the open lane in each tick."""
    sealed: int
    """Entries of the sealed lane in each tick."""
    delay: int
    """D, in ticks: how long every receipt of the epoch promises to take at most."""

    @property
    def entries(self) -> int:
        """K, the entries of one tick."""
        return self.open + self.sealed


@dataclass(frozen=True)
class Schedule:
    """All epochs of one log so far. A schedule that does not hold together cannot be built."""

    origin: str
    epochs: tuple[Epoch, ...]

    def __post_init__(self) -> None:
        """Check each epoch, and that each fits the one before.

        Raises: Malformed.
        """
        check_origin(self.origin)
        if not self.epochs:
            raise Malformed("a schedule has no epoch")
        for epoch in self.epochs:
            _check_epoch(epoch)
        if self.epochs[0].first_size != 0:
            raise Malformed("the first epoch does not start at size 0")
        for earlier, later in pairwise(self.epochs):
            ticks, rest = divmod(later.first_size - earlier.first_size, earlier.entries)
            if ticks < 1 or rest:
                raise Malformed("an epoch does not end after a whole number of ticks")
            if _seconds(earlier.start) + ticks * earlier.period_seconds > _seconds(later.start):
                raise Malformed("an epoch starts before the last tick of the one before is due")

    def dump(self) -> str:
        """Write the text that is signed.

        Raises: Malformed.
        """
        lines = [f"{self.origin}{_HEADING}"]
        for epoch in self.epochs:
            lines.append(
                f"epoch {epoch.first_size} {format_instant(epoch.start)} {epoch.period_seconds}"
                f" {epoch.open} {epoch.sealed} {epoch.delay}"
            )
        return "\n".join(lines) + "\n"

    @classmethod
    def load(cls, text: str) -> Schedule:
        """Read a text whose signature is verified.

        Raises: Malformed.
        """
        heading, *lines = text.split("\n")
        if not heading.endswith(_HEADING) or not lines or lines.pop():
            raise Malformed("a schedule does not begin with its heading and end with a newline")
        return cls(heading.removesuffix(_HEADING), tuple(_parse_epoch(line) for line in lines))

    def due(self, tick: int) -> datetime:
        """Return the instant at which a tick is due.

        Raises: Malformed for a tick below 1 or due after the year 9999.
        """
        first, epoch = self._span_of(tick)
        try:
            return epoch.start + timedelta(seconds=(tick - first + 1) * epoch.period_seconds)
        except OverflowError:
            raise Malformed("a tick is due after the year 9999") from None

    def running_tick(self, instant: datetime) -> int:
        """Return the first tick that is due after an aware instant.

        A tick that is due at the very instant is past: what comes then is too late for it.

        Raises: Malformed for a naive instant.
        """
        now = _seconds(instant)
        for (first, epoch), (next_first, _) in pairwise(self._spans):
            tick = first + _ticks_past(epoch, now)
            if tick < next_first:
                return tick
        first, epoch = self._spans[-1]
        return first + _ticks_past(epoch, now)

    def size_after(self, tick: int) -> int:
        """Return the size of the log after a tick; after tick 0 it is empty.

        Raises: Malformed for a negative tick.
        """
        if tick == 0:
            return 0
        first, epoch = self._span_of(tick)
        return epoch.first_size + (tick - first + 1) * epoch.entries

    def tick_of(self, leaf_index: int) -> int:
        """Return the tick that adds the entry at this index.

        Raises: Malformed for a negative index.
        """
        if leaf_index < 0:
            raise Malformed("a leaf index is negative")
        # The first epoch starts at size 0, so that one is always found.
        first, epoch = next(
            span for span in reversed(self._spans) if span[1].first_size <= leaf_index
        )
        return first + (leaf_index - epoch.first_size) // epoch.entries

    def epoch_of(self, tick: int) -> Epoch:
        """Return the epoch to which a tick belongs.

        Raises: Malformed for a tick below 1.
        """
        return self._span_of(tick)[1]

    def last_tick(self, size: int) -> int:
        """Return the tick after which the log has this size; 0 for the empty log.

        Raises: Malformed when the size is not a whole number of ticks (V6).
        """
        if size == 0:
            return 0
        tick = self.tick_of(size - 1)
        if self.size_after(tick) != size:
            raise Malformed("a size is not a whole number of ticks")
        return tick

    @cached_property
    def _spans(self) -> tuple[tuple[int, Epoch], ...]:
        """Each epoch with the number of its first tick."""
        return tuple(self._count())

    def _count(self) -> Iterator[tuple[int, Epoch]]:
        first = 1
        for epoch, later in pairwise(self.epochs):
            yield first, epoch
            first += (later.first_size - epoch.first_size) // epoch.entries
        yield first, self.epochs[-1]

    def _span_of(self, tick: int) -> tuple[int, Epoch]:
        for first, epoch in reversed(self._spans):
            if first <= tick:
                return first, epoch
        raise Malformed("ticks are numbered from 1")


def _check_epoch(epoch: Epoch) -> None:
    # The instant must survive being written, or the schedule could not be signed.
    format_instant(epoch.start)
    numbers = (epoch.first_size, epoch.period_seconds, epoch.open, epoch.sealed, epoch.delay)
    if not all(0 <= number <= MAX_INTEGER for number in numbers):
        raise Malformed("a number of an epoch is out of range")
    if epoch.period_seconds == 0 or epoch.entries == 0:
        raise Malformed("an epoch has no period or no entries")


def _parse_epoch(line: str) -> Epoch:
    parts = line.split(" ")
    if len(parts) != 7 or parts[0] != "epoch":
        raise Malformed("an epoch is not seven words")
    first_size, period, opened, sealed, delay = (
        parse_decimal(parts[index]) for index in (1, 3, 4, 5, 6)
    )
    return Epoch(first_size, parse_instant(parts[2]), period, opened, sealed, delay)


def _ticks_past(epoch: Epoch, now: int) -> int:
    """Return how many ticks of an epoch without end are due at or before `now`."""
    return max(0, (now - _seconds(epoch.start)) // epoch.period_seconds)


def _seconds(instant: datetime) -> int:
    """Return whole seconds since 1970, rounded down."""
    if instant.utcoffset() is None:
        raise Malformed("an instant has no time zone")
    return (instant - _BEGINNING) // _SECOND
