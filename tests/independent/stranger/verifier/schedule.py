"""The schedule of ticks, and the two statements that the receipt key signs."""

from __future__ import annotations

from dataclasses import dataclass

from .grammar import Bad, decimal, instant, is_origin, is_stream, lines_of, unbase64


@dataclass(frozen=True)
class Epoch:
    """One line of the schedule."""

    first_size: int
    start: int
    period: int
    open: int
    sealed: int
    delay: int

    @property
    def width(self) -> int:
        """Return K, the entries that each tick adds."""
        return self.open + self.sealed


@dataclass(frozen=True)
class Schedule:
    """All epochs. `first_ticks[i]` is how many ticks lie before epoch i."""

    origin: str
    epochs: tuple[Epoch, ...]
    first_ticks: tuple[int, ...]

    def _epoch_of_tick(self, tick: int) -> int:
        """Return the number of the epoch that a tick belongs to."""
        if tick < 1:
            raise Bad("no such tick")
        return max(i for i, before in enumerate(self.first_ticks) if before < tick)

    def due(self, tick: int) -> int:
        """Return when a tick is due."""
        at = self._epoch_of_tick(tick)
        epoch = self.epochs[at]
        return epoch.start + (tick - self.first_ticks[at]) * epoch.period

    def size_after(self, tick: int) -> int:
        """Return the log's size after a tick."""
        if tick == 0:
            return 0
        at = self._epoch_of_tick(tick)
        epoch = self.epochs[at]
        return epoch.first_size + (tick - self.first_ticks[at]) * epoch.width

    def delay(self, tick: int) -> int:
        """Return D of a tick's epoch."""
        return self.epochs[self._epoch_of_tick(tick)].delay

    def width(self, tick: int) -> int:
        """Return K of a tick's epoch."""
        return self.epochs[self._epoch_of_tick(tick)].width

    def tick_of_leaf(self, index: int) -> int:
        """Return the tick that added a leaf."""
        at = max(i for i, epoch in enumerate(self.epochs) if epoch.first_size <= index)
        epoch = self.epochs[at]
        return self.first_ticks[at] + (index - epoch.first_size) // epoch.width + 1

    def tick_of_size(self, size: int) -> int:
        """Return the tick after which the log has this size. A part of a tick is refused."""
        if size == 0:
            return 0
        tick = self.tick_of_leaf(size - 1)
        if self.size_after(tick) != size:
            raise Bad("no whole number of ticks")
        return tick

    def running(self, moment: int) -> int:
        """Return the first tick that is due after a moment."""
        tick = 0
        for at, epoch in enumerate(self.epochs):
            tick = self.first_ticks[at] + max(0, (moment - epoch.start) // epoch.period) + 1
            if at + 1 < len(self.epochs) and tick <= self.first_ticks[at + 1]:
                break
        return tick


def parse_schedule(text: bytes) -> Schedule:
    """Read a schedule's text."""
    lines = lines_of(text)
    head = lines[0].split(" ")
    if len(head) != 3 or not is_origin(head[0]) or head[1:] != ["schedule", "v1"]:
        raise Bad("no schedule")
    if len(lines) < 2:
        raise Bad("no epoch")
    epochs: list[Epoch] = []
    before: list[int] = []
    for line in lines[1:]:
        words = line.split(" ")
        if len(words) != 7 or words[0] != "epoch":
            raise Bad("no epoch line")
        period, opened, sealed, delay = (decimal(w) for w in words[3:])
        epoch = Epoch(decimal(words[1]), instant(words[2]), period, opened, sealed, delay)
        if epoch.period < 1 or epoch.width < 1:
            raise Bad("an epoch without period or entries")
        if not epochs:
            if epoch.first_size != 0:
                raise Bad("the first epoch starts beyond size 0")
            before.append(0)
        else:
            previous = epochs[-1]
            count, rest = divmod(epoch.first_size - previous.first_size, previous.width)
            if count < 1 or rest or previous.start + count * previous.period > epoch.start:
                raise Bad("epochs do not join")
            before.append(before[-1] + count)
        epochs.append(epoch)
    return Schedule(head[0], tuple(epochs), tuple(before))


@dataclass(frozen=True)
class Receipt:
    """The promise that a commitment is in the tree after a tick."""

    origin: str
    commitment: bytes
    tick: int
    issued: int


@dataclass(frozen=True)
class Extent:
    """The statement how far a stream reaches below a size."""

    origin: str
    stream: str
    seq: int
    last: bytes
    size: int


def _fields(text: bytes, what: str, names: list[str]) -> tuple[str, list[str]]:
    """Read a heading and lines of one name and one word each."""
    lines = lines_of(text)
    head = lines[0].split(" ")
    if len(head) != 3 or not is_origin(head[0]) or head[1:] != [what, "v1"]:
        raise Bad("another heading")
    if len(lines) != len(names) + 1:
        raise Bad("another number of lines")
    values = []
    for name, line in zip(names, lines[1:], strict=True):
        words = line.split(" ")
        if len(words) != 2 or words[0] != name:
            raise Bad("another line")
        values.append(words[1])
    return head[0], values


def parse_receipt(text: bytes) -> Receipt:
    """Read a receipt's text."""
    origin, (commitment, tick, issued) = _fields(text, "receipt", ["commitment", "tick", "issued"])
    number = decimal(tick)
    if number < 1:
        raise Bad("tick 0")
    return Receipt(origin, unbase64(commitment, 32), number, instant(issued))


def parse_extent(text: bytes) -> Extent:
    """Read an extent's text."""
    origin, (stream, seq, last, size) = _fields(text, "extent", ["stream", "seq", "last", "size"])
    if not is_stream(stream):
        raise Bad("no stream")
    number, below = decimal(seq), decimal(size)
    if not 1 <= number <= below:
        raise Bad("seq and size do not fit")
    return Extent(origin, stream, number, unbase64(last, 32), below)
