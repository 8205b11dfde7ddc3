"""A store: one transaction per append, append-only, and typed answers for who comes second."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID

import pytest

from ledger.errors import AppendConflict, CommandReused, Unavailable
from ledger.stores.store import CommandRow, Condition, Row, Store, Terms, Window

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STREAM, OTHER = bytes(15) + b"\1", bytes(15) + b"\2"


def window(first: int = 1, last: int = 3, quota: int = 2) -> Window:
    """Ticks `first` to `last`, `quota` places each, the earliest first."""
    return Window(first, last, quota, AT)


def put(store: Store, stream: bytes, seq: int, **terms: object) -> None:
    """Append one row, with a commitment that says where it stands."""
    commitment = stream + seq.to_bytes(16, "big")
    given = {"window": window(), "commitments": [commitment], **terms}
    store.append([Row(stream, seq, b"cipher")], Terms(**given))  # type: ignore[arg-type] # given by name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file lies."""
    return tmp_path / "open.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new store."""
    made = Store(path, create=True)
    yield made
    made.close()


def nowhere(_stream: bytes, _seq: int) -> int | None:
    """No record rests on another one."""
    return 0


def raw(path: Path) -> sqlite3.Connection:
    """The file, opened past our code."""
    return sqlite3.connect(path)


def test_rows_come_back_as_they_were_put(store: Store) -> None:
    """Bytes, order and places are kept; an unknown stream is empty."""
    put(store, STREAM, 1)
    put(store, STREAM, 2)
    assert store.rows(STREAM) == (Row(STREAM, 1, b"cipher"), Row(STREAM, 2, b"cipher"))
    assert store.rows(STREAM, after=1) == (Row(STREAM, 2, b"cipher"),)
    assert (store.rows(OTHER), store.last_seq(OTHER), store.last_seq(STREAM)) == ((), 0, 2)
    assert [position for position, _ in store.page(0, 10)] == [1, 2]


def test_the_loser_of_two_writers_is_told_so(store: Store) -> None:
    """The same seq, or a condition that no longer holds, is a conflict, and nothing is written."""
    put(store, STREAM, 1)
    with pytest.raises(AppendConflict):
        put(store, STREAM, 1, commitments=[b"x" * 32])
    with pytest.raises(AppendConflict):
        put(store, OTHER, 1, conditions=[Condition(UUID(bytes=STREAM), 0)])
    assert store.last_seq(OTHER) == 0


def test_of_many_writers_of_one_place_exactly_one_wins(path: Path, store: Store) -> None:
    """Six connections race for the same seq: one row, five conflicts, no gap in the positions."""
    barrier, outcomes = Barrier(6), []

    def write(number: int) -> None:
        mine = Store(path)
        barrier.wait()
        try:
            put(mine, STREAM, 1, commitments=[bytes([number]) * 32])
            outcomes.append("won")
        except AppendConflict:
            outcomes.append("lost")
        finally:
            mine.close()

    threads = [Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    put(store, OTHER, 1)
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]
    assert [position for position, _ in store.page(0, 10)] == [1, 2]


def test_a_repeated_command_is_known_and_a_reused_one_refused(store: Store) -> None:
    """The idempotency row stands in the events' own transaction."""
    row = CommandRow("c1", b"asked", b"answered")
    put(store, STREAM, 1, command=row)
    assert store.answer("c1") == row
    assert store.answer("c2") is None
    with pytest.raises(AppendConflict):
        put(store, OTHER, 1, command=row)
    with pytest.raises(CommandReused):
        put(store, OTHER, 1, command=CommandRow("c1", b"else", b""))
    assert store.last_seq(OTHER) == 0


