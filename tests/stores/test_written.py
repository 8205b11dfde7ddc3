"""What is written in a file stays, whatever statement somebody runs who has the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.stores.database import IntegrityError
from ledger.stores.store import CommandRow, Row, Store, Terms
from tests.stores.lanes import Lane, new_stream

TABLES = {
    "stored_events": "state",
    "commands": "answer",
    "labels": "label",
    "commitments": "commitment",
    "continued": "head",
    "lane": "closed",
}


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Store]:
    """A store with a row in each table."""
    store = Store(tmp_path / "open.db", create=True)
    lane, stream = Lane(store), new_stream()
    lane.append(
        1,
        (stream, 1),
        command=CommandRow("c", b"asked", b"answered"),
        label=("7K3M-9Q2D-X", stream),
        continued=[b"e" * 32],
    )
    lane.close(1)
    yield store
    store.close()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "REPLACE"])
def test_written_rows_are_neither_changed_nor_removed(
    written: Store, table: str, verb: str
) -> None:
    """Triggers refuse it for whoever uses this program's connections, by whatever statement."""
    statement = {
        "UPDATE": f"UPDATE {table} SET {TABLES[table]} = 0",
        "DELETE": f"DELETE FROM {table}",
        "REPLACE": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    }[verb]
    with pytest.raises(IntegrityError), written.database.writing() as cursor:
        cursor.execute(statement)


def test_a_row_id_is_never_used_twice(written: Store, tmp_path: Path) -> None:
    """Even when somebody deletes the last row behind the triggers, the next one is numbered on."""
    second, third = new_stream(), new_stream()
    written.append([Row(second, 1, b"next")], Terms())
    raw = sqlite3.connect(tmp_path / "open.db")
    raw.execute("DROP TRIGGER stored_events_DELETE")
    raw.execute("DELETE FROM stored_events WHERE originator_id = ?", (second.hex(),))
    raw.commit()
    raw.close()
    written.append([Row(third, 1, b"next")], Terms())
    positions = [position for position, _ in written.page(0, 10)]
    assert positions == [1, 3]
