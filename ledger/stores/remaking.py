"""Tables of a file that an earlier version made otherwise, made anew with all their rows.

A table that no version of this program made is left as it is: `store check` names it, and somebody
has to look.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.stores.database import Cursor
from ledger.stores.schema import EARLIER


def remake(cursor: Cursor, schema: Sequence[str]) -> None:
    """Make anew what an earlier version made, as `schema` says now. Idempotent.

    Runs in the caller's transaction: nothing is lost, whatever fails.
    """
    # A table is gone for a moment, with the rows that others point to.
    cursor.execute("PRAGMA defer_foreign_keys=ON")
    for table, earlier in EARLIER.items():
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
        if [sql for (sql,) in cursor.fetchall()] == [earlier]:
            (now,) = (
                one for one in schema if one.startswith(f"CREATE TABLE IF NOT EXISTS {table} ")
            )
            _remake(cursor, table, now)


def _remake(cursor: Cursor, table: str, now: str) -> None:
    cursor.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type <> 'table' AND sql IS NOT NULL",
        (table,),
    )
    # With a table go its indexes and triggers.
    beside = [sql for (sql,) in cursor.fetchall()]
    for statement in (
        f"CREATE TABLE earlier AS SELECT * FROM {table}",  # noqa: S608 - a name, ours.
        f"DROP TABLE {table}",
        now,
        f"INSERT INTO {table} SELECT * FROM earlier",  # noqa: S608 - a name, ours.
        "DROP TABLE earlier",
        *beside,
    ):
        cursor.execute(statement)
