"""The SQLite seam: one database file, opened durably and guarded, behind the library's datastore.

Only `ledger.stores` imports `eventsourcing`. What the library leaves at SQLite's defaults is set
here for each connection (threats.md, "facts of the stack that bite"). Every foreign exception is
translated here: a file that cannot be used is `Unavailable`, one that is damaged `EvidenceCorrupt`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from threading import Lock, local
from typing import Any

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import ConnectionPoolClosedError, IntegrityError
from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool, SQLiteDatastore

from ledger.errors import EvidenceCorrupt, LedgerError, Unavailable

WAIT_SECONDS = 10
"""How long a writer waits for another writer, in this process or elsewhere."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an acknowledged event survives a power cut
    "PRAGMA secure_delete=ON",  # erased bytes are overwritten in the file
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE deletes past the deny triggers
)

_READ = "The store cannot be read now."
_WRITE = "The store cannot be written now; nothing was recorded."
_COMMIT = (
    "The store failed while it was written. Whether the act was recorded is not certain: repeat it"
    " with the same command number, and it is recorded once."
)
_DAMAGED = "A store's file is damaged. Stop writing, keep the file, and restore it from a backup."
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class GuardedPool(SQLiteConnectionPool):
    """The library's pool, with our settings on every connection.

    Closing it leaves a connection that another thread uses to that thread, which closes it when it
    is done: pulled away under a running statement, SQLite ends the whole process.
    """

    def close(self) -> None:
        """Close what is not in use, now; and the rest when it comes back."""
        with self._put_condition:
            self._closed = True
            while self._pool:
                self._pool.popleft().close()

    def put_connection(self, conn: SQLiteConnection) -> None:
        """Take a connection back."""
        with self._put_condition:
            if not self._closed:
                super().put_connection(conn)
            elif self._in_use.pop(id(conn), None) is not None:
                conn.close()

    def _create_connection(self) -> SQLiteConnection:
        # Asked for among ours: the library would lose a connection whose file is damaged.
        self.is_journal_mode_wal = True
        connection = super()._create_connection()
        try:
            for pragma in PRAGMAS:
                connection._sqlite_conn.execute(pragma).close()
            # Text that is none must reach whoever can say what it should have been.
            connection._sqlite_conn.text_factory = _text
        except BaseException:
            connection.close()
            raise
        return connection


Version = tuple[int, int]
"""One state of one file: the number of the connection that was asked, and its count of commits."""

_numbers = count()


class _Held(local):
    """The connection of the snapshot in which this thread reads, if it reads."""

    connection: sqlite3.Connection | None = None


class GuardedDatastore(SQLiteDatastore):
    """The library's datastore over `GuardedPool`, with a writer lock of its own.

    One connection is always there, and who finds it free uses it, to read and to write: a
    connection that writes keeps the pages that it knows, every other one has to read them again.
    Who finds it taken borrows from the pool.
    """

    def __init__(self, db_name: str) -> None:
        self._resident: SQLiteConnection | None = None
        self._taken = Lock()
        self._watch: SQLiteConnection | None = None
        self._watch_number = 0
        self._watching = Lock()
        super().__init__(db_name, lock_timeout=WAIT_SECONDS)
        self.pool.close()
        self.pool = GuardedPool(db_name=db_name, lock_timeout=WAIT_SECONDS)
        self.held = _Held()
        self._writing = Lock()

    def version(self) -> Version:
        """What is another one as soon as anybody, in any process, committed to the file.

        What was read after a version was asked for is still so while the version is the same.
        SQLite counts for each connection what others commit, so the one that is asked here does
        nothing else.

        Raises:
            Unavailable: the file cannot be read.
        """
        with translated(), self._watching:
            self._check_open()
            if self._watch is None:
                self._watch = self.pool._create_connection()
                self._watch_number = next(_numbers)
            counted = self._watch._sqlite_conn.execute("PRAGMA data_version").fetchone()
            return self._watch_number, int(counted[0])

    def ask(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        """All rows of one small query, in this thread's snapshot if it holds one.

        Raises:
            Unavailable: the file cannot be read.
            EvidenceCorrupt: the file is damaged.
        """
        held = self.held.connection
        try:
            if held is not None:
                return held.execute(statement, values).fetchall()
            resident = self._take()
            if resident is not None:
                try:
                    return resident._sqlite_conn.execute(statement, values).fetchall()
                finally:
                    self._give_back()
        except (sqlite3.Error, EventSourcingError) as error:
            raise _ours(error, _READ) from error
        with reading(self) as cursor:
            return cursor.execute(statement, values).fetchall()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """Lend a connection; one thread at a time writes.

        The pool's own writer lock is not used: it stays taken for ever when a connection cannot be
        made, so that one full moment of the disk would end all writing.
        """
        with self._turn() if commit else nullcontext():
            resident = self._take()
            if resident is None:
                with super().get_connection(commit=False) as one:
                    yield one
                return
            try:
                yield resident
            finally:
                self._give_back()

    def close(self) -> None:
        """Close what is not in use, now; and the rest when it comes back."""
        super().close()
        self._close_resident()
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None

    def _take(self) -> SQLiteConnection | None:
        """The connection that is always there, for the caller alone; None while it is taken."""
        if not self._taken.acquire(blocking=False):
            return None
        try:
            self._check_open()
            if self._resident is None or self._resident.closed:
                self._resident = self.pool._create_connection()
        except BaseException:
            self._taken.release()
            raise
        return self._resident

    def _give_back(self) -> None:
        self._taken.release()
        if self.pool.closed:
            self._close_resident()

    def _close_resident(self) -> None:
        if self._taken.acquire(blocking=False):
            try:
                if self._resident is not None:
                    self._resident.close()
                    self._resident = None
            finally:
                self._taken.release()

    def _check_open(self) -> None:
        if self.pool.closed:
            raise ConnectionPoolClosedError

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=WAIT_SECONDS):
            raise Unavailable(_WRITE)
        try:
            yield
        finally:
            self._writing.release()


