"""The bytes of documents in one store, part by part, beside the rows of the records that name them.

Parts are opaque here and of one size (`keys.documents`). They are written in their record's own
transaction and read one at a time, so that no document is ever in memory whole. That they go only
when the people in their stream were erased is the database's own rule, in triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ledger.stores.database import Cursor, Database

_INSERT = "INSERT INTO documents (stream, seq, part, state) VALUES (?,?,?,?)"
_ONE = "SELECT state FROM documents WHERE stream = ? AND seq = ? AND part = ?"
_KNOWN = (
    "SELECT seq, part FROM documents WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq, part"
)
_COUNT = "SELECT COUNT(*) FROM documents WHERE stream = ? AND seq = ?"
_HELD = "SELECT 1 FROM documents WHERE stream = ? LIMIT 1"


class Part(NamedTuple):
    """One part of a record's document: its record's place, its number from 0, its ciphertext."""

    stream: bytes
    seq: int
    number: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts that are read one by one, as they are asked for, as often as they are."""

    _database: Database
    _stream: bytes
    _first: int
    _last: int

    def __iter__(self) -> Iterator[Part]:
        """In the order of records and of parts."""
        stream = self._stream.hex()
        for seq, number in self._database.ask(_KNOWN, (stream, self._first, self._last)):
            ((state,),) = self._database.ask(_ONE, (stream, seq, number))
            yield Part(self._stream, seq, number, bytes(state))


class Documents:
    """The documents in one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, stream: bytes, seq: int) -> int:
        """How many parts the document of a record has here; 0 when there is none."""
        return int(self._database.ask(_COUNT, (stream.hex(), seq))[0][0])

    def part(self, stream: bytes, seq: int, number: int) -> bytes | None:
        """One part; None when it is not here."""
        found = self._database.ask(_ONE, (stream.hex(), seq, number))
        return bytes(found[0][0]) if found else None

    def parts(self, stream: bytes, first: int, last: int) -> Parts:
        """Every part of the documents of these records of a stream, `first` and `last` included."""
        return Parts(self._database, stream, first, last)

    def is_held(self, stream: bytes) -> bool:
        """Whether any document of a stream is here."""
        return bool(self._database.ask(_HELD, (stream.hex(),)))

    def remove(self, stream: bytes) -> None:
        """Delete the documents that a stream which is marked as erased still has here. Idempotent.

        Raises:
            Unavailable: the file cannot be written, or others read it now: do it again.
        """
        if not self.is_held(stream):
            return
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM documents WHERE stream = ?", (stream.hex(),))
        self._database.drive_out(("documents",))


def write_parts(cursor: Cursor, parts: Iterable[Part]) -> None:
    """Write parts one by one: all of them at once would not be small."""
    for one in parts:
        cursor.execute(_INSERT, (one.stream.hex(), one.seq, one.number, one.state))
