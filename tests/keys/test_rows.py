"""Rows as a store keeps them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from keys import aead
from keys.errors import KeyRefused, KeysError, Undecipherable
from keys.rows import BUCKET_BYTES, decrypt_row, encrypt_row
from keys.secrets import StreamSecrets

SECRETS = StreamSecrets(core=b"c" * 32, personal=b"p" * 32)
PLACE = b"ledger.lonecone.example\0stream\0seq 3"
ONE_BUCKET_EACH = 4 + 2 * (28 + BUCKET_BYTES)


@given(st.binary(max_size=6000), st.binary(max_size=6000))
def test_a_row_opens_as_it_was_written(envelope: bytes, personal: bytes) -> None:
    """Envelope and personal values come back byte for byte, empty ones too."""
    state = encrypt_row(SECRETS, PLACE, envelope, personal)
    assert decrypt_row(SECRETS, PLACE, state) == (envelope, personal)


@given(st.binary(max_size=6000), st.binary(max_size=6000))
def test_a_row_shows_its_length_in_buckets_only(envelope: bytes, personal: bytes) -> None:
    """The size of a row depends on whole buckets of 2,048 bytes and on nothing else."""
    buckets = -(-(4 + len(envelope)) // BUCKET_BYTES) + -(-(4 + len(personal)) // BUCKET_BYTES)
    assert len(encrypt_row(SECRETS, PLACE, envelope, personal)) == 60 + buckets * BUCKET_BYTES


def test_short_texts_look_alike() -> None:
    """No officer's note, a short one and one that just fits give rows of one size."""
    sizes = {
        len(encrypt_row(SECRETS, PLACE, b"e" * length, b"n" * note))
        for length in (0, 1, 900, 2044)
        for note in (0, 1, 40, 2044)
    }
    assert sizes == {ONE_BUCKET_EACH}
    assert len(encrypt_row(SECRETS, PLACE, b"e" * 2045, b"")) == ONE_BUCKET_EACH + BUCKET_BYTES


def test_every_changed_byte_of_a_row_is_found() -> None:
    """No byte of a stored row can be changed without being refused."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"note")
    for position in range(len(state)):
        for flip in (0x01, 0x80, 0xFF):
            changed = bytearray(state)
            changed[position] ^= flip
            with pytest.raises(Undecipherable):
                decrypt_row(SECRETS, PLACE, bytes(changed))


def test_every_cut_of_a_row_is_found() -> None:
    """A row that lost its end, at any byte, is refused."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"note")
    for length in range(len(state)):
        with pytest.raises(Undecipherable):
            decrypt_row(SECRETS, PLACE, state[:length])
    with pytest.raises(Undecipherable):
        decrypt_row(SECRETS, PLACE, state + b"\0")


@given(st.binary(max_size=5000))
def test_no_bytes_make_reading_a_row_fail_otherwise(state: bytes) -> None:
    """Whatever stands in a row's place is refused with a reason of this room."""
    with pytest.raises(KeysError):
        decrypt_row(SECRETS, PLACE, state)


def test_a_row_moved_elsewhere_does_not_open() -> None:
    """A row copied to another seq or stream, or under another stream's secrets, is refused."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"note")
    with pytest.raises(Undecipherable):
        decrypt_row(SECRETS, PLACE.replace(b"3", b"4"), state)
    with pytest.raises(Undecipherable):
        decrypt_row(StreamSecrets.generate(), PLACE, state)


def test_the_parts_of_two_rows_cannot_be_exchanged() -> None:
    """The personal part of one row does not open beside the envelope of another."""
    first = encrypt_row(SECRETS, PLACE + b"1", b"envelope", b"note")
    second = encrypt_row(SECRETS, PLACE + b"2", b"envelope", b"note")
    cut = 4 + 28 + BUCKET_BYTES
    with pytest.raises(Undecipherable):
        decrypt_row(SECRETS, PLACE + b"1", first[:cut] + second[cut:])
    with pytest.raises(Undecipherable):
        decrypt_row(SECRETS, PLACE + b"1", first[:4] + first[cut:] + first[4:cut])


def test_after_erasure_the_envelope_still_opens_and_the_person_does_not() -> None:
    """With the personal secret destroyed the envelope is read and nothing personal is given."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"note")
    assert decrypt_row(StreamSecrets(SECRETS.core, None), PLACE, state) == (b"envelope", None)


def test_an_empty_note_is_not_an_erased_one() -> None:
    """A row without personal values gives empty bytes; only an erased one gives none."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"")
    assert decrypt_row(SECRETS, PLACE, state) == (b"envelope", b"")


def test_an_erased_stream_takes_no_new_rows() -> None:
    """Nothing is written to a stream whose personal secret is gone."""
    with pytest.raises(KeyRefused, match="takes no new rows"):
        encrypt_row(StreamSecrets(SECRETS.core, None), PLACE, b"envelope", b"")


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0\0\0\5short",
        b"\0\0\0\1a" + bytes(BUCKET_BYTES - 6) + b"x",
        b"\xff\xff\xff\xff" + bytes(BUCKET_BYTES - 4),
        b"\0\0\0\1a" + bytes(2 * BUCKET_BYTES - 5),
    ],
)
def test_nothing_can_hide_in_the_padding(padded: bytes) -> None:
    """A part that opens but is not padded as rows are is refused, whoever wrote it."""
    core = aead.encrypt(SECRETS.row_key_core, padded, PLACE + b"core")
    with pytest.raises(Undecipherable, match="not padded"):
        decrypt_row(SECRETS, PLACE, len(core).to_bytes(4, "big") + core)


def test_a_row_can_be_read_by_its_description_alone() -> None:
    """Another implementation, written from the words in `keys/rows.py`, reads the row."""
    state = encrypt_row(SECRETS, PLACE, b"envelope", b"note")
    core_bytes = int.from_bytes(state[:4], "big")
    parts = {b"core": state[4 : 4 + core_bytes], b"personal": state[4 + core_bytes :]}
    found = {}
    for part, secret in ((b"core", b"c" * 32), (b"personal", b"p" * 32)):
        info = b"disclosure-ledger/v1/row-" + part + b"\0"
        key = HKDF(hashes.SHA256(), 32, None, info).derive(secret)
        sealed = parts[part]
        padded = AESGCMSIV(key).decrypt(sealed[:12], sealed[12:], PLACE + part)
        found[part] = padded[4 : 4 + int.from_bytes(padded[:4], "big")]
    assert found == {b"core": b"envelope", b"personal": b"note"}
