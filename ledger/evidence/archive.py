"""The one form of a zip for part packs: stored, sorted, and nothing that could differ.

A zip says most things twice, and readers disagree about which of the two counts. Here every byte
that is not a name, a size, a checksum or content is fixed, and the directory at the end is what
the entries before it give. `write_zip` writes that form; `ledger.verify` builds the same headers
again and compares.

Sample, of the fixed part of a local header: ``PK\\x03\\x04``, needed 20, no flags, stored, time 0,
date 1980-01-01.

Exporter and verifier import this module. Cites: FORMAT §5; PKWARE APPNOTE 4.3.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final
from zlib import crc32

from ledger.evidence.grammar import Malformed

__all__ = [
    "CENTRAL", "LOCAL", "LOCAL_BYTES", "MOST_FILES", "ZipEntry",
    "check_name", "directory", "local_header", "write_zip",
]  # fmt: skip

LOCAL: Final = b"PK\x03\x04"
CENTRAL: Final = b"PK\x01\x02"
LOCAL_BYTES: Final = 30
"""The length of a local header without its name."""
MOST_FILES: Final = 65_535

_END: Final = b"PK\x05\x06"
_LARGEST: Final = 2**32 - 1
_MADE_BY: Final = 0x0314
_NEEDED: Final = 20
_DATE: Final = 0x0021
"""1980-01-01 in the date of MS-DOS; the time is 0."""
_MODE: Final = 0o100_644 << 16
_NAME: Final = re.compile(r"[!-.0-\[\]-~]+(?:/[!-.0-\[\]-~]+)*")
"""Printable ASCII without space and backslash, in parts that are not empty."""


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One file of a zip: its name, the CRC-32 and length of its bytes, and its header's place."""

    name: str
    crc: int
    size: int
    at: int


def check_name(name: str) -> str:
    """Return the name of a file in a zip if it may be one.

    Raises: Malformed for a name that is not ASCII, is absolute, or leads to a parent.
    """
    if _NAME.fullmatch(name) is None or {".", ".."} & set(name.split("/")):
        raise Malformed("a name in the zip is not a plain relative path")
    return name


def local_header(entry: ZipEntry) -> bytes:
    """Return what stands before the bytes of a file, its name included."""
    name = entry.name.encode("ascii")
    fixed = struct.pack(
        "<HHHHHIIIHH", _NEEDED, 0, 0, 0, _DATE, entry.crc, entry.size, entry.size, len(name), 0
    )
    return LOCAL + fixed + name


def _central_header(entry: ZipEntry) -> bytes:
    """Return what stands for a file in the directory at the end."""
    name = entry.name.encode("ascii")
    fixed = struct.pack(
        "<HHHHHHIIIHHHHHII", _MADE_BY, _NEEDED, 0, 0, 0, _DATE, entry.crc, entry.size,
        entry.size, len(name), 0, 0, 0, 0, _MODE, entry.at,
    )  # fmt: skip
    return CENTRAL + fixed + name


def _end_record(count: int, size: int, at: int) -> bytes:
    """Return the end of a zip whose directory has so many files and bytes, and stands there."""
    return _END + struct.pack("<HHHHIIH", 0, 0, count, count, size, at, 0)


def write_zip(file: BinaryIO, files: Mapping[str, bytes]) -> None:
    """Write the files of a part pack, its manifest among them, as a zip.

    Raises: Malformed for a name that a pack cannot have, or for more than a zip can hold.
    """
    if len(files) > MOST_FILES:
        raise Malformed(f"a zip holds at most {MOST_FILES} files")
    entries: list[ZipEntry] = []
    at = 0
    for name in sorted(files):
        data = files[name]
        entry = ZipEntry(check_name(name), crc32(data), len(data), at)
        header = local_header(entry)
        at += len(header) + len(data)
        if at > _LARGEST:
            raise Malformed("a zip holds less than 4 GiB")
        file.write(header)
        file.write(data)
        entries.append(entry)
    file.write(directory(entries, at))


def directory(entries: Sequence[ZipEntry], at: int) -> bytes:
    """Return everything that follows the last file."""
    central = b"".join(_central_header(entry) for entry in entries)
    return central + _end_record(len(entries), len(central), at)
