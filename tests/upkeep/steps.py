"""Every durable step, and its two faults: it fails and did not persist; it fails but did persist.

A step is a commit of any store, the emptying of a write-ahead log, a rewriting of a file, a rename,
a link, a sync of a file or a folder. A sync that failed leaves the same bytes either way, so it is
tried once. After a crash nothing is tidied up: whoever would do so is gone.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.errors import Unavailable
from ledger.stores import sqlite as seam
from tests.register.test_every_fault import Fault


class Crash(BaseException):
    """The end of the process, as far as the code can tell."""


def _io_error() -> Exception:
    return OSError(errno.EIO, "Input/output error")


def _commit_error() -> Exception:
    return sqlite3.OperationalError("disk I/O error")


@contextmanager
def failing_step(nth: int, *, persisted: bool, crash: bool = False) -> Iterator[Fault]:
    """Make the nth durable step fail, or with `crash`, be the last one of its process."""
    fault, dead = Fault(nth), False

    def end(error: Callable[[], Exception]) -> BaseException:
        nonlocal dead
        dead = crash
        return Crash() if crash else error()

    def wrapped(real: Callable[..., Any], error: Callable[[], Exception]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if dead:
                raise Crash
            here = fault.here()
            done = real(*args, **kwargs) if persisted or not here else None
            if here:
                raise end(error)
            return done

        return step

    def living(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if dead:
                raise Crash
            return real(*args, **kwargs)

        return step

    def busy() -> Exception:
        return seam._ours(_commit_error(), Unavailable("The store is busy."))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seam, "_commit", wrapped(seam._commit, _commit_error))
        for name in ("rename", "replace", "link", *(() if persisted else ("fsync",))):
            patch.setattr(os, name, wrapped(getattr(os, name), _io_error))
        for name in ("unlink", "rmdir"):
            patch.setattr(os, name, living(getattr(os, name)))
        patch.setattr(shutil, "rmtree", living(shutil.rmtree))
        forget = wrapped(seam.SQLiteDatabase.drive_out, busy)
        patch.setattr(seam.SQLiteDatabase, "drive_out", forget)
        yield fault
