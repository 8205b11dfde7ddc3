"""A server that an administrator has set up for a consortium, with one library in it.

What stands in `ops/postgres/` is run as the README there says: by psql, as superuser. Databases are
entered as the roles that enter them in earnest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from ledger.stores.place import STORE_NAMES, StoreName, schema_of
from ledger.stores.postgresql.migrations import PARTS, migrate, role
from tests.postgresql.ledgers import PREFIX, set_up
from tests.postgresql.server import Server
from tests.postgresql.site import Site

STORES = STORE_NAMES
SCHEMA = schema_of("ledger.lonecone.example")


# What README.md says for postgresql.conf; cluster.sql cannot set it.
IN_FILE = {"log_autovacuum_min_duration": "-1", "log_checkpoints": "off"}


@contextmanager
def running(site: Site, settings: Mapping[str, str] | None = None) -> Iterator[Consortium]:
    """A consortium with one library, whose tables are made, on a server of its own."""
    server = Server.started(site, {**IN_FILE, **(settings or {})})
    try:
        made = Consortium(server)
        for store in STORES:
            made.make(store)
        yield made
    finally:
        server.stop()


class Consortium:
    """The roles and databases of one prefix on one server."""

    def __init__(self, server: Server, prefix: str = PREFIX) -> None:
        """Run cluster.sql; make no library yet."""
        self.server = server
        self.prefix = prefix
        self.set_up()

    def set_up(self) -> None:
        """Run cluster.sql as an administrator does.

        Raises:
            subprocess.CalledProcessError: psql gave up.
        """
        set_up(self.server, self.prefix)

    def database(self, store: StoreName) -> str:
        """The name of a store's database."""
        return role(self.prefix, store)

    def make(self, store: StoreName, schema: str = SCHEMA) -> int:
        """Bring a library's schema up to date; tells how many files that took."""
        with self.connect(store, "migrate") as connection:
            return migrate(connection, store, schema, self.prefix)

    def connect(
        self, store: StoreName, name: str | None = None, schema: str = SCHEMA
    ) -> psycopg.Connection[Any]:
        """Enter a store's database as a role (its service unless said), in a library's schema."""
        connection = self.server.connect(
            self.database(store), user=role(self.prefix, name or store)
        )
        _into(connection, schema)
        return connection

    @contextmanager
    def owner(self, store: StoreName, schema: str = SCHEMA) -> Iterator[psycopg.Connection[Any]]:
        """Enter a store's database as the one who owns the tables: by SET ROLE, nobody logs in."""
        with self.connect(store, "migrate", schema) as connection:
            owner = sql.Identifier(role(self.prefix, "owner"))
            connection.execute(sql.SQL("SET ROLE {}").format(owner))
            yield connection

    def tables(self, store: StoreName, schema: str = SCHEMA) -> tuple[str, ...]:
        """The tables of a store, as they are there."""
        with self.server.connect(self.database(store)) as connection:
            found = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = %s::regnamespace ORDER BY relname",
                (schema,),
            ).fetchall()
        return tuple(str(name) for (name,) in found)


def _into(connection: psycopg.Connection[Any], schema: str) -> None:
    connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))


__all__ = ["PARTS", "PREFIX", "SCHEMA", "STORES", "Consortium"]
