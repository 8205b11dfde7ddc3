"""The keys of the log: two that sign checkpoints, one that signs receipts.

Three independent seeds, so that a receipt can never be taken for a checkpoint and a broken Ed25519
or ML-DSA-44 leaves the other signature standing. They rest under the master key. These signers do
not know what they signed before: that a checkpoint only extends the last is the sequencer's rule,
with its signer state.

Cites: FORMAT §4 "Notes".
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from keys.aead import Entropy, label
from keys.errors import Undecipherable
from keys.master import MasterKey

SEED_BYTES = 32

_CONTEXT = label("log-keys")


class Signer:
    """One signing key of the log: Ed25519, or ML-DSA-44 with an empty context."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature: 64 bytes (Ed25519) or 2,420 bytes (ML-DSA-44)."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"Signer(public={self.public[:8].hex()}…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A signer is never pickled or copied.")


@dataclass(frozen=True, slots=True)
class PublicLogKeys:
    """The public halves of a log's three keys: 32, 1,312 and 32 bytes."""

    checkpoint_ed25519: bytes
    checkpoint_mldsa44: bytes
    receipt_ed25519: bytes


@dataclass(frozen=True, slots=True, repr=False)
class LogKeys:
    """The three seeds of a log's keys, 32 bytes each."""

    _seeds: bytes

    @classmethod
    def create(cls, *, entropy: Entropy = os.urandom) -> LogKeys:
        """Return the keys of a new log."""
        return cls(entropy(3 * SEED_BYTES))

    @classmethod
    def load(cls, master: MasterKey, data: bytes) -> LogKeys:
        """Return the keys that `dump` sealed.

        Raises:
            Undecipherable: another master key, or the data were changed.
        """
        seeds = master.decrypt(data, _CONTEXT)
        if len(seeds) != 3 * SEED_BYTES:
            raise Undecipherable("What was sealed here is not the keys of a log.")
        return cls(seeds)

    def dump(self, master: MasterKey, *, entropy: Entropy = os.urandom) -> bytes:
        """Return the seeds sealed under the master key."""
        return master.encrypt(self._seeds, _CONTEXT, entropy=entropy)

    @property
    def checkpoint_ed25519(self) -> Signer:
        """Signs checkpoints and the schedule (note type 0x01)."""
        return Signer(Ed25519PrivateKey.from_private_bytes(self._seed(0)))

    @property
    def checkpoint_mldsa44(self) -> Signer:
        """Cosigns checkpoints (note type 0x06)."""
        return Signer(MLDSA44PrivateKey.from_seed_bytes(self._seed(1)))

    @property
    def receipt_ed25519(self) -> Signer:
        """Signs receipts and extents (note type 0x01, another name)."""
        return Signer(Ed25519PrivateKey.from_private_bytes(self._seed(2)))

    @property
    def public(self) -> PublicLogKeys:
        """What verifiers need of the three."""
        return PublicLogKeys(
            self.checkpoint_ed25519.public,
            self.checkpoint_mldsa44.public,
            self.receipt_ed25519.public,
        )

    def seeds_hex(self) -> str:
        """The three seeds, for the one file in which they rest sealed (`keys.succession`)."""
        return self._seeds.hex()

    def _seed(self, index: int) -> bytes:
        return self._seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]

    def __repr__(self) -> str:
        return "LogKeys()"


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a log's own Ed25519 key (32 bytes) made a signature. Total."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
