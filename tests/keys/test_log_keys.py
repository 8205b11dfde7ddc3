"""The keys of the log."""

from __future__ import annotations

import pickle

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from keys.aead import label
from keys.errors import Undecipherable
from keys.log import LogKeys
from keys.master import MasterKey


def test_each_signature_verifies_under_its_own_public_key() -> None:
    """Checkpoints carry an Ed25519 and an ML-DSA-44 signature; receipts have a key of their own."""
    keys = LogKeys.create()
    for signer in (keys.checkpoint_ed25519, keys.receipt_ed25519):
        assert len(signer.public) == 32
        Ed25519PublicKey.from_public_bytes(signer.public).verify(signer.sign(b"note"), b"note")
    signer = keys.checkpoint_mldsa44
    signature = signer.sign(b"note")
    assert (len(signer.public), len(signature)) == (1312, 2420)
    MLDSA44PublicKey.from_public_bytes(signer.public).verify(signature, b"note")


def test_a_receipt_cannot_be_taken_for_a_checkpoint() -> None:
    """The receipt key's signature does not verify under the checkpoint key."""
    keys = LogKeys.create()
    checkpoint_key = Ed25519PublicKey.from_public_bytes(keys.checkpoint_ed25519.public)
    with pytest.raises(InvalidSignature):
        checkpoint_key.verify(keys.receipt_ed25519.sign(b"note"), b"note")


def test_the_three_seeds_are_independent() -> None:
    """Exchanging one seed changes that key and no other."""
    publics = [
        (
            keys.checkpoint_ed25519.public,
            keys.checkpoint_mldsa44.public,
            keys.receipt_ed25519.public,
        )
        for exchanged in range(3)
        for keys in [LogKeys(bytes(32 * exchanged) + b"\1" * 32 + bytes(32 * (2 - exchanged)))]
    ]
    for key in range(3):
        assert len({public[key] for public in publics}) == 2


def test_log_keys_open_again_under_the_master_key(master: MasterKey) -> None:
    """After a restart the log signs with the same keys."""
    keys = LogKeys.create()
    again = LogKeys.load(master, keys.dump(master))
    assert again.checkpoint_ed25519.public == keys.checkpoint_ed25519.public
    assert again.checkpoint_mldsa44.public == keys.checkpoint_mldsa44.public
    assert again.receipt_ed25519.public == keys.receipt_ed25519.public


def test_every_changed_bit_of_the_log_keys_is_found(master: MasterKey) -> None:
    """No bit of the stored log keys can be changed without being refused."""
    data = LogKeys.create().dump(master)
    for bit in range(len(data) * 8):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Undecipherable):
            LogKeys.load(master, bytes(changed))


def test_log_keys_do_not_open_under_another_master_key(master: MasterKey) -> None:
    """A stolen keystore without its master key signs nothing."""
    with pytest.raises(Undecipherable):
        LogKeys.load(MasterKey(bytes(32)), LogKeys.create().dump(master))


def test_something_else_under_the_master_key_is_not_taken_for_log_keys(master: MasterKey) -> None:
    """A month key sealed by the same master key is no log key, whatever its place says."""
    with pytest.raises(Undecipherable):
        LogKeys.load(master, master.encrypt(bytes(96), b"2026-06"))
    with pytest.raises(Undecipherable, match="not the keys of a log"):
        LogKeys.load(master, master.encrypt(bytes(32), label("log-keys")))


def test_a_signer_is_not_pickled() -> None:
    """A signing key does not travel to another process by accident."""
    with pytest.raises(TypeError):
        pickle.dumps(LogKeys.create().receipt_ed25519)
