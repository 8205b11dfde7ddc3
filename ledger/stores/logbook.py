"""The logbook: which entries each tick put into the log, kept before anything is published.

A tick is all or nothing here, and so are those that are built together; the static files under
`log/` are written from it and can be written again. Entries and sealed cover seeds are public or
opaque bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.errors import EvidenceCorrupt
from ledger.evidence.merkle import root_of
from ledger.stores.database import IntegrityError, Version
from ledger.stores.opening import Where, open_database

PAGE = 65_536
"""How many entries are read at once."""
ASKED = 500
"""How many entries are asked for at once."""


class Tick(NamedTuple):
    """What a tick put into the log: its entries in ascending order from leaf `first`, and its
    sealed seed, or the tick of the one from which its seed is derived (`ledger.sequencer.covers`).
    """

    tick: int
    first: int
    entries: Sequence[bytes]
    seeds: bytes


class Logbook:
    """The logbook's database."""

    def __init__(self, where: Where, *, create: bool = False) -> None:
        """Open the database; make the tables when `create`.

        Raises:
            Unavailable: it is missing or unusable.
        """
        self.database = open_database(where, "log", create=create)
        self._last: tuple[Version, int] | None = None

    def last_tick(self) -> int:
        """The last tick built, 0 before the first."""
        # Every act asks, and ticks are rare: it is read again when the file was written to.
        version, last = self.database.version(), self._last
        if last is None or last[0] != version:
            with self.database.reading() as cursor:
                cursor.execute("SELECT COALESCE(MAX(tick), 0) FROM ticks")
                last = self._last = version, int(cursor.fetchone()[0])
        return last[1]

    def size(self) -> int:
        """How many entries the ticks built so far hold."""
        with self.database.reading() as cursor:
            cursor.execute("SELECT COALESCE(MAX(leaf) + 1, 0) FROM entries")
            return int(cursor.fetchone()[0])

    def add_ticks(self, ticks: Sequence[Tick]) -> None:
        """Keep ticks, all or none.

        Raises:
            EvidenceCorrupt: they do not follow the last one, or an entry is in the log already.
            Unavailable: the logbook cannot be written.
        """
        tick, first = self.last_tick(), self.size()
        for one in ticks:
            if (one.tick, one.first) != (tick + 1, first):
                raise EvidenceCorrupt("A tick was built that does not follow the logbook's last.")
            tick, first = one.tick, first + len(one.entries)
        rows = [
            (leaf, entry)
            for one in ticks
            for leaf, entry in enumerate(one.entries, start=one.first)
        ]
        try:
            with self.database.writing() as cursor:
                kept = [(one.tick, one.first, one.seeds) for one in ticks]
                cursor.write([("INSERT INTO ticks VALUES (?,?,?)", kept)])
                cursor.write([("INSERT INTO entries VALUES (?,?)", rows)])
        except IntegrityError as error:
            raise EvidenceCorrupt("A tick or an entry is in the logbook already.") from error

    def seeds(self, tick: int) -> bytes | None:
        """What is kept of the cover seed of a tick (see `Tick`); None where nothing is, as for
        ticks that were adopted from the published log.
        """
        with self.database.reading() as cursor:
            cursor.execute("SELECT seeds FROM ticks WHERE tick = ?", (tick,))
            row = cursor.fetchone()
            return None if row is None or not row[0] else bytes(row[0])

    def entries(self, first: int, last: int) -> tuple[bytes, ...]:
        """The entries of leaves `first` (included) to `last` (excluded)."""
        with self.database.reading() as cursor:
            cursor.execute(
                "SELECT entry FROM entries WHERE leaf >= ? AND leaf < ? ORDER BY leaf",
                (first, last),
            )
            return tuple(bytes(row[0]) for row in cursor.fetchall())

    def entries_below(self, size: int) -> Iterator[bytes]:
        """The entries of all leaves below a size that the logbook has, page by page."""
        for first in range(0, size, PAGE):
            yield from self.entries(first, min(size, first + PAGE))

    def root_at(self, size: int) -> bytes | None:
        """The root of the log at a size; None where the logbook is shorter."""
        return None if size > self.size() else root_of(self.entries_below(size))

    def leaf_of(self, entry: bytes) -> int | None:
        """The leaf index of a commitment, once its tick was built."""
        with self.database.reading() as cursor:
            cursor.execute("SELECT leaf FROM entries WHERE entry = ?", (entry,))
            row = cursor.fetchone()
            return None if row is None else int(row[0])

    def leaves_of(self, entries: Sequence[bytes]) -> dict[bytes, int]:
        """The leaf index of each commitment whose tick was built."""
        found: dict[bytes, int] = {}
        with self.database.reading() as cursor:
            for first in range(0, len(entries), ASKED):
                asked = entries[first : first + ASKED]
                places = ",".join("?" * len(asked))
                cursor.execute(f"SELECT entry, leaf FROM entries WHERE entry IN ({places})", asked)  # noqa: S608 - places alone
                found |= {bytes(entry): int(leaf) for entry, leaf in cursor.fetchall()}
        return found

    def confirm(self) -> None:
        """See `Database.confirm`."""
        self.database.confirm()

    def close(self) -> None:
        """Close the database."""
        self.database.close()
