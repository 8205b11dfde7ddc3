"""The logbook: which entries each tick put into the log, kept before anything is published.

A tick is one transaction here, so it is all or nothing; the static files under `log/` are written
from it and can be written again. Entries and sealed cover seeds are public or opaque bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ledger.errors import EvidenceCorrupt
from ledger.stores.sqlite import Version, immediate, open_tables, reading

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS ticks (tick INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " seeds BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS entries (leaf INTEGER PRIMARY KEY, entry BLOB NOT NULL UNIQUE)",
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for table in ("ticks", "entries")
        for verb in ("UPDATE", "DELETE")
    ),
)


class Logbook:
    """The database file `log.db`."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file; make the tables when `create`.

        Raises:
            Unavailable: the file is missing or unusable.
        """
        self._datastore = open_tables(path, SCHEMA, create=create)
        self._last: tuple[Version, int] | None = None

    def last_tick(self) -> int:
        """The last tick built, 0 before the first."""
        # Every act asks, and ticks are rare: it is read again when the file was written to.
        version, last = self._datastore.version(), self._last
        if last is None or last[0] != version:
            with reading(self._datastore) as cursor:
                cursor.execute("SELECT COALESCE(MAX(tick), 0) FROM ticks")
                last = self._last = version, int(cursor.fetchone()[0])
        return last[1]

    def size(self) -> int:
        """How many entries the ticks built so far hold."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT COALESCE(MAX(leaf) + 1, 0) FROM entries")
            return int(cursor.fetchone()[0])

    def add_tick(self, tick: int, first: int, entries: Sequence[bytes], seeds: bytes) -> None:
        """Keep a tick: its entries in ascending order from leaf `first`, its sealed seed.

        Raises:
            EvidenceCorrupt: it does not follow the last tick, or an entry is in the log already.
            Unavailable: the logbook cannot be written.
        """
        if (tick - 1, first) != (self.last_tick(), self.size()):
            raise EvidenceCorrupt("A tick was built that does not follow the logbook's last one.")
        try:
            with immediate(self._datastore) as cursor:
                cursor.execute("INSERT INTO ticks VALUES (?,?,?)", (tick, first, seeds))
                cursor.executemany(
                    "INSERT INTO entries VALUES (?,?)", list(enumerate(entries, start=first))
                )
        except sqlite3.IntegrityError as error:
            raise EvidenceCorrupt("A tick or an entry is in the logbook already.") from error

    def seeds(self, tick: int) -> bytes | None:
        """The cover seed of a tick, sealed to the attesters; None where it is not kept, as for
        ticks that were adopted from the published log.
        """
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT seeds FROM ticks WHERE tick = ?", (tick,))
            row = cursor.fetchone()
            return None if row is None or not row[0] else bytes(row[0])

    def entries(self, first: int, last: int) -> tuple[bytes, ...]:
        """The entries of leaves `first` (included) to `last` (excluded)."""
        with reading(self._datastore) as cursor:
            cursor.execute(
                "SELECT entry FROM entries WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
                (first, last),
            )
            return tuple(bytes(row[0]) for row in cursor.fetchall())

    def leaf_of(self, entry: bytes) -> int | None:
        """The leaf index of a commitment, once its tick was built."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT leaf FROM entries WHERE entry = ?", (entry,))
            row = cursor.fetchone()
            return None if row is None else int(row[0])

    def close(self) -> None:
        """Close the file."""
        self._datastore.close()
