"""What each store keeps, table by table, and a digest over it that is the same on every database.

`ledger.stores.schema` and `ops/postgres/migrations` make the tables; this is the one list of what
is copied from one kind of database to the other, in the order in which they are filled. What a
database keeps for itself is not in it: the list of migrations, and the head, of which only the
last position counts.

One table's digest is the SHA-256 over its rows in the order of their keys. Each value is a letter
for its kind, the number of its bytes, a colon and the bytes; numbers are written in decimal.

    r i1:7 t32:0e…  i1:1 t1:r b5:…         one row; without the spaces
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from ledger.errors import EvidenceCorrupt
from ledger.stores.place import StoreName

PAGE = 500
"""How many rows are read at once."""

POSITION = "{position}"
"""Stands for the column that numbers `stored_events`, which each database calls differently."""

_CHANGED = "A store's rows cannot be counted in their order. Stop writing and call counsel."


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns, of which the first `keys` are its key; its rows come in that order.

    `is_one_row` says that the table has its row from the beginning, and keeps it. `page` is how
    many rows are read at once.
    """

    name: str
    columns: tuple[str, ...]
    keys: int = 1
    is_one_row: bool = False
    page: int = PAGE


_ROWS = (
    # Before `erased`: from the mark on a stream takes no row.
    Table(
        "stored_events",
        (POSITION, "originator_id", "originator_version", "topic", "state"),
    ),
    # Likewise. Each row holds 64 KiB.
    Table("documents", ("stream", "seq", "part", "state"), keys=3, page=16),
    Table(
        "commitments",
        (
            *("position", "stream", "seq", "commitment", "received", "not_before"),
            *("tick", "promised", "issued_at"),
        ),
    ),
    Table("waits", ("position", "stream", "seq"), keys=3),
    Table("lane", ("one", "closed", "running"), is_one_row=True),
    Table("commands", ("command", "request", "answer")),
    Table("labels", ("position", "label", "stream")),
    Table("continued", ("head",)),
    Table("wraps", ("stream", "month", "kind", "wrap", "personal")),
    Table("erased", ("stream", "scope", "record", "e"), keys=2),
    Table("tombstones", ("stream", "seq", "blind", "e"), keys=2),
)

TABLES: Mapping[StoreName, tuple[Table, ...]] = {
    "open": (
        *_ROWS,
        Table("projected", ("view", "key", "row"), keys=2),
        Table("rebuilding", ("view", "key", "row"), keys=2),
        Table(
            "progress",
            (
                *("view", "position", "build", "under"),
                *("stopped_at", "stopped_since", "stopped_kind", "seal"),
            ),
        ),
        Table(
            "feed_entries",
            ("feed", "position", "source", "reference", "digest", "nonce", "body", "chain"),
            keys=2,
        ),
        Table("feed_tracking", ("feed", "position")),
        Table("webhooks", ("name", "feed", "sealed", "position", "tick")),
        Table(
            "webhook_letters",
            ("webhook", "first", "last", "tries", "due", "outcome", "dead"),
            keys=2,
        ),
        Table("guard_list", ("one", "list")),
        Table("guard_agents", ("name", "digest", "since")),
        Table("tokens", ("name", "digest", "scope", "since", "until", "used")),
    ),
    "inbox": _ROWS,
    "vault": _ROWS,
    "keystore": (
        # Before `destroyed_months`: a month that is in there gets no key.
        Table("month_keys", ("month", "wrapped")),
        Table("destroyed_months", ("month",)),
        Table("wraps", ("stream", "month", "kind", "wrap", "personal")),
        Table("fences", ("stream", "scope", "digest"), keys=2),
        Table("people", ("person", "public"), keys=2),
    ),
    "log": (
        Table("ticks", ("tick", "first", "seeds")),
        Table("entries", ("leaf", "entry")),
    ),
}


class Side(Protocol):
    """One store's database, read as it was at one moment."""

    position: str
    """The column that numbers the rows of `stored_events`."""

    def ask(self, statement: str, values: Sequence[object] = ..., /) -> list[Any]:
        """All rows of one query; `?` stands for a value."""

    def last_position(self) -> int:
        """The last position that was given, though its row may be erased; 0 before the first."""


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and their SHA-256 in hex."""

    rows: int
    sha256: str


def columns_of(side: Side, table: Table) -> tuple[str, ...]:
    """The names of a table's columns as one database has them."""
    return tuple(one.format(position=side.position) for one in table.columns)


def pages(side: Side, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """A table's rows in the order of their keys, page by page.

    Raises:
        EvidenceCorrupt: a key is none, so that rows would be passed over; or the one row of a table
            is not there.
    """
    columns = columns_of(side, table)
    keys = columns[: table.keys]
    beyond = f" WHERE ({', '.join(keys)}) > ({', '.join('?' * len(keys))})"
    every = f"SELECT {', '.join(columns)} FROM {table.name}"  # noqa: S608 - names, ours.
    order = f" ORDER BY {', '.join(keys)} LIMIT {table.page}"
    found, count = side.ask(every + order), 0
    while found:
        count += len(found)
        yield found
        found = side.ask(every + beyond + order, tuple(found[-1][: table.keys]))
    ((all_there,),) = side.ask(f"SELECT COUNT(*) FROM {table.name}")  # noqa: S608 - a name, ours.
    if count != all_there or (table.is_one_row and count != 1):
        raise EvidenceCorrupt(_CHANGED)


def digest(side: Side, table: Table) -> Digest:
    """Count a table's rows and take their digest. That of the rows of streams covers the last
    position too.

    Raises:
        EvidenceCorrupt: as `pages`.
    """
    taken, count = sha256(), 0
    for page in pages(side, table):
        count += len(page)
        taken.update(b"".join(map(_encoded, page)))
    if POSITION in table.columns:
        taken.update(b"last" + _value(side.last_position()))
    return Digest(count, taken.hexdigest())


def digests(side: Side, name: StoreName) -> dict[str, Digest]:
    """The digest of every table of a store, by the tables' names."""
    return {table.name: digest(side, table) for table in TABLES[name]}


def is_empty(side: Side, name: StoreName) -> bool:
    """Whether a store is as it was made: nothing was ever recorded in it."""
    return all(_is_untouched(side, table) for table in TABLES[name])


def _is_untouched(side: Side, table: Table) -> bool:
    if POSITION in table.columns and side.last_position():
        return False
    found = next(pages(side, table), [])
    return found == [(1, 0, 0)] if table.is_one_row else not found


def _encoded(row: Sequence[object]) -> bytes:
    return b"r" + b"".join(map(_value, row))


def _value(value: object) -> bytes:
    if value is None:
        return b"n0:"
    if isinstance(value, bytes):
        return b"b%d:%b" % (len(value), value)
    kind = b"t" if isinstance(value, str) else b"i" if isinstance(value, int) else b"x"
    data = str(value).encode()
    return b"%b%d:%b" % (kind, len(data), data)
