"""What is kept of a proven record: a short row on disk, and a fact where a check needs more.

Millions of records are proven one by one, in several processes, and judged stream by stream
afterwards. In between a record is a row: a few numbers and digests, the ground on which it was
decided (few records differ in it), and a tail where it carries more than most. Rows go into a file
of their own for each share of the streams, so that one share at a time is in memory.

Cites: FORMAT §6 V9, V10.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from struct import Struct
from tempfile import SpooledTemporaryFile
from typing import Final, NamedTuple

from ledger.evidence.acts import CLOSED, concerns_authority
from ledger.evidence.grammar import format_position, parse_position
from ledger.evidence.jcs import Json
from ledger.evidence.record import Continued, Record
from ledger.evidence.rights import LOOKS

__all__ = [
    "AUTHORITY", "CLOSING", "ERASED", "LOOK", "PENDING", "SIGNED",
    "Fact", "Ground", "GroundFields", "Held", "Row", "RowFields", "Rows", "Tail",
    "dump_row", "dump_tail", "fact_of", "flags_of", "ground_of", "load_tail", "moment_of",
    "rows_in",
]  # fmt: skip

SIGNED: Final = 1
"""The signature fits the key that the record names."""
PENDING: Final = 2
"""That key was not known yet when the record was read."""
CLOSING: Final = 4
"""The record closes its stream."""
ERASED: Final = 8
"""A tombstone stands here, and its tail says by which erasure."""
AUTHORITY: Final = 16
"""The record is of an authority type."""
LOOK: Final = 32
"""The record is of a type that a stream of looks begins with."""

_ROW: Final = Struct("<32s32s16sQQIqQBI")
"""The fields of a row in their order, and the length of its tail, which follows."""
_BY_SEQ: Final = attrgetter("seq", "leaf")
_SEQ: Final = attrgetter("seq")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_IN_MEMORY: Final = 1 << 16
"""Bytes of each file that need not go to the disk."""


class Ground(NamedTuple):
    """On what a record was decided and who signed it; shared by many. Digests are hex."""

    is_intake: bool
    is_own: bool
    """The signer is the actor."""
    office_head: str
    office_seq: int
    law: str
    key: str
    recorded_by: str
    role: str
    attested: str


GroundFields = tuple[bool, bool, str, int, str, str, str, str, str]
"""What a ground is; one that was met before need not be made again."""


class Row(NamedTuple):
    """A proven record, or a tombstone, in short."""

    e: bytes
    prev: bytes
    stream: bytes
    seq: int
    leaf: int
    ground: int
    """Which ground; 0 for a tombstone."""
    recorded_at: int
    """Seconds since 1970."""
    head_size: int
    """The size of the log that its writer knew."""
    flags: int
    tail: bytes

    @property
    def place(self) -> str:
        """Where it stands: `stream:seq`."""
        return format_position(self.stream, self.seq)


RowFields = tuple[bytes, bytes, bytes, int, int, int, int, int, int, bytes]
"""What a row is; one that is only written need not be made."""


class Tail(NamedTuple):
    """What a few records have more."""

    type: str
    event: Mapping[str, Json]
    actor: str
    occurred_at: int
    under: str | None
    head_size: int
    """The size of the log that its writer knew."""
    continues: tuple[Continued, ...]


@dataclass(slots=True)
class Fact:
    """A proven record as it is judged."""

    index: int
    e: bytes
    stream: bytes
    seq: int
    prev: bytes
    ground: Ground
    is_signed: bool
    type: str
    """Empty where nobody asks for it."""
    event: Mapping[str, Json]
    actor: str
    occurred_at: datetime
    under: str | None

    @property
    def place(self) -> str:
        """Where it stands: `stream:seq`."""
        return format_position(self.stream, self.seq)

    @property
    def key(self) -> bytes:
        """SHA-256 of the signer's public key."""
        return bytes.fromhex(self.ground.key)

    @property
    def under_place(self) -> tuple[bytes, int] | None:
        """What the actor acted under, as stream and seq."""
        return None if self.under is None else parse_position(self.under)


def moment_of(seconds: int) -> datetime:
    """Return the instant so many seconds after 1970 began."""
    return _EPOCH + timedelta(seconds=seconds)


def dump_tail(tail: Tail) -> bytes:
    """Write a tail."""
    continues = [(one.stream.hex(), one.head.hex()) for one in tail.continues]
    return json.dumps([*tail[:-1], continues]).encode("ascii")


