"""Signatures at the edge: one verdict, whichever library is there to give it."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ledger.verify import crypto, dalek
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


def sooner(public: bytes, message: bytes, signature: bytes) -> bool:
    """What ed25519-dalek says by itself, of any key at all."""
    takes = dalek.taken_under(public)
    return takes is not None and takes(message, signature)


def openssl(public: bytes, message: bytes, signature: bytes) -> bool:
    """What `cryptography` says by itself, of any key at all."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_fast_library_is_there_and_is_told() -> None:
    """These tests compare two libraries, so both must be here; the report names what is used."""
    assert dalek.USED.startswith("ed25519-dalek (vodozemac 0.")
    assert crypto.CHECKED_WITH.startswith(dalek.USED)
    assert "cryptography" in crypto.CHECKED_WITH


def test_the_verdict_on_each_edge_is_that_of_the_format(
    cases: list[Edge], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the extra and without it the verifier takes and refuses the same, and rightly."""
    wanted = {one.what: one.fits for one in cases}
    assert {one.what: verdict(*one[1:4]) for one in cases} == wanted
    monkeypatch.setattr(dalek, "USED", "")
    assert {one.what: verdict(*one[1:4]) for one in cases} == wanted


def test_where_the_libraries_differ_alone(cases: list[Edge]) -> None:
    """Left to themselves they differ, as is known; ed25519-dalek is always the stricter one."""
    differing = {one.what for one in cases if sooner(*one[1:4]) != openssl(*one[1:4])}
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
    """Over many bent signatures ed25519-dalek takes nothing that `cryptography` does not take."""
    dice, taken = random.Random(11), 0
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public, message = key.public_key().public_bytes_raw(), b"a record"
    good: list[Signed] = [(public, message, key.sign(message)), *(one[1:4] for one in cases)]
    for number in range(1_500):
        case = bent(good[number % len(good)], dice)
        yes, later = sooner(*case), openssl(*case)
        taken += yes
        assert not yes or later
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
    """Were it to multiply by the cofactor one day, the verifier would go without it."""
    assert dalek._is_as_asked()
    for takes in (lambda *_: True, lambda *_: False):
        monkeypatch.setattr(dalek, "taken_under", lambda _, takes=takes: takes)
        assert not dalek._is_as_asked()


def test_without_the_extra_nothing_is_taken_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed there is nobody to ask."""
    monkeypatch.setattr(dalek, "IS_HERE", False)
    assert dalek.taken_under(dalek._KEY) is None
    assert not dalek._is_as_asked()
