"""What every store asks of its database, whichever of the two it is.

One set of SQL statements serves both: `?` stands for a value, streams go in and come out as 32 hex,
bytes as bytes. Whoever writes holds the writer's lock of the database from the first statement on,
so that what was read is still true when it commits. Foreign exceptions are translated by the seams
(`ledger.stores.sqlite`, `ledger.stores.postgresql`):

    Unavailable      the database cannot be used now; nothing was recorded
    OutcomeUnknown   it failed while it committed
    EvidenceCorrupt  it is damaged
    IntegrityError   the library's: a key is taken, or a rule of the tables says no
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from eventsourcing.persistence import IntegrityError

__all__ = [
    "WAIT_SECONDS",
    "Asked",
    "Batch",
    "Cursor",
    "Database",
    "IntegrityError",
    "Turn",
    "Version",
]

WAIT_SECONDS = 10
"""How long a writer waits for another writer, in this process or elsewhere."""

Version = tuple[int, int]
"""One state of one database: the number of the connection that was asked, and its count of commits.
"""

Asked = tuple[str, Sequence[object]]
"""A statement and its values."""


Batch = tuple[str, Sequence[Sequence[object]]]
"""A statement, and the rows of values for each of which it is run."""

Turn = tuple[object, int]
"""Which write transaction this is: where, and the how manieth there."""


class Cursor(Protocol):
    """A cursor within one transaction."""

    def execute(self, statement: str, values: Sequence[object] = ..., /) -> object:
        """Run one statement."""

    def fetchone(self) -> Any:
        """The next row of the last statement, None after the last."""

    def fetchall(self) -> list[Any]:
        """The rows of the last statement that were not fetched yet."""

    def together(self, asked: Sequence[Asked], /) -> list[list[Any]]:
        """Run queries that do not depend on each other in one round trip; gives each one's rows."""

    def write(self, batches: Sequence[Batch], /) -> None:
        """Run batches in their order; may wait until the transaction goes on or commits."""

    def turn(self) -> Turn:
        """The turn of this write transaction, whose lock is had. Where one has the number after
        that of another, at the same place, nobody wrote between the two, in whatever program: what
        the first knew and left is still so.
        """

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""


class Database(Protocol):
    """One database: a file of SQLite, or one library's schema in one database of PostgreSQL."""

    position: str
    """The column that numbers the rows of `stored_events`."""

    def writing(self) -> AbstractContextManager[Cursor]:
        """Run one write transaction, taking the writer's lock first.

        Raises:
            Unavailable, OutcomeUnknown, EvidenceCorrupt, IntegrityError: see the module.
        """

    def reading(self) -> AbstractContextManager[Cursor]:
        """Read within one snapshot: this thread's, where it is reading already."""

    def ask(self, statement: str, values: Sequence[object] = ..., /) -> list[Any]:
        """All rows of one small query, in this thread's snapshot if it holds one."""

    def version(self) -> Version:
        """What is another one as soon as anybody, in any process, committed.

        What was read after a version was asked for is still so while the version is the same.
        """

    def wait(self, seen: Version, seconds: float) -> bool:
        """Wait until the version is another one than was seen, or so many seconds; tells which."""

    def drive_out(self, tables: Sequence[str], *, rewrite: bool = False) -> None:
        """Leave no residue in the database's files of what was deleted from these tables; with
        `rewrite` not even where it cannot be found without the server.

        Idempotent. What write-ahead logs that were archived, file systems and drives keep is out of
        reach (threats.md §2.3): there only the destroyed key helps.

        Raises:
            Unavailable: another program reads or writes now, or the disk is full: do it again.
        """

    def confirm(self) -> None:
        """See that all that can be read now stays, whatever fails next.

        A commit whose outcome was unknown can be read here and yet be missing on the standby that
        takes over: before anybody relies on it, it is asked whether the standbys have it.

        Raises:
            Unavailable: no standby confirms, or there is none where there must be one.
        """

    def check_in_place(self) -> None:
        """See that the database that is open is still the one that everybody else finds.

        Raises:
            Unavailable: it is not.
        """

    def close(self) -> None:
        """Close what is not in use, now; and the rest when it comes back."""
