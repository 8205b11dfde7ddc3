"""What a store keeps of an erased stream: the mark of its erasure, and its records' tombstones.

A tombstone is what stays of a record (stream, seq, blind, E): it opens the record's leaf in the log
for ever, so that nothing can take its place, and tells nothing else (FORMAT §3). From the mark on
the stream takes no rows; only rows of a stream that is marked whole can be deleted. Both rules are
the database's own, in triggers, whatever the program above does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import AppendConflict
from ledger.stores.append import LAST_SEQ
from ledger.stores.database import Database


@dataclass(frozen=True, slots=True)
class Mark:
    """That a stream was erased: what of it (`personal` or `both`), and by which record.

    `record` is the place of the assented `stream-erased` record, stream:seq; `e` its digest.
    """

    stream: bytes
    scope: str
    record: str
    e: bytes


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of one record of an erased stream."""

    stream: bytes
    seq: int
    blind: bytes
    e: bytes


class Erased:
    """The marks and tombstones in one store's file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        mark: Mark,
        tombstones: Sequence[Tombstone],
        heads: Sequence[tuple[bytes, int]] = (),
    ) -> None:
        """Mark a stream and keep its tombstones, in one transaction. Idempotent.

        Raises:
            AppendConflict: one of the `heads` (stream, last seq) has moved on.
        """
        with self._database.writing() as cursor:
            for stream, seq in heads:
                cursor.execute(LAST_SEQ, (stream.hex(),))
                if cursor.fetchone()[0] != seq:
                    raise AppendConflict
            cursor.execute(
                "INSERT INTO erased VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
                (mark.stream.hex(), mark.scope, mark.record, mark.e),
            )
            rows = [(one.stream.hex(), one.seq, one.blind, one.e) for one in tombstones]
            cursor.write([("INSERT INTO tombstones VALUES (?,?,?,?) ON CONFLICT DO NOTHING", rows)])

    def marks(self) -> tuple[Mark, ...]:
        """Every mark."""
        with self._database.reading() as cursor:
            cursor.execute("SELECT stream, scope, record, e FROM erased ORDER BY stream, scope")
            return tuple(
                Mark(bytes.fromhex(row[0]), row[1], row[2], bytes(row[3]))
                for row in cursor.fetchall()
            )

    def mark(self, stream: bytes, scope: str = "both") -> Mark | None:
        """The mark of a stream, if it was erased to that extent."""
        with self._database.reading() as cursor:
            cursor.execute(
                "SELECT record, e FROM erased WHERE stream = ? AND scope = ?", (stream.hex(), scope)
            )
            row = cursor.fetchone()
            return None if row is None else Mark(stream, scope, row[0], bytes(row[1]))

    def tombstones(self, stream: bytes) -> tuple[Tombstone, ...]:
        """The tombstones of a stream, by ascending seq."""
        with self._database.reading() as cursor:
            cursor.execute(
                "SELECT seq, blind, e FROM tombstones WHERE stream = ? ORDER BY seq",
                (stream.hex(),),
            )
            return tuple(
                Tombstone(stream, int(row[0]), bytes(row[1]), bytes(row[2]))
                for row in cursor.fetchall()
            )

    def remove_rows(self, stream: bytes) -> None:
        """Delete what a marked stream still has here: rows, and keys on their way. Idempotent.

        Raises:
            Unavailable: the file cannot be written, or others read it now: do it again.
        """
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM stored_events WHERE originator_id = ?", (stream.hex(),))
            cursor.execute("DELETE FROM wraps WHERE stream = ?", (stream.hex(),))
        self._database.drive_out(("stored_events", "wraps"))
