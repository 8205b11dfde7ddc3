"""A library's schemas on a server that are copied: read, filled, marked, closed for ever.

Two words can stand as the comment of a schema. `unfinished`: a founding or a copy has begun to fill
this library's stores here and has not come to its end; whoever does so next removes them all. All
of them were empty before the first was marked. `moved`: the ledger went elsewhere, and the service
has lost its right to write here.

Who reads is the service. Who fills, marks and closes is PREFIX_migrate, as the owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from ledger.errors import BadRequest, LedgerError, Unavailable
from ledger.stores.place import STORE_NAMES, Place, StoreName
from ledger.stores.postgresql.connecting import Connection, configure, connected, patient, prefix_of
from ledger.stores.postgresql.database import translated
from ledger.stores.postgresql.migrations import migrate, role
from ledger.stores.tables import (
    POSITION,
    TABLES,
    Digest,
    Side,
    Table,
    columns_of,
    digests,
    is_empty,
    pages,
)

UNFINISHED, MOVED = "unfinished", "moved"

_HOLD = b"SELECT pg_try_advisory_lock(hashtextextended(%s, 1))"
_LET_GO = b"SELECT pg_advisory_unlock(hashtextextended(%s, 1))"

_BUSY = "A store cannot be copied now. Nothing was kept of the copy; make it again."
_OTHER = "Another program is founding a ledger of this name on the server, or copies one to there."
_TAKEN = (
    "On the server is a ledger of this name already, or what one left that moved away. Nothing was"
    " changed. An administrator removes its schemas first (ops/runbooks/moving-to-postgresql.md)."
)


class PlaceSide:
    """One library's schema in one database; see `ledger.stores.tables.Side`."""

    position = "notification_id"

    def __init__(self, place: Place, connection: Connection) -> None:
        self.place = place
        self.connection = connection

    def pin(self) -> None:
        """From here on read the store as it is now."""
        with translated(_BUSY):
            self.connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self.connection.execute(b"SELECT 1 FROM head")

    def ask(self, statement: str, values: Sequence[object] = (), /) -> list[Any]:
        """All rows of one query."""
        with translated(_BUSY):
            cursor = self.connection.cursor(binary=True, row_factory=tuple_row)
            return cursor.execute(statement.replace("?", "%s").encode(), values).fetchall()

    def last_position(self) -> int:
        """The last position that was given."""
        return int(self.ask("SELECT position FROM head")[0][0])

    def is_fenced(self) -> bool:
        """Whether the ledger moved away from here."""
        return self.mark() == MOVED

    def mark(self) -> str | None:
        """The word that stands at the schema."""
        found = self.ask(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = ?",
            (self.place.schema,),
        )
        return found[0][0] if found else None


@contextmanager
def read_place(place: Place) -> Iterator[PlaceSide]:
    """A side that is not pinned yet, read as the service.

    Raises:
        Unavailable: the server cannot be reached, or refuses this role.
    """
    with _patient(place, None) as connection:
        yield PlaceSide(place, connection)


class PlaceStop:
    """One schema to which nobody else writes until this is over."""

    def __init__(self, place: Place, connection: Connection) -> None:
        self._place = place
        self._connection = connection

    def fence(self, name: StoreName) -> None:
        """Take from the service the right to write, for ever, and say why. Idempotent.

        Programs that wait for their turn meanwhile have none any more when it comes.
        """
        schema = sql.Identifier(self._place.schema)
        service = sql.Identifier(role(prefix_of(self._place), name))
        with translated(_BUSY):
            self._connection.execute(
                sql.SQL("REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} FROM {}").format(
                    schema, service
                )
            )
            _set_mark(self._connection, self._place, MOVED)
            self._connection.execute(b"COMMIT")


