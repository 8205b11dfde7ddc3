"""The library's own base cases, passed by our recorders: what it promises still holds."""

from __future__ import annotations

import tempfile
import threading
import unittest
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.tests import persistence

from ledger.stores.place import Place, schema_of
from ledger.stores.postgresql.database import open_schema
from ledger.stores.postgresql.recorder import PostgresRecorder
from ledger.stores.recorder import SQLiteRecorder
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import open_file
from tests.postgresql.programs import Version

_numbers = count(1)


def wait_for_threads() -> None:
    """Wait until only this thread is left: the library's cases stop their readers without waiting,
    and closing under their feet would crash SQLite.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(timeout=30)


def in_file(case: unittest.TestCase) -> ApplicationRecorder:
    """Our recorder on a fresh file, closed and removed after the case."""
    scratch = tempfile.TemporaryDirectory()
    case.addCleanup(scratch.cleanup)
    opened = open_file(Path(scratch.name) / "open.db", SCHEMAS["open"], create=True)
    case.addCleanup(opened.close)
    case.addCleanup(wait_for_threads)
    return SQLiteRecorder(opened)


class OnServer:
    """Our recorder on a server of one version, in a schema of its own."""

    version: ClassVar[Version]

    @pytest.fixture(autouse=True)
    def _server(self, ledger_servers: Callable[[Version], str]) -> None:
        self.url = ledger_servers(self.version)

    def on_server(self, case: unittest.TestCase) -> ApplicationRecorder:
        """Open a fresh schema, and close it after the case."""
        schema = schema_of(f"library-contract/{next(_numbers)}")
        opened = open_schema(Place("open", self.url, schema), create=True)
        case.addCleanup(opened.close)
        case.addCleanup(wait_for_threads)
        return PostgresRecorder(opened)


class TestApplicationRecorder(persistence.ApplicationRecorderTestCase[ApplicationRecorder]):
    """Insert, select, conflicts, concurrent writers and positions, as the library tests them."""

    def create_recorder(self) -> ApplicationRecorder:
        """Our recorder."""
        return in_file(self)


class TestOrderOfPositions(persistence.NonInterleavingNotificationIDsBaseCase):
    """Positions follow the order of commits, also under writers with large batches."""

    insert_num = 200

    def create_recorder(self) -> ApplicationRecorder:
        """Our recorder."""
        return in_file(self)


class TestNewestApplicationRecorder(
    OnServer, persistence.ApplicationRecorderTestCase[ApplicationRecorder]
):
    """The same on the newest PostgreSQL."""

    version: ClassVar[Version] = "newest"

    def create_recorder(self) -> ApplicationRecorder:
        """Our recorder."""
        return self.on_server(self)


class TestNewestOrderOfPositions(OnServer, persistence.NonInterleavingNotificationIDsBaseCase):
    """The same on the newest PostgreSQL."""

    version: ClassVar[Version] = "newest"
    insert_num = 200

    def create_recorder(self) -> ApplicationRecorder:
        """Our recorder."""
        return self.on_server(self)


class TestOldestApplicationRecorder(TestNewestApplicationRecorder):
    """The same on the oldest PostgreSQL."""

    version: ClassVar[Version] = "oldest"


class TestOldestOrderOfPositions(TestNewestOrderOfPositions):
    """The same on the oldest PostgreSQL."""

    version: ClassVar[Version] = "oldest"
