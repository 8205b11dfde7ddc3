"""Transactions on PostgreSQL, in as few round trips as can be; see `database` for their shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from psycopg.pq import Format
from psycopg.rows import tuple_row

from ledger.errors import OutcomeUnknown
from ledger.stores.database import Asked, Batch, Turn
from ledger.stores.postgresql.connecting import Connection, T

LARGEST_PART = 64
"""How many rows go into one statement at most."""
USUAL_PART = 16
"""Up to so many rows go into one statement, however many they are: appends that go together."""
_COMMITTED = "COMMIT"
_TAKE_TURN = "UPDATE head SET writes = writes + 1 RETURNING writes"


class Lender(Protocol):
    """What a transaction asks of its database."""

    generation: int
    """Counts the connections that came and went: another one may lead to another server."""
    notify: bytes
    """The statement that wakes up whoever waits for news."""

    def first(self, run: Callable[[Connection], T]) -> tuple[Connection, T]:
        """Lend a connection and run its first statements."""

    def give_back(self, connection: Connection) -> None:
        """Take a connection back, out of any transaction."""


class Reading:
    """A cursor that reads; see `ledger.stores.database.Cursor`."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._last: psycopg.Cursor[Any] | None = None

    def execute(self, statement: str, values: Sequence[object] = (), /) -> object:
        """Run one statement."""
        self._last = run(self._lent(), statement, values)
        return self

    def fetchone(self) -> Any:
        """The next row of the last statement, None after the last."""
        return None if self._last is None else self._last.fetchone()

    def fetchall(self) -> list[Any]:
        """The rows of the last statement that were not fetched yet."""
        return [] if self._last is None else self._last.fetchall()

    def together(self, asked: Sequence[Asked], /) -> list[list[Any]]:
        """Run queries in one round trip."""
        return together(self._lent(), asked)

    def write(self, batches: Sequence[Batch], /) -> None:
        """Nothing is written here; the server would refuse it."""
        raise TypeError("a snapshot is only read")

    def turn(self) -> Turn:
        """Nobody takes turns to read."""
        raise TypeError("a snapshot is only read")

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        return -1 if self._last is None else self._last.rowcount

    def _lent(self) -> Connection:
        if self._connection is None:
            raise TypeError("a transaction that was not begun")
        return self._connection


