"""Sealing bytes under a key, for one place."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from keys import aead
from keys.errors import KeyRefused, Undecipherable

KEY = bytes(range(32))


@given(st.binary(max_size=5000), st.binary(max_size=100))
def test_what_was_sealed_opens_in_its_own_place(plaintext: bytes, context: bytes) -> None:
    """What was sealed for a place opens there, and is 28 bytes longer."""
    sealed = aead.encrypt(KEY, plaintext, context)
    assert len(sealed) == len(plaintext) + aead.OVERHEAD_BYTES
    assert aead.decrypt(KEY, sealed, context) == plaintext


def test_the_layout_is_nonce_then_ciphertext() -> None:
    """Another implementation opens it as nonce, ciphertext, tag with the context as it is."""
    sealed = aead.encrypt(KEY, b"text", b"place", entropy=lambda length: b"n" * length)
    assert sealed[:12] == b"n" * 12
    assert AESGCMSIV(KEY).decrypt(sealed[:12], sealed[12:], b"place") == b"text"


def test_each_sealing_draws_a_nonce_of_its_own() -> None:
    """The same text sealed twice looks different, so that equal texts cannot be found."""
    assert aead.encrypt(KEY, b"text", b"") != aead.encrypt(KEY, b"text", b"")


def test_every_changed_bit_is_found() -> None:
    """No bit of a ciphertext can be changed without being refused."""
    sealed = aead.encrypt(KEY, b"text", b"place")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Undecipherable):
            aead.decrypt(KEY, bytes(changed), b"place")


def test_every_cut_is_found() -> None:
    """A ciphertext that lost its end, down to nothing, is refused."""
    sealed = aead.encrypt(KEY, b"text", b"place")
    for length in range(len(sealed)):
        with pytest.raises(Undecipherable):
            aead.decrypt(KEY, sealed[:length], b"place")


@pytest.mark.parametrize(("key", "context"), [(KEY[::-1], b"place"), (KEY, b"palce"), (KEY, b"")])
def test_another_key_or_place_does_not_open(key: bytes, context: bytes) -> None:
    """A ciphertext that is moved, or tried with another key, is refused."""
    with pytest.raises(Undecipherable):
        aead.decrypt(key, aead.encrypt(KEY, b"text", b"place"), context)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """Only 32-byte keys are taken, though the cipher knows shorter ones."""
    with pytest.raises(KeyRefused):
        aead.encrypt(bytes(length), b"text", b"place")
    with pytest.raises(KeyRefused):
        aead.decrypt(bytes(length), bytes(40), b"place")
