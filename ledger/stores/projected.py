"""Projected rows: a view's rows and its position, changed in one transaction.

The library's tracking recorder keeps the position and refuses to move it backwards, so that two
runners cannot apply the same page twice. Rows are JSON text under a key; what they mean is the
view's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.sqlite import SQLiteCursor, SQLiteTrackingRecorder

from ledger.errors import AppendConflict
from ledger.stores.sqlite import immediate, open_datastore, reading

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS projected (view TEXT NOT NULL, key TEXT NOT NULL,"
    " row TEXT NOT NULL, PRIMARY KEY (view, key)) WITHOUT ROWID"
)


class ProjectedRecorder(SQLiteTrackingRecorder):
    """The library's recorder with one table more."""

    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), SCHEMA]


class Projected:
    """The projected rows in one database file (the open store's)."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file; make the tables when `create`.

        Raises:
            Unavailable: the file is missing or unusable.
        """
        self._datastore = open_datastore(path, create=create)
        self._recorder = ProjectedRecorder(self._datastore)
        if create:
            self._recorder.create_table()

    def position(self, view: str) -> int:
        """How far the view has read the store, 0 before the first page."""
        return self._recorder.max_tracking_id(view) or 0

    def apply(self, view: str, position: int, changes: Mapping[str, str | None]) -> None:
        """Write rows (or remove them, for None) and move the position, all or nothing.

        Raises:
            AppendConflict: another runner has come as far already.
            Unavailable: the store cannot be written; nothing changed.
        """
        try:
            with immediate(self._datastore) as cursor:
                for key, row in changes.items():
                    if row is None:
                        cursor.execute(
                            "DELETE FROM projected WHERE view = ? AND key = ?", (view, key)
                        )
                    else:
                        cursor.execute(
                            "INSERT OR REPLACE INTO projected VALUES (?,?,?)", (view, key, row)
                        )
                tracking = Tracking(view, position)
                self._recorder._insert_tracking(SQLiteCursor(cursor), tracking)
        except IntegrityError as error:
            raise AppendConflict("the view") from error

    def forget(self, view: str) -> None:
        """Drop a view's rows and position, so that it is built anew."""
        with immediate(self._datastore) as cursor:
            cursor.execute("DELETE FROM projected WHERE view = ?", (view,))
            cursor.execute("DELETE FROM tracking WHERE application_name = ?", (view,))

    def views(self) -> tuple[str, ...]:
        """The views that have read something, in order."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT DISTINCT application_name FROM tracking ORDER BY 1")
            return tuple(str(row[0]) for row in cursor.fetchall())

    def rows(self, view: str) -> tuple[tuple[str, str], ...]:
        """Every row of a view with its key, in the order of the keys."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT key, row FROM projected WHERE view = ? ORDER BY key", (view,))
            return tuple((row[0], row[1]) for row in cursor.fetchall())

    def keys(self, view: str, prefix: str) -> tuple[str, ...]:
        """The keys of a view that begin with a prefix, in order."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT key FROM projected WHERE view = ? AND key >= ? AND key < ? ORDER BY key",
                (view, prefix, prefix + "\uffff"),
            )
            return tuple(row[0] for row in cursor.fetchall())

    def close(self) -> None:
        """Close the file."""
        self._datastore.close()
