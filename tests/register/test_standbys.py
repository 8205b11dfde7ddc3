"""A ledger on a primary with two standbys: nothing counts that one of them does not have.

The standbys are paused, gone, or not asked at all. What the register and the sequencer then say,
they say in bounded time; and what was not certain is decided when a standby is back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from keys.keyring import Keyring
from ledger.errors import OutcomeUnknown, Unavailable
from ledger.home import Home
from ledger.stores.place import Place, schema_of
from ledger.stores.postgresql import connecting
from ledger.stores.postgresql import database as seam
from ledger.stores.store import CommandRow, Row, Store, Terms
from tests.postgresql.cluster import Cluster
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Version
from tests.postgresql.site import Site
from tests.register.ledgers import Clock, Ledger, check_sound, found_ledger
from tests.stores.lanes import new_stream
from tests.waiting import wait_until

_numbers = count(1)
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture(scope="module")
def replicated(postgres_sites: Callable[[Version], Site]) -> Iterator[Cluster]:
    """A primary and two standbys of the newest version, set up for ledgers. Nobody kills them."""
    cluster = Cluster(postgres_sites("newest"))
    set_up(cluster.primary)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def url(replicated: Cluster) -> str:
    """The address of all three, the primary first."""
    return address(*replicated.servers.values())


@pytest.fixture
def place(url: str) -> Place:
    """Where the open store of a new library is, there."""
    return Place("open", url, schema_of(f"standby/{next(_numbers)}"))


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """That store."""
    made = Store(place, create=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def careful(
    url: str, people: dict[str, Keyring], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """A ledger there that signs nothing without a standby."""
    path = tmp_path_factory.mktemp("careful") / "home"
    given = {"origin": "ledger.careful.example", "store": url, "needs_standby": True}
    made = found_ledger(path, people, Clock(), **given)  # type: ignore[arg-type]  # as named
    yield made
    made.home.close()


@contextmanager
def impatient() -> Iterator[None]:
    """For whatever is opened and done in a block, half a minute lasts two seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connecting, "ANSWER_SECONDS", 2)
        patch.setattr(connecting, "WAIT_SECONDS", 2)
        patch.setattr(seam, "WAIT_SECONDS", 2)
        yield


@contextmanager
def no_standby(cluster: Cluster) -> Iterator[None]:
    """Stop both standbys in their tracks, for the length of a block."""
    for name in cluster.standby_names:
        cluster.servers[name].pause()
    try:
        yield
    finally:
        for name in cluster.standby_names:
            cluster.servers[name].resume()
        for name in cluster.standby_names:
            cluster.wait_until_following(name)
        wait_until(lambda: not waiting(cluster), "what waited for a standby goes on")


def waiting(cluster: Cluster) -> list[int]:
    """Who waits for a standby on the primary."""
    with cluster.primary.connect() as connection:
        return [row[0] for row in connection.execute(_WAITING).fetchall()]


def test_a_standby_is_passed_over(replicated: Cluster) -> None:
    """The address names two standbys first: writes and reads go to the primary."""
    url = address(*(replicated.servers[name] for name in ("two", "one", "zero")))
    place = Place("open", url, schema_of(f"standby/{next(_numbers)}"))
    with closing(Store(place, create=True)) as store:
        store.append([Row(new_stream(), 1, b"state")], Terms())
        assert [position for position, _ in store.page(0, 9)] == [1]
    with psycopg.connect(**connecting.parameters(place)) as connection:
        assert connection.info.host == str(replicated.primary.folder)


def test_what_no_standby_has_is_shown_to_nobody(
    replicated: Cluster, place: Place, store: Store
) -> None:
    """An append without a standby is not certain; until one has it nobody is shown it, and nobody
    writes after it. Then it is there, once.
    """
    command, rows = CommandRow("c1", b"asked", b"answer"), [Row(new_stream(), 1, b"state")]
    with no_standby(replicated), impatient(), closing(Store(place)) as hasty:
        with pytest.raises(OutcomeUnknown, match="not certain"):
            hasty.append(rows, Terms(command=command))
        assert hasty.page(0, 9) == ()
        assert hasty.answer("c1") is None
        with pytest.raises(Unavailable, match="nothing was recorded"):
            hasty.append([Row(new_stream(), 1, b"state")], Terms())
    assert [row for _, row in store.page(0, 9)] == rows
    assert store.answer("c1") == command
    store.confirm()


@pytest.mark.parametrize("kept_back", [False, True])
def test_what_the_server_only_warns_of_is_not_acknowledged(
    replicated: Cluster, store: Store, kept_back: bool
) -> None:
    """An administrator cancels the wait: the server says "committed" and warns that no standby has
    it, which is not certain for us, also where a setting keeps warnings back.
    """
    database = sql.Identifier("ledger_open")
    setting = sql.SQL("ALTER DATABASE {} {} client_min_messages")
    value = sql.SQL(" = error") if kept_back else sql.SQL("")
    word = sql.SQL("SET" if kept_back else "RESET")
    with replicated.primary.connect() as administrator:
        administrator.execute(setting.format(database, word) + value)
        rows = [Row(new_stream(), 1, b"state")]
        with ThreadPoolExecutor(1) as pool, no_standby(replicated):
            appending = pool.submit(store.append, rows, Terms())
            wait_until(lambda: len(waiting(replicated)) == 1, "the commit waits for a standby")
            (pid,) = waiting(replicated)
            administrator.execute("SELECT pg_cancel_backend(%s)", (pid,))
            with pytest.raises(OutcomeUnknown):
                appending.result(60)
        administrator.execute(setting.format(database, sql.SQL("RESET")))
    store.confirm()
    assert [row for _, row in store.page(0, 9)] == rows


