"""Migrations: the tables of each store, made by numbered SQL files that a person can read.

The files stand under `ops/postgres/migrations/<part>/<number>.sql`, and in the installed program
beside this package. A file that was released is never edited. What was applied is kept with its
SHA-256 in the table `migrations` of each schema; a program that does not know it that way stops.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from ledger.errors import Unavailable
from ledger.stores.place import StoreName
from ledger.stores.postgresql.connecting import Connection

PARTS: Mapping[StoreName, tuple[str, ...]] = {
    "open": ("common", "rows", "projected", "feeds", "guard", "tokens"),
    "inbox": ("common", "rows"),
    "vault": ("common", "rows"),
    "keystore": ("common", "keystore"),
    "log": ("common", "log"),
}
"""Of which parts each store consists, in the order in which they are made."""

PREFIX = re.compile(r"[a-z][a-z0-9_]{0,30}")
SCHEMA = re.compile(r"lib_[0-9a-f]{16}")

_ROLE = re.compile(r':"(\w+)"')
_NEWER = (
    "The database was changed by a newer version of this program. Install that version here too."
)
_EDITED = (
    "A change of the database was made by another file than this program has under the same name."
    " Install the version that made it."
)
_MISSING = "The database is older than this program. Run: disclosure-ledger store migrate"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file: its name (`rows/0001`), its text, and the SHA-256 of its bytes in hex."""

    name: str
    text: str
    sha256_hex: str


def role(prefix: str, name: str) -> str:
    """The name of a role, or of a store's database, of the consortium with this prefix.

    Raises:
        ValueError: the prefix is none (`PREFIX`).
    """
    if not PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is 1 to 31 small letters, digits and _, a letter first")
    return f"{prefix}_{name}"


def folder() -> Path:
    """Where the files are: beside this package once installed, else in the tree of the sources."""
    here = Path(__file__).resolve().parent
    installed = here.parent / "migrations"
    return installed if installed.is_dir() else here.parents[2] / "ops/postgres/migrations"


def migrations(store: StoreName) -> tuple[Migration, ...]:
    """Every file of a store, in the order in which they are applied."""
    found = (path for part in PARTS[store] for path in sorted((folder() / part).glob("*.sql")))
    return tuple(_migration(path) for path in found)


def migrate(connection: Connection, store: StoreName, schema: str, prefix: str) -> int:
    """Bring a library's schema in a store's database up to date; tells how many files that took.

    The connection is the role `<prefix>_migrate`'s (or a superuser's), outside any transaction.
    Any number of programs may do this at once: one of them does the work, each file in one
    transaction. The role of the store's programs gets its rights with the tables.

    Raises:
        Unavailable: the database knows a file that this program does not know, or not that way.
        ValueError: the schema or the prefix has no such form.
        psycopg.Error: the server refuses.
    """
    if not SCHEMA.fullmatch(schema):
        raise ValueError("a schema is lib_ and 16 hex digits")
    applied = 0
    while _apply_next(connection, store, schema, prefix):
        applied += 1
    return applied


def check_migrated(connection: Connection, store: StoreName, schema: str) -> None:
    """See that a schema is as this program's files make it. Any role of the store may ask.

    Raises:
        Unavailable: it is older, newer or different.
        psycopg.Error: the server refuses.
    """
    if _missing(connection, store, schema):
        raise Unavailable(_MISSING)


def _apply_next(connection: Connection, store: StoreName, schema: str, prefix: str) -> bool:
    """Apply the first file that is missing, if one is."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (schema,))
        _become_owner(connection, schema, prefix)
        missing = _missing(connection, store, schema)
        if not missing:
            return False
        first = missing[0]
        if first == migrations(store)[0]:
            _make_schema(connection, store, schema, prefix)
        connection.execute(_with_roles(first.text, store, prefix))
        connection.execute(
            "INSERT INTO migrations (name, sha256) VALUES (%s, %s)", (first.name, first.sha256_hex)
        )
        return True


def _become_owner(connection: Connection, schema: str, prefix: str) -> None:
    owner = sql.Identifier(role(prefix, "owner"))
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
    # Functions keep this path for ever (SET search_path FROM CURRENT): nothing of anybody else's
    # stands before our tables, and temporary ones, which nobody may make, would come last.
    path = sql.SQL("SET LOCAL search_path TO {}, pg_temp").format(sql.Identifier(schema))
    connection.execute(path)


def _missing(connection: Connection, store: StoreName, schema: str) -> tuple[Migration, ...]:
    """The files that were not applied yet, in order."""
    known = migrations(store)
    applied = _applied(connection, schema)
    if applied.keys() - {one.name for one in known}:
        raise Unavailable(_NEWER)
    if any(applied.get(one.name, one.sha256_hex) != one.sha256_hex for one in known):
        raise Unavailable(_EDITED)
    return tuple(one for one in known if one.name not in applied)


def _applied(connection: Connection, schema: str) -> dict[str, str]:
    """The SHA-256 of each file that was applied, by its name."""
    table = f"{schema}.migrations"
    found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    if found is None or not found[0]:
        return {}
    statement = sql.SQL("SELECT name, sha256 FROM {}").format(sql.Identifier(schema, "migrations"))
    return {str(name): str(digest) for name, digest in connection.execute(statement).fetchall()}


def _make_schema(connection: Connection, store: StoreName, schema: str, prefix: str) -> None:
    # The upkeep role names tables to rewrite them, and may look into none.
    names = [store, "upkeep", *(["reader"] if store == "open" else [])]
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    connection.execute(
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(
            sql.Identifier(schema),
            sql.SQL(", ").join(sql.Identifier(role(prefix, name)) for name in names),
        )
    )


def _with_roles(text: str, store: StoreName, prefix: str) -> bytes:
    """The text of a file with its placeholders, `:"service"` and `:"reader"`, filled in."""
    names = {"service": role(prefix, store), "reader": role(prefix, "reader")}
    return _ROLE.sub(lambda found: f'"{names[found[1]]}"', text).encode()


def _migration(path: Path) -> Migration:
    data = path.read_bytes()
    name = f"{path.parent.name}/{path.stem}"
    return Migration(name, data.decode(), hashlib.sha256(data).hexdigest())
