"""The keys of one ledger's feeds: cursors, nonces and names that mean nothing to anybody else.

All are derived from the master key, so that a ledger that was moved or restored gives the same
ones. A cursor is `nonce (12) || ciphertext of the position (8) || tag (16)` in base64url.

Sample: ``pP0C0m1…`` (48 characters)
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, urlsafe_b64encode
from typing import NoReturn

from keys import aead
from keys.aead import Entropy
from keys.errors import Undecipherable
from keys.master import MasterKey

NONCE_BYTES = 16
"""How many bytes stand before an entry's body, so that its digest hides it."""
CURSOR_CHARACTERS = 48


class FeedKeys:
    """The keys of the feeds of the ledger with one origin. Never printed, never pickled."""

    __slots__ = ("_cursor", "_name", "_nonce", "_origin", "_webhook")

    def __init__(self, master: MasterKey, origin: str) -> None:
        self._cursor = master.derived("feed-cursor")
        self._nonce = master.derived("feed-nonce")
        self._name = master.derived("feed-name")
        self._webhook = master.derived("feed-webhook")
        self._origin = origin.encode()

    def nonce(self, feed: str, position: int, commitment: bytes, core: bytes) -> bytes:
        """Return the nonce of an entry, 16 bytes.

        `core` is the core secret of the record's stream: once it is destroyed or sealed, nobody who
        has the master key alone gets a dropped entry's nonce again. Both are empty for an entry
        that holds no record.
        """
        parts = (self._origin, feed.encode(), position.to_bytes(8), commitment, core)
        return _mac(self._nonce, *parts)[:NONCE_BYTES]

    def cursor(self, feed: str, position: int, *, entropy: Entropy = os.urandom) -> str:
        """Return the token that says "read on after this position", 48 characters."""
        place = self._context(feed)
        sealed = aead.encrypt(self._cursor, position.to_bytes(8), place, entropy=entropy)
        return urlsafe_b64encode(sealed).decode("ascii")

    def position(self, feed: str, cursor: str) -> int:
        """Return the position of a cursor of this feed.

        Raises:
            Undecipherable: it is none, was changed, or is another feed's or ledger's.
        """
        try:
            sealed = b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            raise Undecipherable("This is no cursor.") from None
        return int.from_bytes(aead.decrypt(self._cursor, sealed, self._context(feed)))

    def name(self, kind: str, text: str) -> str:
        """Return a name for something that stays the same and tells nothing of it, 32 hex."""
        return _mac(self._name, self._origin, kind.encode(), text.encode())[:16].hex()

    def seal(self, webhook: str, settings: bytes, *, entropy: Entropy = os.urandom) -> bytes:
        """Seal what is kept of a webhook, its secret among it."""
        return aead.encrypt(self._webhook, settings, self._context(webhook), entropy=entropy)

    def unseal(self, webhook: str, sealed: bytes) -> bytes:
        """Open what was sealed for the webhook of this name.

        Raises:
            Undecipherable: another name, another master key, or it was changed.
        """
        return aead.decrypt(self._webhook, sealed, self._context(webhook))

    def _context(self, name: str) -> bytes:
        """The ledger, and which feed or webhook; each use has a key of its own."""
        return aead.label("feed") + self._origin + b"\0" + name.encode()

    def __repr__(self) -> str:
        return "FeedKeys()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("The keys of feeds are never pickled or copied.")


def _mac(key: bytes, *parts: bytes) -> bytes:
    # Each with its length before it: no two rows of parts read alike.
    sized = b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.digest(key, sized, "sha256")
