"""A server that is set up as said has no findings; each thing undone is one, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from ledger.stores.postgresql.settings import SETTINGS, check
from tests.postgresql.cluster import Cluster
from tests.postgresql.programs import Version
from tests.postgresql.server import Server
from tests.postgresql.site import Site
from tests.stores.postgresql.consortium import PREFIX, STORES, Consortium

WRONG = {
    "synchronous_commit": "off",
    "zero_damaged_pages": "on",
    "ignore_checksum_failure": "on",
    "session_replication_role": "replica",
    "log_statement": "ddl",
    "log_duration": "on",
    "log_min_duration_statement": "100",
    "log_min_duration_sample": "100",
    "log_transaction_sample_rate": "0.5",
    "log_parameter_max_length": "10",
    "log_parameter_max_length_on_error": "-1",
    "log_error_verbosity": "verbose",
    "log_min_error_statement": "error",
    "log_lock_waits": "on",
    "log_temp_files": "0",
    "debug_print_parse": "on",
    "debug_print_rewritten": "on",
    "debug_print_plan": "on",
    "log_parser_stats": "on",
    "log_planner_stats": "on",
    "log_executor_stats": "on",
}
"""What can be undone for one database, each with a value that is wrong."""

WRONG_IN_FILE = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "log_autovacuum_min_duration": "0",
    "log_checkpoints": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_statement_stats": "on",
    "auto_explain.log_min_duration": "0",
    "pg_stat_statements.track": "all",
}
"""What only postgresql.conf decides."""


def codes(consortium: Consortium, store: str = "vault", name: str | None = None) -> set[str]:
    """The codes of what a role finds."""
    database = f"{PREFIX}_{store}"
    with consortium.server.connect(database, user=f"{PREFIX}_{name or store}") as connection:
        findings = check(connection)
    assert all(one.sentence.endswith(".") for one in findings)
    return {one.code for one in findings}


def code(setting: str) -> str:
    """The code of a setting's finding."""
    return f"setting-{setting.replace('_', '-')}"


@pytest.mark.parametrize("store", STORES)
def test_a_server_that_was_set_up_as_said_has_no_findings(
    consortium: Consortium, store: str
) -> None:
    """As the role of its store, a program finds nothing to complain about."""
    assert codes(consortium, store) == set()


def test_each_setting_that_was_undone_is_found(consortium: Consortium) -> None:
    """Undone for the database, whoever did it, and healed by running cluster.sql again."""
    database = sql.Identifier(consortium.database("vault"))
    with consortium.server.connect() as administrator:
        for name, value in WRONG.items():
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
            administrator.execute(statement.format(database, sql.Identifier(name), value))
    assert codes(consortium) == {code(name) for name in WRONG}
    with consortium.server.connect() as administrator:
        # Of these cluster.sql says nothing; no database has them by itself.
        for name in ("zero_damaged_pages", "ignore_checksum_failure", "session_replication_role"):
            statement = sql.SQL("ALTER DATABASE {} RESET {}")
            administrator.execute(statement.format(database, sql.Identifier(name)))
    consortium.set_up()
    assert codes(consortium) == set()


@contextmanager
def granted(consortium: Consortium, store: str, statement: str, undo: str) -> Iterator[None]:
    """Something that an administrator should not have granted."""
    with consortium.server.connect(f"{PREFIX}_{store}") as administrator:
        administrator.execute(statement.encode())
        try:
            yield
        finally:
            administrator.execute(undo.encode())


@pytest.mark.parametrize(
    ("statement", "undo", "found"),
    [
        ("ALTER ROLE {0} SUPERUSER", "ALTER ROLE {0} NOSUPERUSER", "role-superuser"),
        ("ALTER ROLE {0} BYPASSRLS", "ALTER ROLE {0} NOBYPASSRLS", "role-powers"),
        ("GRANT ledger_owner TO {0}", "REVOKE ledger_owner FROM {0}", "role-owner"),
        ("GRANT pg_monitor TO {0}", "REVOKE pg_monitor FROM {0}", "role-predefined"),
        (
            "GRANT CREATE ON DATABASE {0} TO {0}",
            "REVOKE CREATE ON DATABASE {0} FROM {0}",
            "role-creates",
        ),
        (
            "GRANT TEMP ON DATABASE {0} TO {0}",
            "REVOKE TEMP ON DATABASE {0} FROM {0}",
            "role-creates",
        ),
        (
            "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
            "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
            "public-connects",
        ),
        (
            "GRANT EXECUTE ON FUNCTION pg_lock_status() TO PUBLIC",
            "REVOKE EXECUTE ON FUNCTION pg_lock_status() FROM PUBLIC",
            "server-shown",
        ),
    ],
)
def test_each_right_too_many_is_found(
    consortium: Consortium, statement: str, undo: str, found: str
) -> None:
    """A role that could break the rules, or be shown too much, is named by its code."""
    role = f"{PREFIX}_vault"
    with granted(consortium, "vault", statement.format(role), undo.format(role)):
        assert found in codes(consortium)
    assert codes(consortium) == set()


@pytest.fixture
def careless(
    postgres_version: Version, postgres_sites: Callable[[Version], Site]
) -> Iterator[Consortium]:
    """A consortium on a server whose configuration file is wrong in everything."""
    libraries = {"shared_preload_libraries": "auto_explain, pg_stat_statements"}
    server = Server.started(postgres_sites(postgres_version), WRONG_IN_FILE | libraries)
    try:
        yield Consortium(server)
    finally:
        server.stop()


def test_what_the_configuration_file_says_is_found(careless: Consortium) -> None:
    """Durability switched off, a talkative log, and libraries that watch statements."""
    for_database = {"log_statement_stats", "auto_explain.log_min_duration"}
    for_database |= {"pg_stat_statements.track"}
    # What cluster.sql sets for the database holds against the file, the libraries included.
    assert codes(careless) == {code(name) for name in WRONG_IN_FILE.keys() - for_database}
    with careless.server.connect() as administrator:
        administrator.execute("ALTER DATABASE ledger_vault RESET ALL")
    assert codes(careless) >= {code(name) for name in WRONG_IN_FILE}


def test_a_database_that_takes_no_writes_says_so(consortium: Consortium) -> None:
    """Read-only by default is a program that fails at the first act."""
    on = "ALTER DATABASE ledger_vault SET default_transaction_read_only = on"
    off = "ALTER DATABASE ledger_vault RESET default_transaction_read_only"
    with granted(consortium, "open", on, off):
        assert codes(consortium) == {"read-only"}


def test_a_standby_says_that_it_is_one(cluster: Cluster) -> None:
    """Whoever is connected to a standby is told that it takes no writes."""
    name = cluster.standby_names[0]
    with cluster.servers[name].connect() as connection:
        assert "standby" in {one.code for one in check(connection)}


def test_every_setting_has_a_wrong_value_here() -> None:
    """A setting that is looked at, and that no test ever finds, is not looked at."""
    # These two are decided when a cluster or a database is made.
    assert WRONG.keys() | WRONG_IN_FILE.keys() == SETTINGS.keys() - {
        "data_checksums",
        "server_encoding",
    }
