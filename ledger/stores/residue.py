"""Residue: what stays in a database's files after a deletion, and how it is driven out.

`secure_delete` overwrites deleted cells in their pages, but older pages still lie in the
write-ahead log, and cells that were moved leave copies behind. Rewriting the file and emptying the
log ends both. What the file system or a drive keeps of old blocks is out of reach (threats.md
§2.3): there only the destroyed key helps.
"""

from __future__ import annotations

from eventsourcing.sqlite import SQLiteDatastore

from ledger.errors import Unavailable
from ledger.stores.sqlite import translated

_BUSY = "Another program reads the store, so that erased bytes may still lie there. Repeat it."


def leave_no_residue(datastore: SQLiteDatastore) -> None:
    """Rewrite the file without what was deleted, and empty its write-ahead log. Idempotent.

    Raises:
        Unavailable: the disk is full, or another program reads or writes now: do it again.
    """
    with translated(_BUSY), datastore.get_connection(commit=True) as connection:
        connection._sqlite_conn.execute("VACUUM").close()
    empty_log(datastore)


def empty_log(datastore: SQLiteDatastore) -> None:
    """Move all pages of the write-ahead log into the file, and cut it to nothing.

    Raises:
        Unavailable: another program reads or writes now: do it again.
    """
    with translated(_BUSY), datastore.get_connection(commit=True) as connection:
        row = connection._sqlite_conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if row is None or row[0]:
        raise Unavailable(_BUSY)
