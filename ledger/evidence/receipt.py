"""Receipts and extents: the two promises that the receipt key signs.

A receipt promises that a commitment will be in the tree after a tick. An extent promises that a
stream has no record before a size but those up to a seq. Both are the texts of notes signed by
``<origin>/receipt``; a text is read only after its signature verified.

Samples:

    ledger.lonecone.example receipt v1
    commitment nTVgbYTo4T0lVHqkGnrFUXvTwjKhKmgaS0Ulfr1IAzU=
    tick 7
    issued 2026-06-19T03:34:13Z

    ledger.lonecone.example extent v1
    stream 5f0c1b8e9a7d4c3fb2a16e5d8c7f9b01
    seq 3
    last nTVgbYTo4T0lVHqkGnrFUXvTwjKhKmgaS0Ulfr1IAzU=
    size 4096

Anyone may import this module. Cites: FORMAT §4 "Receipt", "Extent".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.evidence.grammar import (
    MAX_INTEGER,
    Malformed,
    check_origin,
    format_instant,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_instant,
    to_base64,
)

__all__ = ["Extent", "Receipt", "parse_lines"]


@dataclass(frozen=True)
class Receipt:
    """The promise that a commitment is in the tree after a tick."""

    origin: str
    commitment: bytes
    tick: int
    issued: datetime

    def dump(self) -> str:
        """Write the text that is signed.

        Raises: Malformed.
        """
        _check_receipt(self)
        return (
            f"{self.origin} receipt v1\n"
            f"commitment {to_base64(self.commitment)}\n"
            f"tick {self.tick}\n"
            f"issued {format_instant(self.issued)}\n"
        )

    @classmethod
    def load(cls, text: str) -> Receipt:
        """Read a text whose signature is verified.

        Raises: Malformed.
        """
        names = ("commitment", "tick", "issued")
        origin, (commitment, tick, issued) = parse_lines(text, "receipt", names)
        receipt = cls(
            origin=origin,
            commitment=parse_base64(commitment, 32),
            tick=parse_decimal(tick),
            issued=parse_instant(issued),
        )
        _check_receipt(receipt)
        return receipt


@dataclass(frozen=True)
class Extent:
    """The promise that records 1…seq of a stream, and no others, lie below a size."""

    origin: str
    stream: bytes
    seq: int
    last: bytes
    """E of the record at `seq`."""
    size: int

    def dump(self) -> str:
        """Write the text that is signed.

        Raises: Malformed.
        """
        _check_extent(self)
        return (
            f"{self.origin} extent v1\n"
            f"stream {self.stream.hex()}\n"
            f"seq {self.seq}\n"
            f"last {to_base64(self.last)}\n"
            f"size {self.size}\n"
        )

    @classmethod
    def load(cls, text: str) -> Extent:
        """Read a text whose signature is verified.

        Raises: Malformed.
        """
        names = ("stream", "seq", "last", "size")
        origin, (stream, seq, last, size) = parse_lines(text, "extent", names)
        extent = cls(
            origin=origin,
            stream=parse_hex(stream, 16),
            seq=parse_decimal(seq),
            last=parse_base64(last, 32),
            size=parse_decimal(size),
        )
        _check_extent(extent)
        return extent


def _check_receipt(receipt: Receipt) -> None:
    check_origin(receipt.origin)
    if len(receipt.commitment) != 32:
        raise Malformed("a receipt's commitment is not 32 bytes")
    if not 1 <= receipt.tick <= MAX_INTEGER:
        raise Malformed("a receipt's tick is out of range")


def _check_extent(extent: Extent) -> None:
    check_origin(extent.origin)
    if len(extent.stream) != 16 or not any(extent.stream):
        raise Malformed("an extent's stream is not 16 bytes, or is all zero")
    if len(extent.last) != 32 or not any(extent.last):
        raise Malformed("an extent's last record is not 32 bytes, or is all zero")
    # So many records cannot lie below a smaller size.
    if not 1 <= extent.seq <= extent.size <= MAX_INTEGER:
        raise Malformed("an extent's seq or size is out of range")


def parse_lines(text: str, kind: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """Return the origin of a heading and the values of the named lines below it.

    Raises: Malformed.
    """
    heading, *lines = text.split("\n")
    # After the last newline comes nothing.
    if not heading.endswith(f" {kind} v1") or len(lines) != len(names) + 1 or lines.pop():
        raise Malformed(f"{kind}: the heading or the number of lines is wrong")
    values = []
    for name, line in zip(names, lines, strict=True):
        if not line.startswith(f"{name} "):
            raise Malformed(f"{kind}: the line {name} is not in its place")
        values.append(line.removeprefix(f"{name} "))
    return heading.removesuffix(f" {kind} v1"), values
