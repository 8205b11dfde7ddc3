"""Opening a database, of whichever kind it is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ledger.stores.database import Database
from ledger.stores.place import Place
from ledger.stores.remaking import remake
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import open_file

Where = Path | Place
"""A file of SQLite (NAME.db), or a library's place on a server of PostgreSQL."""


def open_database(where: Where, name: str, *, create: bool = False) -> Database:
    """Open the database of the store of this name; with `create` its tables are made first.

    Raises:
        Unavailable: it is missing or unusable; the sentence says what to do.
    """
    if isinstance(where, Path):
        return open_file(where, SCHEMAS[name], create=create)
    # Who keeps a ledger in files never waits for the driver to be imported.
    from ledger.stores.postgresql.database import open_schema

    return open_schema(where, create=create)


def migrate_database(where: Where, name: str) -> None:
    """Bring the tables of a store that is there up to date. Idempotent.

    Raises:
        Unavailable: it is missing, newer than this program, or cannot be changed now.
    """
    if isinstance(where, Path):
        # Whatever is missing must not come back as an empty one.
        open_database(where, name).close()
        with (
            closing(open_database(where, name, create=True)) as database,
            database.writing() as cursor,
        ):
            remake(cursor, SCHEMAS[name])
        return
    from ledger.stores.postgresql.checking import check_place

    check_place(where)
    open_database(where, name, create=True).close()


def name_of(where: Where) -> str:
    """The name of the store that is kept there: open, inbox, vault, keystore or log."""
    return where.stem if isinstance(where, Path) else where.name
