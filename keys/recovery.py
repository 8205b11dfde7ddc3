"""The recovery identity: the permanent last reader of every sealed stream.

Personal keys are never escrowed; case secrets are. One slot of every sealed wrap is sealed to this
identity, whose private half is a seed of 32 bytes that exists in `capsules` only, on paper, and
nowhere on a disk. It has no signing key: with it a board can recover what was sealed and can act in
nobody's name. It opens no month key either, so what was erased stays erased.

The seed gives the two halves of an HPKE key (MLKEM768_X25519); the digest of the public half is
announced in the office stream, so that whoever can write to the keystore cannot exchange it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from keys import canonical
from keys.aead import Entropy, label
from keys.errors import KeyRefused, NotInAudience
from keys.public import LIMIT_BYTES, SEALING_BYTES, SUITE, check_sealing, seal_to, slot_info

FORMAT = "disclosure-ledger/recovery-key/v1"
SEED_BYTES = 32
_X25519_BYTES, _MLKEM_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """The public half: what every sealed wrap is sealed to besides its audience."""

    sealing: bytes

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the key, 32 bytes, by which the office stream announces it."""
        return hashlib.sha256(self.sealing).digest()

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Return one HPKE slot for the recovery identity, as long as a person's.

        Raises:
            KeyRefused: the key is malformed or of small order.
        """
        return seal_to(self.sealing, secret, context)

    def dump(self) -> bytes:
        """Return the file of this key: one line of JSON. Pure."""
        return canonical.dump({"format": FORMAT, "sealing": canonical.to_text(self.sealing)})

    @classmethod
    def load(cls, data: bytes) -> RecoveryKey:
        """Return the key in a file; it is the ledger's own only if its digest was announced.

        Raises:
            KeyRefused: another format or spelling, or no acceptable key.
        """
        try:
            value = canonical.take_object(canonical.parse(data, LIMIT_BYTES), "format", "sealing")
            if value["format"] != FORMAT:
                raise ValueError("The file is of another format.")
            key = cls(canonical.take_bytes(value["sealing"], SEALING_BYTES))
        except ValueError as exc:
            raise KeyRefused("This is not a file of a recovery key.") from exc
        check_sealing(key.sealing)
        return key


class RecoveryIdentity:
    """Both halves, while a ceremony lasts. Never printed, never pickled, never stored."""

    __slots__ = ("_mlkem", "_seed", "_x25519", "key_id", "public")

    def __init__(self, seed: bytes) -> None:
        """Derive the keys from the 32 bytes that the capsules hold.

        Raises:
            KeyRefused: they are not 32.
        """
        if len(seed) != SEED_BYTES:
            raise KeyRefused("A recovery identity is made from exactly 32 bytes.")
        self._seed = seed
        self._x25519 = X25519PrivateKey.from_private_bytes(_derive(seed, "x25519", _X25519_BYTES))
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(_derive(seed, "mlkem768", _MLKEM_BYTES))
        sealing = self._mlkem.public_key().public_bytes_raw()
        self.public = RecoveryKey(sealing + self._x25519.public_key().public_bytes_raw())
        self.key_id = self.public.digest

    @classmethod
    def draw(cls, *, entropy: Entropy = os.urandom) -> RecoveryIdentity:
        """Return a new identity; whoever draws it puts it into capsules or loses it."""
        return cls(entropy(SEED_BYTES))

    @property
    def seed(self) -> bytes:
        """What capsules hold, and nothing else."""
        return self._seed

    def open_slot(self, slot: bytes, context: bytes) -> bytes:
        """Return the secret of one HPKE slot.

        Raises:
            NotInAudience: the slot was sealed to somebody else, for another context, or changed.
        """
        private = hpke.MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        try:
            return SUITE.decrypt(slot, private, slot_info(context))
        except (InvalidTag, ValueError) as exc:
            raise NotInAudience("This was not sealed to the recovery identity.") from exc

    def __repr__(self) -> str:
        return f"RecoveryIdentity(key_id={self.key_id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A recovery identity is never pickled or copied.")


def _derive(seed: bytes, name: str, length: int) -> bytes:
    info = label(f"recovery-{name}")
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(seed)