@pytest.mark.parametrize("table", ["stored_events", "commands", "labels", "commitments"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = rowid + 9", "DELETE FROM {}"])
def test_nothing_that_was_written_can_be_changed(
    store: Store, path: Path, table: str, verb: str
) -> None:
    """Triggers refuse to change or delete rows, commitments, labels and answers."""
    row = CommandRow("c1", b"", b"")
    put(store, STREAM, 1, command=row, label=("7K3M-9Q2D-X", UUID(bytes=STREAM)))
    statement = verb.format(table).replace("rowid = rowid + 9", _harmless(table))
    connection = raw(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def _harmless(table: str) -> str:
    """An assignment that changes nothing, for each table."""
    columns = {"stored_events": "topic", "commands": "answer", "labels": "label"}
    column = columns.get(table, "commitment")
    return f"{column} = {column}"


def test_a_position_is_never_used_twice(store: Store, path: Path) -> None:
    """Even when somebody past the triggers deletes the last row, its position stays a gap."""
    put(store, STREAM, 1)
    put(store, STREAM, 2)
    connection = raw(path)
    connection.execute("DROP TRIGGER stored_events_DELETE")
    connection.execute("DELETE FROM stored_events WHERE originator_version = 2")
    connection.commit()
    connection.close()
    put(store, OTHER, 1)
    assert [position for position, _ in store.page(0, 10)] == [1, 3]


def test_every_connection_is_durable_and_guarded(store: Store) -> None:
    """synchronous=FULL, secure_delete and the rest hold on each connection, not only the first."""
    for _ in range(3):
        with store._datastore.get_connection(commit=False) as connection:
            cursor = connection._sqlite_conn.cursor()
            said = [
                cursor.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("synchronous", "secure_delete", "trusted_schema", "foreign_keys")
            ]
            assert said == [2, 1, 0, 1]
            assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_copied_rows_can_be_copied_again(store: Store, tmp_path: Path) -> None:
    """Taking over a stream twice leaves it once, without commitments."""
    put(store, STREAM, 1)
    put(store, STREAM, 2)
    other = Store(tmp_path / "vault.db", create=True)
    for _ in range(2):
        other.copy_in(store.rows(STREAM))
    assert other.rows(STREAM) == store.rows(STREAM)
    assert other.pending(STREAM, 1) is None
    other.close()


def test_a_lane_fills_tick_by_tick_and_then_waits(store: Store) -> None:
    """With two places a tick and three ticks, the seventh waits and is placed when a slot opens."""
    for number in range(7):
        put(store, bytes(14) + bytes([1, number]), 1)
    pending = [store.pending(bytes(14) + bytes([1, number]), 1) for number in range(7)]
    assert [one.tick for one in pending if one] == [1, 1, 2, 2, 3, 3, None]
    assert len(store.close_tick(1, window(2, 4), nowhere, Terms())) == 2
    seventh = store.pending(bytes(14) + bytes([1, 6]), 1)
    assert seventh is not None
    assert (seventh.tick, seventh.promised) == (4, 4)
    assert len(store.close_tick(1, window(2, 4), nowhere, Terms())) == 2


def test_nothing_enters_a_closed_tick(store: Store) -> None:
    """Once a tick is closed, a writer with an old clock is placed after it."""
    store.close_tick(2, window(3, 5), nowhere, Terms())
    put(store, STREAM, 1)
    found = store.pending(STREAM, 1)
    assert found is not None
    assert found.tick == 3


def test_a_stream_keeps_its_order_in_the_log(store: Store) -> None:
    """A later record is never placed before an earlier one, and waits while that one waits."""
    put(store, STREAM, 1, window=window(2, 3))
    put(store, STREAM, 2, window=window(1, 3))
    put(store, OTHER, 1, window=window(1, 0))
    put(store, OTHER, 2, window=window(1, 3))
    ticks = [store.pending(*at) for at in ((STREAM, 1), (STREAM, 2), (OTHER, 1), (OTHER, 2))]
    assert [one.tick for one in ticks if one] == [2, 2, None, None]


def test_a_read_only_file_is_unavailable_and_loses_nothing(path: Path, store: Store) -> None:
    """When the store cannot be written, nothing is acknowledged and reading goes on."""
    put(store, STREAM, 1)
    with store._datastore.get_connection(commit=True) as connection:
        connection._sqlite_conn.execute("PRAGMA query_only=ON")
    with pytest.raises(Unavailable):
        put(store, STREAM, 2)
    assert store.last_seq(STREAM) == 1


def test_a_full_disk_is_unavailable_and_loses_nothing(store: Store) -> None:
    """At the end of the space the append is refused whole; what was there stays readable."""
    put(store, STREAM, 1)
    with store._datastore.get_connection(commit=True) as connection:
        pages = connection._sqlite_conn.execute("PRAGMA page_count").fetchone()[0]
        connection._sqlite_conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable):
        store.append([Row(STREAM, 2, bytes(1_000_000))], Terms())
    assert store.rows(STREAM) == (Row(STREAM, 1, b"cipher"),)


def test_a_missing_file_is_never_made_anew(tmp_path: Path) -> None:
    """Opening a store that is gone says so, and leaves no empty one behind."""
    with pytest.raises(Unavailable):
        Store(tmp_path / "gone.db")
    assert not (tmp_path / "gone.db").exists()
