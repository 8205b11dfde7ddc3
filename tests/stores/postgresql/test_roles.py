"""T-25: each role tries what it must not do, on both versions, and is refused."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, IntegrityError

from ledger.stores.place import StoreName
from tests.stores.postgresql.consortium import PREFIX, SCHEMA, STORES, Consortium
from tests.stores.postgresql.rights import READABLE, decided

Connection = psycopg.Connection[Any]

ON_TABLES = (
    "TRUNCATE {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} ADD COLUMN more bigint",
    "ALTER TABLE {table} SET UNLOGGED",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "DROP TABLE {table} CASCADE",
    "CREATE INDEX ON {table} ((1))",
    "CREATE RULE quietly AS ON UPDATE TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER another BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()",
    "CREATE POLICY all_of_it ON {table}",
    "COMMENT ON TABLE {table} IS 'mine'",
    "REINDEX TABLE {table}",
)
"""What no role but the owner may do with any table."""

ON_SERVER = (
    # rules that hold for everybody
    "SET session_replication_role = replica",
    "SET log_statement = 'all'",
    "SET log_min_duration_statement = 0",
    "SELECT set_config('log_parameter_max_length', '-1', false)",
    "ALTER SYSTEM SET fsync = off",
    "ALTER DATABASE {database} SET log_statement = 'all'",
    "ALTER ROLE {role} SET log_statement = 'all'",
    "LOAD 'auto_explain'",
    # becoming somebody else
    "SET ROLE {owner}",
    "SET ROLE {other}",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION {owner}",
    "GRANT {owner} TO {role}",
    "ALTER ROLE {role} SUPERUSER",
    "ALTER ROLE {role} BYPASSRLS",
    "CREATE ROLE another",
    # making anything
    "CREATE TABLE {schema}.another (one bigint)",
    "CREATE TABLE public.another (one bigint)",
    "CREATE TEMPORARY TABLE head (one bigint)",
    "CREATE SCHEMA another",
    "CREATE DATABASE another",
    "CREATE VIEW {schema}.another AS SELECT 1",
    "CREATE FUNCTION {schema}.another() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION {schema}.refuse() CASCADE",
    "ALTER FUNCTION {schema}.refuse() RESET ALL",
    "DROP SCHEMA {schema} CASCADE",
    "DO 'BEGIN NULL; END'",
    "CREATE EXTENSION pg_stat_statements",
    "CREATE PUBLICATION everything FOR ALL TABLES",
    "CREATE EVENT TRIGGER watcher ON ddl_command_start EXECUTE FUNCTION {schema}.refuse()",
    # files and programs of the server
    "COPY {schema}.head TO PROGRAM 'cat'",
    "COPY {schema}.head TO '/tmp/out'",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT * FROM pg_ls_dir('.')",
    "SELECT * FROM pg_ls_waldir()",
    # large objects
    "SELECT lo_creat(-1)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('PG_VERSION')",
    "SELECT lo_unlink(1)",
    # other sessions
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_cancel_backend(1)",
    "SELECT pg_stat_reset()",
    "SELECT pg_switch_wal()",
    "CHECKPOINT",
)
"""What no role that a program has may do on the server."""


def refuses(connection: Connection, statement: str) -> None:
    """See that a statement is refused for want of a right, and for nothing else."""
    try:
        connection.execute(statement.encode())
    except InsufficientPrivilege:
        return
    pytest.fail(f"{connection.info.user} could: {statement}")


def columns(connection: Connection, table: str) -> list[str]:
    """Every column of a table."""
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped",
        (f"{SCHEMA}.{table}",),
    ).fetchall()
    return [str(name) for (name,) in found]


@pytest.mark.parametrize("store", STORES)
def test_every_table_has_its_decision(consortium: Consortium, store: StoreName) -> None:
    """The tables that are in a database are those of which it was said who may do what."""
    assert set(consortium.tables(store)) == set(decided(store))


@pytest.mark.parametrize("store", STORES)
def test_the_service_has_the_rights_that_were_decided_and_no_others(
    consortium: Consortium, store: StoreName
) -> None:
    """Right by right and column by column, as the server itself answers."""
    with consortium.connect(store) as connection:
        for table, rights in decided(store).items():
            every = set(columns(connection, table))
            insert = every if rights.insert is None else rights.insert
            update = rights.update
            found = {verb: may(connection, table, verb, every) for verb in ("INSERT", "UPDATE")}
            assert found == {"INSERT": insert, "UPDATE": update}, table
            assert may(connection, table, "SELECT", every) == every
            assert may(connection, table, "REFERENCES", every) == set()
            assert may(connection, table, "DELETE") is rights.delete, table
            assert not any(may(connection, table, verb) for verb in whole_verbs(connection))


def whole_verbs(connection: Connection) -> tuple[str, ...]:
    """The rights to a whole table that nobody but the owner has."""
    newer = connection.info.server_version >= 170000
    return ("TRUNCATE", "TRIGGER", *(["MAINTAIN"] if newer else []))


def may(connection: Connection, table: str, verb: str, names: set[str] | None = None) -> Any:
    """Ask the server for a right to a table; with names, to which of its columns."""
    place = f"{SCHEMA}.{table}"
    if names is None:
        query = "SELECT has_table_privilege(%s, %s)"
        return (connection.execute(query, (place, verb)).fetchone() or [None])[0]
    query = "SELECT has_column_privilege(%s, %s, %s)"
    asked = {one: connection.execute(query, (place, one, verb)) for one in names}
    return {name for name, answer in asked.items() if (answer.fetchone() or [None])[0]}


@pytest.mark.parametrize("store", STORES)
def test_no_service_changes_what_only_grows(consortium: Consortium, store: StoreName) -> None:
    """Each UPDATE of a column, each DELETE that was not decided for is refused when tried."""
    with consortium.connect(store) as connection:
        for table, rights in decided(store).items():
            for column in columns(connection, table):
                if column not in rights.update:
                    refuses(connection, f'UPDATE {table} SET "{column}" = DEFAULT')
            if not rights.delete:
                refuses(connection, f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("store", "name"),
    [("open", "reader"), *((one, name) for one in STORES for name in (None, "upkeep", "migrate"))],
)
def test_no_role_touches_the_tables_themselves(
    consortium: Consortium, store: StoreName, name: str | None
) -> None:
    """Truncating, dropping, changing, disarming and giving away is for the owner alone."""
    with consortium.connect(store, name) as connection:
        for table in decided(store):
            for statement in ON_TABLES:
                refuses(connection, statement.format(table=f"{SCHEMA}.{table}"))


@pytest.mark.parametrize("statement", ON_SERVER)
def test_no_role_reaches_beyond_its_tables(consortium: Consortium, statement: str) -> None:
    """No role that a program has becomes another, makes anything, or reaches files or the log."""
    for store in STORES:
        other = "vault" if store != "vault" else "open"
        names = (None, "upkeep", "reader") if store == "open" else (None, "upkeep")
        for name in names:
            with consortium.connect(store, name) as connection:
                text = statement.format(
                    schema=SCHEMA,
                    role=connection.info.user,
                    other=f"{PREFIX}_{other}",
                    owner=f"{PREFIX}_owner",
                    database=consortium.database(store),
                )
                refuses(connection, text)


@pytest.mark.parametrize("store", STORES)
def test_nobody_gives_rights_away(consortium: Consortium, store: StoreName) -> None:
    """A service that grants what it has is told so by a warning, and nothing was granted."""
    with consortium.connect(store) as connection:
        query = "SELECT relacl::text FROM pg_class WHERE oid = %s::regclass"
        for table in decided(store):
            place = (f"{SCHEMA}.{table}",)
            before = connection.execute(query, place).fetchone()
            connection.execute(f"GRANT ALL ON {table} TO PUBLIC".encode())
            assert connection.execute(query, place).fetchone() == before


@pytest.mark.parametrize("store", STORES)
def test_the_owner_is_refused_as_well(consortium: Consortium, store: StoreName) -> None:
    """A slip in a migration meets the triggers, which bind whoever owns the tables."""
    with consortium.owner(store) as connection:
        for table, rights in decided(store).items():
            (first, *_) = columns(connection, table)
            statements = {
                "UPDATE": f'UPDATE {table} SET "{first}" = DEFAULT',
                "DELETE": f"DELETE FROM {table}",
                "TRUNCATE": f"TRUNCATE {table} CASCADE",
            }
            for verb in rights.denied:
                with pytest.raises(IntegrityError), connection.transaction():
                    connection.execute(statements[verb].encode())


def test_upkeep_rewrites_tables_and_reads_none(consortium: Consortium) -> None:
    """Erased bytes are driven out of the files by a role that cannot look into them."""
    for store in STORES:
        with consortium.connect(store, "upkeep") as connection:
            for table in decided(store):
                before = file_of(connection, table)
                connection.execute(f"VACUUM (FULL) {SCHEMA}.{table}".encode())
                assert file_of(connection, table) != before
                refuses(connection, f"SELECT FROM {SCHEMA}.{table}")


def test_no_service_rewrites_a_table(consortium: Consortium) -> None:
    """A service that asks for it is passed over with a warning, and the file is the same."""
    with consortium.connect("open") as connection:
        before = file_of(connection, "stored_events")
        connection.execute("VACUUM (FULL) stored_events")
        assert file_of(connection, "stored_events") == before


def file_of(connection: Connection, table: str) -> Any:
    """The name of a table's file; rewriting makes another."""
    query = "SELECT relfilenode FROM pg_class WHERE oid = %s::regclass"
    return connection.execute(query, (f"{SCHEMA}.{table}",)).fetchone()


def test_the_reader_reads_projected_rows_only(consortium: Consortium) -> None:
    """Other programs of the house see the open projections, and not how far they have come."""
    with consortium.connect("open", "reader") as connection:
        for table in decided("open"):
            if table in READABLE:
                connection.execute(f"SELECT * FROM {table}".encode())
            else:
                refuses(connection, f"SELECT FROM {table}")
            for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
                refuses(connection, statement)
