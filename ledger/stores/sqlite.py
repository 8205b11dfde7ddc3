"""The SQLite seam: one database file, opened durably and guarded, behind the library's datastore.

Cites: `ledger.stores.database` for what every database does.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock, local
from typing import Any

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import ConnectionPoolClosedError, IntegrityError
from eventsourcing.sqlite import SQLiteConnection, SQLiteDatastore

from ledger.errors import EvidenceCorrupt, LedgerError, OutcomeUnknown, Unavailable
from ledger.stores.database import WAIT_SECONDS, Asked, Batch, Cursor, Turn, Version
from ledger.stores.pool import GuardedPool
from ledger.stores.schema import EARLIER

LOOK_SECONDS = 0.2
"""How often somebody who waits for news looks."""

FENCED = "moved"
"""What triggers say that close a file for ever, because the ledger moved to another store."""

COMMITS = 90
"""After so many commits the write-ahead log goes into the file, if it did not for its pages before
(`ledger.stores.pool`): a file that does not grow is written faster, and lone appends need no more.
"""

_READ = "The store cannot be read now."
_WRITE = "The store cannot be written now; nothing was recorded."
_BUSY = "Another program reads the store, so that erased bytes may still lie there. Repeat it."
_REPLACED = "The {name} was replaced meanwhile. Start this program again."
_DAMAGED = "A store's file is damaged. Stop writing, keep the file, and restore it from a backup."
_MOVED = (
    "The ledger was moved away from here; nothing is recorded here any more. Start this program"
    " again where it is now. If a move broke off, repeat it: disclosure-ledger store copy TO"
    " --switch"
)
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")
_numbers = count()


class SQLiteCursor(sqlite3.Cursor):
    """See `ledger.stores.database.Cursor`."""

    number = 0
    """Which of its database's write transactions in this process it serves, if one."""

    def turn(self) -> Turn:
        """See `ledger.stores.database.Cursor`. What other connections commit shows in the count
        that SQLite keeps for this one.
        """
        (counted,) = self.execute("PRAGMA data_version").fetchone()
        return (self.connection, counted), self.number

    def together(self, asked: Sequence[Asked], /) -> list[list[Any]]:
        """Run queries, one after the other: here there is no way to save."""
        return [self.execute(statement, values).fetchall() for statement, values in asked]

    def write(self, batches: Sequence[Batch], /) -> None:
        """Run batches in their order."""
        for statement, values in batches:
            self.executemany(statement, values)


class _Held(local):
    """The connection of the snapshot in which this thread reads, if it reads."""

    connection: sqlite3.Connection | None = None