def test_a_store_that_waits_for_a_standby_keeps_no_other_waiting(
    replicated: Cluster, place: Place, store: Store
) -> None:
    """Stores share a server and no lock of it: how long one commits is not seen from another."""
    setting = sql.SQL("ALTER DATABASE ledger_inbox {} synchronous_commit")
    with (
        replicated.primary.connect() as administrator,
        closing(Store(replace(place, name="inbox"), create=True)) as other,
    ):
        administrator.execute(setting.format(sql.SQL("SET")) + sql.SQL(" = local"))
        with ThreadPoolExecutor(1) as pool, no_standby(replicated):
            appending = pool.submit(store.append, [Row(new_stream(), 1, b"state")], Terms())
            wait_until(lambda: len(waiting(replicated)) == 1, "the commit waits for a standby")
            other.append([Row(new_stream(), 1, b"state")], Terms())
            assert not appending.done()
        appending.result(60)
        administrator.execute(setting.format(sql.SQL("SET")) + sql.SQL(" = on"))


def test_a_connection_that_is_ended_while_it_waits_is_not_certain(
    replicated: Cluster, store: Store
) -> None:
    """An administrator ends the connection that waits for a standby: nothing is acknowledged, and
    the next append knows what became of it.
    """
    command, rows = CommandRow("c1", b"asked", b"answer"), [Row(new_stream(), 1, b"state")]
    with (
        replicated.primary.connect() as administrator,
        ThreadPoolExecutor(1) as pool,
        no_standby(replicated),
    ):
        appending = pool.submit(store.append, rows, Terms(command=command))
        wait_until(lambda: len(waiting(replicated)) == 1, "the commit waits for a standby")
        (pid,) = waiting(replicated)
        administrator.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(OutcomeUnknown):
            appending.result(60)
    assert store.answer("c1") == command


def test_nothing_is_signed_and_no_act_acknowledged_without_a_standby(
    replicated: Cluster, careful: Ledger
) -> None:
    """While both standbys stand still the timer's run and each act end with a sentence, and the
    published log stays; afterwards the act is there once and every tick is published.
    """
    ledger = Ledger.at(careful.path, careful.people, careful.clock)
    ledger.tick(days=1, minutes=1)
    published, command_id = state(ledger), os.urandom(16)
    with no_standby(replicated), impatient():
        ledger = ledger.reopened()
        with pytest.raises(Unavailable, match="Nothing is signed"):
            ledger.tick(days=1)
        with pytest.raises(Unavailable, match=r"Nothing is signed|nothing was recorded"):
            ledger.tick()
        with pytest.raises(OutcomeUnknown, match="not certain"):
            ledger.do("kim", "intake", None, {"mode": "in-person"}, command_id=command_id)
        assert state(ledger) == published
        inbox = len(ledger.home.inbox.page(0, 10_000))
    ledger = ledger.reopened()
    receipt = ledger.do("kim", "intake", None, {"mode": "in-person"}, command_id=command_id)
    again = ledger.do("kim", "intake", None, {"mode": "in-person"}, command_id=command_id)
    assert receipt.records == again.records
    assert len(ledger.home.inbox.page(0, 10_000)) == inbox + 1
    assert len(ledger.tick()) == 1
    assert state(ledger) != published
    check_sound(ledger).home.close()


def test_nothing_is_signed_where_no_standby_is_asked(replicated: Cluster, careful: Ledger) -> None:
    """A primary that waits for nobody, by its list of standbys or by how it commits, is none that
    may be signed on; a ledger that does not ask for standbys goes on.
    """
    names = "synchronous_standby_names"
    with replicated.primary.connect() as administrator:
        before = administrator.execute(f"SHOW {names}").fetchone()
    assert before is not None
    careful.sequencer().run(careful.clock())
    for setting, wrong, right in (
        (names, "", before[0]),
        ("synchronous_commit", "local", "on"),
    ):
        set_for_all(replicated, setting, wrong)
        ledger = Ledger.at(careful.path, careful.people, careful.clock)
        published = state(ledger)
        with pytest.raises(Unavailable, match="No standby confirms"):
            ledger.tick(days=1)
        assert state(ledger) == published
        set_for_all(replicated, setting, right)
        ledger = ledger.reopened()
        assert len(ledger.tick()) == 1
        ledger.home.close()


def set_for_all(cluster: Cluster, setting: str, value: str) -> None:
    """Set something for the server and for its databases."""
    cluster.primary.reload({setting: value})
    with cluster.primary.connect() as administrator:
        for name in ("open", "inbox", "vault", "keystore", "log"):
            if setting == "synchronous_commit":
                statement = sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}")
                database = sql.Identifier(f"ledger_{name}")
                administrator.execute(statement.format(database, sql.Literal(value)))


def state(ledger: Ledger) -> tuple[bytes, bytes]:
    """What was signed and published last."""
    files = (ledger.path / "signer.json", ledger.path / "log" / "checkpoint")
    signer, checkpoint = (one.read_bytes() if one.exists() else b"" for one in files)
    return signer, checkpoint


def test_a_home_remembers_that_it_needs_a_standby(careful: Ledger) -> None:
    """What was said at the founding stands in `ledger.json`, for every store."""
    for path in (careful.path, Path(careful.path)):
        home = Home(path)
        assert all(isinstance(one, Place) and one.needs_standby for one in home.stores.values())
