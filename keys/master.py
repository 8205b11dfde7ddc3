"""The master key: protects month KEKs, the open store's wraps and the log keys.

It opens nothing sealed. It lies in a 0600 file or a systemd credential (0400): 64 hex digits and a
newline. Every use names a context, so that nothing sealed for one purpose opens for another.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys import aead
from keys.aead import Entropy
from keys.errors import MasterKeyUnusable
from keys.files import NotPrivate, read_private, write_private

FILE_BYTES = 2 * aead.KEY_BYTES + 1

_SPELLING = re.compile(rb"[0-9a-f]{64}\n")


class MasterKey:
    """The unlocked master key of one installation. Never printed, never pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Hold 32 bytes.

        Raises:
            MasterKeyUnusable: they are not 32.
        """
        if len(key) != aead.KEY_BYTES:
            raise MasterKeyUnusable("A master key must be exactly 32 bytes.")
        self._key = key

    @classmethod
    def create(cls, path: Path, *, entropy: Entropy = os.urandom) -> MasterKey:
        """Draw a new master key and write it durably to `path`, which must not exist yet.

        Raises:
            MasterKeyUnusable: the file exists already (it is left as it is) or cannot be written.
        """
        key = entropy(aead.KEY_BYTES)
        try:
            write_private(path, key.hex().encode("ascii") + b"\n", replace=False)
        except FileExistsError as exc:
            raise MasterKeyUnusable(
                f"{path} exists already. A master key is never overwritten, because all that it "
                "protects would be lost."
            ) from exc
        except OSError as exc:
            raise MasterKeyUnusable(f"The master key cannot be written to {path}.") from exc
        return cls(key)

    @classmethod
    def load(cls, path: Path) -> MasterKey:
        """Return the master key in `path`.

        A digit exchanged for another gives another key, which opens nothing; the file holds no
        check value.

        Raises:
            MasterKeyUnusable: missing, readable by others, or not 64 hex digits and a newline.
        """
        try:
            data = read_private(path, FILE_BYTES)
        except NotPrivate as exc:
            raise MasterKeyUnusable(
                f"{path} must be a plain file with mode 0600 or 0400: only its owner may read it."
            ) from exc
        except OSError as exc:
            raise MasterKeyUnusable(f"The master key {path} cannot be read.") from exc
        if not _SPELLING.fullmatch(data):
            raise MasterKeyUnusable(f"{path} does not hold a master key.")
        return cls(bytes.fromhex(data[:-1].decode("ascii")))

    def encrypt(self, plaintext: bytes, context: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Seal `plaintext` for `context`, which names the purpose and the place."""
        return aead.encrypt(self._key, plaintext, context, entropy=entropy)

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """Open what this master key sealed for `context`.

        Raises:
            Undecipherable: another master key, another context, or it was changed.
        """
        return aead.decrypt(self._key, sealed, context)

    def derived(self, name: str) -> bytes:
        """Return a key of 32 bytes for one purpose, which needs no file of its own."""
        info = aead.label(name)
        hkdf = HKDF(algorithm=hashes.SHA256(), length=aead.KEY_BYTES, salt=None, info=info)
        return hkdf.derive(self._key)

    def __repr__(self) -> str:
        return "MasterKey()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A master key is never pickled or copied.")
