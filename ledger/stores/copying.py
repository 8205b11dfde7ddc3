"""Copies of several database files as they all were at one moment.

For an instant nobody may write to any of them, and in that instant a reader is pinned to each.
Writing then goes on, while the copies are made from the pinned readers for as long as that takes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ledger.errors import EvidenceCorrupt, Unavailable
from ledger.stores.database import WAIT_SECONDS
from ledger.stores.sqlite import translated

_BUSY = "A store cannot be copied now. Nothing was kept of this backup; make it again."


@contextmanager
def one_moment(paths: Sequence[Path]) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """Give a connection to each file, all of which read the same moment.

    Raises:
        Unavailable: a file is missing, or somebody keeps on writing to it.
        EvidenceCorrupt: a file is damaged.
    """
    with translated(_BUSY), ExitStack() as stack:
        readers = tuple(stack.enter_context(closing(_connect(path))) for path in paths)
        with ExitStack() as stopped:
            for path in paths:
                writer = stopped.enter_context(closing(_connect(path)))
                writer.execute("BEGIN IMMEDIATE")
            for reader in readers:
                reader.execute("BEGIN")
                reader.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        yield readers


def copy(reader: sqlite3.Connection, target: Path) -> None:
    """Copy what a reader sees into a new file of mode 0600, durably, and check the copy.

    Raises:
        Unavailable: the disk refuses.
        EvidenceCorrupt: the file is damaged: the copy does not hold together.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Unavailable(_BUSY) from error
    with translated(_BUSY), closing(sqlite3.connect(target, isolation_level=None)) as made:
        made.execute("PRAGMA synchronous=FULL").close()
        reader.backup(made)
        # One file, without a log beside it: its digest then says all.
        made.execute("PRAGMA journal_mode=DELETE").fetchone()
        if made.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise EvidenceCorrupt("A store's file is damaged. Stop writing, and keep the file.")


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that is missing is not made.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None
    )