def open_datastore(path: Path, *, create: bool) -> GuardedDatastore:
    """Open the database file at `path`; a new one gets mode 0600 before SQLite touches it.

    Raises:
        Unavailable: the file is missing (and not to be created), cannot be opened, or others may
            read it.
    """
    try:
        if create:
            path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The store {path.name} cannot be made here.") from error
    if not path.exists():
        raise Unavailable(f"The store {path.name} is missing. Restore it from a backup.")
    if path.stat().st_mode & 0o077:
        raise Unavailable(f"Others may read the store {path.name}. Run: chmod 600 {path}")
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
        Unavailable: the lock, the disk or the file did not play along. The sentence says whether
            nothing was written, or whether that is not certain because COMMIT itself failed.
        EvidenceCorrupt: the file is damaged.
        IntegrityError: SQLite's or the library's, as it comes; what it means is the caller's to
            say.
    """
    with translated(_WRITE), datastore.get_connection(commit=True) as connection:
        try:
            with closing(connection._sqlite_conn.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                with translated(_COMMIT):
                    _commit(cursor)
        except BaseException:
            _abandon(connection)
            raise


@contextmanager
def reading(datastore: GuardedDatastore) -> Iterator[sqlite3.Cursor]:
    """Read within one snapshot: this thread's, where it is reading this file already.

    Raises:
        Unavailable: the file cannot be read.
        EvidenceCorrupt: the file is damaged.
    """
    held = datastore.held
    if held.connection is not None:
        # What goes wrong is translated where the snapshot was taken, or sooner by the caller.
        with translated():
            yield held.connection.cursor()
        return
    with (
        translated(),
        datastore.get_connection(commit=False) as lent,
        _held(held, lent._sqlite_conn),
    ):
        yield lent._sqlite_conn.cursor()


@contextmanager
def _held(held: _Held, connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    held.connection = connection
    try:
        yield
    finally:
        held.connection = None
        connection.rollback()


@contextmanager
def translated(sentence: str = _READ) -> Iterator[None]:
    """Put the library's and SQLite's exceptions into ours.

    Raises:
        Unavailable: with the sentence.
        EvidenceCorrupt: the file is damaged.
    """
    try:
        yield
    except (sqlite3.IntegrityError, IntegrityError):
        raise
    except (sqlite3.Error, EventSourcingError) as error:
        raise _ours(error, sentence) from error


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _ours(error: Exception, sentence: str) -> LedgerError:
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the kind of fault; the rest says where exactly.
    if code is not None and code & 0xFF in _DAMAGE_CODES:
        return EvidenceCorrupt(_DAMAGED)
    return Unavailable(sentence)


def _commit(cursor: sqlite3.Cursor) -> None:
    cursor.execute("COMMIT")


def _abandon(connection: SQLiteConnection) -> None:
    """Roll back; a connection that cannot even do that is not lent again."""
    try:
        if connection._sqlite_conn.in_transaction:
            connection._sqlite_conn.rollback()
    except sqlite3.Error:
        connection.close()
