"""Files that version 0.1.0 made: they go on as they are, and `store migrate` makes them anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import Unavailable
from ledger.stores.checking import check_store
from ledger.stores.copying import stop_file
from ledger.stores.opening import migrate_database
from ledger.stores.schema import EARLIER, SCHEMAS
from ledger.stores.store import CommandRow, Store
from tests.stores.lanes import Lane, new_stream

FIRST, WAITING, LATER = new_stream(), new_stream(), new_stream()


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A file of version 0.1.0 with an answered command, and with a record that waits for another
    store's.
    """
    path = tmp_path / "open.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as connection:
        for table, statement in EARLIER.items():
            connection.execute(statement)
            assert any(
                one.startswith(f"CREATE TABLE IF NOT EXISTS {table} ") for one in SCHEMAS["open"]
            )
        for statement in SCHEMAS["open"]:
            connection.execute(statement)
        connection.commit()
    with closing(Store(path)) as store:
        append(store)
    return path


def append(store: Store) -> None:
    """Append a record that gets its slot, and one that has to wait."""
    lane = Lane(store, elsewhere={(LATER, 1): None})
    lane.append(1, (FIRST, 1), command=CommandRow("c", b"asked", b"answered"))
    lane.append(1, (WAITING, 1), after=((LATER, 1),))


def codes(path: Path) -> set[str]:
    """What is wrong with the file."""
    return {one.code for one in check_store(path, "open").problems}


def test_what_was_recorded_is_there_after_migrating(earlier: Path) -> None:
    """Every row of every table is the same, and the check has nothing to say any more."""
    before = check_store(earlier, "open").tables
    assert codes(earlier) == {"tables-differ"}
    migrate_database(earlier, "open")
    migrate_database(earlier, "open")
    assert check_store(earlier, "open").tables == before
    assert before["waits"].rows == before["commands"].rows == 1
    assert codes(earlier) == set()


def test_who_waited_gets_a_slot_after_migrating(earlier: Path) -> None:
    """A record that waits in the old file is placed by the new one, once it may be."""
    migrate_database(earlier, "open")
    with closing(Store(earlier)) as store:
        lane = Lane(store, elsewhere={(LATER, 1): 1})
        lane.close(1)
        assert lane.tick(WAITING) == 2
        assert lane.tick(FIRST) == 1


def test_a_migration_that_breaks_off_leaves_the_old_file(earlier: Path) -> None:
    """All of it is one transaction: what was there stands as it did, and can be migrated again."""
    before = check_store(earlier, "open").tables
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("CREATE TABLE earlier (in_the_way INTEGER)")
    with pytest.raises(Unavailable):
        migrate_database(earlier, "open")
    assert check_store(earlier, "open").tables == before
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("DROP TABLE earlier")
    migrate_database(earlier, "open")
    assert codes(earlier) == set()


def test_a_file_that_was_closed_for_ever_stays_as_it_is(earlier: Path) -> None:
    """Where the ledger moved away from, migrating changes nothing either."""
    with stop_file(earlier) as stop:
        stop.fence("open")
    with pytest.raises(Unavailable, match="moved"):
        migrate_database(earlier, "open")
    assert codes(earlier) == {"moved", "tables-differ"}


def test_a_table_that_no_version_made_is_left_as_it_is(earlier: Path) -> None:
    """Somebody changed it, and the check goes on saying so."""
    with closing(sqlite3.connect(earlier)) as connection:
        connection.execute("ALTER TABLE commands ADD COLUMN note TEXT")
    migrate_database(earlier, "open")
    assert codes(earlier) == {"tables-differ"}


def test_what_came_since_is_there_as_soon_as_the_file_is_opened(earlier: Path) -> None:
    """A program of today has all its tables, though nobody had the old ones made anew."""
    drop(earlier, "documents")
    with closing(Store(earlier)) as store:
        assert not store.documents.is_held(FIRST)
    assert codes(earlier) == {"tables-differ"}


def test_a_table_that_was_taken_away_does_not_come_back_empty(earlier: Path) -> None:
    """In a file of today a missing table is missing: somebody has to look."""
    migrate_database(earlier, "open")
    drop(earlier, "documents")
    with closing(Store(earlier)) as store, pytest.raises(Unavailable):
        store.documents.is_held(FIRST)


def drop(path: Path, table: str) -> None:
    """Take a table away."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
