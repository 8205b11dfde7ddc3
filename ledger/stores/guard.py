"""The guard's list, which is one sealed row of a fixed length, and the agents who may ask it.

The row is written whole. What it holds is the guard's affair (`ledger.guard`): here it is bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.stores.database import Database, IntegrityError

_LIST = "SELECT list FROM guard_list WHERE one = 1"


class GuardRows:
    """The guard's rows in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> bytes | None:
        """The list as it is sealed; None before it was first written."""
        return _row(self._database.ask(_LIST))

    def change(self, change: Callable[[bytes | None], bytes]) -> None:
        """Write what `change` makes of the list as it is now; nobody else writes between.

        Raises:
            Unavailable, OutcomeUnknown: the store cannot be written; see `Database.writing`.
        """
        with self._database.writing() as cursor:
            cursor.execute(_LIST)
            made = change(_row(cursor.fetchall()))
            cursor.execute(
                "INSERT INTO guard_list (one, list) VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET list = excluded.list",
                (made,),
            )

    def agents(self) -> tuple[tuple[str, bytes, str], ...]:
        """The agents by name: each one's name, the digest of its credential, since when."""
        found = self._database.ask("SELECT name, digest, since FROM guard_agents ORDER BY name")
        return tuple((str(name), bytes(digest), str(since)) for name, digest, since in found)

    def enrol(self, name: str, digest: bytes, since: str) -> bool:
        """Let an agent ask; False when there is one of that name."""
        try:
            with self._database.writing() as cursor:
                cursor.execute(
                    "INSERT INTO guard_agents (name, digest, since) VALUES (?,?,?)",
                    (name, digest, since),
                )
        except IntegrityError:
            return False
        return True

    def revoke(self, name: str) -> bool:
        """Let an agent ask no more; False when there is none of that name."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM guard_agents WHERE name = ?", (name,))
            return bool(cursor.rowcount)


def _row(found: list[tuple[bytes]]) -> bytes | None:
    return bytes(found[0][0]) if found else None
