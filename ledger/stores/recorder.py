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


class Appending(ApplicationRecorder):
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
        return [self.appender.position_of(row.stream, row.seq) for row in rows]


class SQLiteRecorder(Appending, SQLiteApplicationRecorder):
    """On a database file, which has its tables already."""

    def __init__(self, database: SQLiteDatabase) -> None:
        super().__init__(database)
        self.appender = Appender(database)


def _bytes(originator_id: UUID | str) -> bytes:
    return UUID(str(originator_id)).bytes