@contextmanager
def stop_place(place: Place, *, fencing: bool) -> Iterator[PlaceStop]:
    """Let nobody write to a schema for the length of a block: the turn is ours (`head`).

    Raises:
        Unavailable: somebody keeps on writing, or the server refuses.
    """
    with _patient(place, "migrate" if fencing else None) as connection:
        with translated(_BUSY):
            connection.execute(b"BEGIN")
            if fencing:
                _become_owner(connection, place)
            connection.execute(b"SELECT 1 FROM head FOR UPDATE")
        yield PlaceStop(place, connection)


@contextmanager
def held(places: Sequence[Place]) -> Iterator[Places]:
    """Hold a library's places on a server against every other founding and copy.

    Raises:
        Unavailable: somebody else holds them, or the server refuses.
    """
    with ExitStack() as stack:
        sides = {}
        for place in places:
            connection = stack.enter_context(_patient(place, "migrate"))
            with translated(_BUSY):
                found = connection.execute(_HOLD, (place.schema,)).fetchone()
            if found is None or not found[0]:
                raise Unavailable(_OTHER)
            stack.callback(_let_go, connection, place)
            sides[place.name] = PlaceTarget(place, connection)
        yield Places(sides)


def _let_go(connection: Connection, place: Place) -> None:
    """Let others hold a place from now on; a server may notice only later that we hung up."""
    # What broke, or stands in a failed transaction, lets go when it ends.
    with suppress(psycopg.Error):
        connection.execute(_LET_GO, (place.schema,))


class Places:
    """A library's places on a server; see `ledger.stores.transfer.Destination`."""

    def __init__(self, sides: Mapping[StoreName, PlaceTarget]) -> None:
        self._sides = sides

    def is_filled(self) -> bool:
        """Whether whole stores are there.

        Raises:
            BadRequest: only some are, or the ledger moved away from here.
        """
        marks = [side.mark() for side in self._sides.values()]
        if UNFINISHED in marks:
            return False
        if MOVED in marks:
            raise BadRequest(_TAKEN)
        return any(side.is_used() for side in self._sides.values())

    def check_empty(self) -> None:
        """See that no ledger is there.

        Raises:
            BadRequest: one is.
        """
        if self.is_filled():
            raise BadRequest(_TAKEN)

    def begin(self) -> None:
        """Remove what broke off, and make the stores, marked before anything is in them."""
        self.abandon()
        for side in self._sides.values():
            side.make()

    def receive(self, name: StoreName, source: Side) -> Mapping[str, Digest]:
        """Fill one schema in one transaction, and read it there before it is committed."""
        return self._sides[name].fill(source)

    def digests(self, name: StoreName) -> Mapping[str, Digest]:
        """The digests of a schema that is there."""
        return self._sides[name].digests()

    def settle(self) -> None:
        """Take the marks away."""
        for side in self._sides.values():
            side.set_mark(None)

    def abandon(self) -> None:
        """Remove all schemas, if they are marked: then none was there before."""
        if UNFINISHED in [side.mark() for side in self._sides.values()]:
            # A mark stays until the last of them is gone.
            for side in sorted(self._sides.values(), key=lambda one: one.mark() == UNFINISHED):
                side.drop()


