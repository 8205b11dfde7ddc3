"""The lane of one store: in which tick of the log each commitment stands, and what is promised.

A commitment reserves a slot when it is appended, or, when none is free, waits and reserves as the
window moves on, in order of arrival. The rules kept here, whatever crashes or runs late:

* A tick that was closed, or is in the logbook, takes nothing more; none takes more than its quota.
* No commitment stands in an earlier tick than the records that its own record rests on. One that
  rests on a waiting commitment waits too: an order is never guessed.
* What stands behind all others, since nobody holds a receipt of it, reserves nothing: it takes what
  a tick has left when that is closed. So however much of it comes, it delays nobody else.
* What goes ahead, since it must not show how full the lane is, has a share of each tick to itself,
  and always takes the last tick of the window: by then all that it rests on has its slot. What it
  rests on and still waits takes what is left of that share (ADR 0021).
* The window moves with the clock, not with the sequencer: what is appended while the sequencer is
  down finds the lane as it would have been (FORMAT §4, "as it would have been").

Everything runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    entries over the window (sealed lane); otherwise the earliest free slot is taken. `ahead` is how
    many slots of each tick are kept for what goes ahead of all others; none when it is empty.
    """

    first: int
    quotas: tuple[int, ...]
    issued_at: datetime
    at_random: bool = False
    ahead: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """The last tick of the window."""
        return self.first + len(self.quotas) - 1

    def kept(self, tick: int) -> int:
        """How many slots of a tick are kept for what goes ahead."""
        return self.ahead[tick - self.first] if self.ahead else 0

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

    `behind` puts it behind all others: it is promised nothing. `ahead` puts it ahead of them.
    """

    commitment: bytes
    after: tuple[Reference, ...] = ()
    behind: bool = False
    ahead: bool = False


@dataclass(slots=True)
class Seen:
    """What a transaction has seen of the lane, and what it is about to add to it.

    `closed` is the last tick closed; `taken` the slots taken by tick, of the ticks from `first` to
    `last`, and `ahead` those of them that went ahead; `ticks` the tick of each commitment of this
    store that somebody rests on.
    """

    closed: int = 0
    running: int = 0
    first: int = 1
    last: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    ahead: dict[int, int] = field(default_factory=dict)
    ticks: dict[Reference, int | None] = field(default_factory=dict)

    def tick_of(self, slots: Slots, one: Reference) -> int | None:
        """The tick of a record here or elsewhere; None while it waits, 0 when it never had one."""
        return self.ticks[one] if one in self.ticks else slots.elsewhere(*one)

    def free(self, slots: Slots, window: Window, *, ahead: bool = False) -> Iterator[int]:
        """The ticks of the window that have a free slot. What goes ahead has the last tick alone,
        and there what is kept for it; the others have all the rest.
        """
        first = max(window.first, self.closed + 1, slots.built + 1)
        if ahead:
            first = max(first, window.last)
        for tick in range(first, window.last + 1):
            if self._left(window, tick, ahead=ahead) > 0:
                yield tick

    def _left(self, window: Window, tick: int, *, ahead: bool) -> int:
        quota, kept = window.quotas[tick - window.first], window.kept(tick)
        went_ahead = self.ahead.get(tick, 0)
        others = self.taken.get(tick, 0) - went_ahead
        # Others that were brought forward may stand on what was kept.
        return min(kept, quota - others) - went_ahead if ahead else quota - kept - others

    def forward(self, slots: Slots, window: Window, not_before: int) -> int | None:
        """The first tick of the window with any free slot at all, kept or not."""
        first = max(window.first, self.closed + 1, slots.built + 1, not_before)
        return next(
            (
                tick
                for tick in range(first, window.last + 1)
                if self.taken.get(tick, 0) < window.quotas[tick - window.first]
            ),
            None,
        )

    def take(self, tick: int, *, ahead: bool = False) -> None:
        """Take a slot of a tick."""
        self.taken[tick] = self.taken.get(tick, 0) + 1
        if ahead:
            self.ahead[tick] = self.ahead.get(tick, 0) + 1


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


AHEAD = 0
"""Stands as the running tick on arrival of what goes ahead of all others: ticks count from 1."""
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
        "SELECT 0, closed, running FROM lane UNION ALL SELECT tick, COUNT(*),"
        " SUM(CASE WHEN received = ? THEN 1 ELSE 0 END) FROM commitments"
        " WHERE tick BETWEEN ? AND ? GROUP BY tick",
        (AHEAD, first, last),
    )


def see(
    found: Iterable[tuple[int, int, int]], first: int, last: int, ticks: dict[Reference, int | None]
) -> Seen:
    """What the answer to `to_see` says, beside the ticks that are known."""
    numbers = {tick: (one, other) for tick, one, other in found}
    closed, running = numbers.pop(0)
    taken = {tick: count for tick, (count, _) in numbers.items()}
    ahead = {tick: int(went) for tick, (_, went) in numbers.items()}
    return Seen(closed, running, first, last, taken, ahead, ticks)


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
        free = seen.free(slots, window, ahead=entry.ahead)
        tick = _pick(free, slots, window, not_before, beside)
    if tick is not None:
        seen.take(tick, ahead=entry.ahead)
    seen.ticks[place] = tick
    placed = window.promise(tick)
    received = BEHIND if entry.behind else AHEAD if entry.ahead else window.first
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


def close(cursor: Cursor, slots: Slots, ticks: range) -> tuple[tuple[bytes, ...], ...]:
    """Close ticks in order and give each one's commitments. Closing again gives the same."""
    for tick in ticks:
        if not _close(cursor, slots, tick):
            # Nobody waits, and so nothing is decided in the ticks that follow either.
            _pass(cursor, ticks[-1])
            break
    cursor.execute(
        "SELECT tick, commitment FROM commitments WHERE tick BETWEEN ? AND ?",
        (ticks[0], ticks[-1]),
    )
    entries: dict[int, list[bytes]] = {tick: [] for tick in ticks}
    for tick, commitment in cursor.fetchall():
        entries[tick].append(bytes(commitment))
    return tuple(map(tuple, entries.values()))


