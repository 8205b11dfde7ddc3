"""The keystore: wraps under month keys, fences of erased streams, and people's public keys.

Everything here is opaque bytes. It is backed up apart from the stores and for a short time only,
because destroying a month key must kill every copy (DESIGN §5).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Unavailable
from ledger.stores.sqlite import immediate, open_tables, reading

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS month_keys (month TEXT PRIMARY KEY, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS wraps (stream TEXT PRIMARY KEY, month TEXT NOT NULL"
    " REFERENCES month_keys, kind TEXT NOT NULL CHECK (kind IN ('open', 'sealed')),"
    " wrap BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS fences (stream TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS people (person TEXT NOT NULL, public BLOB NOT NULL,"
    " PRIMARY KEY (person, public)) WITHOUT ROWID",
    *(
        f"CREATE TRIGGER IF NOT EXISTS fences_{verb} BEFORE {verb} ON fences"
        f" BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
)


@dataclass(frozen=True, slots=True)
class Wrap:
    """The wrapped secrets of one stream, and the month key that they lie under."""

    stream: bytes
    month: str
    kind: str
    wrap: bytes


class Keystore:
    """The database file `keystore.db`."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file; make the tables when `create`.

        Raises:
            Unavailable: the file is missing or unusable.
        """
        self._datastore = open_tables(path, SCHEMA, create=create)

    def month_key(self, month: str) -> bytes | None:
        """The wrapped key of a month (`YYYY-MM`)."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT wrapped FROM month_keys WHERE month = ?", (month,))
            row = cursor.fetchone()
            return None if row is None else bytes(row[0])

    def add_month_key(self, month: str, wrapped: bytes) -> bytes:
        """Keep the wrapped key of a month, unless one is there; gives the one that counts."""
        with immediate(self._datastore) as cursor:
            cursor.execute("INSERT OR IGNORE INTO month_keys VALUES (?, ?)", (month, wrapped))
        kept = self.month_key(month)
        if kept is None:
            raise Unavailable("The month key could not be kept.")
        return kept

    def wrap(self, stream: bytes) -> Wrap | None:
        """The wrap of a stream's secrets."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT month, kind, wrap FROM wraps WHERE stream = ?", (stream.hex(),))
            row = cursor.fetchone()
            return None if row is None else Wrap(stream, row[0], row[1], bytes(row[2]))

    def sealed_wraps(self) -> tuple[Wrap, ...]:
        """Every wrap of a sealed stream, in no meaningful order. One under a damaged name is among
        them: it opens for nobody, and whoever reads learns that.
        """
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT stream, month, kind, wrap FROM wraps WHERE kind = 'sealed'")
            return tuple(
                Wrap(_stream(row[0]), row[1], row[2], bytes(row[3])) for row in cursor.fetchall()
            )

    def put_wrap(self, wrap: Wrap) -> None:
        """Keep a wrap, in the place of an earlier one; refused for a fenced (erased) stream.

        Raises:
            Unavailable: the stream was erased, or the file cannot be written.
        """
        with immediate(self._datastore) as cursor:
            cursor.execute("SELECT 1 FROM fences WHERE stream = ?", (wrap.stream.hex(),))
            if cursor.fetchone() is not None:
                raise Unavailable("This stream was erased; it takes no keys any more.")
            cursor.execute(
                "INSERT OR REPLACE INTO wraps VALUES (?,?,?,?)",
                (wrap.stream.hex(), wrap.month, wrap.kind, wrap.wrap),
            )

    def fenced(self, stream: bytes) -> bool:
        """Whether a stream was erased, and takes no keys any more."""
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT 1 FROM fences WHERE stream = ?", (stream.hex(),))
            return cursor.fetchone() is not None

    def public_keys(self, person: str) -> tuple[bytes, ...]:
        """All public keys that were kept for a person, as `PublicKeys.dump` wrote them.

        Which of them are the person's own is for the office stream to say.
        """
        with reading(self._datastore) as cursor:
            cursor.execute("SELECT public FROM people WHERE person = ?", (person,))
            return tuple(bytes(row[0]) for row in cursor.fetchall())

    def put_public_keys(self, person: str, public: bytes) -> None:
        """Keep public keys of a person, beside earlier ones."""
        with immediate(self._datastore) as cursor:
            cursor.execute("INSERT OR IGNORE INTO people VALUES (?, ?)", (person, public))

    def close(self) -> None:
        """Close the file."""
        self._datastore.close()


def _stream(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()
