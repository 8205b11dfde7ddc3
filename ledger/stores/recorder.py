"""The application recorder of the ledger on SQLite: one transaction per append, one lane per store.

In that one transaction stand the event rows, their pending commitments with a reserved tick, the
idempotency row and the append condition (ADR 0003). Rows, commitments and answers are opaque bytes
here; this room holds no key.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore

from ledger.errors import AppendConflict, CommandReused
from ledger.stores.sqlite import immediate

TOPIC = "r"
"""The one value that the library's topic column ever has: a topic in clear would tell a type."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS {events} (rowid INTEGER PRIMARY KEY AUTOINCREMENT,"
    " originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL,"
    " state BLOB NOT NULL, UNIQUE (originator_id, originator_version))",
    "CREATE TABLE IF NOT EXISTS commitments (position INTEGER PRIMARY KEY AUTOINCREMENT,"
    " stream TEXT NOT NULL, seq INTEGER NOT NULL, commitment BLOB NOT NULL UNIQUE,"
    " received INTEGER NOT NULL, rests_on TEXT NOT NULL, tick INTEGER, promised INTEGER,"
    " issued_at TEXT,"
    " UNIQUE (stream, seq))",
    "CREATE INDEX IF NOT EXISTS commitments_tick ON commitments (tick)",
    "CREATE TABLE IF NOT EXISTS commands (command TEXT PRIMARY KEY,"
    " request BLOB NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS labels (position INTEGER PRIMARY KEY AUTOINCREMENT,"
    " label TEXT NOT NULL, stream TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS labels_label ON labels (label)",
    "CREATE INDEX IF NOT EXISTS labels_stream ON labels (stream)",
    "CREATE TABLE IF NOT EXISTS lane (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " closed INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO lane VALUES (1, 0)",
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for table in ("{events}", "commands", "labels")
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER IF NOT EXISTS commitments_DELETE BEFORE DELETE ON commitments"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS commitments_UPDATE BEFORE UPDATE ON commitments"
    " WHEN OLD.tick IS NOT NULL OR NEW.commitment IS NOT OLD.commitment"
    " OR NEW.stream IS NOT OLD.stream OR NEW.seq IS NOT OLD.seq"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)


@dataclass(frozen=True, slots=True)
class Window:
    """Where a commitment received now may be placed: ticks `first`…`last`, `quota` a tick.

    `last` is the promise: the running tick plus the lane's constant delay D. `at_random` spreads
    entries over the window (sealed lane); otherwise the earliest free slot is taken.
    """

    first: int
    last: int
    quota: int
    issued_at: datetime
    at_random: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """The append holds only while this stream's last seq is still `seq`."""

    stream: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class CommandRow:
    """What makes a repeated command harmless; all three are opaque, and the author's alone."""

    command: str
    request: bytes
    answer: bytes