class PlaceTarget(PlaceSide):
    """One schema that is made, filled and marked as the owner."""

    def is_used(self) -> bool:
        """Whether the schema is there and anything was ever recorded in it."""
        with self._as_owner():
            found = self.ask("SELECT to_regclass(?) IS NOT NULL", (f"{self.place.schema}.head",))
            return bool(found[0][0]) and not is_empty(self, self.place.name)

    def make(self) -> None:
        """Make the tables, or bring them up to date, and mark them."""
        place = self.place
        with translated(_BUSY):
            migrate(self.connection, place.name, place.schema, prefix_of(place))
        self.set_mark(UNFINISHED)

    def set_mark(self, mark: str | None) -> None:
        """Write the word that stands at the schema, or take it away."""
        with self._as_owner():
            _set_mark(self.connection, self.place, mark)

    def drop(self) -> None:
        """Remove the schema with all that is in it."""
        with self._as_owner():
            dropping = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE")
            self.connection.execute(dropping.format(sql.Identifier(self.place.schema)))

    def digests(self) -> Mapping[str, Digest]:
        """The digests of all tables."""
        with self._as_owner():
            return digests(self, self.place.name)

    def fill(self, source: Side) -> Mapping[str, Digest]:
        """Take over every row of another store, with its positions; gives the digests."""
        with self._as_owner():
            for table in TABLES[self.place.name]:
                columns = columns_of(self, table)
                if table.is_one_row:
                    self._set_row(table, columns, next(pages(source, table))[0])
                elif POSITION in table.columns:
                    self._number_by_hand(table, columns, source)
                else:
                    self._copy(table, columns, pages(source, table))
                if table.columns[0] == "position" and table.keys == 1:
                    self._count_from(table)
            return digests(self, self.place.name)

    def _copy(
        self, table: Table, columns: Sequence[str], found: Iterator[list[tuple[Any, ...]]]
    ) -> None:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor().copy(statement) as copying:
            for page in found:
                for row in page:
                    copying.write_row(row)

    def _number_by_hand(self, table: Table, columns: Sequence[str], source: Side) -> None:
        """Keep the rows' own numbers, gaps included, and the last one."""
        self.connection.execute(b"ALTER TABLE stored_events DISABLE TRIGGER stored_events_insert")
        self._copy(table, columns, pages(source, table))
        self.connection.execute(b"ALTER TABLE stored_events ENABLE TRIGGER stored_events_insert")
        self.connection.execute(b"UPDATE head SET position = %s", (source.last_position(),))

    def _set_row(self, table: Table, columns: Sequence[str], row: Sequence[object]) -> None:
        sets = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(one), sql.Placeholder()) for one in columns
        )
        statement = sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table.name), sets)
        self.connection.execute(statement, row)

    def _count_from(self, table: Table) -> None:
        statement = sql.SQL(
            "SELECT setval(pg_get_serial_sequence({}, 'position'), max(position)) FROM {}"
            " HAVING max(position) > 0"
        )
        self.connection.execute(
            statement.format(sql.Literal(table.name), sql.Identifier(table.name))
        )

    @contextmanager
    def _as_owner(self) -> Iterator[None]:
        with translated(_BUSY), self.connection.transaction():
            _become_owner(self.connection, self.place)
            yield


def check_server(url: str) -> None:
    """See that tables can be made on a server: the address holds no password, and somebody answers.

    Raises:
        BadRequest, Unavailable: the sentence says what to do.
    """
    for name in STORE_NAMES:
        with connected(Place(name, url, ""), "migrate"):
            pass


@contextmanager
def claimed(places: Sequence[Place]) -> Iterator[None]:
    """Make the tables of a ledger that is founded in this block. If it is not, they are removed.

    Raises:
        BadRequest: a ledger of this name is there already.
        Unavailable: the server refuses.
    """
    with held(places) as found:
        found.check_empty()
        found.begin()
        try:
            yield
            found.settle()
        except BaseException:
            # What cannot be removed now stays marked, and is removed by the next founding.
            with suppress(LedgerError):
                found.abandon()
            raise


@contextmanager
def _patient(place: Place, name: str | None) -> Iterator[Connection]:
    with patient(place, name) as connection:
        configure(connection)
        # Migrations are files of many statements, which cannot be prepared.
        connection.prepare_threshold = None
        yield connection


def _become_owner(connection: Connection, place: Place) -> None:
    owner = sql.Identifier(role(prefix_of(place), "owner"))
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))


def _set_mark(connection: Connection, place: Place, mark: str | None) -> None:
    statement = sql.SQL("COMMENT ON SCHEMA {} IS {}")
    connection.execute(statement.format(sql.Identifier(place.schema), sql.Literal(mark)))
