"""The tokens of programs that read one feed or one projection: of each a digest, and no secret."""

from __future__ import annotations

from typing import NamedTuple

from ledger.stores.database import Database, IntegrityError

_LIST = "SELECT name, scope, since, until, used FROM tokens ORDER BY name"
_FIND = "SELECT name, scope, since, until, used FROM tokens WHERE digest = ?"


class TokenRow(NamedTuple):
    """A token: for what it is, and three days as YYYY-MM-DD: made, last good, last used."""

    name: str
    scope: str
    since: str
    until: str
    used: str | None


class TokenRows:
    """The tokens in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[TokenRow, ...]:
        """Every token that was not cut, by name."""
        found = self._database.ask(_LIST)
        return tuple(TokenRow(*row) for row in found)

    def find(self, digest: bytes) -> TokenRow | None:
        """The token of which this is the digest."""
        found = self._database.ask(_FIND, (digest,))
        return TokenRow(*found[0]) if found else None

    def add(self, row: TokenRow, digest: bytes) -> bool:
        """Keep a token; False when there is one of that name.

        Raises:
            Unavailable, OutcomeUnknown: the store cannot be written; see `Database.writing`.
        """
        try:
            with self._database.writing() as cursor:
                cursor.execute(
                    "INSERT INTO tokens (name, digest, scope, since, until) VALUES (?,?,?,?,?)",
                    (row.name, digest, row.scope, row.since, row.until),
                )
        except IntegrityError:
            return False
        return True

    def use(self, name: str, day: str) -> None:
        """Note the day on which a token was last used. Raises: as `add`."""
        with self._database.writing() as cursor:
            cursor.execute("UPDATE tokens SET used = ? WHERE name = ?", (day, name))

    def cut(self, name: str) -> bool:
        """Let a token open nothing any more; False when there is none. Raises: as `add`."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM tokens WHERE name = ?", (name,))
            return bool(cursor.rowcount)
