"""Private files: written whole or not at all, and readable by their owner only.

Shared by the master key and by whoever stores a keyring. Knows nothing of what the bytes mean and
raises `OSError` as it comes; the caller names the file's purpose in the sentence that a person
reads.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE_MODES = frozenset({0o600, 0o400})


class NotPrivate(Exception):
    """The file is no plain file, or somebody other than its owner may read it."""


def write_private(path: Path, data: bytes | Iterable[bytes], *, replace: bool = True) -> None:
    """Write `data`, which may come in pieces, to `path` with mode 0600 so that a crash leaves the
    old file or the new one.

    Raises:
        FileExistsError: `path` exists and `replace` is false.
        OSError: the disk or the directory refuses; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.tmp")
    write_new(temporary, data)
    try:
        if replace:
            os.rename(temporary, path)
        else:
            # A hard link refuses an existing name in one step; a rename would overwrite it.
            os.link(temporary, path, follow_symlinks=False)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)


def read_private(path: Path, limit: int) -> bytes:
    """Return at most `limit + 1` bytes of a plain file that only its owner may read.

    One byte more than `limit` is how the caller sees that the file is too long.

    Raises:
        NotPrivate: no plain file, or a mode other than 0600 or 0400.
        OSError: the file cannot be opened or read.
    """
    # O_NONBLOCK: a named pipe put in the place of the file must not stop the start for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        # The open file is examined, not the name: the name could be exchanged in between.
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or stat.S_IMODE(mode) not in PRIVATE_MODES:
            raise NotPrivate("The file is not a plain file that only its owner may read.")
        return os.read(descriptor, limit + 1)
    finally:
        os.close(descriptor)


def is_open_to_others(path: Path) -> bool:
    """Tell whether somebody besides its owner may read or write a file; False when it is missing.

    Raises:
        OSError: nobody can tell.
    """
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except FileNotFoundError:
        return False


def write_new(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a new file of mode 0600 durably; its name is durable once the directory is synced.
    What is raised while pieces are made leaves nothing behind.

    Raises:
        FileExistsError: something is there.
        OSError: the disk or the directory refuses; nothing is left behind.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def private(path: str, flags: int) -> int:
    """Open a file as `open` does with this as its `opener`: a new one has mode 0600."""
    return os.open(path, flags, mode=0o600)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, that only their owner may enter.

    Raises:
        OSError: the disk or the directory refuses.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        os.mkdir(one, 0o700)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a new folder, mode 0700, under a hidden name beside `target`, and rename it to `target`
    at the end of the block: what carries that name is whole. What a crash left is taken away.

    Raises:
        OSError: the disk or the directory refuses, or `target` is there and not empty; nothing is
            left behind.
    """
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        make_folder(partial)
        yield partial
        sync_tree(partial)
        os.rename(partial, target)
        sync_directory(target.absolute().parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable.

    Raises:
        OSError: the disk refuses.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(directory: Path) -> None:
    """Make the names in a directory and in all below it durable.

    Raises:
        OSError: the disk refuses.
    """
    for path in (directory, *directory.rglob("*")):
        if path.is_dir():
            sync_directory(path)
