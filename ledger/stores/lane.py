"""The lane of one store: in which tick of the log each commitment stands, and what is promised.

A commitment reserves a slot when it is appended, or, when none is free, waits and reserves as the
window moves on, in order of arrival. The rules kept here, whatever crashes or runs late:

* A tick that was closed, or is in the logbook, takes nothing more; none takes more than its quota.
* No commitment stands in an earlier tick than the records that its own record rests on. One that
  rests on a waiting commitment waits too: an order is never guessed.
* The window moves with the clock, not with the sequencer: what is appended while the sequencer is
  down finds the lane as it would have been (FORMAT §4, "as it would have been").

Everything runs inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

Reference = tuple[bytes, int]
"""A record: its stream and seq."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS commitments (position INTEGER PRIMARY KEY AUTOINCREMENT,"
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, commitment BLOB NOT NULL UNIQUE,"
    " received INTEGER NOT NULL, not_before INTEGER NOT NULL,"
    " tick INTEGER, promised INTEGER, issued_at TEXT,"
    " UNIQUE (stream, seq))",
    "CREATE INDEX IF NOT EXISTS commitments_tick ON commitments (tick)",
    # What a waiting commitment waits for besides a slot. Empty but for an overflow.
    "CREATE TABLE IF NOT EXISTS waits (position INTEGER NOT NULL REFERENCES commitments,"
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (position, stream, seq))"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS lane (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " closed INTEGER NOT NULL, running INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO lane VALUES (1, 0, 0)",
    "CREATE TRIGGER IF NOT EXISTS commitments_DELETE BEFORE DELETE ON commitments"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    # The one change in a commitment's life: it gets its slot.
    "CREATE TRIGGER IF NOT EXISTS commitments_UPDATE BEFORE UPDATE ON commitments"
    " WHEN OLD.tick IS NOT NULL OR NEW.tick IS NULL OR NEW.position IS NOT OLD.position"
    " OR NEW.stream IS NOT OLD.stream OR NEW.seq IS NOT OLD.seq"
    " OR NEW.commitment IS NOT OLD.commitment OR NEW.received IS NOT OLD.received"
    " OR NEW.not_before IS NOT OLD.not_before"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS lane_DELETE BEFORE DELETE ON lane"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS lane_UPDATE BEFORE UPDATE ON lane"
    " WHEN NEW.closed < OLD.closed OR NEW.running < OLD.running"
    " BEGIN SELECT RAISE(ABORT, 'a tick is never opened again'); END",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The tick of a commitment, the tick promised, and when that was; all None while it waits."""

    tick: int | None
    promised: int | None
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
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


@dataclass(frozen=True, slots=True)
class Slots:
    """What a lane must know that its store does not: the schedule, the log, the other stores.

    `window` gives the window of a running tick. `elsewhere` gives the tick of a record of another
    store: None while it waits, 0 when there is no such record. `built` is the logbook's last tick.
    """

    window: Callable[[int], Window]
    elsewhere: Callable[[bytes, int], int | None]
    choose: Callable[[Sequence[int]], int]
    built: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A commitment, and the records that must not stand in a later tick than it."""

    commitment: bytes
    after: tuple[Reference, ...] = ()


def admit(
    cursor: sqlite3.Cursor,
    slots: Slots,
    window: Window,
    place: Reference,
    entry: Entry,
    *,
    beside: int | None = None,
) -> int | None:
    """Take a new commitment into the lane, with a slot if there is one; gives its tick.

    What was saved at once goes `beside` its predecessor: order alone would push the later records
    of each save towards the end of the window, and crowd the ticks there.
    """
    stream, seq = place
    bounds = {one: _tick_of(cursor, slots, *one) for one in entry.after}
    open_ends = [one for one, tick in bounds.items() if tick is None]
    not_before = max((window.first, *(tick for tick in bounds.values() if tick is not None)))
    tick = None
    if not open_ends:
        tick = _pick(_free(cursor, slots, window), slots, window, not_before, beside)
    cursor.execute(
        "INSERT INTO commitments (stream, seq, commitment, received, not_before, tick, promised,"
        " issued_at) VALUES (?,?,?,?,?,?,?,?)",
        (
            *(stream.hex(), seq, entry.commitment, window.first, not_before, tick),
            *_promise(tick, window),
        ),
    )
    position = cursor.lastrowid
    for waited, number in open_ends:
        cursor.execute("INSERT INTO waits VALUES (?,?,?)", (position, waited.hex(), number))
    return tick


