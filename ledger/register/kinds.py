"""What a document is, told from its content: PDF, PNG, JPEG or plain text; nothing else is taken.

Bytes are looked at as they come and nothing is parsed: how it begins, how it ends, and whether all
of it is text. A name must go with what was found. That is enough to serve a file as what it is and
nothing else; that it does no harm in the program which opens it is promised by nobody. Four kinds
need no library: one that knows a thousand would have to be told which of them not to know.

Cites: ISO 32000-2 §7.5; PNG (Third Edition) §5; ITU-T T.81 Annex B; APPNOTE 6.3.10 §4.3.16; WHATWG
MIME Sniffing §6. Threats T-48.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Mapping

from ledger.errors import BadRequest

NAMES: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "text/plain": (".txt",),
}
"""The media types that are taken, each with the ends of names that go with it."""
NOT_TAKEN = (
    "That file is none that can be kept here. Save it as PDF, PNG or JPEG, or as plain text in"
    " UTF-8, and try again. Nothing was saved."
)
MISNAMED = (
    "The name of that file says another kind than its content: its name should end in {}. Nothing"
    " was saved."
)

_HEAD_BYTES = 16
_TAIL_BYTES = 22 + 65_535
"""The longest end of a zip archive: its record, and a comment."""
_PDF = re.compile(rb"%PDF-[12]\.[0-9]")
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_PNG_TAIL = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG_HEAD, _JPEG_TAIL = b"\xff\xd8\xff", b"\xff\xd9"
_ZIP_END = b"PK\x05\x06"
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


class Sniffer:
    """Looks at a file piece by piece; keeps only how it begins and how it ends."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._decoder = getincrementaldecoder("utf-8")()
        self._is_text = True

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        self._head = (self._head + piece[:_HEAD_BYTES])[:_HEAD_BYTES]
        self._tail = (self._tail + piece)[-_TAIL_BYTES:]
        self._read(piece, final=False)

    def media_type(self) -> str:
        """What the whole file is.

        Raises:
            BadRequest: it is none of the four kinds, or an archive as well.
        """
        self._read(b"", final=True)
        found = self._found()
        if found is None or _is_archive(self._tail):
            raise BadRequest(NOT_TAKEN)
        return found

    def _read(self, piece: bytes, *, final: bool) -> None:
        if self._is_text:
            try:
                self._is_text = not _NO_TEXT.search(self._decoder.decode(piece, final))
            except UnicodeDecodeError:
                self._is_text = False

    def _found(self) -> str | None:
        if _PDF.match(self._head):
            # Readers look for the mark in the last kilobyte.
            return "application/pdf" if b"%%EOF" in self._tail[-1024:] else None
        if self._head.startswith(_PNG_HEAD):
            return "image/png" if self._tail.endswith(_PNG_TAIL) else None
        if self._head.startswith(_JPEG_HEAD):
            return "image/jpeg" if self._tail.rstrip(b"\x00").endswith(_JPEG_TAIL) else None
        return "text/plain" if self._is_text and self._head else None


def check_name(name: str, media_type: str) -> None:
    """See that the name of a file goes with what it is.

    Raises:
        BadRequest: it does not.
    """
    ends = NAMES[media_type]
    if not name.lower().endswith(ends):
        raise BadRequest(MISNAMED.format(" or ".join(ends)))


def _is_archive(tail: bytes) -> bool:
    """Whether a zip archive ends where the file does, whatever the file begins with."""
    at = tail.find(_ZIP_END)
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if at + 22 + comment == len(tail):
            return True
        at = tail.find(_ZIP_END, at + 1)
    return False
