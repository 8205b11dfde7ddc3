"""What was made of a file, kept in memory for as long as the file is the same.

A file is the same while its identity, its size and its times are. Whoever may change a file and set
its times back can make this process go on with what it checked before; the next process sees the
change. The published log is written whole and renamed, and law packs are named by their digest, so
that no honest change is ever missed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

SETTLED_NANOSECONDS = 200_000_000
"""Younger files are read again each time: times are coarse, and two changes may share one."""

Stamp = tuple[int, int, int, int, int]


class Unchanged(Generic[T]):
    """Values made from files, by path."""

    def __init__(self, make: Callable[[Path, bytes], T]) -> None:
        """`make` turns a file's bytes into its value, or raises; nothing is kept then."""
        self._make = make
        self._known: dict[Path, tuple[Stamp, T]] = {}

    def read(self, path: Path) -> T:
        """What `make` gives for the file at `path` as it is now.

        Raises:
            OSError: the file cannot be read.
        """
        # Asked before it is opened, which costs more where there is none yet.
        now, known = _stamp(os.stat(path)), self._known.get(path)
        if known is not None and known[0] == now:
            return known[1]
        with path.open("rb") as file:
            # Asked of the open file and before it is read: what changes later is then seen later.
            stamp = _stamp(os.fstat(file.fileno()))
            value = self._make(path, file.read())
        if time.time_ns() - max(stamp[3:]) > SETTLED_NANOSECONDS:
            self._known[path] = (stamp, value)
        return value


def _stamp(status: os.stat_result) -> Stamp:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
