"""What reading the leaves gives, and how it is written down.

A harvest is what a part of the leaves gave, in a form that can be sent between processes. The book
numbers the grounds on which records were decided, keeps the public keys that were met, and writes
rows; it lives as long as the process that reads.

Cites: FORMAT §6 V7 to V12.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct
from typing import Final

from ledger.evidence.acts import (
    CLOSED,
    KeyEnrolled,
    LedgerFounded,
    concerns_authority,
    parse_event,
)
from ledger.evidence.grammar import Malformed
from ledger.evidence.record import Continued
from ledger.verify.facts import Ground, GroundFields, RowFields, Tail, dump_row, dump_tail

__all__ = ["COVER", "INDEX", "Book", "Harvest", "Pending", "brings_keys"]

INDEX: Final = Struct("<Q")
COVER: Final = Struct("<QQQ")
"""Leaf index, tick and k."""
_IDLE: Final = frozenset(
    {
        *(CLOSED, "assented.v1", "reattested.v1", "log-attested.v1", "attestation-detailed.v1"),
        "passkey-approved.v1",
    }
)
"""Authority types that change nothing for other records of their stream."""

_BRINGS_KEYS: Final = tuple(
    b64encode(bytes(before) + kind)[4 if before else 0 : -4]
    for kind in (b'"type":"ledger-founded.v1"', b'"type":"key-enrolled.v1"')
    for before in range(3)
)
"""How these words look in base64, wherever among its groups of four they begin."""

Pending = tuple[int, str, bytes, bytes]
"""A signature to check later: leaf index, key in hex, payload, signature."""


@dataclass(slots=True)
class Harvest:
    """What a part of the leaves gave, in a form that can be sent between processes."""

    findings: list[tuple[int, str, str, str]] = field(default_factory=list)
    """Leaf index, code, sentence and place."""
    rows: defaultdict[int, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    """Written rows, by share of the streams."""
    grounds: list[tuple[int, Ground]] = field(default_factory=list)
    """The grounds that this reader had not met before, by the number that rows name."""
    stood: bytearray = field(default_factory=bytearray)
    """The leaves whose commitment was opened (`INDEX`)."""
    covers: bytearray = field(default_factory=bytearray)
    """`COVER` of each leaf that is one."""
    records: int = 0
    tombstones: int = 0
    types: Counter[str] = field(default_factory=Counter)
    """How often each type occurs."""
    heads: list[tuple[bytes, Continued]] = field(default_factory=list)
    """Streams and what they continue."""
    unders: list[tuple[bytes, str]] = field(default_factory=list)
    """Streams and the places that their records act under."""
    assents: list[tuple[bytes, str]] = field(default_factory=list)
    """Streams and the E, in hex, that their assents name."""
    weighty: set[bytes] = field(default_factory=set)
    """Streams whose acts give or take authority."""
    documents: set[tuple[bytes, int]] = field(default_factory=set)
    """SHA-256 and size of documents that revealed values describe."""
    promised: list[tuple[bytes, int]] = field(default_factory=list)
    """Commitments that were asked for, and their leaves."""
    keys: dict[str, bytes] = field(default_factory=dict)
    """Public keys that were met, by their digest in hex."""
    pending: list[Pending] = field(default_factory=list)
    office: bytes | None = None
    """The stream of the founding record that the receiver trusts."""


def brings_keys(data: bytes) -> bool:
    """Tell whether an envelope's payload may bring keys, without reading it. Pure."""
    return any(one in data for one in _BRINGS_KEYS)


class Book:
    """Numbers grounds, keeps keys and writes rows."""

    def __init__(self, shares: int) -> None:
        """Begin empty; rows go into so many shares of the streams."""
        self._shares = shares
        self._grounds: dict[GroundFields, int] = {}
        self.keys: dict[str, bytes] = {}
        """Public keys met so far, by their digest in hex."""
        self.lane = (0, 1)
        """Number and count of the processes that read, so that no two number grounds alike."""

    def forget(self) -> None:
        """Number grounds anew; keys stay."""
        self._grounds.clear()

    def number(self, out: Harvest, ground: GroundFields) -> int:
        """Return the number of a ground, which may come as the tuple that it is."""
        number = self._grounds.get(ground)
        if number is None:
            first, step = self.lane
            number = self._grounds[ground] = first + step * len(self._grounds)
            out.grounds.append((number, Ground(*ground)))
        return number

    def keep(self, out: Harvest, row: RowFields) -> None:
        """Write a row, which may come as the tuple that it is."""
        out.rows[row[2][0] % self._shares] += dump_row(row)

    def tail(self, out: Harvest, stream: bytes, signer: str, tail: Tail) -> bytes:
        """Note what later checks must know beforehand, and write the tail if there is need."""
        out.heads += [(stream, one) for one in tail.continues]
        if tail.under is not None:
            out.unders.append((stream, tail.under))
        if tail.type == "assented.v1":
            of = tail.event.get("of")
            out.assents.append((stream, of if isinstance(of, str) else ""))
        elif concerns_authority(tail.type) and tail.type not in _IDLE:
            out.weighty.add(stream)
            self._learn(out, tail)
        is_idle = tail.type == CLOSED and not tail.event and not tail.continues
        if is_idle and tail.under is None and tail.actor == signer:
            return b""  # Its row says all of it.
        return dump_tail(tail)

    def _learn(self, out: Harvest, tail: Tail) -> None:
        """Keep the keys that a record brings; who may use them is asked later."""
        try:
            event = parse_event(tail.type, tail.event)
        except Malformed:
            return
        brought: tuple[bytes, ...] = ()
        if isinstance(event, KeyEnrolled):
            brought = (event.key,)
        elif isinstance(event, LedgerFounded):
            brought = tuple(one.key for one in event.founders)
        for key in brought:
            self.keys[sha256(key).hexdigest()] = key
            out.keys[sha256(key).hexdigest()] = key