class Transaction(Reading):
    """A write transaction: begun with its first statement, what it writes is sent with its last."""

    def __init__(self, database: Lender) -> None:
        super().__init__(None)
        self._database = database
        self._pending: list[Batch] = []
        self._turn: Turn | None = None
        self._is_replicated = True

    def together(self, asked: Sequence[Asked], /) -> list[list[Any]]:
        """Run queries in one round trip, with what is to be written before them."""
        pending = self._take_pending()
        if self._connection is not None:
            return together(self._connection, asked, after=pending)
        self._connection, (taken, found) = self._database.first(
            lambda one: _begun(one, pending, asked)
        )
        self._turn = self._database.generation, taken
        return found

    def turn(self) -> Turn:
        """See `ledger.stores.database.Cursor`."""
        if self._turn is None:
            self.together(())
            return self.turn()
        return self._turn

    def write(self, batches: Sequence[Batch], /) -> None:
        """Write with the next statement, or with COMMIT."""
        self._pending += [one for one in batches if one[1]]

    def commit(self) -> None:
        """Send what is left to write, and COMMIT.

        Raises:
            OutcomeUnknown: the connection was lost, or no standby confirmed.
            psycopg.Error: the server refused, and nothing was written.
        """
        if self._connection is None:
            if not self._pending:
                return
            self.together(())
        connection = super()._lent()
        connection.add_notice_handler(self._hear)
        answer = connection.cursor()
        try:
            self._send_and_commit(connection, answer)
        except psycopg.Error as error:
            # Once it has said that it committed, what fails can only be the news of it.
            if answer.statusmessage != _COMMITTED:
                if is_refused(error) and not connection.broken:
                    raise
                connection.close()
                raise OutcomeUnknown from error
        finally:
            connection.remove_notice_handler(self._hear)
        if answer.statusmessage != _COMMITTED:
            raise psycopg.errors.InFailedSqlTransaction("it was rolled back")
        if not self._is_replicated:
            raise OutcomeUnknown

    def _send_and_commit(self, connection: Connection, answer: psycopg.Cursor[Any]) -> None:
        with connection.pipeline():
            for statement, values in self._take_pending():
                run(connection, statement, values)
            answer.execute(b"COMMIT")
            # Within the transaction it would take a lock of the whole server and keep it until the
            # disk, and a standby, have the commit: all stores of all libraries in single file.
            connection.execute(self._database.notify)

    def end(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._connection is not None:
            self._database.give_back(self._connection)
            self._connection = None

    def _lent(self) -> Connection:
        if self._connection is None or self._pending:
            self.together(())
        return super()._lent()

    def _take_pending(self) -> list[Asked]:
        pending, self._pending = self._pending, []
        return [part for batch in pending for part in _in_parts(*batch)]

    def _hear(self, notice: psycopg.errors.Diagnostic) -> None:
        # The server says "committed" all the same, and only warns that no standby has it. It has
        # no other reason to warn then, and in which language it does is the administrator's choice.
        if notice.severity_nonlocalized == "WARNING":
            self._is_replicated = False


def is_refused(error: psycopg.Error) -> bool:
    """Whether the server refused a statement, and the transaction with it. Else the connection is
    lost, or about to be: a server's last word comes before the end of the line is seen, and may
    come after a COMMIT that was carried out.
    """
    return error.diag.severity_nonlocalized == "ERROR"


def run(connection: Connection, statement: str, values: Sequence[object]) -> psycopg.Cursor[Any]:
    """Run one statement."""
    return _cursor(connection).execute(_translated(statement), values)


def together(
    connection: Connection, asked: Sequence[Asked], *, after: Sequence[Asked] = ()
) -> list[list[Any]]:
    """Run queries in one round trip, after statements that give no rows; gives each one's rows.

    All stand in one pipeline: one within another would wait for an answer where it begins and ends.
    """
    with connection.pipeline():
        for one in after:
            run(connection, *one)
        cursors = [run(connection, *one) for one in asked]
    return [one.fetchall() for one in cursors]


def _begun(
    connection: Connection, pending: Sequence[Asked], asked: Sequence[Asked]
) -> tuple[int, list[list[Any]]]:
    """Begin and take the turn, then as `together`; gives the number of the turn as well."""
    with connection.pipeline():
        connection.execute(b"BEGIN")
        turn = run(connection, _TAKE_TURN, ())
        for one in pending:
            run(connection, *one)
        cursors = [run(connection, *one) for one in asked]
    return turn.fetchall()[0][0], [one.fetchall() for one in cursors]


def _in_parts(statement: str, rows: Sequence[Sequence[object]]) -> Iterator[Asked]:
    """Put rows into few statements: as many as fit together, and above `USUAL_PART` by powers of
    two, so that the server comes to know each statement by heart.
    """
    at, largest = 0, LARGEST_PART if statement.endswith(")") else 1
    while at < len(rows):
        size = min(largest, _fitting(len(rows) - at))
        yield _repeated(statement, size), [one for row in rows[at : at + size] for one in row]
        at += size


def _fitting(left: int) -> int:
    return left if left <= USUAL_PART else 1 << (left.bit_length() - 1)


@lru_cache(maxsize=256)
def _repeated(statement: str, times: int) -> str:
    """The same INSERT for so many rows."""
    start, values, row = statement.rpartition("VALUES ")
    return f"{start}{values}{','.join([row] * times)}" if times > 1 else statement


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    cursor = psycopg.RawCursor(connection, row_factory=tuple_row)
    cursor.format = Format.BINARY
    return cursor


@lru_cache(maxsize=256)
def _translated(statement: str) -> bytes:
    """The statement with the server's own numbered places, which the driver does not look for."""
    first, *rest = statement.split("?")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(rest, start=1))).encode()
