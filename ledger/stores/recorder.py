"""The application recorder of the ledger on SQLite: one transaction per append, one lane per store.

In that one transaction stand the event rows, their pending commitments with a reserved tick, the
idempotency row, the wraps of new or changed streams and the append condition (ADR 0003). Rows,
commitments, wraps and answers are opaque bytes here; this room holds no key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from ledger.errors import AppendConflict, CommandReused
from ledger.stores import erased, lane
from ledger.stores.keystore import Wrap
from ledger.stores.lane import Entry, Placed, Slots, Window
from ledger.stores.sqlite import immediate

TOPIC = "r"
"""The one value that the library's topic column ever has: a topic in clear would tell a type."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS {events} (rowid INTEGER PRIMARY KEY AUTOINCREMENT,"
    " originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL,"
    " state BLOB NOT NULL, UNIQUE (originator_id, originator_version))",
    *lane.SCHEMA,
    "CREATE TABLE IF NOT EXISTS commands (command TEXT PRIMARY KEY,"
    " request BLOB NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS labels (position INTEGER PRIMARY KEY AUTOINCREMENT,"
    " label TEXT NOT NULL, stream TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS labels_label ON labels (label)",
    "CREATE INDEX IF NOT EXISTS labels_stream ON labels (stream)",
    # Heads of closed streams that were continued: each at most once (FORMAT §1).
    "CREATE TABLE IF NOT EXISTS continued (head BLOB PRIMARY KEY) WITHOUT ROWID",
    # Wraps on their way into the keystore: written with the records that they belong to.
    "CREATE TABLE IF NOT EXISTS wraps (stream TEXT PRIMARY KEY, month TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('open', 'sealed')), wrap BLOB NOT NULL,"
    " personal INTEGER NOT NULL CHECK (personal IN (0, 1)))",
    *erased.SCHEMA,
    "CREATE TRIGGER IF NOT EXISTS {events}_UPDATE BEFORE UPDATE ON {events}"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for table in ("commands", "labels", "continued")
        for verb in ("UPDATE", "DELETE")
    ),
)


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
class Placing:
    """Where the commitments of an append go: one entry a row, in the window of the running tick."""

    entries: Sequence[Entry]
    window: Window
    slots: Slots


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything besides the rows that goes into the one transaction of an append.

    `label` is a name under which a stream can be found again; only the open store uses it.
    `continued` are heads of closed streams that these rows continue. `wraps` are the wraps of
    streams that these rows begin, or whose audience they change.
    """

    placing: Placing | None = None
    conditions: Sequence[Condition] = ()
    command: CommandRow | None = None
    label: tuple[str, UUID] | None = None
    continued: Sequence[bytes] = ()
    wraps: Sequence[Wrap] = ()


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
        # The rows of a stream after a seq, so many at most; -1 stands for all.
        self.rows_statement = (
            "SELECT originator_version, topic, state"  # noqa: S608 - the same.
            f" FROM {events_table_name} WHERE originator_id = ? AND originator_version > ?"
            " ORDER BY originator_version LIMIT ?"
        )
        # First a row 0 with the last seq that was committed to; then the rows after a seq.
        self.committed_and_rows_statement = (
            "SELECT 0 AS seq, COALESCE(MAX(seq), 0), NULL"  # noqa: S608 - the same.
            " FROM commitments WHERE stream = ? UNION ALL"
            f" SELECT originator_version, topic, state FROM {events_table_name}"
            " WHERE originator_id = ? AND originator_version > ? ORDER BY seq"
        )
        self.last_seq_statement = (
            "SELECT COALESCE(MAX(originator_version), 0)"  # noqa: S608 - the same.
            f" FROM {events_table_name} WHERE originator_id = ?"
        )

    def construct_create_table_statements(self) -> list[str]:
        """Our tables in place of the library's; `rowid` is explicit, so no id is used twice."""
        return [statement.replace("{events}", self.events_table_name) for statement in SCHEMA]

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, terms: Terms | None = None, **_: Any
    ) -> Sequence[int]:
        """Append rows under their terms, all or nothing; gives the rows' positions.

        Raises:
            As `append`.
        """
        return self.append(stored_events, terms or _UNCONDITIONAL)[0]

    def append(
        self, stored_events: Sequence[StoredEvent], terms: Terms
    ) -> tuple[Sequence[int], tuple[Placed, ...]]:
        """Append rows under their terms, all or nothing; gives the rows' positions, and the place
        of each commitment in the lane.

        Raises:
            AppendConflict: a condition no longer holds, the version is taken, or another stream
                continues the same head.
            CommandReused: the command id stands for another act.
            Unavailable: the store cannot be written.
        """
        try:
            with immediate(self.datastore) as cursor:
                self._check(cursor, terms.conditions)
                positions = [self._insert(cursor, event) for event in stored_events]
                placed = _place(cursor, stored_events, terms.placing)
                _remember(cursor, terms.command)
                _keep(cursor, terms)
                return positions, placed
        except sqlite3.IntegrityError as error:
            if terms is _UNCONDITIONAL:
                raise IntegrityError(error) from error
            raise AppendConflict from error

    def _insert(self, cursor: sqlite3.Cursor, event: StoredEvent) -> int:
        stream = event.originator_id
        name = stream.hex if isinstance(stream, UUID) else stream
        values = (name, event.originator_version, event.topic, event.state)
        cursor.execute(self.insert_events_statement, values)
        return int(cursor.lastrowid or 0)

    def last_seq(self, cursor: sqlite3.Cursor, stream: UUID) -> int:
        """The last seq of a stream, 0 when it has none."""
        cursor.execute(self.last_seq_statement, (stream.hex,))
        return int(cursor.fetchone()[0])

    def _check(self, cursor: sqlite3.Cursor, conditions: Sequence[Condition]) -> None:
        for condition in conditions:
            if self.last_seq(cursor, condition.stream) != condition.seq:
                raise AppendConflict


