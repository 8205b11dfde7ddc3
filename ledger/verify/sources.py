"""Where the files of a container come from: a directory that may harm, read without trust.

A directory may hold links that lead out of it, devices, files without end, and names that read
differently elsewhere. So it is walked without following anything, and every size is checked
against a bound before a file is read. `zipped.py` gives the same for a zip.

Cites: FORMAT §5, §6 V1.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from io import BufferedReader
from itertools import islice
from typing import BinaryIO, Final, Protocol

from ledger.verify.report import Tally

__all__ = ["Attachment", "Folder", "Refused", "Source", "printable"]

_DEEPEST: Final = 8
_AT_ONCE: Final = 1024
"""Entries of a directory."""
_SMALL: Final = 16_384
"""Bytes; nearly every record and opening is read at once."""
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SPECIAL: Final = (
    "V1.special-file",
    "Something that is not an ordinary file was not opened.",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of an attachment after it was read and let go."""

    sha256: bytes
    size: int


class Refused(Exception):
    """A file may not be read; carries the code and the sentence of the finding."""

    def __init__(self, code: str, sentence: str) -> None:
        """Say which finding this is."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Source(Protocol):
    """A set of files by name."""

    def names(self, tally: Tally) -> Iterator[list[str]]:
        """Give every file's name, some at a time.

        Raises: OSError when a directory cannot be listed: then nothing could be checked.
        """

    def read(self, name: str, largest: int) -> bytes:
        """Return the bytes of a file, at most `largest` of them.

        Raises: Refused; OSError, of which FileNotFoundError says that there is none.
        """

    def read_each(self, folder: str, names: Sequence[str], largest: int) -> list[bytes | None]:
        """Return the bytes of files of a directory that are smaller than `largest`; None for each
        that needs a closer look.

        Total. What is read is read as `read` does, only sooner.
        """

    def hash(self, name: str, largest: int) -> Attachment:
        """Return what a file hashes to, without keeping it in memory.

        Raises: as `read`.
        """

    def open(self, name: str, largest: int) -> BinaryIO:
        """Open a file that is too large to hold.

        Raises: as `read`.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory."""

    root: str
    _special: set[str] = field(default_factory=set, compare=False)
    """Names of what is neither a file nor a directory nor a link."""

    def names(self, tally: Tally) -> Iterator[list[str]]:
        """Give the name of every file below, directory by directory, following no link."""
        waiting = [("", self.root)]
        while waiting:
            prefix, directory = waiting.pop()
            with os.scandir(directory) as entries:
                while some := list(islice(entries, _AT_ONCE)):
                    files = [one for one in some if one.is_file(follow_symlinks=False)]
                    if len(files) < len(some):
                        odd = (self._odd(prefix, one, waiting, tally) for one in some)
                        yield [name for name in odd if name]
                    yield [f"{prefix}{one.name}" for one in files]

    def _odd(
        self, prefix: str, entry: os.DirEntry[str], waiting: list[tuple[str, str]], tally: Tally
    ) -> str:
        """Name what is no file, directory or link; let directories wait, and say what is wrong."""
        name = f"{prefix}{entry.name}"
        if entry.is_file(follow_symlinks=False):
            return ""
        if entry.is_symlink():
            tally.add("V1.link", "A link is not a file; it was not followed.", printable(name))
        elif not entry.is_dir(follow_symlinks=False):
            self._special.add(name)
            return name
        elif name.count("/") >= _DEEPEST:
            tally.add("V1.path", "A directory lies deeper than a pack goes.", printable(name))
        else:
            waiting.append((f"{name}/", entry.path))
        return ""

    def read(self, name: str, largest: int) -> bytes:
        """Return the bytes of an ordinary file."""
        if name in self._special:
            raise Refused(*_SPECIAL)
        try:
            # Whoever walked the directory has seen an ordinary file. Should it be something else
            # by now, then nothing is followed here and nothing waited for.
            descriptor = os.open(f"{self.root}/{name}", _FLAGS)
            try:
                data = os.read(descriptor, _SMALL)
            finally:
                os.close(descriptor)
        except OSError:
            data = None
        if data is not None and len(data) < _SMALL:
            return data
        with self.open(name, largest) as file:
            # Bounded again: the size was that of a moment ago.
            return file.read(largest)

    def read_each(self, folder: str, names: Sequence[str], largest: int) -> list[bytes | None]:
        """Return the bytes of small files, as far as nothing is odd about them."""
        if self._special:
            return [None] * len(names)
        try:
            # From here on a name is looked up in its directory and not from the root.
            place = os.open(f"{self.root}/{folder}", _FLAGS | os.O_DIRECTORY)
        except OSError:
            return [None] * len(names)
        found: list[bytes | None] = []
        try:
            for name in names:
                try:
                    descriptor = os.open(name, _FLAGS, dir_fd=place)
                    try:
                        data = os.read(descriptor, largest)
                    finally:
                        os.close(descriptor)
                except OSError:
                    found.append(None)
                else:
                    found.append(data if len(data) < largest else None)
        finally:
            os.close(place)
        return found

    def hash(self, name: str, largest: int) -> Attachment:
        """Return what an ordinary file hashes to."""
        with self.open(name, largest) as file:
            digest = file_digest(file, "sha256").digest()
            return Attachment(digest, file.tell())

    def open(self, name: str, largest: int) -> BufferedReader:
        """Open an ordinary file."""
        return os.fdopen(self._open(name, largest), "rb")

    def _open(self, name: str, largest: int) -> int:
        """Open without following a link, and without waiting for a pipe or device to answer."""
        try:
            descriptor = os.open(f"{self.root}/{name}", _FLAGS)
        except OSError as exc:
            if exc.errno == errno.ELOOP:
                raise Refused("V1.link", "A link is not a file; it was not followed.") from None
            if exc.errno == errno.ENXIO:
                raise Refused(*_SPECIAL) from None
            raise
        try:
            _check_ordinary(os.fstat(descriptor), largest)
        except Refused:
            os.close(descriptor)
            raise
        return descriptor


def _check_ordinary(status: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(*_SPECIAL)
    if status.st_size > largest:
        raise Refused("V1.too-large", "A file is larger than its kind may be.")


def printable(name: str) -> str:
    """Return a name from a hostile directory so that it can do nothing to a terminal."""
    return "".join(one if " " <= one <= "~" else f"\\u{ord(one):04x}" for one in name[:200])