def move_on(cursor: sqlite3.Cursor, slots: Slots, running: int) -> bool:
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


def close(cursor: sqlite3.Cursor, slots: Slots, tick: int) -> tuple[bytes, ...]:
    """Close a tick and give its commitments. Closing again gives the same."""
    cursor.execute("UPDATE lane SET closed = MAX(closed, ?)", (tick,))
    cursor.execute("SELECT commitment FROM commitments WHERE tick = ?", (tick,))
    entries = tuple(bytes(row[0]) for row in cursor.fetchall())
    if not move_on(cursor, slots, tick + 1):
        # The window is there already. Whoever waits for a record of another store can have been
        # freed since, and a clock that once ran ahead must not starve anybody.
        _place_waiting(cursor, slots, slots.window(tick + 1))
    return entries


def _place_waiting(cursor: sqlite3.Cursor, slots: Slots, window: Window) -> bool:
    """Place who can be placed, in order of arrival; tells whether anybody had to wait.

    Whoever came in this window's own running tick or later was offered it on arrival.
    """
    cursor.execute(
        "SELECT position, not_before FROM commitments WHERE tick IS NULL AND received < ?"
        " ORDER BY position",
        (window.first,),
    )
    waiting = cursor.fetchall()
    free = _free(cursor, slots, window)
    for position, not_before in waiting:
        if not free:
            break
        bounds = _bounds(cursor, slots, position)
        if None in bounds:
            continue
        earliest = max((not_before, *(tick for tick in bounds if tick is not None)))
        tick = _pick(free, slots, window, earliest)
        if tick is not None:
            cursor.execute(
                "UPDATE commitments SET tick = ?, promised = ?, issued_at = ? WHERE position = ?",
                (tick, *_promise(tick, window), position),
            )
            cursor.execute("DELETE FROM waits WHERE position = ?", (position,))
    return bool(waiting)


def _bounds(cursor: sqlite3.Cursor, slots: Slots, position: int) -> list[int | None]:
    """The ticks of the records for which a commitment waits."""
    cursor.execute("SELECT stream, seq FROM waits WHERE position = ?", (position,))
    found = cursor.fetchall()
    return [_tick_of(cursor, slots, bytes.fromhex(stream), seq) for stream, seq in found]


def _tick_of(cursor: sqlite3.Cursor, slots: Slots, stream: bytes, seq: int) -> int | None:
    """The tick of a record here or elsewhere; None while it waits, 0 when it never had one."""
    cursor.execute("SELECT tick FROM commitments WHERE stream = ? AND seq = ?", (stream.hex(), seq))
    row = cursor.fetchone()
    return slots.elsewhere(stream, seq) if row is None else row[0]


def _free(cursor: sqlite3.Cursor, slots: Slots, window: Window) -> dict[int, int]:
    """The free slots of the window by tick; a tick without any is left out."""
    cursor.execute("SELECT closed FROM lane")
    first = max(window.first, int(cursor.fetchone()[0]) + 1, slots.built + 1)
    cursor.execute(
        "SELECT tick, COUNT(*) FROM commitments WHERE tick BETWEEN ? AND ? GROUP BY tick",
        (first, window.last),
    )
    taken = {int(tick): int(count) for tick, count in cursor.fetchall()}
    left = {
        tick: window.quotas[tick - window.first] - taken.get(tick, 0)
        for tick in range(first, window.last + 1)
    }
    return {tick: count for tick, count in left.items() if count > 0}


def _pick(
    free: dict[int, int],
    slots: Slots,
    window: Window,
    not_before: int,
    beside: int | None = None,
) -> int | None:
    """Take a slot out of the free ones, or None when none is late enough."""
    fitting = [tick for tick in free if tick >= not_before]
    if not fitting:
        return None
    if beside in fitting:
        tick = beside
    else:
        tick = slots.choose(fitting) if window.at_random else fitting[0]
    free[tick] -= 1
    if not free[tick]:
        del free[tick]
    return tick


def _promise(tick: int | None, window: Window) -> tuple[int | None, str | None]:
    """What the receipt says once a slot is reserved: the promised tick, the instant of issue."""
    placed = window.promise(tick)
    return placed.promised, None if placed.issued_at is None else placed.issued_at.isoformat()
