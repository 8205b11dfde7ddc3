"""Connections to one SQLite file: what the library leaves at SQLite's defaults is set here for each
of them (threats.md, "facts of the stack that bite").
"""

from __future__ import annotations

import sqlite3

from eventsourcing.sqlite import SQLiteConnection, SQLiteConnectionPool

from ledger.stores.database import WAIT_SECONDS

STATEMENTS = 128
"""How many statements a connection keeps prepared: more than there are in these stores."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an acknowledged event survives a power cut
    "PRAGMA secure_delete=ON",  # erased bytes are overwritten in the file
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE deletes past the deny triggers
    # Every row parts its keys over the whole of each index: a page that is still in memory is not
    # read again, and one that is written often goes into the file once.
    "PRAGMA cache_size=-8000",  # in KiB, at most, for each connection
    "PRAGMA wal_autocheckpoint=4000",  # pages: 16 MiB of write-ahead log
)


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
        # Made here and not by the library, which keeps one prepared statement, so that each would
        # be compiled anew each time, and which loses a connection whose file is damaged.
        connection = sqlite3.connect(
            self.db_name,
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=STATEMENTS,
            timeout=WAIT_SECONDS,
        )
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma).close()
            # Text that is none must reach whoever can say what it should have been.
            connection.text_factory = _text
        except BaseException:
            connection.close()
            raise
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, max_age=self.max_age)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
