"""The lane of one store: in which tick of the log each commitment stands, and what is promised.

A commitment reserves a slot when it is appended, or, when none is free, waits and reserves as the
window moves on, in order of arrival. The rules kept here, whatever crashes or runs late:

* A tick that was closed, or is in the logbook, takes nothing more; none takes more than its quota.
* No commitment stands in an earlier tick than the records that its own record rests on. One that
  rests on a waiting commitment waits too: an order is never guessed.
* What stands behind all others, since nobody holds a receipt of it, reserves nothing: it takes what
  a tick has left when that is closed. So however much of it comes, it delays nobody else.
* The window moves with the clock, not with the sequencer: what is appended while the sequencer is
  down finds the lane as it would have been (FORMAT §4, "as it would have been").

Everything runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ledger.stores.database import Asked, Cursor

Reference = tuple[bytes, int]
"""A record: its stream and seq."""


class Placed(NamedTuple):
    """The tick of a commitment, the tick promised, and when that was; all None while it waits."""

    tick: int | None
    promised: int | None
    issued_at: datetime | None


class Window(NamedTuple):
    """Where a commitment may be placed: ticks `first` to `last`, with each tick's quota.

    `last` is the promise: the running tick plus the lane's constant delay D. `at_random` spreads
    entries over the window (sealed lane); otherwise the earliest free slot is taken.
    """

    first: int
    quotas: tuple[int, ...]
    issued_at: datetime
    at_random: bool = False

    @property
    def last(self) -> int:
        """The last tick of the window."""
        return self.first + len(self.quotas) - 1

    def promise(self, tick: int | None) -> Placed:
        """What the receipt of an entry says that has its slot in `tick`, or none yet."""
        return Placed(None, None, None) if tick is None else Placed(tick, self.last, self.issued_at)


class Slots(NamedTuple):
    """What a lane must know that its store does not: the schedule, the log, the other stores.

    `window` gives the window of a running tick. `elsewhere` gives the tick of a record of another
    store: None while it waits, 0 when there is no such record. `built` is the logbook's last tick.
    """

    window: Callable[[int], Window]
    elsewhere: Callable[[bytes, int], int | None]
    choose: Callable[[Sequence[int]], int]
    built: int


class Entry(NamedTuple):
    """A commitment, and the records that must not stand in a later tick than it.

    `behind` puts it behind all others: it is promised nothing.
    """

    commitment: bytes
    after: tuple[Reference, ...] = ()
    behind: bool = False


@dataclass(slots=True)
class Seen:
    """What a transaction has seen of the lane, and what it is about to add to it.

    `closed` is the last tick closed; `taken` the slots taken by tick, of the ticks from `first` to
    `last`; `ticks` the tick of each commitment of this store that somebody rests on.
    """

    closed: int = 0
    running: int = 0
    first: int = 1
    last: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    ticks: dict[Reference, int | None] = field(default_factory=dict)

    def tick_of(self, slots: Slots, one: Reference) -> int | None:
        """The tick of a record here or elsewhere; None while it waits, 0 when it never had one."""
        return self.ticks[one] if one in self.ticks else slots.elsewhere(*one)

    def free(self, slots: Slots, window: Window) -> list[int]:
        """The ticks of the window that have a free slot."""
        last, taken = max(self.closed, slots.built), self.taken
        return [
            tick
            for tick, quota in enumerate(window.quotas, window.first)
            if tick > last and taken.get(tick, 0) < quota
        ]

    def take(self, tick: int) -> None:
        """Take a slot of a tick."""
        self.taken[tick] = self.taken.get(tick, 0) + 1


class Admitted(NamedTuple):
    """A new commitment with its place in the lane, and the records that it still waits for."""

    place: Reference
    commitment: bytes
    received: int
    not_before: int
    placed: Placed
    waits_for: tuple[Reference, ...]

    def row(self) -> tuple[object, ...]:
        """The values of `INSERT`."""
        stream, seq = self.place
        placed = self.placed
        issued = None if placed.issued_at is None else placed.issued_at.isoformat()
        return (
            *(stream.hex(), seq, self.commitment, self.received, self.not_before),
            *(placed.tick, placed.promised, issued),
        )

    def waits(self) -> list[tuple[object, ...]]:
        """The values of `INSERT_WAIT`, for each record that it waits for."""
        stream, seq = self.place
        return [(one.hex(), number, stream.hex(), seq) for one, number in self.waits_for]


BEHIND = 2**31 - 1
"""Stands as the running tick on arrival of what goes behind all others: it is no tick's turn."""
INSERT = (
    "INSERT INTO commitments (stream, seq, commitment, received, not_before, tick, promised,"
    " issued_at) VALUES (?,?,?,?,?,?,?,?)"
)
INSERT_WAIT = (
    "INSERT INTO waits SELECT position, ?, ? FROM commitments WHERE stream = ? AND seq = ?"
)


_PLACED = "UPDATE commitments SET tick = ?, promised = ?, issued_at = ? WHERE position = ?"


def to_see(first: int, last: int) -> Asked:
    """What to ask for `Seen`, of the ticks `first` to `last`; the lane's own row has tick 0."""
    return (
        "SELECT 0, closed, running FROM lane UNION ALL SELECT tick, COUNT(*), 0 FROM commitments"
        " WHERE tick BETWEEN ? AND ? GROUP BY tick",
        (first, last),
    )


def see(
    found: Iterable[tuple[int, int, int]], first: int, last: int, ticks: dict[Reference, int | None]
) -> Seen:
    """What the answer to `to_see` says, beside the ticks that are known."""
    numbers = {tick: (one, other) for tick, one, other in found}
    closed, running = numbers.pop(0)
    taken = {tick: count for tick, (count, _) in numbers.items()}
    return Seen(closed, running, first, last, taken, ticks)


