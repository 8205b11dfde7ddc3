"""Zips in the one form of the format, read without any help from a zip library."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import BinaryIO

from . import layout
from .container import Unreadable
from .grammar import Bad

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_DATE = 0x0021
_MODE = 0x81A40000
_CHUNK = 1 << 20


class Zip:
    """A zip whose headers have all been checked."""

    kind = "zip"

    def __init__(self, file: BinaryIO, places: dict[str, tuple[int, int]]) -> None:
        self._file = file
        self._places = places
        self.files = {path: size for path, (_, size) in places.items()}

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes."""
        at, size = self._places[path]
        if size > limit:
            raise Unreadable("V1.too-large")
        return _take(self._file, at, size)

    def digest(self, path: str, limit: int) -> str:
        """Return a file's SHA-256."""
        at, size = self._places[path]
        if size > limit:
            raise Unreadable("V1.too-large")
        digest = hashlib.sha256()
        while size:
            piece = _take(self._file, at, min(size, _CHUNK))
            digest.update(piece)
            at, size = at + len(piece), size - len(piece)
        return digest.hexdigest()


def _take(file: BinaryIO, at: int, size: int) -> bytes:
    """Read exactly so many bytes at a place."""
    try:
        file.seek(at)
        data = file.read(size)
    except (OSError, ValueError) as exc:
        raise Unreadable("V1.unreadable") from exc
    if len(data) != size:
        raise Unreadable("V1.unreadable")
    return data


def _crc(file: BinaryIO, at: int, size: int) -> int:
    """Compute the CRC of a stored file."""
    crc = 0
    while size:
        piece = _take(file, at, min(size, _CHUNK))
        crc = zlib.crc32(piece, crc)
        at, size = at + len(piece), size - len(piece)
    return crc


def open_zip(file: BinaryIO, total: int) -> Zip:
    """Check every header of a zip and return it, or refuse it."""
    if total < _END.size:
        raise Bad("too short")
    end = _END.unpack(_take(file, total - _END.size, _END.size))
    signature, disk, disk2, count, count2, length, start, comment = end
    if signature != 0x06054B50 or disk or disk2 or comment or count != count2:
        raise Bad("end of the directory")
    if start + length + _END.size != total or count > layout.MOST_ZIP_FILES:
        raise Bad("place of the directory")
    if length > count * (_CENTRAL.size + 1024):
        raise Bad("length of the directory")
    directory = _take(file, start, length)
    places: dict[str, tuple[int, int]] = {}
    at, data_at, previous = 0, 0, ""
    for _ in range(count):
        at, name, (crc, size, offset) = _central(directory, at)
        if name <= previous or offset != data_at:
            raise Bad("order, duplicate or gap")
        data_at = _local(file, offset, name, crc, size, start)
        if _crc(file, data_at - size, size) != crc:
            raise Bad("CRC")
        places[name] = (data_at - size, size)
        previous = name
    if at != length or data_at != start:
        raise Bad("gap before the directory")
    return Zip(file, places)


def _central(directory: bytes, at: int) -> tuple[int, str, tuple[int, int, int]]:
    """Check one header of the central directory."""
    if at + _CENTRAL.size > len(directory):
        raise Bad("directory ends early")
    (
        signature,
        made,
        needed,
        flags,
        method,
        time,
        date,
        crc,
        packed,
        size,
        name_length,
        extra,
        comment,
        disk,
        internal,
        external,
        offset,
    ) = _CENTRAL.unpack_from(directory, at)
    if (signature, made, needed) != (0x02014B50, 0x0314, 20):
        raise Bad("header of the directory")
    if flags or method or time or date != _DATE or packed != size:
        raise Bad("header of the directory")
    if extra or comment or disk or internal or external != _MODE:
        raise Bad("header of the directory")
    at += _CENTRAL.size
    raw = directory[at : at + name_length]
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError as exc:
        raise Bad("name is not ASCII") from exc
    if len(raw) != name_length or not layout.well_formed(name):
        raise Bad("name")
    return at + name_length, name, (crc, size, offset)


def _local(file: BinaryIO, offset: int, name: str, crc: int, size: int, start: int) -> int:
    """Check one local header and return where its data ends."""
    if offset + _LOCAL.size + len(name) + size > start:
        raise Bad("beyond the directory")
    fields = _LOCAL.unpack(_take(file, offset, _LOCAL.size))
    if fields != (0x04034B50, 20, 0, 0, 0, _DATE, crc, size, size, len(name), 0):
        raise Bad("local header differs")
    if _take(file, offset + _LOCAL.size, len(name)) != name.encode("ascii"):
        raise Bad("local name differs")
    return offset + _LOCAL.size + len(name) + size
