"""The SQLite seam: one database file, opened durably and guarded, behind the library's datastore.

Only `ledger.stores` imports `eventsourcing`. What the library leaves at SQLite's defaults is set
here for each connection (threats.md, "facts of the stack that bite").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import PersistenceError
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore

from ledger.errors import Unavailable

PRAGMAS = (
    "PRAGMA synchronous=FULL",  # an acknowledged event survives a power cut
    "PRAGMA secure_delete=ON",  # erased bytes are overwritten in the file
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA foreign_keys=ON",
)


class GuardedPool(SQLiteConnectionPool):
    """The library's pool, with our settings on every connection."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection._sqlite_conn.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
        return connection


class GuardedDatastore(SQLiteDatastore):
    """The library's datastore over `GuardedPool`."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, lock_timeout=10)
        self.pool.close()
        self.pool = GuardedPool(db_name=db_name, lock_timeout=10)


def open_datastore(path: Path, *, create: bool) -> GuardedDatastore:
    """Open the database file at `path`; a new one gets mode 0600 before SQLite touches it.

    Raises:
        Unavailable: the file is missing (and not to be created) or cannot be opened.
    """
    if create:
        path.touch(mode=0o600, exist_ok=True)
    elif not path.exists():
        raise Unavailable(f"The store {path.name} is missing. Restore it from a backup.")
    return GuardedDatastore(str(path))


def open_tables(path: Path, schema: Sequence[str], *, create: bool) -> GuardedDatastore:
    """Open the database file at `path`; a new one gets the tables of `schema`.

    Raises:
        Unavailable: as `open_datastore`.
    """
    datastore = open_datastore(path, create=create)
    if create:
        with immediate(datastore) as cursor:
            for statement in schema:
                cursor.execute(statement)
    return datastore


@contextmanager
def immediate(datastore: SQLiteDatastore) -> Iterator[sqlite3.Cursor]:
    """Run one write transaction, taking the write lock first.

    A plain BEGIN that reads and then writes fails at once when another process has committed
    between (SQLITE_BUSY_SNAPSHOT ignores the time-out); BEGIN IMMEDIATE waits its turn.

    Raises:
        Unavailable: the lock, the disk or the file did not play along; nothing was written.
    """
    with _connection(datastore) as connection:
        cursor = connection._sqlite_conn.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor
            cursor.execute("COMMIT")
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            _roll_back(connection)
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise Unavailable("The store cannot be written now; nothing was recorded.") from error
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            cursor.close()


@contextmanager
def _connection(datastore: SQLiteDatastore) -> Iterator[SQLiteConnection]:
    try:
        connection = datastore.pool.get_connection(is_writer=True)
    except (sqlite3.DatabaseError, PersistenceError) as error:
        raise Unavailable("The store cannot be opened now.") from error
    try:
        yield connection
    finally:
        datastore.pool.put_connection(connection)


@contextmanager
def reading(datastore: SQLiteDatastore) -> Iterator[sqlite3.Cursor]:
    """Read within one snapshot.

    Raises:
        Unavailable: the file cannot be read.
    """
    try:
        with datastore.transaction(commit=False) as cursor:
            yield cursor  # type: ignore[misc]  # the library yields its thin cursor or SQLite's own
    except (sqlite3.DatabaseError, PersistenceError) as error:
        raise Unavailable("The store cannot be read now.") from error


def _roll_back(connection: SQLiteConnection) -> None:
    if connection._sqlite_conn.in_transaction:
        connection._sqlite_conn.rollback()
