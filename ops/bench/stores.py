"""The stores by themselves, on SQLite and on PostgreSQL: one writer and sixteen.

An append here is what `Register.handle` gives to a store for one record: its row, its commitment
with a slot in the lane, the command's row and the append condition, in one durable transaction.
What comes before it, folding, deciding, sealing and signing, is in `append_figures`, and here once
more on a server: there `app.save` waits as an act does, for the server and for its disk.

Our row is padded ciphertext of 4.1 kB, the library's event takes about 150 bytes. How long a row is
is the product's choice and costs the same with either: so the bounds are held against the library
saving events of the same length, and its own short ones are shown beside them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ceilings import ROW_BYTES, PlainLibrary, Work, raw_insert, side_by_side, together
from figures import Figure, at_least
from ledgers import Bench

from ledger.stores.place import Place, schema_of
from ledger.stores.store import (
    CommandRow,
    Condition,
    Entry,
    Placing,
    Row,
    Slots,
    Store,
    Terms,
    Window,
)

# Throw-away servers are the tests' affair; this script is run from the sources, beside them.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from writers import writer_figures

from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import chosen, found
from tests.postgresql.server import Server
from tests.postgresql.site import SUPERUSER, opened

APPENDS = 100
"""How often each writer appends in each turn, unless somebody says otherwise."""
WRITERS = 16
LIBRARY_WRITERS = 4
PER_TICK = 1_000
"""So many appends come in one tick, which has room for twice as many."""
_START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def _window(running: int) -> Window:
    return Window(running, (2 * PER_TICK,) * 3, _START + timedelta(hours=running))


_SLOTS = Slots(_window, lambda stream, seq: 0, lambda free: free[0], 0)


class Kind(NamedTuple):
    """One kind of store, with its ceilings."""

    name: str
    store: Store
    library: PlainLibrary
    insert: Work
    library_writers: int
    least_alone: float | None
    least_together: float
    server: Server | None = None
    act: Work | None = None
    """A fact that is recorded through the register, where it is measured here."""


def store_figures(scratch: Path, rounds: int, each: int) -> Iterator[Figure]:
    """One writer beside `app.save` and a raw INSERT; many writers beside the library's many."""
    with ExitStack() as stack:
        yield from _figures(_in_file(scratch, stack), rounds, each)
        yield from _figures(_on_server(scratch, stack), rounds, each)


def _figures(kind: Kind, rounds: int, each: int) -> Iterator[Figure]:
    appends = count()
    works = (
        *(_writer(kind.store, appends), kind.library.writer(is_long=True), kind.library.writer()),
        kind.insert,
    )
    alone, long, short, raw = (one.wall for one in side_by_side(rounds, each, works))
    if kind.act is not None:
        act, save = side_by_side(rounds, each, (kind.act, kind.library.writer()))
        yield at_least(f"append, {kind.name}", act.wall, "app.save of one event", save.wall, 0.7)
    name = f"store, {kind.name}, one writer"
    yield at_least(name, alone, "app.save of as many bytes", long, kind.least_alone)
    yield at_least(name, alone, "app.save of a short event", short)
    yield at_least(name, alone, "raw INSERT and COMMIT", raw)
    ours = [_writer(kind.store, appends) for _ in range(WRITERS)]
    longs, shorts = (
        [kind.library.writer(is_long=is_long) for _ in range(kind.library_writers)]
        for is_long in (True, False)
    )
    turns = [[together(works, each) for works in (ours, longs, shorts)] for _ in range(rounds)]
    many, long, short = (median(column) for column in zip(*turns, strict=True))
    name = f"store, {kind.name}, {WRITERS} writers"
    threads = f"{kind.library_writers} thread" + "s" * (kind.library_writers > 1)
    yield at_least(name, many, f"as many bytes, {threads}", long, kind.least_together)
    yield at_least(name, many, f"short events, {threads}", short)
    yield at_least(name, many, "raw INSERT and COMMIT, one writer", raw)
    if kind.server is not None:
        yield from writer_figures(kind.server, kind.store, ours, each)


def _in_file(scratch: Path, stack: ExitStack) -> Kind:
    place = scratch / "stores"
    place.mkdir()
    store = stack.enter_context(closing(Store(place / "open.db", create=True)))
    library = stack.enter_context(closing(PlainLibrary.in_file(place)))
    connection, insert = raw_insert(place)
    stack.enter_context(closing(connection))
    # The library takes one writer at a time on SQLite: more threads do not make it faster.
    return Kind("SQLite", store, library, insert, 1, None, 1.5)


def _on_server(scratch: Path, stack: ExitStack) -> Kind:
    server = Server.started(stack.enter_context(opened(chosen("newest", found()))))
    stack.callback(server.stop)
    set_up(server)
    ledger = stack.enter_context(closing(Bench(scratch / "served", server=address(server))))
    where = Place("open", address(server), schema_of("stores.bench.example"))
    store = stack.enter_context(closing(Store(where, create=True)))
    library = stack.enter_context(closing(PlainLibrary(_library_settings(server))))
    connection = stack.enter_context(closing(server.connect()))
    connection.autocommit = True
    connection.execute("CREATE TABLE rows (n bigserial PRIMARY KEY, state bytea)")
    row = os.urandom(ROW_BYTES)

    def insert() -> None:
        connection.execute("INSERT INTO rows (state) VALUES (%s)", (row,), prepare=True)

    return Kind("PostgreSQL", store, library, insert, LIBRARY_WRITERS, 1.0, 5.0, server, ledger.act)


def _library_settings(server: Server) -> Mapping[str, str]:
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": server.create_database(),
        "POSTGRES_HOST": str(server.folder),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": SUPERUSER,
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": str(LIBRARY_WRITERS),
    }


def _writer(store: Store, appends: Iterator[int]) -> Work:
    """Append one record to a stream of its own, each time that it is called.

    `appends` counts those of all writers of the store, and so turns its clock. The row's bytes are
    drawn once: drawing them is the sealing's affair, and threads wait there for each other.
    """
    stream, seq = os.urandom(16), 0
    row, answer = os.urandom(ROW_BYTES), os.urandom(150)

    def append() -> None:
        nonlocal seq
        before, seq = seq, seq + 1
        drawn = sha256(stream + seq.to_bytes(8, "big"))
        entry = Entry(drawn.digest(), ((stream, before),) if before else ())
        terms = Terms(
            placing=Placing((entry,), _window(1 + next(appends) // PER_TICK), _SLOTS),
            conditions=(Condition(stream, before),),
            command=CommandRow(drawn.hexdigest(), drawn.digest(), answer),
        )
        store.append([Row(stream, seq, row)], terms)

    return append
