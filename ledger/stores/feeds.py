"""The rows of feeds: entries with dense positions, and how far each feed has read the store.

Entries are only ever added. The one change in an entry's life is its drop: body, nonce and source
go; position and digest stay, so that those who hold the chain still can. Of what was dropped,
`reference` stays until the feed has said so in an entry of its own (`ledger.projections.feeds`).
Bodies are JSON in clear: protect them like the projected rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import AppendConflict, EvidenceCorrupt
from ledger.stores.database import Asked, Cursor, Database, IntegrityError
from ledger.stores.labels import standing

EMPTY = bytes(32)
"""The chain of a feed before its first entry."""

DROP = (
    "UPDATE feed_entries SET source = NULL, nonce = NULL, body = NULL"
    " WHERE reference = ? AND body IS NOT NULL"
)
"""Drops whatever the feeds say of one case."""

_COLUMNS = "position, source, reference, digest, nonce, body, chain"
_REFERENCES_OF = (
    "SELECT DISTINCT reference FROM feed_entries"
    " WHERE source >= ? AND source < ? AND reference IS NOT NULL"
)

_END = "SELECT COALESCE(MAX(position), 0) FROM feed_entries WHERE feed = ?"
_UNTOLD = "SELECT 1 FROM feed_entries WHERE reference = ? AND feed = ? AND body IS NULL LIMIT 1"
_ERASED = "SELECT 1 FROM erased WHERE stream = ? AND scope = 'both'"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    `source` is the record that it tells of, stream:seq, and `reference` that of its case; both are
    None for an entry that tells of a drop. What was dropped has neither nonce nor body.
    """

    position: int
    source: str | None
    reference: str | None
    digest: bytes
    nonce: bytes | None
    body: bytes | None
    chain: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last position of a feed and the chain there."""

    position: int = 0
    chain: bytes = EMPTY


class FeedRows:
    """The feeds in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- reading ----

    def names(self) -> tuple[str, ...]:
        """The feeds that were ever filled, by name."""
        found = self._database.ask("SELECT feed FROM feed_tracking ORDER BY feed")
        return tuple(str(row[0]) for row in found)

    def head(self, feed: str) -> Head:
        """The end of a feed."""
        found = self._database.ask(
            "SELECT position, chain FROM feed_entries WHERE feed = ?"
            " ORDER BY position DESC LIMIT 1",
            (feed,),
        )
        return Head(int(found[0][0]), bytes(found[0][1])) if found else Head()

    def chain(self, feed: str, position: int) -> bytes:
        """The chain at a position; before the first one, `EMPTY`.

        Raises:
            EvidenceCorrupt: there is no such entry.
        """
        statement = "SELECT chain FROM feed_entries WHERE feed = ? AND position = ?"
        found = self._database.ask(statement, (feed, position))
        if position and not found:
            raise EvidenceCorrupt("An entry of a feed is missing. Stop writing and call counsel.")
        return bytes(found[0][0]) if found else EMPTY

    def read_to(self, feed: str) -> int:
        """How far the feed has read the store, 0 before the first row."""
        statement = "SELECT position FROM feed_tracking WHERE feed = ?"
        found = self._database.ask(statement, (feed,))
        return int(found[0][0]) if found else 0

    def entries(self, feed: str, after: int, limit: int) -> tuple[Entry, ...]:
        """The entries with positions > after, ascending."""
        found = self._database.ask(
            f"SELECT {_COLUMNS} FROM feed_entries WHERE feed = ? AND position > ?"  # noqa: S608 - ours
            " ORDER BY position LIMIT ?",
            (feed, after, limit),
        )
        return tuple(_entry(*row) for row in found)

    def has(self, feed: str, source: str) -> bool:
        """Whether the feed tells of this record."""
        statement = "SELECT 1 FROM feed_entries WHERE feed = ? AND source = ?"
        return bool(self._database.ask(statement, (feed, source)))

    def untold(self, feed: str) -> tuple[str, ...]:
        """The cases that were dropped and of which the feed has not said so, oldest entry first."""
        found = self._database.ask(
            "SELECT reference FROM feed_entries WHERE feed = ? AND body IS NULL"
            " AND reference IS NOT NULL GROUP BY reference ORDER BY MIN(position)",
            (feed,),
        )
        return tuple(str(row[0]) for row in found)

    # ---- writing ----

    def add(
        self, feed: str, head: Head, read_to: int, entries: Sequence[Entry], told: str | None = None
    ) -> None:
        """Add entries after `head` and say how far the store was read, all or nothing.

        `told` is a case whose drop the first of the entries tells.

        Raises:
            AppendConflict: somebody else added meanwhile, or what the entries tell of was withdrawn
                or erased; nothing changed.
            Unavailable: the store cannot be written; nothing changed.
        """
        try:
            with self._database.writing() as cursor:
                self._check(cursor, feed, head, entries, told)
                cursor.execute(
                    "INSERT INTO feed_tracking (feed, position) VALUES (?,?) ON CONFLICT (feed)"
                    " DO UPDATE SET position = excluded.position"
                    " WHERE feed_tracking.position < excluded.position",
                    (feed, read_to),
                )
                cursor.write(
                    [
                        (
                            f"INSERT INTO feed_entries (feed, {_COLUMNS})"  # noqa: S608 - ours
                            " VALUES (?,?,?,?,?,?,?,?)",
                            [(feed, *_values(one)) for one in entries],
                        ),
                        (
                            "UPDATE feed_entries SET reference = NULL"
                            " WHERE feed = ? AND reference = ? AND body IS NULL",
                            [] if told is None else [(feed, told)],
                        ),
                    ]
                )
        except IntegrityError as error:
            raise AppendConflict("the feed") from error

    def drop(self, stream: bytes) -> None:
        """Drop whatever the feeds say of the case to which a stream belongs. Idempotent.

        Raises:
            Unavailable: the store cannot be written, or others read it now: do it again.
        """
        with self._database.writing() as cursor:
            # ";" comes right after ":", which divides the stream from the seq.
            cursor.execute(_REFERENCES_OF, (f"{stream.hex()}:", f"{stream.hex()};"))
            cursor.write([(DROP, [(row[0],) for row in cursor.fetchall()])])
        self._database.drive_out(("feed_entries",))

    def _check(
        self, cursor: Cursor, feed: str, head: Head, entries: Sequence[Entry], told: str | None
    ) -> None:
        """See that the entries follow the last one, that all they tell of still stands, and that
        nothing is told of a case between its drop and the entry that says so.
        """
        references = {one.reference for one in entries if one.reference is not None}
        streams = {one.source.partition(":")[0] for one in entries if one.source is not None}
        stands = standing(cursor, sorted(references))
        asked: list[Asked] = [
            *((_UNTOLD, (one, feed)) for one in sorted(references - {told})),
            *((_ERASED, (one,)) for one in sorted(streams)),
        ]
        [[(end,)], *against] = cursor.together([(_END, (feed,)), *asked])
        if end != head.position or any(against) or not all(map(stands.get, references)):
            raise AppendConflict("the feed")


def _values(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.position, entry.source, entry.reference),
        *(entry.digest, entry.nonce, entry.body, entry.chain),
    )


def _entry(
    position: int,
    source: str | None,
    reference: str | None,
    digest: bytes,
    nonce: bytes | None,
    body: bytes | None,
    chain: bytes,
) -> Entry:
    return Entry(
        position,
        source,
        reference,
        bytes(digest),
        None if nonce is None else bytes(nonce),
        None if body is None else bytes(body),
        bytes(chain),
    )
