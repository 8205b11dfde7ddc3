"""Locks between the processes of one machine, for work that spans more than one store.

A lock is a file that the kernel frees when its holder ends, however it ends; its content and its
age mean nothing.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.errors import Unavailable

PATIENCE_SECONDS = 10.0
LOCKS = {
    "desk.lock": "changing the desk’s settings",
    "backup.lock": "making a backup",
    "sequencer.lock": "publishing the log",
    "triage.lock": "deciding on a case",
    "keys.lock": "keeping keys",
}
"""Every lock of a home, in the order in which they are taken, with what its holder is doing."""
_PAUSE_SECONDS = 0.01


@contextmanager
def exclusive(path: Path, what: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock file at `path` for the length of a block. Not for one thread twice.

    Raises:
        Unavailable: somebody else holds it for longer than `patience`, in seconds; `what` says at
            what.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable("The ledger's folder cannot be written now.") from error
    try:
        _wait_for(descriptor, what, time.monotonic() + patience)
        yield
    finally:
        os.close(descriptor)


def make_locks(home: Path) -> None:
    """Make every lock file of a new home: one that came with the first sealed visit would tell of
    it (DESIGN §4.6).
    """
    for name in LOCKS:
        (home / name).touch(mode=0o600)


@contextmanager
def quiet(home: Path) -> Iterator[None]:
    """Keep everything waiting that goes over more than one store, for the length of a block.

    Raises:
        Unavailable: something of it goes on for longer than PATIENCE_SECONDS.
    """
    with ExitStack() as locks:
        for name, what in LOCKS.items():
            locks.enter_context(exclusive(home / name, what))
        yield


def _wait_for(descriptor: int, what: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Unavailable(f"Another program is {what}. Try again.") from error
            time.sleep(_PAUSE_SECONDS)
        else:
            return
