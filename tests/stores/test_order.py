"""The order of a store: whoever reads on from a position sees every row once, in commit order, and
never has to come back for one (T-24).

Each writer and each reader has connections of its own, as other processes would. Transactions are
held open between their insert and their COMMIT, which is what makes others skip.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, pairwise

import psycopg
import pytest

from ledger.stores.append import INSERT_ROW, TOPIC
from ledger.stores.opening import Where
from ledger.stores.place import Place, StoreName, schema_of
from ledger.stores.postgresql.connecting import parameters
from ledger.stores.store import Row, Store, Terms
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.stores.lanes import new_stream
from tests.waiting import wait_until

WRITERS = 4
EACH = 15
"""Rows of each writer that come to stay."""
HELD_SECONDS = 0.02
PAGE = 3
_WAITS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = 'ledger_open' AND wait_event_type = 'Lock'"
)
_LISTENS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = 'ledger_open' AND query LIKE 'LISTEN%%' || %s || '%%'"
)

_numbers = count(1)


class Undone(Exception):
    """What a writer raises to have its transaction rolled back."""


@pytest.fixture
def place(postgres_version: Version, ledger_servers: Callable[[Version], str]) -> Place:
    """The open store of a new library, on each version in turn."""
    return Place("open", ledger_servers(postgres_version), schema_of(f"order/{next(_numbers)}"))


@pytest.fixture
def served(place: Place) -> Iterator[Store]:
    """That store."""
    store = Store(place, create=True)
    yield store
    store.close()


def hold(store: Store, row: Row, seconds: float, *, undo: bool = False) -> None:
    """Insert a row and stay in the transaction, then commit or not."""
    try:
        with store.database.writing() as cursor:
            cursor.write([(INSERT_ROW, [(row.stream.hex(), row.seq, TOPIC, row.state)])])
            cursor.execute("SELECT 1")
            time.sleep(seconds)
            if undo:
                raise Undone
    except Undone:
        pass


def write(store: Store, number: int) -> list[tuple[float, bytes, float]]:
    """Write rows quickly, slowly and in vain; gives what was acknowledged, with its times."""
    done = []
    for seq in range(EACH):
        stream = new_stream()
        row, begun = Row(stream, 1, b"%d/%d" % (number, seq)), time.monotonic()
        if seq % 5 == number:
            hold(store, Row(new_stream(), 1, b"undone"), HELD_SECONDS, undo=True)
        if seq % 3 == number % 3:
            hold(store, row, HELD_SECONDS)
        else:
            store.append([row], Terms())
        done.append((begun, stream, time.monotonic()))
    return done


def poll(store: Store) -> list[Row]:
    """Look again and again until every row came."""
    seen: list[Row] = []
    while len(seen) < WRITERS * EACH:
        read_on(store, seen)
    return seen


def be_told(store: Store) -> list[Row]:
    """Wait for news whenever there is nothing left to read, until every row came."""
    seen: list[Row] = []
    while len(seen) < WRITERS * EACH:
        version = store.database.version()
        while read_on(store, seen):
            pass
        if len(seen) < WRITERS * EACH:
            assert store.database.wait(version, 60)
    return seen


def read_on(store: Store, seen: list[Row]) -> bool:
    """Read a page behind what was seen, and tell whether there was any; fails at a gap."""
    page = store.page(len(seen), PAGE)
    for position, row in page:
        assert position == len(seen) + 1
        seen.append(row)
    return bool(page)


def test_a_reader_skips_nothing_while_writers_are_held_up(
    where: Callable[[StoreName], Where],
) -> None:
    """Four writers append quickly, slowly and in vain; one reader looks all the time and one when
    it is told of news: both see every row once, in the order of commits, and positions have no
    gaps.
    """
    Store(where("open"), create=True).close()
    stores = [Store(where("open")) for _ in range(WRITERS + 2)]
    polling, told = stores[WRITERS:]
    start = threading.Barrier(WRITERS)

    def begin(number: int) -> list[tuple[float, bytes, float]]:
        start.wait()
        return write(stores[number], number)

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        readers = [pool.submit(poll, polling), pool.submit(be_told, told)]
        writers = [pool.submit(begin, number) for number in range(WRITERS)]
        acknowledged = [one for writer in writers for one in writer.result()]
        first, second = (reader.result() for reader in readers)
    assert first == second
    order = {row.stream: index for index, row in enumerate(first)}
    assert order.keys() == {stream for _, stream, _ in acknowledged}
    # Whatever was acknowledged before another act began stands before it.
    by_place = sorted(acknowledged, key=lambda one: order[one[1]])
    latest_begin = 0.0
    for begun, _, ended in by_place:
        assert ended > latest_begin
        latest_begin = max(latest_begin, begun)
    for number in range(WRITERS):
        own = [row.state for row in first if row.state.startswith(b"%d/" % number)]
        assert own == [b"%d/%d" % (number, seq) for seq in range(EACH)]
    for store in stores:
        store.close()


def test_a_program_that_knows_nothing_of_the_order_keeps_it(
    place: Place, served: Store, postgres_version: Version, postgres_servers: Callable[..., Server]
) -> None:
    """A client of its own that sends positions, is paused between its insert and its COMMIT, or
    gives up, makes no gap and nobody overtakes it: the server numbers the rows.
    """
    insert = (
        "INSERT INTO stored_events (notification_id, originator_id, originator_version, topic,"
        " state) VALUES (%s, %s, 1, 'r', 'x')"
    )
    paused, late = new_stream(), new_stream()
    with (
        postgres_servers(postgres_version).connect() as administrator,
        psycopg.connect(**parameters(place)) as stranger,
        ThreadPoolExecutor(1) as pool,
        closing(Store(place)) as other,
    ):
        stranger.execute(insert, (70, paused.hex()))
        appending = pool.submit(other.append, [Row(late, 1, b"late")], Terms())
        wait_until(lambda: administrator.execute(_WAITS).fetchone() == (1,), "it waits its turn")
        assert served.page(0, 9) == ()
        stranger.commit()
        appending.result()
        stranger.execute(insert, (71, new_stream().hex()))
        stranger.rollback()
        stranger.execute(insert, (1, new_stream().hex()))
        stranger.commit()
    found = served.page(0, 9)
    assert [position for position, _ in found] == [1, 2, 3]
    assert [row.stream for _, row in found[:2]] == [paused, late]


def test_whoever_waits_is_told_though_nobody_can_tell(
    place: Place, served: Store, postgres_version: Version, postgres_servers: Callable[..., Server]
) -> None:
    """The server ends the connection that listens: the next append is seen all the same, and news
    come over a new connection.
    """
    server, database = postgres_servers(postgres_version), served.database
    with (
        server.connect() as administrator,
        ThreadPoolExecutor(1) as pool,
        closing(Store(place)) as other,
    ):

        def listening() -> set[int]:
            rows = administrator.execute(_LISTENS, (place.schema,)).fetchall()
            return {row[0] for row in rows}

        waiting = pool.submit(database.wait, database.version(), 600)
        wait_until(lambda: len(listening()) == 1, "somebody listens")
        (first,) = listening()
        administrator.execute("SELECT pg_terminate_backend(%s)", (first,))
        wait_until(lambda: len(listening() - {first}) == 1 or waiting.done(), "it listens again")
        other.append([Row(new_stream(), 1, b"news")], Terms())
        assert waiting.result(60)
        seen = database.version()
        other.append([Row(new_stream(), 1, b"more")], Terms())
        assert database.wait(seen, 600)


def test_what_was_read_stays_where_it_was(served: Store) -> None:
    """Rows that come later stand behind; a page asked for again is the same."""
    pages = []
    for _ in range(3):
        served.append([Row(new_stream(), 1, b"a"), Row(new_stream(), 1, b"b")], Terms())
        pages.append(served.page(0, 100))
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(pages))