def tick_asked(one: Reference) -> Asked:
    """What to ask for the tick of a record of this store."""
    stream, seq = one
    return "SELECT tick FROM commitments WHERE stream = ? AND seq = ?", (stream.hex(), seq)


def admit(
    seen: Seen,
    slots: Slots,
    window: Window,
    place: Reference,
    entry: Entry,
    *,
    beside: int | None = None,
) -> Admitted:
    """Find a new commitment its place in the lane: a slot, if there is one.

    What was saved at once goes `beside` its predecessor: order alone would push the later records
    of each save towards the end of the window, and crowd the ticks there.
    """
    open_ends: list[Reference] = []
    not_before, tick = window.first, None
    for one in entry.after:
        bound = seen.tick_of(slots, one)
        if bound is None:
            open_ends.append(one)
        elif bound > not_before:
            not_before = bound
    if not open_ends and not entry.behind:
        tick = _pick(seen.free(slots, window), slots, window, not_before, beside)
    if tick is not None:
        seen.take(tick)
    seen.ticks[place] = tick
    placed = window.promise(tick)
    received = BEHIND if entry.behind else window.first
    return Admitted(place, entry.commitment, received, not_before, placed, tuple(open_ends))


def move_on(cursor: Cursor, slots: Slots, running: int) -> bool:
    """Let those that wait reserve as the window moves to a running tick; tells whether it moved.

    The beginning of each tick since the last time is gone through, so that it makes no difference
    whether this happens on time or later.
    """
    cursor.execute("SELECT running FROM lane")
    known = int(cursor.fetchone()[0])
    if running <= known:
        return False
    for tick in range(known + 1, running + 1):
        if not _place_waiting(cursor, slots, slots.window(tick)):
            break
    cursor.execute("UPDATE lane SET running = ?", (running,))
    return True


def close(cursor: Cursor, slots: Slots, tick: int) -> tuple[bytes, ...]:
    """Close a tick and give its commitments. Closing again gives the same."""
    cursor.execute("SELECT closed FROM lane")
    if int(cursor.fetchone()[0]) < tick:
        _fill(cursor, slots.window(tick), tick, slots)
    cursor.execute("UPDATE lane SET closed = ? WHERE closed < ?", (tick, tick))
    cursor.execute("SELECT commitment FROM commitments WHERE tick = ?", (tick,))
    entries = tuple(bytes(row[0]) for row in cursor.fetchall())
    if not move_on(cursor, slots, tick + 1):
        # The window is there already. Whoever waits for a record of another store can have been
        # freed since, and a clock that once ran ahead must not starve anybody.
        _place_waiting(cursor, slots, slots.window(tick + 1))
    return entries


def _fill(cursor: Cursor, window: Window, tick: int, slots: Slots) -> None:
    """Give what a tick has left, now that it closes, to those behind all others, as they came."""
    cursor.execute("SELECT COUNT(*) FROM commitments WHERE tick = ?", (tick,))
    left = window.quotas[0] - int(cursor.fetchone()[0])
    cursor.execute(
        "SELECT position, not_before FROM commitments WHERE tick IS NULL AND received = ?"
        " ORDER BY position",
        (BEHIND,),
    )
    for position, not_before in cursor.fetchall():
        if left <= 0:
            break
        bounds = _bounds(cursor, slots, position)
        if not_before <= tick and all(one is not None and one <= tick for one in bounds):
            left -= 1
            cursor.execute(_PLACED, (tick, tick, window.issued_at.isoformat(), position))
            cursor.execute("DELETE FROM waits WHERE position = ?", (position,))


def _place_waiting(cursor: Cursor, slots: Slots, window: Window) -> bool:
    """Place who can be placed, in order of arrival; tells whether anybody had to wait.

    Whoever came in this window's own running tick or later was offered it on arrival.
    """
    cursor.execute(
        "SELECT position, not_before FROM commitments WHERE tick IS NULL AND received < ?"
        " ORDER BY position",
        (window.first,),
    )
    waiting = cursor.fetchall()
    if not waiting:
        return False
    (found,) = cursor.together([to_see(window.first, window.last)])
    seen = see(found, window.first, window.last, {})
    for position, not_before in waiting:
        free = seen.free(slots, window)
        if not free:
            break
        bounds = _bounds(cursor, slots, position)
        if None in bounds:
            continue
        earliest = max((not_before, *(tick for tick in bounds if tick is not None)))
        tick = _pick(free, slots, window, earliest)
        if tick is not None:
            seen.take(tick)
            cursor.execute(_PLACED, (tick, window.last, window.issued_at.isoformat(), position))
            cursor.execute("DELETE FROM waits WHERE position = ?", (position,))
    return True


def _bounds(cursor: Cursor, slots: Slots, position: int) -> list[int | None]:
    """The ticks of the records for which a commitment waits."""
    cursor.execute("SELECT stream, seq FROM waits WHERE position = ?", (position,))
    waited = [(bytes.fromhex(stream), seq) for stream, seq in cursor.fetchall()]
    found = cursor.together([tick_asked(one) for one in waited])
    return [
        rows[0][0] if rows else slots.elsewhere(*one)
        for one, rows in zip(waited, found, strict=True)
    ]


def _pick(
    free: Sequence[int],
    slots: Slots,
    window: Window,
    not_before: int,
    beside: int | None = None,
) -> int | None:
    """Choose among the free slots, or None when none is late enough."""
    fitting = [tick for tick in free if tick >= not_before]
    if not fitting:
        return None
    if beside in fitting:
        return beside
    return slots.choose(fitting) if window.at_random else fitting[0]
