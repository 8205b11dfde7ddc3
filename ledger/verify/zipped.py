"""A part pack as a zip: read once from front to back, and refused unless it has its one form.

A zip that reads differently in two programs could show a judge one pack and counsel another. So no
directory at its end is trusted: the files are found by walking from the first byte, each header
must be the one that its name, size and checksum give, and everything after the last file must be
the directory that the walk gives. Nothing is unpacked.

Cites: FORMAT §5; `ledger.evidence.archive`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

from ledger.evidence.archive import (
    LOCAL,
    LOCAL_BYTES,
    MOST_FILES,
    ZipEntry,
    check_name,
    directory,
    local_header,
)
from ledger.evidence.grammar import Malformed
from ledger.verify.report import Tally
from ledger.verify.sources import Attachment, Refused

__all__ = ["Zip", "is_zip", "open_zip"]

Reopen = Callable[[], BinaryIO]

_CHUNK: Final = 1024 * 1024
_MAGIC: Final = b"PK"
_SIZES: Final = struct.Struct("<14xIIIHH")
"""Of a local header: CRC-32, both sizes, the lengths of name and extra field."""


def is_zip(path: Path) -> bool:
    """Tell whether a path is an ordinary file that begins as zips do.

    Raises: OSError.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def open_zip(reopen: Reopen) -> Zip:
    """Walk a zip and keep where its files lie; `reopen` opens it from its first byte.

    Raises: Malformed when it does not have the one form; OSError.
    """
    entries: list[ZipEntry] = []
    with reopen() as file:
        at = 0
        while (found := _entry(file, at, entries[-1].name if entries else "")) is not None:
            at += LOCAL_BYTES + len(found.name) + found.size
            if len(entries) == MOST_FILES:
                raise Malformed(f"a zip holds more than {MOST_FILES} files")
            entries.append(found)
        file.seek(at)
        rest = directory(entries, at)
        if file.read(len(rest) + 1) != rest:
            raise Malformed("the directory of the zip is not what its files give")
    return Zip(reopen, {one.name: one for one in entries})


def _entry(file: BinaryIO, at: int, before: str) -> ZipEntry | None:
    """Read the file at a place, checking its header and checksum; None where no more follows."""
    file.seek(at)
    fixed = file.read(LOCAL_BYTES)
    if not fixed.startswith(LOCAL):
        return None
    if len(fixed) != LOCAL_BYTES:
        raise Malformed("a header of the zip is cut off")
    crc, size, _, length, _ = _SIZES.unpack(fixed)
    raw = file.read(length)
    if not raw.isascii():
        raise Malformed("a name in the zip is not ASCII")
    entry = ZipEntry(check_name(raw.decode("ascii")), crc, size, at)
    if local_header(entry) != fixed + raw:
        raise Malformed("a header of the zip differs from its one form")
    if entry.name <= before:
        raise Malformed("the files of the zip are not in ascending order, each once")
    if _checksum(file, size) != crc:
        raise Malformed("a file of the zip does not have its length or checksum")
    return entry


def _checksum(file: BinaryIO, size: int) -> int | None:
    """Return the CRC-32 of the next bytes; None when there are fewer."""
    crc = 0
    while size:
        chunk = file.read(min(size, _CHUNK))
        if not chunk:
            return None
        crc = crc32(chunk, crc)
        size -= len(chunk)
    return crc


@dataclass(frozen=True, slots=True)
class Zip:
    """The files of a zip that has its one form."""

    reopen: Reopen
    entries: Mapping[str, ZipEntry]

    def names(self, _tally: Tally) -> Iterator[list[str]]:
        """Give the names in their order."""
        yield list(self.entries)

    def read(self, name: str, largest: int) -> bytes:
        """Return the bytes of a file."""
        return b"".join(self._chunks(name, largest))

    def read_each(self, _folder: str, names: Sequence[str], _largest: int) -> list[bytes | None]:
        """Leave each file to a closer look: a zip has few."""
        return [None] * len(names)

    def hash(self, name: str, largest: int) -> Attachment:
        """Return what a file hashes to."""
        digest = sha256()
        for chunk in self._chunks(name, largest):
            digest.update(chunk)
        return Attachment(digest.digest(), self.entries[name].size)

    def open(self, name: str, largest: int) -> BinaryIO:
        """Open a file, whose bytes are held: a manifest of a part pack is a small one."""
        return BytesIO(self.read(name, largest))

    def _chunks(self, name: str, largest: int) -> Iterator[bytes]:
        entry = self.entries.get(name)
        if entry is None:
            raise FileNotFoundError
        if entry.size > largest:
            raise Refused("V1.too-large", "A file is larger than its kind may be.")
        with self.reopen() as file:
            file.seek(entry.at + LOCAL_BYTES + len(name))
            left = entry.size
            while left:
                chunk = file.read(min(left, _CHUNK))
                if not chunk:
                    raise OSError("a zip became shorter while it was read")
                left -= len(chunk)
                yield chunk