def load_tail(data: bytes) -> Tail:
    """Read a tail as it was written by this program."""
    kind, event, actor, at, under, size, continues = json.loads(data)
    heads = (Continued(bytes.fromhex(one), bytes.fromhex(head)) for one, head in continues)
    return Tail(kind, event, actor, at, under, size, tuple(heads))


def dump_row(row: RowFields) -> bytes:
    """Write a row."""
    tail = row[-1]
    return _ROW.pack(*row[:-1], len(tail)) + tail


def fact_of(row: Row, ground: Ground, *, is_signed: bool) -> Fact:
    """Return a row as the fact that is judged."""
    if row.tail:
        tail = load_tail(row.tail)
    else:
        kind = CLOSED if row.flags & CLOSING else ""
        tail = Tail(kind, {}, ground.recorded_by, 0, None, 0, ())
    return Fact(
        row.leaf, row.e, row.stream, row.seq, row.prev, ground, is_signed, tail.type,
        tail.event, tail.actor, moment_of(tail.occurred_at), tail.under,
    )  # fmt: skip


@lru_cache(maxsize=256)
def flags_of(kind: str) -> int:
    """Return the flags of a record that follow from its type alone."""
    if concerns_authority(kind):
        return AUTHORITY | CLOSING if kind == CLOSED else AUTHORITY
    return LOOK if kind in LOOKS else 0


def ground_of(record: Record) -> Ground:
    """Return the ground of a record."""
    return Ground(
        is_intake=record.type.startswith("intake-"),
        is_own=record.actor == record.recorded_by,
        office_head=record.office.head.hex(),
        office_seq=record.office.seq,
        law=record.law.hex(),
        key=record.key.hex(),
        recorded_by=record.recorded_by,
        role=record.role,
        attested=record.attested,
    )


class Rows:
    """Rows in files that have no name, one for each share of the streams."""

    def __init__(self, shares: int) -> None:
        """Make the files; small ones stay in memory."""
        self.shares = shares
        self._files = [
            SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `close` closes them.
            for _ in range(shares)
        ]

    def add(self, share: int, rows: bytes) -> None:
        """Add written rows to a share."""
        self._files[share].write(rows)

    def streams(self, share: int) -> dict[bytes, list[Row]]:
        """Return the rows of a share, stream by stream, each by seq and then by leaf."""
        found: defaultdict[bytes, list[Row]] = defaultdict(list)
        for row in rows_in(self._read(share)):
            found[row.stream].append(row)
        for rows in found.values():
            _sort(rows)
        return found

    def stream(self, stream: bytes) -> list[Row]:
        """Return the rows of one stream alone, by seq and then by leaf."""
        rows = list(rows_in(self._read(stream[0] % self.shares), stream))
        _sort(rows)
        return rows

    def _read(self, share: int) -> bytes:
        file = self._files[share]
        file.seek(0)
        return file.read()

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            file.close()


class Held:
    """Rows of single streams, kept until they are asked for."""

    def __init__(self) -> None:
        """Begin with none; few of them stay in memory."""
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - `close` closes it.
        self._spans: dict[bytes, tuple[int, int]] = {}
        self._end = 0

    def keep(self, stream: bytes, rows: list[Row]) -> None:
        """Keep the rows of a stream."""
        data = b"".join(dump_row(row) for row in rows)
        self._file.write(data)
        self._spans[stream] = (self._end, len(data))
        self._end += len(data)

    def streams(self) -> Collection[bytes]:
        """Return the streams that are kept."""
        return self._spans.keys()

    def rows(self, stream: bytes) -> Iterator[Row]:
        """Give the rows of a stream as they were kept."""
        at, length = self._spans[stream]
        self._file.seek(at)
        return rows_in(self._file.read(length))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _sort(rows: list[Row]) -> None:
    """Sort the rows of a stream by seq and then by leaf."""
    rows.sort(key=_BY_SEQ)
    if len(set(map(_SEQ, rows))) < len(rows):
        # A record comes before a tombstone that claims its place.
        rows.sort(key=lambda row: (row.seq, row.flags & ERASED, row.leaf))


def rows_in(data: bytes, stream: bytes | None = None) -> Iterator[Row]:
    """Give the rows that stand one after the other; with `stream`, those of it alone."""
    at, end, unpack, make = 0, len(data), _ROW.unpack_from, Row._make
    while at < end:
        e, prev, own, seq, leaf, ground, when, size, flags, length = unpack(data, at)
        at += _ROW.size
        if stream is None or own == stream:
            tail = data[at : at + length]
            yield make((e, prev, own, seq, leaf, ground, when, size, flags, tail))
        at += length
