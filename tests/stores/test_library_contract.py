"""The library's own base cases, passed by our recorders: what it promises still holds."""

from __future__ import annotations

import tempfile
import threading
import unittest
from pathlib import Path

from eventsourcing.tests import persistence

from ledger.stores.projected import ProjectedRecorder
from ledger.stores.recorder import LedgerRecorder
from ledger.stores.sqlite import GuardedDatastore, open_datastore


def fresh(case: unittest.TestCase) -> GuardedDatastore:
    """A fresh database file, closed and removed after the case."""
    scratch = tempfile.TemporaryDirectory()
    case.addCleanup(scratch.cleanup)
    opened = open_datastore(Path(scratch.name) / "rows.db", create=True)
    case.addCleanup(opened.close)
    # The library's cases stop their reading thread without waiting for it; closing under its feet
    # would crash SQLite.
    case.addCleanup(wait_for_threads)
    return opened


def wait_for_threads() -> None:
    """Wait until only this thread is left."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(timeout=30)


def ledger_recorder(case: unittest.TestCase) -> LedgerRecorder:
    """Our recorder on a fresh file."""
    recorder = LedgerRecorder(fresh(case))
    recorder.create_table()
    return recorder


class TestApplicationRecorder(persistence.ApplicationRecorderTestCase[LedgerRecorder]):
    """Insert, select, conflicts, concurrent writers and positions, as the library tests them."""

    def create_recorder(self) -> LedgerRecorder:
        """Our recorder."""
        return ledger_recorder(self)


class TestOrderOfPositions(persistence.NonInterleavingNotificationIDsBaseCase):
    """Positions follow the order of commits, also under writers with large batches."""

    insert_num = 200

    def create_recorder(self) -> LedgerRecorder:
        """Our recorder."""
        return ledger_recorder(self)


class TestTrackingRecorder(persistence.TrackingRecorderTestCase):
    """The position of a projection never goes back."""

    def create_recorder(self) -> ProjectedRecorder:
        """Our recorder."""
        recorder = ProjectedRecorder(fresh(self))
        recorder.create_table()
        return recorder
