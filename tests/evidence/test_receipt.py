"""Receipts and extents are texts of one spelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence.grammar import Malformed
from ledger.evidence.receipt import Extent, Receipt
from tests.vectors.samples import ORIGIN, STREAM, fixed

RECEIPT = Receipt(ORIGIN, fixed("commitment"), 7, datetime(2026, 6, 19, 3, 34, 13, tzinfo=UTC))
EXTENT = Extent(ORIGIN, STREAM, 3, fixed("e"), 384)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**53 - 1))
def test_every_receipt_reads_back(entry: bytes, tick: int) -> None:
    """A receipt reads back as itself."""
    one = replace(RECEIPT, commitment=entry, tick=tick)
    assert Receipt.load(one.dump()) == one


@given(st.binary(min_size=32, max_size=32).filter(any), st.integers(1, 2**53 - 1))
def test_every_extent_reads_back(last: bytes, size: int) -> None:
    """An extent reads back as itself."""
    one = replace(EXTENT, last=last, seq=max(1, size // 2), size=size)
    assert Extent.load(one.dump()) == one


def test_every_change_of_a_character_is_found() -> None:
    """Each changed character is refused or makes another receipt or extent."""
    for kind, one in ((Receipt, RECEIPT), (Extent, EXTENT)):
        text = one.dump()
        for place in range(len(text)):
            for flip in (1, 2, 4, 16, 64):
                changed = text[:place] + chr(ord(text[place]) ^ flip) + text[place + 1 :]
                try:
                    assert kind.load(changed) != one
                except Malformed:
                    continue


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "Log"},
        {"commitment": bytes(31)},
        {"tick": 0},
        {"tick": 2**53},
        {"issued": datetime(2026, 6, 19)},
    ],
    ids=str,
)
def test_a_malformed_receipt_is_never_written(change: dict[str, Any]) -> None:
    """What could not be read is not signed either."""
    with pytest.raises(Malformed):
        replace(RECEIPT, **change).dump()


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"stream": bytes(16)},
        {"stream": b"\x01" * 15},
        {"seq": 0},
        {"seq": 385},
        {"last": bytes(32)},
        {"last": b"\x01" * 31},
        {"size": 2**53},
    ],
    ids=str,
)
def test_a_malformed_extent_is_never_written(change: dict[str, Any]) -> None:
    """A stream has records, and so many lie below no smaller size."""
    with pytest.raises(Malformed):
        replace(EXTENT, **change).dump()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        RECEIPT.dump()[:-1],
        RECEIPT.dump() + "\n",
        EXTENT.dump(),
        "receipt v1\na\nb\nc\n",
        RECEIPT.dump().replace("tick ", ""),
        RECEIPT.dump().replace("tick ", "tock "),
    ],
    ids=["empty", "newline", "cut", "longer", "extent", "no origin", "no name", "another name"],
)
def test_other_texts_are_no_receipt(text: str) -> None:
    """A receipt is four lines with their names in order."""
    with pytest.raises(Malformed):
        Receipt.load(text)
