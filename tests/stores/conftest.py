"""Stores without a ledger around them, of every kind of database: one contract for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.stores.opening import Where
from ledger.stores.place import Place, StoreName, schema_of
from ledger.stores.store import Store
from tests.postgresql.ledgers import PREFIX, address
from tests.postgresql.programs import VERSIONS, Version
from tests.remains import remains
from tests.stores.lanes import Lane

if TYPE_CHECKING:
    from tests.postgresql.server import Server

KINDS = ("sqlite", *VERSIONS)
_numbers = count(1)


@pytest.fixture(params=KINDS)
def where(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    ledger_servers: Callable[[Version], str],
) -> Callable[[StoreName], Where]:
    """Where each store of a new library is kept: in files, or on a server of either version."""
    kind = request.param
    if kind == "sqlite":
        return lambda name: tmp_path / f"{name}.db"
    schema = schema_of(f"contract/{next(_numbers)}")
    return lambda name: Place(name, ledger_servers(kind), schema)


@pytest.fixture
def opened(where: Callable[[StoreName], Where]) -> Iterator[Callable[[], Store]]:
    """Opens the same store once more, as another process would; the first time it is made."""
    with ExitStack() as stack:
        made: list[Store] = []

        def open_one() -> Store:
            made.append(Store(where("open"), create=not made))
            stack.callback(made[-1].close)
            return made[-1]

        yield open_one


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    """A new store."""
    return opened()


@pytest.fixture
def lying_there(
    where: Callable[[StoreName], Where], postgres_servers: Callable[[Version], Server]
) -> Callable[[str], bytes]:
    """Everything that lies in the store's file, or in that of one table on a server."""

    def found(table: str) -> bytes:
        place = where("open")
        if isinstance(place, Path):
            return remains(place)
        (version,) = (one for one in VERSIONS if address(postgres_servers(one)) == place.url)
        with postgres_servers(version).connect(f"{PREFIX}_{place.name}") as administrator:
            administrator.execute("CHECKPOINT")
            statement = "SELECT pg_read_binary_file(pg_relation_filepath(%s))"
            rows = administrator.execute(statement, (f"{place.schema}.{table}",)).fetchall()
        return bytes(rows[0][0])

    return found


@pytest.fixture
def lane(store: Store) -> Lane:
    """The store's lane: two slots a tick, a delay of two ticks."""
    return Lane(store)
