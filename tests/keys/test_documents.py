"""Documents as a store keeps them: in parts that tell neither their length nor their place."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.documents import PART_BYTES, decrypt_part, encrypt_part, parts_of
from keys.errors import KeyRefused, KeysError, Undecipherable
from keys.secrets import StreamSecrets

SECRETS = StreamSecrets(core=b"c" * 32, personal=b"p" * 32)
ERASED = StreamSecrets(core=b"c" * 32, personal=None)
PLACE = b"ledger.lonecone.example\0stream\0seq 3"
MIB = 1024 * 1024


@pytest.mark.parametrize("length", [0, 1, PART_BYTES - 1, PART_BYTES])
def test_a_part_opens_as_it_was_written_and_all_are_of_one_size(length: int) -> None:
    """Whatever it holds, a part comes back byte for byte and shows nothing of its length."""
    part = encrypt_part(SECRETS, PLACE, 2, b"x" * length)
    assert len(part) == PART_BYTES + 28
    assert decrypt_part(SECRETS, PLACE, 2, length, part) == b"x" * length


def test_a_part_can_be_read_without_this_program() -> None:
    """The format: a nonce, then AES-256-GCM-SIV under a key of its own from the personal secret."""
    part = encrypt_part(SECRETS, PLACE, 1, b"%PDF", entropy=lambda n: b"n" * n)
    info = b"disclosure-ledger/v1/document\0"
    key = HKDF(hashes.SHA256(), 32, None, info).derive(b"p" * 32)
    place = PLACE + b"document" + (1).to_bytes(8, "big")
    content = AESGCMSIV(key).decrypt(b"n" * 12, part[12:], place)
    assert content == b"%PDF" + bytes(PART_BYTES - 4)


def test_a_part_opens_in_its_own_place_only() -> None:
    """Another number, record, stream or length, or one changed byte: it does not open."""
    part = encrypt_part(SECRETS, PLACE, 1, b"content")
    other = StreamSecrets(core=b"c" * 32, personal=b"q" * 32)
    for secrets, place, number, length, found in (
        (SECRETS, PLACE, 0, 7, part),
        (SECRETS, PLACE + b"4", 1, 7, part),
        (other, PLACE, 1, 7, part),
        (SECRETS, PLACE, 1, 6, part),
        (SECRETS, PLACE, 1, 7, part[:-1] + bytes([part[-1] ^ 1])),
        (SECRETS, PLACE, 1, 7, b""),
    ):
        with pytest.raises(Undecipherable):
            decrypt_part(secrets, place, number, length, found)


def test_the_number_of_parts_tells_little() -> None:
    """Up to 20 MiB there are few numbers; none is smaller than needed, nor an eighth larger."""
    sizes = range(1, 20 * MIB + 1, 9973)
    for size in sizes:
        needed = -(-size // PART_BYTES)
        assert needed <= parts_of(size) < needed * 9 / 8 + 1
    assert parts_of(0) == parts_of(1) == 1
    assert parts_of(20 * MIB) == 320
    assert len({parts_of(size) for size in sizes}) == 48
    assert {parts_of(n * PART_BYTES) for n in (17, 18)} == {18}


def test_an_erased_stream_has_no_documents() -> None:
    """Without the personal secret nothing is written and nothing opens; too much fits into none."""
    part = encrypt_part(SECRETS, PLACE, 0, b"content")
    with pytest.raises(KeyRefused):
        encrypt_part(ERASED, PLACE, 0, b"content")
    with pytest.raises(KeysError):
        decrypt_part(ERASED, PLACE, 0, 7, part)
    with pytest.raises(KeyRefused):
        encrypt_part(SECRETS, PLACE, 0, bytes(PART_BYTES + 1))
