"""The library's application recorders with `insert_events` replaced whole (ADR 0003).

The library reads through them, and its own base cases examine them; whatever writes, the ledger or
the library, goes through the one `Appender` of its database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder

from ledger.errors import AppendConflict
from ledger.stores.append import Appender, Row, Terms
from ledger.stores.database import IntegrityError
from ledger.stores.sqlite import SQLiteDatabase


class AppendingRecorder(ApplicationRecorder):
    """What both recorders do with events that the library gives them."""

    appender: Appender

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Append rows without terms, all or nothing; gives their positions.

        Raises:
            IntegrityError: a version is taken.
            Unavailable, OutcomeUnknown, EvidenceCorrupt: see `ledger.stores.database`.
        """
        rows = [
            Row(_bytes(one.originator_id), one.originator_version, one.state, one.topic)
            for one in stored_events
        ]
        try:
            self.appender.append(rows, Terms())
        except AppendConflict as error:
            raise IntegrityError(error) from error
        return [self._position_of(row) for row in rows]

    def _position_of(self, row: Row) -> int:
        database = self.appender.database
        statement = (
            f"SELECT {database.position} FROM stored_events"  # noqa: S608 - a column's name, ours.
            " WHERE originator_id = ? AND originator_version = ?"
        )
        return int(database.ask(statement, (row.stream.hex(), row.seq))[0][0])


class SQLiteRecorder(AppendingRecorder, SQLiteApplicationRecorder):
    """On a database file, which has its tables already."""

    def __init__(self, database: SQLiteDatabase) -> None:
        super().__init__(database)
        self.appender = Appender(database)


def _bytes(originator_id: UUID | str) -> bytes:
    return UUID(str(originator_id)).bytes
