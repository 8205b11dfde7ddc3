"""T-26: from the open store nothing can be seen of the vault, not even that it is busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from ledger.stores.place import StoreName, schema_of
from tests.postgresql.programs import Version
from tests.postgresql.site import Site
from tests.stores.postgresql.consortium import PREFIX, STORES, Consortium, running
from tests.stores.postgresql.observing import different, observe

Connection = psycopg.Connection[Any]

CHANGING = {
    # clocks and chance
    "now()": "the time",
    "clock_timestamp()": "the time",
    "statement_timestamp()": "the time",
    "transaction_timestamp()": "the time",
    "timeofday()": "the time",
    "random()": "chance",
    "gen_random_uuid()": "chance",
    "uuidv4()": "chance",
    "uuidv7()": "chance and the time",
    # What one server cannot hide (ops/postgres/README.md): all its databases count transactions
    # with one counter, and whoever writes is told a number.
    "pg_current_xact_id()": "the counter of transactions",
    "txid_current()": "the counter of transactions",
}
"""What may differ between two observations, and why. All of it but the counter differs as well
where nothing happened in between.
"""

SHOWN_TO_ADMINISTRATORS = {
    "pg_catalog.pg_locks",
    "pg_catalog.pg_stat_activity",
    "pg_catalog.pg_stat_database",
    "pg_catalog.pg_shdepend",
    "pg_catalog.pg_database",
    "pg_current_wal_lsn()",
    "pg_current_snapshot()",
}
"""Where the load can be seen by those who may. If it cannot, the comparison compares nothing."""


@pytest.fixture(scope="module")
def quiet(
    postgres_version: Version, postgres_sites: Callable[[Version], Site]
) -> Iterator[Consortium]:
    """A consortium on a server that does nothing by itself."""
    settings = {"autovacuum": "off", "max_prepared_transactions": "2"}
    with running(postgres_sites(postgres_version), settings) as made:
        yield made


@contextmanager
def busy_vault(consortium: Consortium) -> Iterator[None]:
    """Work in the vault, and stay in the middle of it."""
    consortium.make("vault", schema_of(f"{uuid4()}.example"))
    with ExitStack() as stack:
        vault = stack.enter_context(consortium.connect("vault"))
        keystore = stack.enter_context(consortium.connect("keystore"))
        keystore.execute("INSERT INTO people VALUES (%s, 'key')", (str(uuid4()),))
        for size in (10, 300_000):
            vault.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
                " VALUES (%s, 1, 'r', %s)",
                (uuid4(), bytes(size)),
            )
        for _ in range(20):
            vault.execute("UPDATE head SET writes = writes + 1")
        vault.execute("SELECT pg_notify('ledger', 'a matter')")
        # As the server itself does from time to time.
        with consortium.server.connect(consortium.database("vault")) as server:
            server.execute("VACUUM (FREEZE)")
        vault.execute("SELECT pg_stat_force_next_flush()")
        with vault.transaction():
            vault.execute("UPDATE head SET writes = writes + 1")
            vault.execute("SELECT pg_advisory_xact_lock(5)")
            yield


def numbers(consortium: Consortium) -> list[int]:
    """The numbers of what all databases share."""
    with consortium.server.connect() as connection:
        found = connection.execute(
            "SELECT oid::bigint FROM pg_database UNION SELECT oid::bigint FROM pg_tablespace"
            " UNION SELECT oid::bigint FROM pg_class WHERE relisshared"
            " UNION SELECT oid::bigint FROM pg_roles WHERE rolname LIKE %s ORDER BY 1",
            (f"{PREFIX}%",),
        ).fetchall()
    return [int(number) for (number,) in found]


def two_views(consortium: Consortium, connection: Connection, *, busy: bool) -> set[str]:
    """Where two observations differ between which the vault was busy, and is, or was not."""
    known, names = numbers(consortium), [consortium.database("vault"), "pg_default"]
    before = observe(connection, known, names)
    if not busy:
        return different(before, observe(connection, known, names))
    with busy_vault(consortium):
        return different(before, observe(connection, known, names))


@pytest.mark.parametrize(
    ("store", "name"), [("open", None), ("inbox", None), ("log", None), ("open", "reader")]
)
def test_a_busy_vault_cannot_be_told_from_a_quiet_one(
    quiet: Consortium, store: StoreName, name: str | None
) -> None:
    """Everything that a role without clearance can read or call gives the same answers."""
    with quiet.connect(store, name) as connection:
        assert two_views(quiet, connection, busy=True) <= set(CHANGING)


def test_what_may_differ_differs_by_itself(quiet: Consortium) -> None:
    """Every exception but the counter of transactions is one that has nothing to do with it."""
    with quiet.connect("open") as connection:
        changed = two_views(quiet, connection, busy=False)
        assert changed <= set(CHANGING)
        absent = {"uuidv4()", "uuidv7()"}  # before PostgreSQL 18
        assert set(CHANGING) - changed <= absent


def test_the_comparison_sees_a_busy_vault_where_it_shows(quiet: Consortium) -> None:
    """An administrator sees the same load in the places that are closed to everybody else."""
    with quiet.server.connect(quiet.database("open")) as connection:
        assert two_views(quiet, connection, busy=True) >= SHOWN_TO_ADMINISTRATORS


OPENINGS = {
    "EXECUTE ON FUNCTION pg_current_wal_lsn()": "pg_current_wal_lsn()",
    "EXECUTE ON FUNCTION pg_current_snapshot()": "pg_current_snapshot()",
    "SELECT ON pg_shdepend": "pg_catalog.pg_shdepend",
    "SELECT (datfrozenxid) ON pg_database": "pg_catalog.pg_database",
    "EXECUTE ON FUNCTION pg_tablespace_size(oid)": "pg_tablespace_size(oid)",
    "EXECUTE ON FUNCTION pg_stat_get_db_xact_commit(oid)": "pg_stat_get_db_xact_commit(oid)",
}
"""Rights that cluster.sql takes away, and where the vault shows without that."""


def test_the_comparison_finds_what_was_left_open(quiet: Consortium) -> None:
    """Where rights are given back to everybody, the vault's work shows through each of them."""
    with quiet.server.connect(quiet.database("open")) as administrator:
        for opening in OPENINGS:
            administrator.execute(f"GRANT {opening} TO PUBLIC".encode())
    try:
        with quiet.connect("open") as connection:
            found = two_views(quiet, connection, busy=True) - set(CHANGING)
        assert found == set(OPENINGS.values())
    finally:
        quiet.set_up()