class SQLiteDatabase(SQLiteDatastore):
    """The library's datastore over `GuardedPool`, with a writer lock of its own.

    One connection is always there, and who finds it free uses it, to read and to write: a
    connection that writes keeps the pages that it knows, every other one has to read them again.
    Who finds it taken borrows from the pool.
    """

    position = "rowid"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _identity(path)
        self._resident: SQLiteConnection | None = None
        self._taken = Lock()
        self._watch: SQLiteConnection | None = None
        self._watch_number = 0
        self._watching = Lock()
        super().__init__(str(path), lock_timeout=WAIT_SECONDS)
        self.pool.close()
        self.pool = GuardedPool(db_name=str(path), lock_timeout=WAIT_SECONDS)
        self._held = _Held()
        self._turns = Lock()
        self._writes = 0

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Run one write transaction; see `Database.writing`.

        A plain BEGIN that reads and then writes fails at once when another process has committed
        between (SQLITE_BUSY_SNAPSHOT ignores the time-out); BEGIN IMMEDIATE waits its turn.
        """
        with translated(_WRITE), self.get_connection(commit=True) as connection:
            cursor = connection._sqlite_conn.cursor(SQLiteCursor)
            try:
                cursor.execute("BEGIN IMMEDIATE")
                self._writes += 1
                cursor.number = self._writes
                yield cursor
                try:
                    _commit(cursor)
                except sqlite3.Error as error:
                    raise _ours(error, OutcomeUnknown()) from error
                self._put_away(cursor)
            except BaseException:
                cursor.close()
                _abandon(connection)
                raise
            cursor.close()

    def _put_away(self, cursor: sqlite3.Cursor) -> None:
        # What was committed stays so, whatever becomes of this; and readers are not waited for.
        if self._writes % COMMITS == 0:
            with suppress(sqlite3.Error):
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Read within one snapshot; see `Database.reading`."""
        if self._held.connection is not None:
            # What goes wrong is translated where the snapshot was taken, or sooner by the caller.
            with translated():
                yield self._held.connection.cursor(SQLiteCursor)
            return
        with (
            translated(),
            self.get_connection(commit=False) as lent,
            self._holding(lent._sqlite_conn),
        ):
            yield lent._sqlite_conn.cursor(SQLiteCursor)

    @contextmanager
    def _holding(self, connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN")
        self._held.connection = connection
        try:
            yield
        finally:
            self._held.connection = None
            connection.rollback()

    def version(self) -> Version:
        """See `Database.version`. SQLite counts for each connection what others commit, so the one
        that is asked here does nothing else.
        """
        try:
            with self._watching:
                self._check_open()
                if self._watch is None:
                    self._watch = self.pool._create_connection()
                    self._watch_number = next(_numbers)
                counted = self._watch._sqlite_conn.execute("PRAGMA data_version").fetchone()
                return self._watch_number, counted[0]
        except (sqlite3.Error, EventSourcingError) as error:
            raise _ours(error, Unavailable(_READ)) from error

    def wait(self, seen: Version, seconds: float) -> bool:
        """See `Database.wait`."""
        until = time.monotonic() + seconds
        while self.version() == seen:
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, LOOK_SECONDS))
        return True

    def ask(self, statement: str, values: Sequence[Any] = (), /) -> list[Any]:
        """See `Database.ask`."""
        held = self._held.connection
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
            raise _ours(error, Unavailable(_READ)) from error
        with self.reading() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def drive_out(self, tables: Sequence[str], *, rewrite: bool = False) -> None:
        """See `Database.drive_out`.

        `secure_delete` overwrites deleted cells in their pages, but cells that were moved leave
        copies behind, and older pages still lie in the write-ahead log. Rewriting the file and
        emptying the log end both.
        """
        with translated(_BUSY), self.get_connection(commit=True) as connection:
            if rewrite:
                connection._sqlite_conn.execute("VACUUM").close()
            row = connection._sqlite_conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row is None or row[0]:
            raise Unavailable(_BUSY)

    def confirm(self) -> None:
        """See `Database.confirm`: what can be read from a file is in the file."""

    def check_in_place(self) -> None:
        """See `Database.check_in_place`."""
        if _identity(self._path) != self._file:
            raise Unavailable(_REPLACED.format(name=self._path.stem))

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """Lend a connection; one thread at a time writes.

        The pool's own writer lock is not used: it stays taken for ever when a connection cannot be
        made, so that one full moment of the disk would end all writing.
        """
        if commit and not self._turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable(_WRITE)
        try:
            resident = self._take()
            if resident is None:
                with super().get_connection(commit=False) as one:
                    yield one
                return
            try:
                yield resident
            finally:
                self._give_back()
        finally:
            if commit:
                self._turns.release()

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


def open_file(path: Path, schema: Sequence[str], *, create: bool) -> SQLiteDatabase:
    """Open the database file at `path`; with `create` it is made, with the tables of `schema`, and
    has mode 0600 before SQLite touches it.

    A file of an earlier version gets the tables that came since; those that it has stay as they
    are until somebody has them made anew (`ledger.stores.remaking`).

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
    database = SQLiteDatabase(path)
    if create or _is_earlier(database, schema):
        with database.writing() as cursor:
            for statement in schema:
                cursor.execute(statement)
    return database


def _is_earlier(database: SQLiteDatabase, schema: Sequence[str]) -> bool:
    """Whether an earlier version made the file, and lacked a table of today.

    A table that is missing from any other file was taken away, and does not come back as an empty
    one.
    """
    found: dict[str, str] = {}
    # A file that cannot be read says so to who reads it.
    with suppress(LedgerError):
        found.update(database.ask("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    if not any(found.get(table) == made for table, made in EARLIER.items()):
        return False
    return any(name not in found for one in schema for name in _TABLE.findall(one))


@contextmanager
def translated(sentence: str = _READ) -> Iterator[None]:
    """Put the library's and SQLite's exceptions into those of `ledger.stores.database`."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if str(error) == FENCED:
            raise Unavailable(_MOVED) from error
        raise IntegrityError(error) from error
    except IntegrityError:
        raise
    except (sqlite3.Error, EventSourcingError) as error:
        raise _ours(error, Unavailable(sentence)) from error


def _ours(error: Exception, otherwise: LedgerError) -> LedgerError:
    cause = error if isinstance(error, sqlite3.Error) else error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the kind of fault; the rest says where exactly.
    if code is not None and code & 0xFF in _DAMAGE_CODES:
        return EvidenceCorrupt(_DAMAGED)
    return otherwise


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise Unavailable(f"The store {path.name} is missing. Restore it from a backup.") from error
    return status.st_dev, status.st_ino


def _commit(cursor: sqlite3.Cursor) -> None:
    cursor.execute("COMMIT")


def _abandon(connection: SQLiteConnection) -> None:
    """Roll back; a connection that cannot even do that is not lent again."""
    try:
        if connection._sqlite_conn.in_transaction:
            connection._sqlite_conn.rollback()
    except sqlite3.Error:
        connection.close()
