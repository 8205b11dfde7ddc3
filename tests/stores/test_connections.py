"""The server goes away and comes back: whoever reads, writes or waits goes on, or is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import count

import psycopg
import pytest

from ledger.errors import OutcomeUnknown, Unavailable
from ledger.stores.place import Place, StoreName, schema_of
from ledger.stores.postgresql import connecting
from ledger.stores.postgresql import database as seam
from ledger.stores.store import CommandRow, Row, Store, Terms
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import Site
from tests.stores.lanes import new_stream

WRITERS = 3
KILLS = int(os.environ.get("LEDGER_KILLS", "50")) // 2
"""How often the server of each version is killed: 50 times in all; a longer soak is asked for."""
_numbers = count(1)


@pytest.fixture(scope="module")
def fragile(
    postgres_version: Version, postgres_sites: Callable[[Version], Site]
) -> Iterator[Server]:
    """A server that is set up for ledgers and may be killed, of each version in turn."""
    server = Server.started(postgres_sites(postgres_version))
    set_up(server)
    yield server
    server.stop()


@pytest.fixture
def place(fragile: Server) -> Callable[[StoreName], Place]:
    """Where the stores of a new library are, on that server."""
    schema = schema_of(f"fragile/{next(_numbers)}")
    return lambda name: Place(name, address(fragile), schema)


@pytest.fixture
def store(place: Callable[[StoreName], Place]) -> Iterator[Store]:
    """A new store there."""
    with closing(Store(place("open"), create=True)) as made:
        yield made


def one_row() -> list[Row]:
    """A row of a stream of its own."""
    return [Row(new_stream(), 1, b"state")]


class Client:
    """Appends with command numbers until it is told to stop, and repeats what is not certain."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        self.acknowledged: list[str] = []
        self.uncertain = 0

    def work(self, done: threading.Event) -> None:
        """Append, again and again. Nothing but an uncertain outcome is caught."""
        while not done.is_set():
            command = CommandRow(f"{self.name}/{len(self.acknowledged)}", b"asked", b"answer")
            try:
                self.store.append(one_row(), Terms(command=command))
            except OutcomeUnknown:
                self.uncertain += 1
                if self.store.answer(command.command) is None:
                    continue
            self.acknowledged.append(command.command)

    def has(self, more: int) -> Callable[[], bool]:
        """Whether so many more were acknowledged than now."""
        wanted = len(self.acknowledged) + more
        return lambda: len(self.acknowledged) >= wanted


def test_everybody_goes_on_when_the_server_is_back(
    store: Store, place: Callable[[StoreName], Place], fragile: Server
) -> None:
    """The server is killed under load, again and again: readers and waiters notice nothing, writers
    at most that an outcome is not certain, which the command's row decides; nothing that was
    acknowledged is lost.
    """
    done = threading.Event()
    clients = [Client(store, f"together-{number}") for number in range(WRITERS)]
    with closing(Store(place("open"))) as alone, ThreadPoolExecutor(WRITERS + 3) as pool:
        clients.append(Client(alone, "alone"))
        working = [pool.submit(one.work, done) for one in clients]
        reading = pool.submit(read_until, alone, done)
        waiting = pool.submit(wait_until_done, store, done)
        try:
            for _ in range(KILLS):
                come(clients, 3, working)
                fragile.kill()
                fragile.restart()
            come(clients, 3, working)
        finally:
            done.set()
            store.append(one_row(), Terms())
        for one in (*working, reading, waiting):
            one.result(60)
    kept = [position for position, _ in store.page(0, 100_000)]
    assert kept == list(range(1, len(kept) + 1))
    for client in clients:
        for command in client.acknowledged:
            assert store.answer(command) is not None
    # One row for each command that was carried out, and the one that ended it.
    assert len(kept) == sum(len(one.acknowledged) for one in clients) + 1
    assert sum(one.uncertain for one in clients) <= KILLS * len(clients)


def come(clients: list[Client], more: int, working: list[Future[None]]) -> None:
    """Wait until each client has been acknowledged some more; a client that failed says why."""
    for has in [one.has(more) for one in clients]:
        while not has():
            for one in working:
                if one.done():
                    one.result()
            threading.Event().wait(0.005)


def read_until(store: Store, done: threading.Event) -> None:
    """Read on, and the last position never goes back."""
    last = 0
    while not done.is_set():
        for position, _ in store.page(last, 50):
            assert position == last + 1
            last = position


def wait_until_done(store: Store, done: threading.Event) -> None:
    """Wait for news, again and again."""
    seen = store.database.version()
    while not done.is_set():
        store.database.wait(seen, 5)
        seen = store.database.version()


def test_a_server_that_stays_away_is_said_to(
    store: Store, fragile: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each act ends with a sentence, and after the server is back everything goes on."""
    store.append(one_row(), Terms())
    seen = store.database.version()
    monkeypatch.setattr(seam, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(seam, "LONGEST_PAUSE_SECONDS", 0.2)
    fragile.kill()
    with pytest.raises(Unavailable, match="nothing was recorded"):
        store.append(one_row(), Terms())
    with pytest.raises(Unavailable, match="cannot be read now"):
        store.page(0, 1)
    with pytest.raises(Unavailable, match="cannot be read now"):
        store.database.wait(seen, 60)
    with pytest.raises(Unavailable, match="cannot be written now"):
        store.confirm()
    fragile.restart()
    monkeypatch.undo()
    store.append(one_row(), Terms())
    assert [position for position, _ in store.page(0, 9)] == [1, 2]


def test_a_server_that_stands_still_is_not_waited_for_for_ever(
    store: Store, fragile: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets are open and nobody answers: a read ends with a sentence, and so does a write
    that was begun; whether a COMMIT arrived is not certain.
    """
    store.append(one_row(), Terms())
    monkeypatch.setattr(connecting, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(seam, "WAIT_SECONDS", 0.5)
    monkeypatch.setattr(seam, "LONGEST_PAUSE_SECONDS", 0.2)
    transaction = store.database.writing()
    transaction.__enter__().execute("SELECT 1")
    fragile.pause()
    with pytest.raises(OutcomeUnknown):
        transaction.__exit__(None, None, None)
    with pytest.raises(Unavailable, match="cannot be read now"):
        store.page(0, 1)
    with pytest.raises(Unavailable, match="nothing was recorded"):
        store.append(one_row(), Terms())
    fragile.resume()
    monkeypatch.undo()
    assert [position for position, _ in store.page(0, 9)] == [1]


def test_a_transaction_of_which_a_part_failed_is_not_acknowledged(store: Store) -> None:
    """The server answers COMMIT with ROLLBACK then, which is no error to it, and is one to us."""
    transaction = store.database.writing()
    cursor = transaction.__enter__()
    with pytest.raises(psycopg.Error):
        cursor.execute("SELECT 1/0")
    with pytest.raises(Unavailable, match="nothing was recorded"):
        transaction.__exit__(None, None, None)
    assert store.page(0, 9) == ()


def test_news_that_cannot_be_told_take_nothing_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is acknowledged although the server refuses to tell others of it."""
    monkeypatch.setattr(store.database, "notify", b"SELECT 1/0")
    for _ in range(2):
        store.append(one_row(), Terms())
    assert [position for position, _ in store.page(0, 9)] == [1, 2]