@dataclass(frozen=True, slots=True)
class Dependency:
    """A record that must not enter the log later; `tick` is its place, None while it waits."""

    stream: bytes
    seq: int
    tick: int | None


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything besides the rows that goes into the one transaction of an append.

    `label` is a name under which a stream can be found again; only the open store uses it.
    """

    window: Window | None = None
    commitments: Sequence[bytes] = ()
    rests_on: Sequence[Dependency] = ()
    conditions: Sequence[Condition] = ()
    command: CommandRow | None = None
    label: tuple[str, UUID] | None = None
    choose: Callable[[Sequence[int]], int] = field(default=secrets.choice)


class LedgerRecorder(SQLiteApplicationRecorder):
    """The library's recorder with `insert_events` replaced whole."""

    def __init__(
        self, datastore: SQLiteDatastore, events_table_name: str = "stored_events"
    ) -> None:
        super().__init__(datastore, events_table_name)
        self.insert_events_statement = (
            f"INSERT INTO {events_table_name}"  # noqa: S608 - the name is ours, or a test's.
            " (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
        )
        self.last_seq_statement = (
            "SELECT COALESCE(MAX(originator_version), 0)"  # noqa: S608 - the same.
            f" FROM {events_table_name} WHERE originator_id = ?"
        )

    def construct_create_table_statements(self) -> list[str]:
        """Our tables in place of the library's; an explicit `rowid` is never used twice."""
        return [statement.replace("{events}", self.events_table_name) for statement in SCHEMA]

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, terms: Terms | None = None, **_: Any
    ) -> Sequence[int]:
        """Append rows under their terms, all or nothing; gives the rows' positions.

        Raises:
            AppendConflict: a condition no longer holds, or the version is taken.
            CommandReused: the command id stands for another act.
            Unavailable: the store cannot be written.
        """
        terms = terms or Terms()
        try:
            with immediate(self.datastore) as cursor:
                self._check(cursor, terms.conditions)
                positions = self._insert_events(SQLiteCursor(cursor), stored_events) or ()
                self._commit_to(cursor, stored_events, terms)
                self._remember(cursor, terms.command)
                self._label(cursor, terms.label)
                return positions
        except sqlite3.IntegrityError as error:
            if terms.window is None and terms.command is None and not terms.conditions:
                raise IntegrityError(error) from error
            raise AppendConflict from error

    def _check(self, cursor: sqlite3.Cursor, conditions: Sequence[Condition]) -> None:
        for condition in conditions:
            if self.last_seq(cursor, condition.stream) != condition.seq:
                raise AppendConflict

    def last_seq(self, cursor: sqlite3.Cursor, stream: UUID) -> int:
        """The last seq of a stream, 0 when it has none."""
        cursor.execute(self.last_seq_statement, (stream.hex,))
        return int(cursor.fetchone()[0])

    def _commit_to(
        self, cursor: sqlite3.Cursor, stored_events: Sequence[StoredEvent], terms: Terms
    ) -> None:
        if terms.window is None:
            return
        tick: int | None = None
        rests_on = "".join(f"{one.stream.hex()}:{one.seq} " for one in terms.rests_on)
        for row, commitment in zip(stored_events, terms.commitments, strict=True):
            stream = row.originator_id.hex  # type: ignore[union-attr]  # our streams are UUIDs
            earliest = _earliest(cursor, stream, [one.tick for one in terms.rests_on])
            if earliest is None:
                tick = None
            else:
                tick = reserve(cursor, terms.window, earliest, terms, beside=tick)
            cursor.execute(
                "INSERT INTO commitments"
                " (stream, seq, commitment, received, rests_on, tick, promised, issued_at)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (
                    *(stream, row.originator_version, commitment, terms.window.first, rests_on),
                    *(tick, *promise(tick, terms.window)),
                ),
            )

    def _remember(self, cursor: sqlite3.Cursor, command: CommandRow | None) -> None:
        if command is None:
            return
        cursor.execute("SELECT request FROM commands WHERE command = ?", (command.command,))
        known = cursor.fetchone()
        if known is not None and bytes(known[0]) != command.request:
            raise CommandReused
        cursor.execute(
            "INSERT INTO commands VALUES (?,?,?)",
            (command.command, command.request, command.answer),
        )

    def _label(self, cursor: sqlite3.Cursor, label: tuple[str, UUID] | None) -> None:
        if label is not None:
            cursor.execute(
                "INSERT INTO labels (label, stream) VALUES (?, ?)", (label[0], label[1].hex)
            )


def _earliest(cursor: sqlite3.Cursor, stream: str, rests_on: Sequence[int | None]) -> int | None:
    """The first tick that keeps order; None while the predecessor, or what it rests on, waits."""
    cursor.execute(
        "SELECT tick FROM commitments WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)
    )
    last = cursor.fetchone()
    ticks = [*rests_on, *([] if last is None else [last[0]])]
    placed = [int(tick) for tick in ticks if tick is not None]
    return max(placed, default=0) if len(placed) == len(ticks) else None


def reserve(
    cursor: sqlite3.Cursor,
    window: Window,
    earliest: int,
    terms: Terms,
    *,
    beside: int | None = None,
) -> int | None:
    """Pick a tick with a free slot in the window, or None when there is none.

    What was saved at once goes `beside` its predecessor: order alone would push the later records
    of each save towards the end of the window, and crowd the ticks there.
    """
    cursor.execute("SELECT closed FROM lane")
    first = max(window.first, earliest, int(cursor.fetchone()[0]) + 1)
    cursor.execute(
        "SELECT tick, COUNT(*) FROM commitments WHERE tick BETWEEN ? AND ? GROUP BY tick",
        (first, window.last),
    )
    taken = {int(tick): int(count) for tick, count in cursor.fetchall()}
    free = [t for t in range(first, window.last + 1) if taken.get(t, 0) < window.quota]
    if not free:
        return None
    if beside in free:
        return beside
    return terms.choose(free) if window.at_random else free[0]


def promise(tick: int | None, window: Window) -> tuple[int | None, str | None]:
    """What the receipt will say: the promised tick and the instant of issue, once a slot is
    reserved.
    """
    if tick is None:
        return (None, None)
    return (window.last, window.issued_at.isoformat())
