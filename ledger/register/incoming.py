"""A document on its way in: counted, looked at and digested piece by piece, before it is recorded.

Until its record is written the bytes lie in a file without a name, which is gone with the process,
under a key that is never written: what may be sealed lies nowhere in clear, and at most two parts
of it are in memory. Its own name is kept with the record and is never the name of anything here.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256

from keys.aead import OVERHEAD_BYTES, Cipher
from keys.documents import PART_BYTES, parts_of
from ledger.domain.fields import Document
from ledger.errors import BadRequest, Unavailable
from ledger.register.kinds import Sniffer, check_name

MOST_BYTES = 20 * 1024 * 1024
"""The largest document: some two hundred pages scanned in black and white, fifty in colour. While
it is written every other append waits: a fifth of a second in a file.
"""
MOST_NAME = 300
"""As many characters as a line holds (`PersonalLine`); of a longer name the end is kept."""
TOO_LARGE = (
    "That file is larger than {} MiB. Scan it in grey with 200 dots per inch, or in two parts."
    " Nothing was saved."
)
_NO_ROOM = "The file cannot be taken in now. Nothing was saved."


class TooLarge(BadRequest):
    """A document is larger than `MOST_BYTES`."""

    def __init__(self) -> None:
        super().__init__(TOO_LARGE.format(MOST_BYTES // 1024 // 1024))


class Incoming:
    """One document; once it is closed, its bytes are gone."""

    def __init__(self, name: str) -> None:
        """`name` is what the file is called where it comes from.

        Raises:
            BadRequest: the file has no name.
            Unavailable: there is no room.
        """
        self.name = _own_name(name)
        self._digest = sha256()
        self._sniffer = Sniffer()
        self._left = b""
        self._size = 0
        self._written = 0
        self._document: Document | None = None
        self._cipher = Cipher(os.urandom(32))
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `close`
        except OSError as error:
            raise Unavailable(_NO_ROOM) from error

    def write(self, piece: bytes) -> None:
        """Take the next bytes, as many as come.

        Raises:
            TooLarge: they are more than a document has.
            Unavailable: there is no room.
        """
        self._size += len(piece)
        if self._size > MOST_BYTES:
            raise TooLarge
        self._digest.update(piece)
        self._sniffer.feed(piece)
        self._left += piece
        while len(self._left) >= PART_BYTES:
            self._put(self._left[:PART_BYTES])
            self._left = self._left[PART_BYTES:]

    @property
    def document(self) -> Document:
        """What stands in the record for it, once it was taken in whole."""
        if self._document is None:
            raise TypeError("a document that was not taken in whole")
        return self._document

    def finish(self) -> None:
        """See what it is, after its last byte.

        Raises:
            BadRequest: it is none of the kinds that are taken, or its name says another one.
            Unavailable: there is no room.
        """
        media_type = self._sniffer.media_type()
        check_name(self.name, media_type)
        if self._left:
            self._put(self._left)
            self._left = b""
        self._document = Document(sha256=self._digest.hexdigest(), size=self._size, type=media_type)

    def parts(self) -> Iterator[bytes]:
        """The content part by part, empty ones at the end for those that only fill up."""
        for number in range(parts_of(self._size)):
            yield self._get(number) if number < self._written else b""

    def close(self) -> None:
        """Let the bytes go."""
        self._file.close()

    def _put(self, part: bytes) -> None:
        sealed = self._cipher.encrypt(part, self._written.to_bytes(8, "big"))
        try:
            if os.pwrite(self._file.fileno(), sealed, self._written * _PLACE) != len(sealed):
                raise Unavailable(_NO_ROOM)
        except OSError as error:
            raise Unavailable(_NO_ROOM) from error
        self._written += 1

    def _get(self, number: int) -> bytes:
        # Whoever writes for several threads at once reads this in a thread of their own.
        sealed = os.pread(self._file.fileno(), _PLACE, number * _PLACE)
        return self._cipher.decrypt(sealed, number.to_bytes(8, "big"))


_PLACE = PART_BYTES + OVERHEAD_BYTES


def _own_name(name: str) -> str:
    """The file's own name as it is kept and shown, without the folders that some send before it."""
    # A name that is no text is kept as far as it is.
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    own = text.replace("\\", "/").rpartition("/")[2].strip()
    if not own:
        raise BadRequest("The file has no name. Nothing was saved.")
    # What could turn a line around, end it or hide in it is kept as what it is, for all to see.
    seen = (one if one.isprintable() else f"\\u{ord(one):04x}" for one in own)
    return "".join(seen)[-MOST_NAME:]
