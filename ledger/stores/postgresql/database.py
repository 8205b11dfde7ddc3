"""The PostgreSQL seam: one library's schema in the database of one store, behind the library's
datastore.

    first statement:  BEGIN · take the turn · what the transaction asks      one round trip
    last statement:   what it writes · COMMIT · NOTIFY                       one more

The turn is the one row of `head`: who counts its `writes` up writes alone until the transaction
ends, so that positions have no gaps and come in the order of commits. What fails before COMMIT was
sent left nothing behind, and is tried again only where the connection itself was lost. What fails
after it is `OutcomeUnknown`: the command's row tells, once the turn is had again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import local
from typing import Any

import psycopg
import psycopg_pool
from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresDatastore
from psycopg import errors, sql
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import dict_row

from ledger.errors import EvidenceCorrupt, OutcomeUnknown, Unavailable
from ledger.stores.database import WAIT_SECONDS, Cursor, Version
from ledger.stores.place import Place
from ledger.stores.postgresql.connecting import (
    Connection,
    Impatient,
    T,
    configure,
    connected,
    parameters,
    patient,
    prefix_of,
)
from ledger.stores.postgresql.migrations import check_migrated, migrate
from ledger.stores.postgresql.transaction import (
    Reading,
    Transaction,
    is_refused,
    run,
)

CONNECTIONS = 16
"""How many connections one process holds to one store at most."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How often somebody who waits for news looks, whatever he was told or not."""

_READ = "The store cannot be read now."
_WRITE = "The store cannot be written now; nothing was recorded."
_BUSY = "Another program reads the store, so that erased bytes may still lie there. Repeat it."
_DAMAGED = "A store is damaged. Stop writing, keep the server's files, and restore from a backup."
_NO_STANDBY = "No standby confirms what is written. Nothing is signed until one does."
_UNCONFIRMED = (
    "Neither the server nor a standby confirmed what is written. Nothing is signed until it is"
    " confirmed: see that the server and a standby run, and repeat it."
)
_RIGHTS = (
    "The database refuses this role what it must be able to do; nothing was recorded. If the"
    " ledger was moved to another store, start this program again. Else let the administrator run"
    " ops/postgres/cluster.sql again, and then: disclosure-ledger store migrate"
)

# Without names of standbys nobody is waited for, and in these two ways only until one has it.
_ASKS_STANDBYS = (
    "SELECT current_setting('synchronous_standby_names') <> ''"
    " AND current_setting('synchronous_commit') IN ('on', 'remote_apply')"
)
_SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class _Held(local):
    """The connection of the snapshot in which this thread reads, if it reads."""

    connection: Connection | None = None


