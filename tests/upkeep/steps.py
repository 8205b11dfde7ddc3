"""Every durable step, and its two faults: it fails and did not persist; it fails but did persist.

A step is a commit of any store, the emptying of a write-ahead log, a rewriting of a file, a rename,
a link, a sync of a file or a folder. A sync that failed leaves the same bytes either way, so it is
tried once. After a crash nothing is tidied up: whoever would do so is gone.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.errors import Unavailable
from ledger.stores import sqlite as seam
from tests.faults import Crash, Fault, commit_error


def _io_error() -> Exception:
    return OSError(errno.EIO, "Input/output error")


def _busy() -> Exception:
    return seam._ours(commit_error(), Unavailable("The store is busy."))


@contextmanager
def failing_step(nth: int, *, persisted: bool, crash: bool = False) -> Iterator[Fault]:
    """Make the nth durable step fail, or with `crash`, be the last one of its process."""
    fault, dead = Fault(nth), False

    def living(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if dead:
                raise Crash
            return real(*args, **kwargs)

        return step

    def wrapped(real: Callable[..., Any], error: Callable[[], Exception]) -> Callable[..., Any]:
        def end() -> BaseException:
            nonlocal dead
            dead = crash
            return Crash() if crash else error()

        return living(fault.step(real, end, after=persisted))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seam, "_commit", wrapped(seam._commit, commit_error))
        for name in ("rename", "replace", "link", *(() if persisted else ("fsync",))):
            patch.setattr(os, name, wrapped(getattr(os, name), _io_error))
        for name in ("unlink", "rmdir"):
            patch.setattr(os, name, living(getattr(os, name)))
        patch.setattr(shutil, "rmtree", living(shutil.rmtree))
        forget = wrapped(seam.SQLiteDatabase.drive_out, _busy)
        patch.setattr(seam.SQLiteDatabase, "drive_out", forget)
        yield fault
