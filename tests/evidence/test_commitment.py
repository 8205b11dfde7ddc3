"""A commitment has one opening, and covers look like commitments."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import commitment
from ledger.evidence.grammar import Malformed

SECRETS = st.binary(min_size=32, max_size=32)
STREAMS = st.binary(min_size=16, max_size=16)
SEQS = st.integers(0, 2**53 - 1)


def expand(secret: bytes, info: bytes) -> bytes:
    """Return HKDF-Expand as the library of the verifier computes it."""
    return HKDFExpand(SHA256(), 32, info).derive(secret)


@given(SECRETS, STREAMS, SEQS, SECRETS)
def test_a_commitment_follows_its_formula(secret: bytes, stream: bytes, seq: int, e: bytes) -> None:
    """Blind and commitment are what FORMAT 3.1 and 3.2 say, computed with another library."""
    place = stream + seq.to_bytes(8, "big")
    blind = expand(secret, b"disclosure-ledger/v1/blind\x00" + place)
    assert commitment.blind(secret, stream, seq) == blind
    whole = b"disclosure-ledger/v1/commitment\x00" + blind + place + e
    assert commitment.commit(blind, stream, seq, e) == hashlib.sha256(whole).digest()


@given(SECRETS, STREAMS, SEQS, st.text("abc_019", min_size=1, max_size=20), st.binary(max_size=40))
def test_a_personal_digest_follows_its_formula(
    secret: bytes, stream: bytes, seq: int, field: str, value: bytes
) -> None:
    """Salt and digest are what FORMAT 3.3 says, computed with another library."""
    place = stream + seq.to_bytes(8, "big")
    salt = expand(secret, b"disclosure-ledger/v1/personal\x00" + place + field.encode())
    assert commitment.salt(secret, stream, seq, field) == salt
    whole = b"disclosure-ledger/v1/personal-digest\x00" + salt + hashlib.sha256(value).digest()
    assert commitment.personal_digest(salt, value) == hashlib.sha256(whole).digest()


@given(SECRETS, SEQS, SEQS)
def test_a_cover_follows_its_formula(seed: bytes, tick: int, k: int) -> None:
    """A cover commits to nothing, as FORMAT 3.4 says, and needs no secret of a stream."""
    numbers = tick.to_bytes(8, "big") + k.to_bytes(8, "big")
    blind = expand(seed, b"disclosure-ledger/v1/cover\x00" + numbers)
    assert commitment.cover_blind(seed, tick, k) == blind
    whole = b"disclosure-ledger/v1/commitment\x00" + blind + bytes(16) + k.to_bytes(8, "big")
    assert commitment.cover(blind, k) == hashlib.sha256(whole + bytes(32)).digest()


def test_every_part_of_an_opening_counts() -> None:
    """Changing the blind, the stream, the seq or E changes the commitment."""
    opening = (b"\x01" * 32, b"\x02" * 16, 3, b"\x04" * 32)
    others = {
        commitment.commit(*opening),
        commitment.commit(b"\x09" * 32, *opening[1:]),
        commitment.commit(opening[0], b"\x09" * 16, *opening[2:]),
        commitment.commit(*opening[:2], 9, opening[3]),
        commitment.commit(*opening[:3], b"\x09" * 32),
    }
    assert len(others) == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: commitment.blind(bytes(31), bytes(16), 1),
        lambda: commitment.blind(bytes(32), bytes(17), 1),
        lambda: commitment.blind(bytes(32), bytes(16), -1),
        lambda: commitment.commit(bytes(33), bytes(16), 1, bytes(32)),
        lambda: commitment.commit(bytes(32), bytes(15), 1, bytes(32)),
        lambda: commitment.commit(bytes(32), bytes(16), 1, bytes(31)),
        lambda: commitment.salt(bytes(31), bytes(16), 1, "note"),
        lambda: commitment.salt(bytes(32), bytes(16), 1, "noté"),
        lambda: commitment.personal_digest(bytes(31), b""),
        lambda: commitment.cover_blind(bytes(31), 1, 0),
    ],
)
def test_parts_of_another_length_are_refused(make: Callable[[], bytes]) -> None:
    """Joined parts carry no lengths, so each must have its own."""
    with pytest.raises(Malformed):
        make()


def test_labels_keep_purposes_apart() -> None:
    """A label ends with a zero byte, so that none is the beginning of another."""
    assert commitment.label("personal") == b"disclosure-ledger/v1/personal\x00"
    assert not commitment.label("personal-digest").startswith(commitment.label("personal"))
