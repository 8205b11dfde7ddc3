"""The library's own base cases, passed by our recorders: what it promises still holds."""

from __future__ import annotations

import tempfile
import threading
import unittest
from pathlib import Path

from eventsourcing.tests import persistence

from ledger.stores.recorder import SQLiteRecorder
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import open_file


def wait_for_threads() -> None:
    """Wait until only this thread is left."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(timeout=30)


def sqlite_recorder(case: unittest.TestCase) -> SQLiteRecorder:
    """Our recorder on a fresh file, closed and removed after the case."""
    scratch = tempfile.TemporaryDirectory()
    case.addCleanup(scratch.cleanup)
    opened = open_file(Path(scratch.name) / "open.db", SCHEMAS["open"], create=True)
    case.addCleanup(opened.close)
    # The library's cases stop their reading thread without waiting for it; closing under its feet
    # would crash SQLite.
    case.addCleanup(wait_for_threads)
    return SQLiteRecorder(opened)


class TestApplicationRecorder(persistence.ApplicationRecorderTestCase[SQLiteRecorder]):
    """Insert, select, conflicts, concurrent writers and positions, as the library tests them."""

    def create_recorder(self) -> SQLiteRecorder:
        """Our recorder."""
        return sqlite_recorder(self)


class TestOrderOfPositions(persistence.NonInterleavingNotificationIDsBaseCase):
    """Positions follow the order of commits, also under writers with large batches."""

    insert_num = 200

    def create_recorder(self) -> SQLiteRecorder:
        """Our recorder."""
        return sqlite_recorder(self)
