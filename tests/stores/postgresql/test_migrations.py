"""Migrations: four programs start at once, files that were edited, programs that are too old."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import psycopg
import pytest

from ledger.errors import Unavailable
from ledger.stores.place import StoreName, schema_of
from ledger.stores.postgresql import migrations as seam
from ledger.stores.postgresql.migrations import PARTS, check_migrated, migrate, migrations
from tests.stores.postgresql.consortium import PREFIX, STORES, Consortium

ROUNDS = 20
STARTERS = 4


def start(conninfo: str, store: StoreName, schema: str) -> int:
    """Do what a program does when it starts."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return migrate(connection, store, schema, PREFIX)


def test_four_programs_that_start_together_make_one_library(consortium: Consortium) -> None:
    """In each of twenty rounds all four succeed, and every file is applied by one of them."""
    stores = [STORES[number % len(STORES)] for number in range(ROUNDS)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(STARTERS) as pool:
        for number, store in enumerate(stores):
            schema = schema_of(f"round{number}.lonecone.example")
            conninfo = consortium.server.conninfo(
                consortium.database(store), user=f"{PREFIX}_migrate"
            )
            shares = pool.starmap(start, [(conninfo, store, schema)] * STARTERS, chunksize=1)
            assert sum(shares) == len(migrations(store))
            with consortium.connect(store, schema=schema) as connection:
                check_migrated(connection, store, schema)


def test_what_was_made_is_not_made_again(consortium: Consortium) -> None:
    """A second start finds nothing to do, and cluster.sql can be run again."""
    consortium.set_up()
    assert [consortium.make(store) for store in STORES] == [0] * len(STORES)


def test_a_library_that_was_not_made_is_older_than_the_program(
    consortium: Consortium, schema: str
) -> None:
    """The program's own role cannot make it, and is told who can."""
    with consortium.connect("vault", schema=schema) as connection:
        with pytest.raises(Unavailable, match="store migrate"):
            check_migrated(connection, "vault", schema)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            migrate(connection, "vault", schema, PREFIX)


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that this test may change."""
    copied = tmp_path / "migrations"
    shutil.copytree(seam.folder(), copied)
    monkeypatch.setattr(seam, "folder", lambda: copied)
    return copied


def test_a_file_that_was_edited_is_refused(
    consortium: Consortium, schema: str, own_files: Path
) -> None:
    """Tables that another text made under the same name are not written to."""
    consortium.make("log", schema)
    with (own_files / "log" / "0001.sql").open("a") as file:
        file.write("-- one more thought\n")
    with (
        consortium.connect("log", schema=schema) as connection,
        pytest.raises(Unavailable, match="another file"),
    ):
        check_migrated(connection, "log", schema)
    with pytest.raises(Unavailable, match="another file"):
        consortium.make("log", schema)


def test_a_program_older_than_the_database_is_refused(
    consortium: Consortium, schema: str, own_files: Path
) -> None:
    """What a newer program has changed, an older one neither reads nor changes."""
    newer = own_files / "log" / "0002.sql"
    newer.write_text("CREATE TABLE later (one bigint);\n")
    assert consortium.make("log", schema) == 3
    newer.unlink()
    with pytest.raises(Unavailable, match="newer version"):
        consortium.make("log", schema)


def test_a_file_that_fails_changes_nothing(
    consortium: Consortium, schema: str, own_files: Path
) -> None:
    """A later file is applied whole or not at all, and the next start goes on from there."""
    consortium.make("log", schema)
    later = own_files / "log" / "0002.sql"
    later.write_text("CREATE TABLE later (one bigint);\nSELECT 1 / 0;\n")
    with pytest.raises(psycopg.errors.DivisionByZero):
        consortium.make("log", schema)
    assert "later" not in consortium.tables("log", schema)
    later.write_text("CREATE TABLE later (one bigint);\n")
    assert consortium.make("log", schema) == 1
    assert "later" in consortium.tables("log", schema)


def test_names_that_could_be_something_else_are_refused(consortium: Consortium) -> None:
    """A schema or a prefix goes into statements, so it has one form and no other."""
    with consortium.connect("log", "migrate") as connection:
        for schema, prefix in (("public", PREFIX), (schema_of("a.example"), 'x" ; DROP')):
            with pytest.raises(ValueError, match="is"):
                migrate(connection, "log", schema, prefix)


def test_every_part_has_files_that_are_numbered_from_one() -> None:
    """No number is left out, and no store is without its own part."""
    for part in {part for parts in PARTS.values() for part in parts}:
        names = sorted(path.name for path in (seam.folder() / part).iterdir())
        assert names == [f"{number:04}.sql" for number in range(1, len(names) + 1)]
        assert names