def _close(cursor: Cursor, slots: Slots, tick: int) -> bool:
    """Close one tick; tells whether anybody waited."""
    cursor.execute("SELECT closed FROM lane")
    if int(cursor.fetchone()[0]) < tick:
        _fill(cursor, slots.window(tick), tick, slots)
    cursor.execute("UPDATE lane SET closed = ? WHERE closed < ?", (tick, tick))
    if not move_on(cursor, slots, tick + 1):
        # The window is there already. Whoever waits for a record of another store can have been
        # freed since, and a clock that once ran ahead must not starve anybody.
        _place_waiting(cursor, slots, slots.window(tick + 1))
    cursor.execute("SELECT 1 FROM commitments WHERE tick IS NULL LIMIT 1")
    return cursor.fetchone() is not None


def _pass(cursor: Cursor, tick: int) -> None:
    """Close a tick, and all before it, in a lane in which nobody waits."""
    cursor.execute("UPDATE lane SET closed = ? WHERE closed < ?", (tick, tick))
    cursor.execute("UPDATE lane SET running = ? WHERE running < ?", (tick + 1, tick + 1))


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
        bounds = bounds_of(cursor, slots, position)
        if not_before <= tick and all(one is not None and one <= tick for one in bounds):
            left -= 1
            place(cursor, window, tick, position, promised=tick)


def _place_waiting(cursor: Cursor, slots: Slots, window: Window) -> bool:
    """Place who can be placed, in order of arrival; tells whether anybody had to wait.

    Whoever came in this window's own running tick or later was offered it on arrival.
    """
    cursor.execute(
        "SELECT position, not_before, received FROM commitments WHERE tick IS NULL AND received < ?"
        " ORDER BY position",
        (window.first,),
    )
    waiting = cursor.fetchall()
    if not waiting:
        return False
    (found,) = cursor.together([to_see(window.first, window.last)])
    seen = see(found, window.first, window.last, {})
    # Slots are only taken here: where there is none, nobody who follows finds one.
    full: set[bool] = set()
    for position, not_before, received in waiting:
        ahead = received == AHEAD
        if ahead in full:
            continue
        free = list(seen.free(slots, window, ahead=ahead))
        if not free:
            full.add(ahead)
            continue
        bounds = bounds_of(cursor, slots, position)
        if None in bounds:
            continue
        earliest = max((not_before, *(tick for tick in bounds if tick is not None)))
        tick = _pick(free, slots, window, earliest)
        if tick is not None:
            seen.take(tick, ahead=ahead)
            place(cursor, window, tick, position)
    return True


def place(
    cursor: Cursor, window: Window, tick: int, position: int, promised: int | None = None
) -> None:
    """Give one that waited a slot of a tick; promised is the last of the window, or `promised`."""
    last = window.last if promised is None else promised
    cursor.execute(_PLACED, (tick, last, window.issued_at.isoformat(), position))
    cursor.execute("DELETE FROM waits WHERE position = ?", (position,))


def bounds_of(cursor: Cursor, slots: Slots, position: int) -> list[int | None]:
    """The ticks of the records for which a commitment waits."""
    cursor.execute("SELECT stream, seq FROM waits WHERE position = ?", (position,))
    waited = [(bytes.fromhex(stream), seq) for stream, seq in cursor.fetchall()]
    found = cursor.together([tick_asked(one) for one in waited])
    return [
        rows[0][0] if rows else slots.elsewhere(*one)
        for one, rows in zip(waited, found, strict=True)
    ]


def _pick(
    free: Iterable[int],
    slots: Slots,
    window: Window,
    not_before: int,
    beside: int | None = None,
) -> int | None:
    """Choose among the free slots, or None when none is late enough."""
    fitting = (tick for tick in free if tick >= not_before)
    if beside is None and not window.at_random:
        # The first one does, and the later ticks need not be counted.
        return next(fitting, None)
    every = list(fitting)
    if not every:
        return None
    if beside in every:
        return beside
    return slots.choose(every) if window.at_random else every[0]