_UNCONDITIONAL = Terms()
"""What the library's own calls mean; only there is a taken version the library's error."""


def _place(
    cursor: sqlite3.Cursor, stored_events: Sequence[StoredEvent], placing: Placing | None
) -> tuple[Placed, ...]:
    if placing is None:
        return ()
    lane.move_on(cursor, placing.slots, placing.window.first)
    placed: list[Placed] = []
    tick: int | None = None
    for row, entry in zip(stored_events, placing.entries, strict=True):
        stream = row.originator_id.bytes  # type: ignore[union-attr]  # our streams are UUIDs
        place = (stream, row.originator_version)
        tick = lane.admit(cursor, placing.slots, placing.window, place, entry, beside=tick)
        placed.append(placing.window.promise(tick))
    return tuple(placed)


def _remember(cursor: sqlite3.Cursor, command: CommandRow | None) -> None:
    if command is None:
        return
    cursor.execute("SELECT request FROM commands WHERE command = ?", (command.command,))
    known = cursor.fetchone()
    if known is not None and bytes(known[0]) != command.request:
        raise CommandReused
    # The same act by two callers at once: the second finds the row, and asks for the answer.
    cursor.execute(
        "INSERT INTO commands VALUES (?,?,?)",
        (command.command, command.request, command.answer),
    )


def _keep(cursor: sqlite3.Cursor, terms: Terms) -> None:
    if terms.label is not None:
        label, stream = terms.label
        cursor.execute("INSERT INTO labels (label, stream) VALUES (?, ?)", (label, stream.hex))
    for head in terms.continued:
        cursor.execute("INSERT INTO continued VALUES (?)", (head,))
    for one in terms.wraps:
        cursor.execute(
            "INSERT OR REPLACE INTO wraps VALUES (?,?,?,?,?)",
            (one.stream.hex(), one.month, one.kind, one.wrap, one.personal),
        )
