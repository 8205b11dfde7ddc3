"""Files of SQLite that are copied: read at one moment, filled anew, closed for ever.

`ledger.stores.transfer` says in which order; `ledger.stores.postgresql.copying` is the same for a
server.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.stores.database import WAIT_SECONDS
from ledger.stores.place import StoreName
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import FENCED, translated
from ledger.stores.tables import POSITION, TABLES, Side, Table, columns_of, pages

_BUSY = "A store cannot be copied now. Nothing was kept of the copy; make it again."
_DAMAGED = "A store's file is damaged. Stop writing, and keep the file."
_COUNTER = "FROM sqlite_sequence WHERE name = 'stored_events'"


class FileSide:
    """One file, read by a connection of its own; see `ledger.stores.tables.Side`."""

    position = "rowid"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def pin(self) -> None:
        """From here on read the file as it is now."""
        with translated(_BUSY):
            self.connection.execute("BEGIN")
            self.connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()

    def ask(self, statement: str, values: Sequence[Any] = (), /) -> list[Any]:
        """All rows of one query."""
        with translated(_BUSY):
            return self.connection.execute(statement, values).fetchall()

    def last_position(self) -> int:
        """The last position that was given; the counter keeps it when its row is erased."""
        found = self.ask(f"SELECT seq {_COUNTER}")
        return int(found[0][0]) if found else 0

    def is_fenced(self) -> bool:
        """Whether the file was closed for ever, because the ledger moved."""
        names = self.ask("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return any(name.startswith(f"{FENCED}_") for (name,) in names)


class FileStop:
    """One file to which nobody else writes until this is over."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fence(self, name: StoreName) -> None:
        """Close the file for ever: it is read, and refuses every row from now on. Idempotent."""
        with translated(_BUSY):
            for table in TABLES[name]:
                for verb in ("INSERT", "UPDATE", "DELETE"):
                    self._connection.execute(
                        f"CREATE TRIGGER IF NOT EXISTS {FENCED}_{table.name}_{verb}"
                        f" BEFORE {verb} ON {table.name}"
                        f" BEGIN SELECT RAISE(ABORT, '{FENCED}'); END"
                    )
            self._connection.execute("COMMIT")


@contextmanager
def read_file(path: Path) -> Iterator[FileSide]:
    """A side that is not pinned yet.

    Raises:
        Unavailable: the file is missing.
    """
    with translated(_BUSY):
        connection = _connect(path)
    with closing(connection):
        connection.text_factory = _text
        yield FileSide(connection)


@contextmanager
def stop_file(path: Path) -> Iterator[FileStop]:
    """Let nobody write to a file for the length of a block.

    Raises:
        Unavailable: somebody keeps on writing to it.
    """
    with translated(_BUSY):
        connection = _connect(path)
    with closing(connection):
        with translated(_BUSY):
            connection.execute("PRAGMA synchronous=FULL").close()
            connection.execute("BEGIN IMMEDIATE")
        yield FileStop(connection)


def copy_whole(side: FileSide, target: Path) -> None:
    """Copy what a side sees into a new file of mode 0600, durably, and check the copy.

    Raises:
        Unavailable: the disk refuses.
        EvidenceCorrupt: the file is damaged: the copy does not hold together.
    """
    with _new(target) as made:
        side.connection.backup(made)
        _finish(made)


@contextmanager
def new_file(target: Path, name: StoreName) -> Iterator[FileTarget]:
    """Make a store in a new file of mode 0600, to be filled; what was filled in is there, checked
    and durable, after the block.

    Raises:
        Unavailable: the disk refuses.
    """
    with _new(target) as made:
        made.execute("BEGIN")
        for statement in SCHEMAS[name]:
            made.execute(statement)
        yield FileTarget(made)
        made.execute("COMMIT")
        _finish(made)


class FileTarget(FileSide):
    """A store in a new file."""

    def fill(self, source: Side, name: StoreName) -> None:
        """Take over every row of another store, and its counter."""
        with translated(_BUSY):
            for table in TABLES[name]:
                self.take(table, pages(source, table))
                if POSITION in table.columns:
                    self.count_from(source.last_position())

    def take(self, table: Table, rows: Iterable[Sequence[tuple[Any, ...]]]) -> None:
        """Take over the rows of one table, page by page."""
        statement = self._filling(table)
        with translated(_BUSY):
            for page in rows:
                self.connection.executemany(statement, page)

    def _filling(self, table: Table) -> str:
        columns = columns_of(self, table)
        if table.is_one_row:
            # The row is there, and may not be deleted.
            sets = ", ".join(f"{one} = ?" for one in columns)
            return f"UPDATE {table.name} SET {sets}"  # noqa: S608 - names, ours.
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - ours

    def count_from(self, last: int) -> None:
        """Let the next row come after this position, which may be that of an erased one."""
        self.connection.execute(f"DELETE {_COUNTER}")
        self.connection.execute("INSERT INTO sqlite_sequence VALUES ('stored_events', ?)", (last,))


def check_file(side: FileSide) -> None:
    """See that a file holds together.

    Raises:
        EvidenceCorrupt: it does not.
    """
    if side.ask("PRAGMA quick_check") != [("ok",)]:
        raise EvidenceCorrupt(_DAMAGED)


@contextmanager
def _new(target: Path) -> Iterator[sqlite3.Connection]:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Unavailable(_BUSY) from error
    with translated(_BUSY), closing(sqlite3.connect(target, isolation_level=None)) as made:
        made.execute("PRAGMA synchronous=FULL").close()
        made.text_factory = _text
        yield made


def _finish(made: sqlite3.Connection) -> None:
    # One file, without a log beside it: its digest then says all.
    made.execute("PRAGMA journal_mode=DELETE").fetchone()
    check_file(FileSide(made))


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is missing is not made.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None
    )


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        # Mended on the way, it would look like what was recorded.
        raise EvidenceCorrupt(_DAMAGED) from error
