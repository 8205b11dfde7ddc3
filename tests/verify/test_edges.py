"""Signatures at the edge: one verdict, whichever library is there to give it."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ledger.verify import crypto, sodium
from tests.verify.edges import ORDER, Edge, edges

Signed = tuple[bytes, bytes, bytes]
"""Key, message and signature."""


@pytest.fixture(scope="module")
def cases() -> list[Edge]:
    """The twelve cases, and a good signature."""
    return list(edges())


def verdict(public: bytes, message: bytes, signature: bytes) -> bool:
    """What the verifier says, with a key that is made anew."""
    fits = crypto.fits_under.__wrapped__(public)
    return fits is not None and fits(message, signature)


def openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    """What `cryptography` says by itself, of any key at all."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_fast_library_is_there_and_is_told() -> None:
    """These tests compare two libraries, so both must be here; the report names what is used."""
    assert sodium.USED.startswith("libsodium (PyNaCl 1.")
    assert crypto.CHECKED_WITH.startswith(sodium.USED)
    assert "cryptography" in crypto.CHECKED_WITH


def test_the_verdict_on_each_edge_is_that_of_the_format(
    cases: list[Edge], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With libsodium and without it the verifier takes and refuses the same, and the right ones."""
    wanted = {one.what: one.fits for one in cases}
    assert {one.what: verdict(*one[1:4]) for one in cases} == wanted
    monkeypatch.setattr(sodium, "USED", "")
    assert {one.what: verdict(*one[1:4]) for one in cases} == wanted


def test_where_the_libraries_differ_alone(cases: list[Edge]) -> None:
    """Left to themselves they differ, as is known; libsodium is always the stricter one."""
    differing = {one.what for one in cases if sodium.takes(*one[1:4]) != openssl(*one[1:4])}
    assert differing == {
        *("key and R of small order, S = 0", "key of small order", "mixed key, R of small order"),
        "key spelled oddly",
    }
    assert all(openssl(*one[1:4]) for one in cases if one.what in differing)


def bent(one: Signed, dice: random.Random) -> Signed:
    """Change a bit of key, message or signature, most often at an end, or move S by the order."""
    which = dice.randrange(4)
    if which < 3 and one[which]:
        data = bytearray(one[which])
        data[dice.choice((0, -1, dice.randrange(len(data))))] ^= 1 << dice.randrange(8)
        parts = [*one[:which], bytes(data), *one[which + 1 :]]
        return parts[0], parts[1], parts[2]
    public, message, signature = one
    moved = int.from_bytes(signature[32:], "little") + dice.choice((0, ORDER, 8 * ORDER))
    return public, message, signature[:32] + (moved % 2**256).to_bytes(32, "little")


def test_nothing_is_taken_sooner_that_is_refused_later(cases: list[Edge]) -> None:
    """Over many bent signatures libsodium takes nothing that `cryptography` does not take."""
    dice, taken = random.Random(11), 0
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, message = key.public_key().public_bytes_raw(), b"a record"
    good: list[Signed] = [(public, message, key.sign(message)), *(one[1:4] for one in cases)]
    for number in range(1_500):
        case = bent(good[number % len(good)], dice)
        sooner, later = sodium.takes(*case), openssl(*case)
        taken += sooner
        assert not sooner or later
        assert verdict(*case) == (later and crypto.fits_under(case[0]) is not None)
    assert taken > 20


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_none(length: int) -> None:
    """Whatever is joined to a message, a signature has 64 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, message = key.public_key().public_bytes_raw(), b"a record"
    joined = key.sign(message) + message
    assert not verdict(public, joined[length:], joined[:length])


def test_a_library_that_takes_too_much_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were libsodium to multiply by the cofactor one day, the verifier would go without it."""
    assert sodium._is_as_asked()
    monkeypatch.setattr(sodium, "_open", lambda signed, _public: signed[64:])
    assert not sodium._is_as_asked()
    monkeypatch.setattr(sodium, "_open", None)
    assert not sodium._is_as_asked()
    assert not sodium.takes(sodium._KEY, sodium._MESSAGE, sodium._GOOD)
