"""The list of tables that are copied is the list of tables that there are, and digests tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.errors import EvidenceCorrupt
from ledger.stores.copying import new_file, read_file
from ledger.stores.opening import open_database
from ledger.stores.place import STORE_NAMES, Place, StoreName, schema_of
from ledger.stores.postgresql.connecting import parameters
from ledger.stores.schema import SCHEMAS
from ledger.stores.tables import PAGE, POSITION, TABLES, digest, digests, is_empty
from tests.postgresql.programs import VERSIONS, Version

OWN = {"sqlite_sequence", "migrations", "head"}
"""What a database keeps for itself."""


def listed(name: StoreName, position: str) -> dict[str, set[str]]:
    """The list's tables and columns."""
    return {
        one.name: {column.replace(POSITION, position) for column in one.columns}
        for one in TABLES[name]
    }


@pytest.mark.parametrize("name", STORE_NAMES)
def test_every_table_in_files_is_listed(name: StoreName) -> None:
    """Who adds a table or a column to the schema of SQLite adds it to what is copied."""
    with closing(sqlite3.connect(":memory:")) as made:
        for statement in SCHEMAS[name]:
            made.execute(statement)
        tables = made.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {
            table: {row[1] for row in made.execute(f"PRAGMA table_info({table})")}
            for (table,) in tables
            if table not in OWN
        }
    assert found == listed(name, "rowid")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_table_on_a_server_is_listed(
    version: Version, ledger_servers: Callable[[Version], str]
) -> None:
    """Who adds a migration adds what it makes to what is copied."""
    schema = schema_of("tables.example")
    for name in STORE_NAMES:
        place = Place(name, ledger_servers(version), schema)
        open_database(place, name, create=True).close()
        found: dict[str, set[str]] = {}
        with psycopg.connect(**parameters(place)) as connection:
            rows = connection.execute(
                "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
                " WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')"
                " AND attnum > 0 AND NOT attisdropped",
                (schema,),
            )
            for table, column in rows:
                found.setdefault(table, set()).add(column)
        assert {table: found[table] for table in found.keys() - OWN} == listed(
            name, "notification_id"
        )
        assert found.keys() >= {"migrations", "head"}


def test_a_new_store_is_empty_and_a_used_one_is_not(tmp_path: Path) -> None:
    """A counter that moved is use as well: the rows may have been erased."""
    for name in STORE_NAMES:
        with new_file(tmp_path / f"{name}.db", name) as made:
            assert is_empty(made, name)
    with closing(sqlite3.connect(tmp_path / "vault.db")) as raw, raw:
        raw.execute("INSERT INTO sqlite_sequence VALUES ('stored_events', 3)")
    with read_file(tmp_path / "vault.db") as side:
        assert not is_empty(side, "vault")


@pytest.fixture
def logbook(tmp_path: Path) -> Path:
    """A logbook of more than two pages of entries."""
    path = tmp_path / "log.db"
    with new_file(path, "log") as made:
        rows = [(leaf, leaf.to_bytes(32)) for leaf in range(2 * PAGE + 7)]
        made.connection.executemany("INSERT INTO entries VALUES (?,?)", rows)
    return path


def test_a_digest_covers_every_page(logbook: Path, tmp_path: Path) -> None:
    """A byte in a row of any page changes it, and so does a row that is not there."""
    taken = set()
    for number, change in enumerate(
        [
            "SELECT 1",
            "UPDATE entries SET entry = zeroblob(31) WHERE leaf = 0",
            f"UPDATE entries SET entry = zeroblob(31) WHERE leaf = {PAGE}",
            f"UPDATE entries SET entry = 'ab' WHERE leaf = {PAGE}",
            f"UPDATE entries SET entry = x'6162' WHERE leaf = {PAGE}",
            f"DELETE FROM entries WHERE leaf = {2 * PAGE + 6}",
            f"UPDATE entries SET leaf = 5000 WHERE leaf = {2 * PAGE + 6}",
        ]
    ):
        path = tmp_path / f"{number}.log.db"
        path.write_bytes(logbook.read_bytes())
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.executescript("DROP TRIGGER entries_UPDATE; DROP TRIGGER entries_DELETE")
            raw.execute(change)
        with read_file(path) as side:
            found = digest(side, TABLES["log"][1])
            assert found.rows == 2 * PAGE + 7 - change.startswith("DELETE")
            taken.add(found.sha256)
    assert len(taken) == 7


def test_values_of_two_columns_never_run_into_each_other(tmp_path: Path) -> None:
    """The same letters, divided otherwise, are another row."""
    taken = set()
    for number, row in enumerate([("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd")]):
        path = tmp_path / f"{number}.db"
        with new_file(path, "open") as made:
            made.connection.execute("INSERT INTO projected VALUES (?,?,?)", row)
            taken.add(digests(made, "open")["projected"].sha256)
    assert len(taken) == 3


def test_rows_that_have_no_place_in_the_order_are_found(tmp_path: Path) -> None:
    """A key that is none would let whole pages be passed over."""
    path = tmp_path / "keystore.db"
    with new_file(path, "keystore") as made:
        made.connection.execute("INSERT INTO month_keys VALUES ('2026-06', x'00')")
        streams = [*[None] * PAGE, "0" * 32, "1" * 32]
        rows = [(stream, "2026-06", "open", b"w", 0) for stream in streams]
        made.connection.executemany("INSERT INTO wraps VALUES (?,?,?,?,?)", rows)
    with read_file(path) as side, pytest.raises(EvidenceCorrupt, match="cannot be counted"):
        digests(side, "keystore")


def test_a_lane_without_its_row_is_found(tmp_path: Path) -> None:
    """What every store has from its beginning cannot be missing."""
    path = tmp_path / "inbox.db"
    with new_file(path, "inbox") as made:
        made.connection.execute("DROP TRIGGER lane_DELETE")
        made.connection.execute("DELETE FROM lane")
    with read_file(path) as side, pytest.raises(EvidenceCorrupt):
        digests(side, "inbox")


def test_text_that_is_none_is_not_mended_on_the_way(tmp_path: Path) -> None:
    """A copy never turns what was altered into something that looks well."""
    path = tmp_path / "open.db"
    with new_file(path, "open") as made:
        statement = "INSERT INTO projected VALUES ('a', 'b', CAST(x'ff41' AS TEXT))"
        made.connection.execute(statement)
    with read_file(path) as side, pytest.raises(EvidenceCorrupt):
        digests(side, "open")
