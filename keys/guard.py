"""The keys of one ledger's guard: what its list lies under, tags, covers, and credentials.

All but the credentials are derived from the master key, so that a ledger that was moved or restored
gives the same answers. A credential is a secret of the library system's agent; of it the ledger
keeps a digest.

Sample of a credential: ``dlguard_7Qm2…`` (51 characters)
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import urlsafe_b64encode
from typing import NoReturn

from keys import aead
from keys.aead import Entropy
from keys.errors import KeyRefused
from keys.master import MasterKey

TAG_BYTES = 32
SECRET_BYTES = 32
_PREFIX = "dlguard_"
_SPELLING = re.compile(_PREFIX + r"[A-Za-z0-9_-]{43}")


class GuardKeys:
    """The keys of the guard of the ledger with one origin. Never printed, never pickled."""

    __slots__ = ("_cover", "_list", "_origin", "_tag")

    def __init__(self, master: MasterKey, origin: str) -> None:
        self._list = master.derived("guard-list")
        self._tag = master.derived("guard-tag")
        self._cover = master.derived("guard-cover")
        self._origin = origin.encode()

    def tag(self, name: str) -> bytes:
        """Return what stands in the list for a hold (`stream:seq`), or for an act that is about to
        place one (its number, 32 hex); 32 bytes.
        """
        return hmac.digest(self._tag, self._origin + b"\0" + name.encode(), "sha256")

    def chance(self, place: int, size: int) -> bytes:
        """Return so many bytes of the chance by which a place of covers goes; each time the same.

        A longer answer begins with the shorter one.
        """
        seed = hmac.digest(self._cover, self._origin + b"\0" + place.to_bytes(4), "sha256")
        return hashlib.shake_256(seed).digest(size)

    def seal(self, plaintext: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Seal the list."""
        return aead.encrypt(self._list, plaintext, self._context(), entropy=entropy)

    def unseal(self, sealed: bytes) -> bytes:
        """Open the list.

        Raises:
            Undecipherable: another ledger's, another master key's, or it was changed.
        """
        return aead.decrypt(self._list, sealed, self._context())

    def _context(self) -> bytes:
        return aead.label("guard-list") + self._origin

    def __repr__(self) -> str:
        return "GuardKeys()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("The keys of the guard are never pickled or copied.")


def new_credential(*, entropy: Entropy = os.urandom) -> str:
    """Return a credential for an agent, in its spelling."""
    return _PREFIX + urlsafe_b64encode(entropy(SECRET_BYTES)).decode("ascii").rstrip("=")


def credential_digest(credential: str) -> bytes:
    """Return what is kept of a credential, 32 bytes. It is random, so a plain digest hides it.

    Raises:
        KeyRefused: it is not spelt as one.
    """
    if not _SPELLING.fullmatch(credential):
        raise KeyRefused("This is no credential of the guard.")
    return hashlib.sha256(aead.label("guard-credential") + credential.encode("ascii")).digest()
