"""Faults of the disk, and another program in the middle of an act.

Commits, renames, links, syncs and unlinks of the product go through here. SQLite's own writes to
its files do not: what it says is committed, is taken for durable.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.register import locks
from ledger.stores import sqlite as seam
from tests.faults import Crash, Fault
from tests.upkeep.steps import failing_step

Undo = Callable[[], None]


@contextmanager
def power_cut(nth: int, random: Random) -> Iterator[Fault]:
    """Kill the program after its nth durable step, and lose names and bytes that nobody synced."""
    unsynced = Unsynced()
    with unsynced.watching(), failing_step(nth, persisted=True, crash=True) as fault:
        try:
            yield fault
        except Crash:
            unsynced.is_watching = False
            unsynced.cut(random)
            raise


class Unsynced:
    """What a disk may forget when its power is cut: names until their folder is synced, and the
    bytes of a file until it is.
    """

    def __init__(self) -> None:
        self.is_watching = True
        self._names: dict[Path, list[Undo]] = defaultdict(list)
        self._synced: set[int] = set()

    def cut(self, random: Random) -> None:
        """Undo the last of what was done in each folder, as much as chance has it."""
        for undone in self._names.values():
            for undo in undone[: -random.randint(0, len(undone)) - 1 : -1]:
                undo()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch all that a program does with names, for the length of a block."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("rename", "replace"):
                patch.setattr(os, name, self._moving(getattr(os, name)))
            patch.setattr(os, "link", self._linking(os.link))
            patch.setattr(os, "unlink", self._unlinking(os.unlink))
            patch.setattr(os, "fsync", self._syncing(os.fsync))
            yield

    def _moving(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def move(source: Any, target: Any, **kwargs: Any) -> None:
            coming, there = Path(source), Path(target)
            before, folder = _read(there), coming.is_dir()
            data = None if folder or coming.stat().st_ino in self._synced else _read(coming)
            real(source, target, **kwargs)
            undo = partial(_put_back, there, coming) if folder else partial(_write, there, before)
            self._names[there.parent].append(undo)
            if data is not None:
                # The name may come through without the bytes: that is what syncing is for.
                half = data[: len(data) // 2]
                self._names[there].append(lambda: _write(there, half) if there.exists() else None)

        return self._if_watching(real, move)

    def _linking(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def link(source: Any, target: Any, **kwargs: Any) -> None:
            real(source, target, **kwargs)
            self._names[Path(target).parent].append(lambda: Path(target).unlink(missing_ok=True))

        return self._if_watching(real, link)

    def _unlinking(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def unlink(path: Any, **kwargs: Any) -> None:
            # Relative to a folder that is open: whole trees are taken away so, which is not tried.
            before = None if kwargs else _read(Path(path))
            real(path, **kwargs)
            if before is not None and Path(path).suffix != ".tmp":
                self._names[Path(path).parent].append(lambda: _write(Path(path), before))

        return self._if_watching(real, unlink)

    def _syncing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def sync(descriptor: int) -> None:
            real(descriptor)
            self._synced.add(os.fstat(descriptor).st_ino)
            self._names.pop(Path(f"/proc/self/fd/{descriptor}").readlink(), None)

        return self._if_watching(real, sync)

    def _if_watching(
        self, real: Callable[..., Any], ours: Callable[..., Any]
    ) -> Callable[..., Any]:
        def either(*args: Any, **kwargs: Any) -> Any:
            return (ours if self.is_watching else real)(*args, **kwargs)

        return either


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _put_back(path: Path, place: Path) -> None:
    path.rename(place)


def _write(path: Path, data: bytes | None) -> None:
    path.unlink(missing_ok=True)
    if data is not None:
        path.touch(mode=0o600)
        path.write_bytes(data)


@contextmanager
def full(nth: int) -> Iterator[Fault]:
    """Let the disk be full from the nth durable step on."""
    fault = Fault(nth)

    def refusing(real: Callable[..., Any], error: Exception) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            fault.here()
            if fault.due:
                return real(*args, **kwargs)
            raise error

        return step

    no_space = sqlite3.OperationalError("database or disk is full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seam, "_commit", refusing(seam._commit, no_space))
        patch.setattr(os, "fsync", refusing(os.fsync, OSError(errno.ENOSPC, "No space left")))
        yield fault


@contextmanager
def meanwhile(nth: int, other: Callable[[], None]) -> Iterator[Fault]:
    """Let another program do something whole right before the nth write of this one begins. It
    waits for no lock: this one cannot go on before it ends.
    """
    fault, real = Fault(nth), seam.SQLiteDatabase.writing

    @contextmanager
    def writing(database: seam.SQLiteDatabase) -> Iterator[Any]:
        if fault.here():
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(locks, "_wait_for", _at_once(locks._wait_for))
                inner.setattr(seam, "WAIT_SECONDS", 0)
                other()
        with real(database) as cursor:
            yield cursor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seam.SQLiteDatabase, "writing", writing)
        yield fault


def _at_once(real: Callable[[int, str, float], None]) -> Callable[[int, str, float], None]:
    return lambda descriptor, what, _until: real(descriptor, what, 0)


Faulty = Callable[[int, Random], AbstractContextManager[Fault]]
FAULTS: dict[str, Faulty] = {
    "fails": lambda nth, _: failing_step(nth, persisted=False),
    "unanswered": lambda nth, _: failing_step(nth, persisted=True),
    "killed before": lambda nth, _: failing_step(nth, persisted=False, crash=True),
    "killed after": lambda nth, _: failing_step(nth, persisted=True, crash=True),
    "full": lambda nth, _: full(nth),
    "power cut": power_cut,
}
"""What may become of the nth durable step of an act, from its number and chance."""