def test_nobody_enters_where_he_has_no_business(quiet: Consortium) -> None:
    """Each role connects to its own database and to no other one of the server."""
    own: dict[str, set[str]] = {name: {quiet.database(name)} for name in STORES}
    every = {quiet.database(store) for store in STORES}
    own |= {"upkeep": every, "migrate": every, "reader": {quiet.database("open")}, "owner": set()}
    for name, databases in own.items():
        entered = set()
        for database in (*every, "postgres", "template1"):
            try:
                quiet.server.connect(database, user=f"{PREFIX}_{name}").close()
            except psycopg.OperationalError:
                continue
            entered.add(database)
        assert entered == databases, name


def test_the_vault_is_not_heard(quiet: Consortium) -> None:
    """Who listens in the open database hears what is said there, and nothing of the vault."""
    with quiet.connect("open") as listener, quiet.connect("open") as speaker:
        listener.execute("LISTEN ledger")
        with busy_vault(quiet):
            speaker.execute("NOTIFY ledger, 'an open case'")
            heard = [one.payload for one in listener.notifies(timeout=5, stop_after=1)]
            heard += [one.payload for one in listener.notifies(timeout=0)]
    assert heard == ["an open case"]


def test_plans_of_the_open_store_are_the_same(quiet: Consortium) -> None:
    """EXPLAIN tells what the open tables are like, whatever the vault does."""
    query = (
        "EXPLAIN (VERBOSE, SETTINGS) SELECT * FROM stored_events JOIN commitments"
        " ON stream = originator_id AND seq = originator_version WHERE notification_id > 3"
    )
    with quiet.connect("open") as connection:
        before = connection.execute(query).fetchall()
        with busy_vault(quiet):
            assert connection.execute(query).fetchall() == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT pg_database_size({vault})",
        "SELECT pg_tablespace_size('pg_default')",
        "SELECT * FROM pg_stat_database",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM pg_locks",
        "SELECT pg_current_wal_lsn()",
        "SELECT datfrozenxid FROM pg_database",
        "SELECT pg_notification_queue_usage()",
        "SELECT pg_blocking_pids(1)",
        "SELECT lo_creat(-1)",
    ],
)
def test_what_a_curious_person_would_ask_first_is_refused(quiet: Consortium, query: str) -> None:
    """Sizes, sessions, locks and counters of the server are for those who monitor it."""
    asked = query.format(vault=sql.Literal(quiet.database("vault")).as_string())
    for name in ("open", "reader"):
        with (
            quiet.connect("open", name) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(asked.encode())
