"""The library's application recorder on PostgreSQL; see `ledger.stores.recorder`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder

from ledger.stores.append import Appender
from ledger.stores.postgresql.database import PostgresDatabase
from ledger.stores.recorder import AppendingRecorder


class PostgresRecorder(AppendingRecorder, PostgresApplicationRecorder):
    """On a library's schema, which has its tables already. The library's function that inserts
    without a lock is never made there: a reader would miss rows (threats.md, "facts of the stack").
    """

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database)
        self.channel_name = database.place.schema
        self.appender = Appender(database)

    def select_events(self, originator_id: UUID | str, **asked: Any) -> Sequence[StoredEvent]:
        """As the library's; our connections give ids as hex."""
        found = super().select_events(originator_id, **asked)
        return [replace(one, originator_id=UUID(str(one.originator_id))) for one in found]

    def select_notifications(self, *asked: Any, **more: Any) -> Sequence[Notification]:
        """As the library's; our connections give ids as hex."""
        found = super().select_notifications(*asked, **more)
        return [replace(one, originator_id=UUID(str(one.originator_id))) for one in found]
