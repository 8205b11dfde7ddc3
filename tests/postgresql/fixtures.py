"""PostgreSQL for every room of the tests: servers of two versions, a new database for each test.

A plugin that tests/conftest.py names, so that one server a version serves all rooms of a session;
each worker of pytest-xdist has its own. What asks for `database` runs on both versions. A room
that runs one contract on several stores asks `postgres_servers` instead:

    @pytest.fixture(params=["sqlite", *VERSIONS])
    def store(request, postgres_servers): ... postgres_servers("oldest").create_database()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.postgresql.programs import VERSIONS, Version, chosen, found
from tests.postgresql.site import Site, opened

if TYPE_CHECKING:
    # At run time only where a server is asked for: every run of any test loads this plugin, and
    # the driver takes a while.
    from tests.postgresql.cluster import Cluster
    from tests.postgresql.server import Server


@pytest.fixture(scope="session")
def postgres_sites() -> Iterator[Callable[[Version], Site]]:
    """Where servers of a version stand; made when first asked for.

    Raises:
        PostgresMissing: fewer than two versions are on this machine.
    """
    with ExitStack() as stack:

        @cache
        def site(version: Version) -> Site:
            return stack.enter_context(opened(chosen(version, found())))

        yield site


@pytest.fixture(scope="session")
def postgres_servers(
    postgres_sites: Callable[[Version], Site],
) -> Callable[[Version], Server]:
    """The session's server of a version. Nobody kills it or changes its settings."""
    from tests.postgresql.server import Server

    @cache
    def server(version: Version) -> Server:
        return Server.started(postgres_sites(version))

    return server


@pytest.fixture(scope="session")
def ledger_servers(postgres_servers: Callable[[Version], Server]) -> Callable[[Version], str]:
    """The address of the session's server of a version, set up by cluster.sql: `--store` takes it.

    Every ledger has a schema of its own there, so that tests do not meet.
    """
    from tests.postgresql.ledgers import address, set_up

    @cache
    def found(version: Version) -> str:
        server = postgres_servers(version)
        set_up(server)
        return address(server)

    return found


@pytest.fixture(scope="session", params=VERSIONS)
def postgres_version(request: pytest.FixtureRequest) -> Version:
    """Each of the two versions in turn."""
    version: Version = request.param
    return version


@pytest.fixture
def postgres_server(
    postgres_version: Version, postgres_servers: Callable[[Version], Server]
) -> Server:
    """The session's server, of each version in turn."""
    return postgres_servers(postgres_version)


@pytest.fixture
def new_database(postgres_server: Server) -> Iterator[Callable[[], str]]:
    """Makes an empty database and gives its conninfo; for a test that needs several."""
    with ExitStack() as stack:

        def make() -> str:
            name = postgres_server.create_database()
            stack.callback(postgres_server.drop_database, name)
            return postgres_server.conninfo(name)

        yield make


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The conninfo of an empty database of this test's own, as superuser."""
    return new_database()


@pytest.fixture
def postgres_site(postgres_version: Version, postgres_sites: Callable[[Version], Site]) -> Site:
    """Where servers stand, of each version in turn: for tests that make their own."""
    return postgres_sites(postgres_version)


@pytest.fixture
def own_server(postgres_site: Site) -> Iterator[Server]:
    """A server of this test's own, to be killed, paused and set otherwise."""
    from tests.postgresql.server import Server

    made = Server.started(postgres_site)
    yield made
    made.stop()


@pytest.fixture
def cluster(postgres_site: Site) -> Iterator[Cluster]:
    """A primary and two quorum-synchronous standbys of this test's own."""
    from tests.postgresql.cluster import Cluster

    made = Cluster(postgres_site)
    yield made
    made.stop()
