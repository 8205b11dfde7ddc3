"""Authenticated encryption: AES-256-GCM-SIV with a random 96-bit nonce in front of the ciphertext.

The only file that touches `AESGCMSIV`. GCM-SIV survives a repeated nonce (it shows then only that
the same plaintext was sealed twice under the same context), which a virtual machine rolled back to
a snapshot can cause. Only `keys` imports this file, and the register for attachments.

    nonce (12 bytes) || ciphertext || tag (16 bytes)
"""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from keys.errors import KeyRefused, Undecipherable

Entropy = Callable[[int], bytes]
"""Draws so many random bytes. `os.urandom`, except where a test compares two worlds."""

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES


def label(name: str) -> bytes:
    """Return the domain label of `name`; no label is a prefix of another.

    Cites: FORMAT "Conventions", L(x).
    """
    return b"disclosure-ledger/v1/" + name.encode("ascii") + b"\0"


class Cipher:
    """One key of 32 bytes, made ready once where more than one thing is sealed under it."""

    __slots__ = ("_cipher", "key")

    def __init__(self, key: bytes) -> None:
        """Raises: KeyRefused, when the key is not 32 bytes."""
        if len(key) != KEY_BYTES:
            raise KeyRefused("An encryption key must be exactly 32 bytes.")
        self.key = key
        self._cipher = AESGCMSIV(key)

    def encrypt(self, plaintext: bytes, context: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Seal `plaintext` so that it opens under the same key and the same context only."""
        nonce = entropy(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """Open what `encrypt` sealed.

        Raises:
            Undecipherable: another key, another context, or a changed or shortened ciphertext.
        """
        if len(sealed) < OVERHEAD_BYTES:
            raise Undecipherable("This ciphertext is too short to be one.")
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except InvalidTag as exc:
            raise Undecipherable(
                "This does not open: it was sealed with another key or for another place, "
                "or it has been changed."
            ) from exc

    def __repr__(self) -> str:
        return "Cipher()"


def encrypt(
    key: bytes, plaintext: bytes, context: bytes, *, entropy: Entropy = os.urandom
) -> bytes:
    """Seal one thing under a key: see `Cipher`.

    Raises:
        KeyRefused: the key is not 32 bytes.
    """
    return Cipher(key).encrypt(plaintext, context, entropy=entropy)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Open one thing that was sealed under a key: see `Cipher`.

    Raises:
        Undecipherable: as `Cipher.decrypt`.
        KeyRefused: the key is not 32 bytes.
    """
    return Cipher(key).decrypt(sealed, context)
