"""T-24: positions are dense, and their order is the order of commits, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import IntegrityError

from tests.stores.postgresql.consortium import Consortium
from tests.waiting import wait_until

Connection = psycopg.Connection[Any]
Enter = Callable[[], Connection]

EVENT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " VALUES (%s, %s, 'r', '\\x00')"
)
WRITERS = 6
ROUNDS = 40


@pytest.fixture
def enter(consortium: Consortium, schema: str) -> Enter:
    """A new connection to the open store of a library of this test's own, as its service."""
    consortium.make("open", schema)
    return lambda: consortium.connect("open", schema=schema)


def positions(connection: Connection) -> list[int]:
    """Every position that has a row, ascending."""
    found = connection.execute(
        "SELECT notification_id FROM stored_events ORDER BY notification_id"
    ).fetchall()
    return [int(position) for (position,) in found]


def head(connection: Connection) -> int:
    """The last position that was given."""
    row = connection.execute("SELECT position FROM head").fetchone()
    assert row is not None
    return int(row[0])


def test_no_client_chooses_a_position(enter: Enter) -> None:
    """What a statement says about it is passed over; the head cannot be moved by hand."""
    with enter() as connection:
        connection.execute(
            "INSERT INTO stored_events VALUES (99, %s, 1, 'r', ''), (7, %s, 1, 'r', '')",
            (uuid4(), uuid4()),
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE head SET position = position + 1")
        assert positions(connection) == [1, 2]
        assert head(connection) == 2


@pytest.mark.parametrize(
    "statement",
    [
        # a whole transaction, a part of one, and rows that are passed over
        "INSERT INTO stored_events VALUES (0, %(old)s, 1, 'r', '')",
        "INSERT INTO stored_events VALUES (0, %(new)s, 1, 'r', ''), (0, %(old)s, 1, 'r', '')",
        "INSERT INTO stored_events VALUES (0, %(new)s, 1, NULL, '')",
        "INSERT INTO stored_events VALUES (0, %(old)s, 1, 'r', '') ON CONFLICT DO NOTHING",
        "INSERT INTO stored_events VALUES (0, %(old)s, 1, 'r', ''), (0, %(new)s, 1, 'r', '')"
        " ON CONFLICT DO NOTHING",
        "INSERT INTO stored_events SELECT 0, %(new)s, 1, 'r', '' WHERE false",
        "WITH a AS (INSERT INTO stored_events VALUES (0, %(new)s, 1, 'r', '')),"
        " b AS (INSERT INTO stored_events VALUES (0, %(new)s, 2, 'r', ''))"
        " INSERT INTO stored_events VALUES (0, %(new)s, 3, 'r', '')",
    ],
)
def test_what_fails_leaves_no_gap(enter: Enter, statement: str) -> None:
    """A number that was not used after all is given to the next row."""
    values = {"old": uuid4(), "new": uuid4()}
    with enter() as connection:
        connection.execute(EVENT, (values["old"], 1))
        with connection.transaction():
            connection.execute(EVENT, (uuid4(), 1))
            try:
                with connection.transaction():
                    connection.execute(statement.encode(), values)
            except IntegrityError:
                pass
            connection.execute(EVENT, (uuid4(), 1))
        with connection.transaction(force_rollback=True):
            connection.execute(EVENT, (uuid4(), 1))
        connection.execute(EVENT, (uuid4(), 1))
        found = positions(connection)
        assert found == list(range(1, len(found) + 1))
        assert head(connection) == len(found)


def test_a_position_is_not_used_twice(enter: Enter) -> None:
    """Where the last rows of all were erased, the next row has the next number."""
    stream = uuid4()
    with enter() as connection:
        connection.execute(EVENT, (uuid4(), 1))
        connection.execute(EVENT, (stream, 1))
        connection.execute(EVENT, (stream, 2))
        connection.execute("INSERT INTO erased VALUES (%s, 'both', 'r:1', '')", (stream,))
        connection.execute("DELETE FROM stored_events WHERE originator_id = %s", (stream,))
        connection.execute(EVENT, (uuid4(), 1))
        assert positions(connection) == [1, 4]
        assert head(connection) == 4


def test_a_slow_commit_holds_back_who_comes_later(enter: Enter) -> None:
    """Nobody reads a later position before an earlier one: the second waits for the first."""
    with enter() as slow, enter() as quick, enter() as reader:
        done = threading.Event()

        def append() -> None:
            quick.execute(EVENT, (uuid4(), 1))
            done.set()

        second = threading.Thread(target=append)
        with slow.transaction():
            slow.execute(EVENT, (uuid4(), 1))
            second.start()
            pid = quick.info.backend_pid
            wait_until(lambda: _waits(reader, pid), "the second writer waits for its turn")
            assert not done.is_set()
            assert positions(reader) == []
        second.join()
        assert positions(reader) == [1, 2]


def _waits(connection: Connection, pid: int) -> bool:
    # A service may not look at locks; the superuser, whom nobody asks here, may.
    with psycopg.connect(connection.info.dsn, user="postgres", autocommit=True) as administrator:
        row = administrator.execute(
            "SELECT cardinality(pg_blocking_pids(%s)) > 0", (pid,)
        ).fetchone()
    return bool(row and row[0])


def test_a_reader_who_follows_misses_nothing(enter: Enter) -> None:
    """Six writers append, fail and roll back at once; who reads page by page sees every row."""
    streams: list[UUID] = [uuid4() for _ in range(WRITERS)]
    shared = uuid4()

    def write(stream: UUID) -> None:
        with enter() as connection:
            for number in range(1, ROUNDS + 1):
                with connection.transaction(force_rollback=number % 5 == 0):
                    connection.execute("UPDATE head SET writes = writes + 1")
                    connection.execute(EVENT, (stream, number))
                try:
                    connection.execute(EVENT, (shared, number))
                except IntegrityError:
                    continue

    writers = [threading.Thread(target=write, args=(stream,)) for stream in streams]
    seen: list[int] = []
    with enter() as reader:
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            _read_on(reader, seen)
        _read_on(reader, seen)
        assert seen == positions(reader) == list(range(1, head(reader) + 1))
    assert len(seen) == WRITERS * ROUNDS * 4 // 5 + ROUNDS


def _read_on(reader: Connection, seen: list[int]) -> None:
    after = seen[-1] if seen else 0
    page = reader.execute(
        "SELECT notification_id FROM stored_events WHERE notification_id > %s"
        " ORDER BY notification_id LIMIT 7",
        (after,),
    ).fetchall()
    seen.extend(int(position) for (position,) in page)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("INSERT INTO erased VALUES (%(stream)s, 'both', 'r:1', '')", EVENT),
        (EVENT, "INSERT INTO erased VALUES (%(stream)s, 'both', 'r:1', '')"),
    ],
)
def test_a_mark_and_a_row_take_turns(enter: Enter, first: str, second: str) -> None:
    """Of an erasure and an append at once, the later one sees the earlier one."""
    stream = uuid4()

    def run(connection: Connection, statement: str) -> None:
        values: Any = (stream, 1) if statement == EVENT else {"stream": stream}
        connection.execute(statement.encode(), values)

    failed: list[Exception] = []

    def follow() -> None:
        try:
            run(later, second)
        except IntegrityError as error:
            failed.append(error)

    with enter() as earlier, enter() as later, enter() as reader:
        thread = threading.Thread(target=follow)
        with earlier.transaction():
            run(earlier, first)
            thread.start()
            pid = later.info.backend_pid
            wait_until(lambda: _waits(reader, pid), "the second waits for its turn")
        thread.join()
    assert bool(failed) is (second == EVENT)
