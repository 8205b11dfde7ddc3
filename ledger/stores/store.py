"""A store of streams: what the register and the sequencer may ask of `open`, `inbox` or `vault`.

Streams are 16 bytes, rows are opaque bytes, ticks are numbers of the schedule. Positions are this
store's own, dense from 1 in the order of commits, and never leave the house.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from ledger.evidence.grammar import parse_position
from ledger.stores.recorder import (
    TOPIC,
    CommandRow,
    Condition,
    Dependency,
    LedgerRecorder,
    Terms,
    Window,
    promise,
    reserve,
)
from ledger.stores.sqlite import immediate, open_datastore, reading

TickOf = Callable[[bytes, int], int | None]
"""Tells the tick in which a record stands: None while it waits, 0 where no lane took it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored record: its place and its ciphertext."""

    stream: bytes
    seq: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Pending:
    """A commitment on its way into the log: the tick reserved and promised, once they are."""

    stream: bytes
    seq: int
    commitment: bytes
    tick: int | None
    promised: int | None
    issued_at: datetime | None


class Store:
    """One of the three stores of rows, in one database file."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file; make the tables when `create`.

        Raises:
            Unavailable: the file is missing or unusable.
        """
        self.name = path.stem
        self._datastore = open_datastore(path, create=create)
        self._recorder = LedgerRecorder(self._datastore)
        if create:
            self._recorder.create_table()

    def append(self, rows: Sequence[Row], terms: Terms) -> None:
        """Append rows of one or more streams in one transaction.

        Raises:
            AppendConflict, CommandReused, Unavailable: as `LedgerRecorder.insert_events`.
        """
        self._recorder.insert_events([_stored(row) for row in rows], terms=terms)

    def copy_in(self, rows: Sequence[Row]) -> None:
        """Take over ciphertext rows of another store, without commitments. Idempotent."""
        missing = [row for row in rows if row.seq > self.last_seq(row.stream)]
        if missing:
            first = missing[0]
            conditions = (Condition(UUID(bytes=first.stream), first.seq - 1),)
            self.append(missing, Terms(conditions=conditions))

    def rows(self, stream: bytes, *, after: int = 0) -> tuple[Row, ...]:
        """The rows of a stream with seq > after, in order; empty when there is no such stream."""
        found = self._recorder.select_events(UUID(bytes=stream), gt=after)
        return tuple(Row(stream, event.originator_version, event.state) for event in found)

    def last_seq(self, stream: bytes) -> int:
        """The last seq of a stream, 0 when it has none."""
        with reading(self._datastore) as cursor:
            return self._recorder.last_seq(cursor, UUID(bytes=stream))

    def page(self, after: int, limit: int) -> tuple[tuple[int, Row], ...]:
        """Rows with their positions, positions > after, ascending."""
        found = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return tuple(
            (n.id, Row(_bytes(n.originator_id), n.originator_version, n.state)) for n in found
        )

    def streams(self) -> tuple[bytes, ...]:
        """Every stream that has a row here, in the order of arrival."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT originator_id FROM stored_events WHERE originator_version = 1"
                " ORDER BY rowid"
            )
            return tuple(bytes.fromhex(row[0]) for row in cursor.fetchall())

    def labelled(self, label: str) -> bytes | None:
        """The newest stream that was appended under this label."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT stream FROM labels WHERE label = ? ORDER BY position DESC LIMIT 1", (label,)
            )
            row = cursor.fetchone()
            return None if row is None else bytes.fromhex(row[0])

    def label_of(self, stream: bytes) -> str | None:
        """The label under which a stream was appended, if it has one."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT label FROM labels WHERE stream = ? LIMIT 1", (stream.hex(),))
            row = cursor.fetchone()
            return None if row is None else str(row[0])

    def labels(self) -> tuple[tuple[str, bytes], ...]:
        """Every label with its newest stream, in alphabetical order."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT label, stream FROM labels WHERE position IN"
                " (SELECT MAX(position) FROM labels GROUP BY label) ORDER BY label"
            )
            return tuple((row[0], bytes.fromhex(row[1])) for row in cursor.fetchall())

    def answer(self, command: str) -> CommandRow | None:
        """The row of a command already carried out."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT request, answer FROM commands WHERE command = ?", (command,))
            row = cursor.fetchone()
            return None if row is None else CommandRow(command, bytes(row[0]), bytes(row[1]))

    def pending(self, stream: bytes, seq: int) -> Pending | None:
        """The commitment of one record, if it was made in this store."""
        with reading(self._datastore) as cursor:
            cursor.execute(f"{_SELECT_PENDING} WHERE stream = ? AND seq = ?", (stream.hex(), seq))
            row = cursor.fetchone()
            return None if row is None else _pending(row)

    def close_tick(
        self, tick: int, next_window: Window, tick_of: TickOf, terms: Terms
    ) -> tuple[bytes, ...]:
        """Close a tick for this lane and give its commitments; then let the waiting reserve.

        From now on nothing is placed at or before `tick`. Idempotent: closing again gives the same.
        `tick_of` tells the tick of a record in any lane, None while it waits.

        Raises:
            Unavailable: the store cannot be written; the tick stays open.
        """
        ready = self._ready(next_window, tick_of)
        with immediate(self._datastore) as cursor:
            cursor.execute("UPDATE lane SET closed = MAX(closed, ?)", (tick,))
            cursor.execute("SELECT commitment FROM commitments WHERE tick = ?", (tick,))
            entries = tuple(bytes(row[0]) for row in cursor.fetchall())
            for position, stream, seq, earliest in ready:
                self._place(cursor, position, stream, seq, earliest, next_window, terms)
            return entries

    def _ready(self, window: Window, tick_of: TickOf) -> list[tuple[int, str, int, int]]:
        """The waiting that were received by the window's first tick and rest on nothing waiting."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT position, stream, seq, received, rests_on FROM commitments"
                " WHERE tick IS NULL AND received <= ? ORDER BY position",
                (window.first,),
            )
            waiting = cursor.fetchall()
        ready = []
        for position, stream, seq, received, rests_on in waiting:
            ticks = [tick_of(*parse_position(one)) for one in rests_on.split()]
            placed = [one for one in ticks if one is not None]
            if len(placed) == len(ticks):
                ready.append((position, stream, seq, max(received, *placed, 0)))
        return ready

    def _place(
        self,
        cursor: sqlite3.Cursor,
        position: int,
        stream: str,
        seq: int,
        earliest: int,
        window: Window,
        terms: Terms,
    ) -> None:
        cursor.execute(
            "SELECT tick FROM commitments WHERE stream = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
            (stream, seq),
        )
        before = cursor.fetchone()
        if before is not None and before[0] is None:
            return
        earliest = max(earliest, before[0] if before else 0)
        tick = reserve(cursor, window, earliest, terms)
        if tick is not None:
            cursor.execute(
                "UPDATE commitments SET tick = ?, promised = ?, issued_at = ? WHERE position = ?",
                (tick, *promise(tick, window), position),
            )

    def close(self) -> None:
        """Close the file."""
        self._datastore.close()


_SELECT_PENDING = "SELECT stream, seq, commitment, tick, promised, issued_at FROM commitments"


def _pending(row: Sequence[object]) -> Pending:
    stream, seq, commitment, tick, promised, issued_at = row
    return Pending(
        bytes.fromhex(str(stream)),
        int(str(seq)),
        bytes(commitment),  # type: ignore[call-overload]  # a BLOB column
        None if tick is None else int(str(tick)),
        None if promised is None else int(str(promised)),
        None if issued_at is None else datetime.fromisoformat(str(issued_at)),
    )


def _stored(row: Row) -> StoredEvent:
    return StoredEvent(
        originator_id=UUID(bytes=row.stream),
        originator_version=row.seq,
        topic=TOPIC,
        state=row.state,
    )


def _bytes(originator_id: UUID | str) -> bytes:
    return originator_id.bytes if isinstance(originator_id, UUID) else UUID(originator_id).bytes


__all__ = ["CommandRow", "Condition", "Dependency", "Pending", "Row", "Store", "Terms", "Window"]
