"""An envelope has one spelling and one signature, over exactly the bytes that DSSE says."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.evidence import envelope
from ledger.evidence.envelope import Envelope
from ledger.evidence.grammar import Malformed
from tests.vectors.samples import sample_envelope

SIGNED = st.builds(
    Envelope,
    payload=st.binary(max_size=100),
    keyid=st.binary(min_size=32, max_size=32),
    signature=st.binary(min_size=64, max_size=64),
)


@given(SIGNED)
def test_every_envelope_reads_back(one: Envelope) -> None:
    """An envelope reads back as itself, whatever its payload holds."""
    assert envelope.load(envelope.dump(one)) == one


def test_all_changes_of_a_byte_are_found() -> None:
    """Each one-byte change of a stored envelope is refused or gives another envelope and E."""
    good = sample_envelope()
    one = envelope.load(good)
    for place in range(len(good)):
        for flip in (1, 2, 4, 32, 128, 255):
            changed = bytearray(good)
            changed[place] ^= flip
            assert envelope.digest(bytes(changed)) != envelope.digest(good)
            try:
                other = envelope.load(bytes(changed))
            except Malformed:
                continue
            assert other != one


def test_the_signed_bytes_are_those_of_dsse() -> None:
    """The type and the payload stand behind their lengths in bytes, parted by single spaces."""
    payload = "é".encode()
    expected = b"DSSEv1 48 application/vnd.disclosure-ledger.record.v1+json 2 \xc3\xa9"
    assert envelope.signing_input(payload) == expected


@pytest.mark.parametrize("change", [{"keyid": bytes(31)}, {"signature": bytes(63)}])
def test_a_malformed_envelope_is_never_written(change: dict[str, bytes]) -> None:
    """A key id has 32 bytes and a signature 64."""
    parts = {"payload": b"{}", "keyid": bytes(32), "signature": bytes(64), **change}
    with pytest.raises(Malformed):
        envelope.dump(Envelope(**parts))


def test_e_is_the_hash_of_the_bytes() -> None:
    """E names the bytes as stored."""
    assert envelope.digest(b"abc") == hashlib.sha256(b"abc").digest()


def test_a_payload_is_not_looked_into() -> None:
    """A payload that is no record is returned as bytes: it is parsed only once it is proven."""
    one = Envelope(b"\xff not a record", bytes(32), bytes(64))
    assert envelope.load(envelope.dump(one)).payload == b"\xff not a record"