class PostgresDatabase(PostgresDatastore):
    """The library's datastore with our connections; see `ledger.stores.database.Database`."""

    position = "notification_id"

    def __init__(self, place: Place) -> None:
        self.place = place
        # The library's own pool is put together from single parts, which know of one host only.
        super().__init__("", "", "", "", "", schema=place.schema)
        self.pool: Any = psycopg_pool.ConnectionPool(
            kwargs={**parameters(place), "row_factory": dict_row},
            connection_class=Impatient,
            configure=self._configure,
            min_size=0,
            max_size=CONNECTIONS,
            # What failed is not repeated by the pool: whoever waits asks again (`_lend`).
            reconnect_timeout=0,
            open=False,
        )
        self.notify = f"NOTIFY {place.schema}".encode()
        self.generation = 0
        self._held = _Held()
        self._listening: Connection | None = None

    # ---- transactions ----

    @contextmanager
    def writing(self) -> Iterator[Cursor]:
        """Run one write transaction; see `Database.writing`."""
        transaction = Transaction(self)
        with translated(_WRITE):
            try:
                yield transaction
                transaction.commit()
            finally:
                transaction.end()

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Read within one snapshot; see `Database.reading`."""
        with translated(_READ):
            if self._held.connection is not None:
                yield Reading(self._held.connection)
                return
            with self._snapshot() as connection:
                yield Reading(connection)

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        connection, _ = self.first(lambda one: one.execute(_SNAPSHOT))
        self._held.connection = connection
        try:
            yield connection
        finally:
            self._held.connection = None
            # Nothing was written; and at a ROLLBACK the driver forgets all prepared statements. END
            # is the same as COMMIT, a word that on this line stands for what is written alone.
            self.give_back(connection, end=b"END")

    def ask(self, statement: str, values: Sequence[object] = (), /) -> list[Any]:
        """See `Database.ask`."""
        with translated(_READ):
            if self._held.connection is not None:
                return run(self._held.connection, statement, values).fetchall()
            return self._ask_now(statement, values)

    def version(self) -> Version:
        """See `Database.version`. A connection that was lost may come back to another server."""
        with translated(_READ):
            writes = int(self._ask_now("SELECT writes FROM head", ())[0][0])
        return self.generation, writes

    def wait(self, seen: Version, seconds: float) -> bool:
        """See `Database.wait`. NOTIFY only wakes up; what counts is the version.

        One thread at a time: they would share the connection that listens.
        """
        until = time.monotonic() + seconds
        with translated(_READ):
            while True:
                # Listening first: what is committed after this look is told.
                listening = self._listen()
                if self.version() != seen:
                    return True
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._hear(listening, min(left, LOOK_SECONDS))

    def drive_out(self, tables: Sequence[str], *, rewrite: bool = False) -> None:
        """See `Database.drive_out`.

        Rewriting puts the rows that are left into new files and unlinks the old ones. The role of
        upkeep does it: it owns the databases, which is what PostgreSQL asks, and sees no row.
        """
        with translated(_BUSY), patient(self.place, "upkeep") as connection:
            for table in tables:
                command = sql.SQL("VACUUM (FULL) {}" if rewrite else "VACUUM {}")
                connection.execute(command.format(sql.Identifier(self.place.schema, table)))

    def confirm(self) -> None:
        """See `Database.confirm`. Standbys confirm in order, so that the next commit speaks for all
        before it.
        """
        if self.place.needs_standby and not self.ask(_ASKS_STANDBYS)[0][0]:
            raise Unavailable(_NO_STANDBY)
        try:
            with self.writing() as cursor:
                cursor.together(())
        except OutcomeUnknown as error:
            raise Unavailable(_UNCONFIRMED) from error

    def check_in_place(self) -> None:
        """See `Database.check_in_place`: nobody puts another database into a server's place."""

    def close(self) -> None:
        """Close every connection."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        super().close()

    # ---- connections ----

    def first(self, run: Callable[[Connection], T]) -> tuple[Connection, T]:
        """Lend a connection and run its first statements; gives both.

        A connection that was lost meanwhile, as when the server was started again or another one
        took over, is replaced and the statements are run anew: they come before any COMMIT. Ends
        after `WAIT_SECONDS`; pauses grow.
        """
        until, pause = time.monotonic() + WAIT_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            connection = self._lend(until)
            try:
                return connection, run(connection)
            except BaseException as error:
                lost = isinstance(error, psycopg.OperationalError) and not is_refused(error)
                if lost:
                    connection.close()
                self.give_back(connection)
                if not lost or time.monotonic() + pause > until:
                    raise
            # Its neighbours in the pool were most likely lost with it, and asking a server that
            # stands still about each of them would take for ever.
            self.pool.drain()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def give_back(self, connection: Connection, *, end: bytes = b"ROLLBACK") -> None:
        """Take a connection back, out of any transaction; a lost one is not lent again."""
        with suppress(psycopg.Error):
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute(end)
        if connection.pgconn.pipeline_status != PipelineStatus.OFF:
            # It was lost in the middle of several statements.
            connection.close()
        if connection.closed:
            self.generation += 1
        self.pool.putconn(connection)

    def _lend(self, until: float) -> Connection:
        self.pool.open()
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                connection: Connection = self.pool.getconn(pause)
            except psycopg_pool.PoolTimeout:
                if time.monotonic() > until:
                    raise
            else:
                return connection
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _configure(self, connection: Connection) -> None:
        configure(connection)
        self.generation += 1

    def _ask_now(self, statement: str, values: Sequence[object]) -> list[Any]:
        connection, cursor = self.first(lambda one: run(one, statement, values))
        try:
            return cursor.fetchall()
        finally:
            self.give_back(connection)

    def _listen(self) -> Connection | None:
        """The connection that is told of news; None while there is none to be had."""
        if self._listening is None or self._listening.closed:
            self._listening = None
            with suppress(psycopg.OperationalError), ExitStack() as stack:
                made = Impatient.connect(**parameters(self.place), autocommit=True)
                stack.callback(made.close)
                made.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self.place.schema)))
                self._listening, _ = made, stack.pop_all()
        return self._listening

    def _hear(self, listening: Connection | None, seconds: float) -> None:
        """Wait for news or so many seconds; not as long when nobody can tell."""
        try:
            for _ in () if listening is None else listening.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.OperationalError:
            listening = None
        if listening is None:
            time.sleep(min(seconds, FIRST_PAUSE_SECONDS))


def open_schema(place: Place, *, create: bool) -> PostgresDatabase:
    """Open a store's database; with `create` the library's schema and tables are made first.

    Raises:
        Unavailable: the server cannot be reached, or the tables are not as this program needs them.
    """
    with translated("The database server cannot be reached, or refuses this role."):
        if create:
            with connected(place, "migrate") as connection:
                migrate(connection, place.name, place.schema, prefix_of(place))
        with connected(place) as connection:
            check_migrated(connection, place.name, place.schema)
    return PostgresDatabase(place)


@contextmanager
def translated(sentence: str) -> Iterator[None]:
    """Put the driver's and the library's exceptions into those of `ledger.stores.database`."""
    try:
        yield
    except psycopg.IntegrityError as error:
        # Its text may repeat a value; whoever meets this one looks at no text.
        raise IntegrityError("a key is taken, or a rule of the tables says no") from error
    except (errors.DataCorrupted, errors.IndexCorrupted) as error:
        raise EvidenceCorrupt(_DAMAGED) from error
    except errors.InsufficientPrivilege as error:
        raise Unavailable(_RIGHTS) from error
    except (psycopg.Error, EventSourcingError) as error:
        if isinstance(error, IntegrityError):
            raise
        raise Unavailable(sentence) from error
