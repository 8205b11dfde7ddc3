"""Projected rows: a view's rows and its position, changed in one transaction.

The position is refused to move backwards, so that two runners cannot apply the same page twice.
Rows are JSON text under a key; what they mean is the view's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ledger.errors import AppendConflict
from ledger.stores.database import Database

NOWHERE = bytes(16)
"""Stands in the place of a stream where a label was withdrawn; no stream has this id."""

_UNLESS_OPEN = (
    "DELETE FROM projected WHERE view = ? AND key = ? AND"
    " (SELECT stream FROM labels WHERE label = ? ORDER BY position DESC LIMIT 1) = ?"
)


class Projected:
    """The projected rows in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def position(self, view: str) -> int:
        """How far the view has read the store, 0 before the first page."""
        found = self.database.ask("SELECT position FROM tracking WHERE view = ?", (view,))
        return int(found[0][0]) if found else 0

    def apply(self, view: str, position: int, changes: Mapping[str, str | None]) -> None:
        """Write rows (or remove them, for None) and move the position, all or nothing.

        What belongs to a case that was withdrawn meanwhile is not written.

        Raises:
            AppendConflict: another runner has come as far already.
            Unavailable: the store cannot be written; nothing changed.
        """
        removed = [(view, key) for key, row in changes.items() if row is None]
        written = [(view, key, row) for key, row in changes.items() if row is not None]
        with self.database.writing() as cursor:
            cursor.execute(
                "INSERT INTO tracking (view, position) VALUES (?,?) ON CONFLICT (view)"
                " DO UPDATE SET position = excluded.position"
                " WHERE tracking.position < excluded.position",
                (view, position),
            )
            if not cursor.rowcount:
                raise AppendConflict("the view")
            cursor.write(
                [
                    ("DELETE FROM projected WHERE view = ? AND key = ?", removed),
                    (
                        "INSERT INTO projected (view, key, row) VALUES (?,?,?)"
                        " ON CONFLICT (view, key) DO UPDATE SET row = excluded.row",
                        written,
                    ),
                    (
                        _UNLESS_OPEN,
                        [
                            (view, key, key.partition(" ")[0], UUID(bytes=NOWHERE).hex)
                            for _, key, _ in written
                        ],
                    ),
                ]
            )

    def forget(self, view: str) -> None:
        """Drop a view's rows and position, so that it is built anew."""
        with self.database.writing() as cursor:
            cursor.execute("DELETE FROM projected WHERE view = ?", (view,))
            cursor.execute("DELETE FROM tracking WHERE view = ?", (view,))

    def views(self) -> tuple[str, ...]:
        """The views that have read something, in order."""
        with self.database.reading() as cursor:
            cursor.execute("SELECT view FROM tracking ORDER BY view")
            return tuple(str(row[0]) for row in cursor.fetchall())

    def rows(self, view: str) -> tuple[tuple[str, str], ...]:
        """Every row of a view with its key, in the order of the keys."""
        with self.database.reading() as cursor:
            cursor.execute("SELECT key, row FROM projected WHERE view = ? ORDER BY key", (view,))
            return tuple((row[0], row[1]) for row in cursor.fetchall())

    def keys(self, view: str, prefix: str) -> tuple[str, ...]:
        """The keys of a view that begin with a prefix, in order."""
        with self.database.reading() as cursor:
            cursor.execute(
                "SELECT key FROM projected WHERE view = ? AND key >= ? AND key < ? ORDER BY key",
                (view, prefix, prefix + "\uffff"),
            )
            return tuple(row[0] for row in cursor.fetchall())
