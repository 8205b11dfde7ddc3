"""Three servers: what was acknowledged is never on one of them alone."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.postgresql.cluster import Cluster
from tests.postgresql.server import ServerFailed
from tests.waiting import wait_until


def count(cluster: Cluster) -> object:
    """Count the rows as whoever takes writes sees them."""
    with psycopg.connect(cluster.conninfo()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return row[0]


def write(cluster: Cluster, rows: int) -> None:
    """Commit rows one by one, each acknowledged before the next."""
    with psycopg.connect(cluster.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        for n in range(rows):
            connection.execute("INSERT INTO kept VALUES (%s)", (n,))


def test_acknowledged_rows_survive_the_primary(cluster: Cluster) -> None:
    """Rows that were acknowledged before kill -9 of the primary are on the promoted standby; the
    old primary is rewound and follows; the same holds when the next primary is killed.
    """
    assert cluster.following() == {"one", "two"}
    write(cluster, 50)
    cluster.kill_primary()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(cluster.conninfo())
    first = cluster.promote()
    assert first in {"one", "two"}
    assert count(cluster) == 50
    write(cluster, 30)
    cluster.rejoin("zero")
    assert cluster.following() == {"zero", "one", "two"} - {first}
    cluster.kill_primary()
    assert cluster.promote() != first
    assert count(cluster) == 80
    cluster.rejoin(first, anew=True)
    assert cluster.following() == set(cluster.standby_names)
    write(cluster, 1)
    assert count(cluster) == 81


def test_what_only_the_old_primary_has_is_given_up(cluster: Cluster) -> None:
    """A row that no standby confirmed was never acknowledged, and is gone once the old primary
    has been rewound to the history of the new one.
    """
    write(cluster, 5)
    for name in cluster.standby_names:
        cluster.servers[name].kill()
    with cluster.primary.connect() as connection:
        connection.execute("SET synchronous_commit = local")
        connection.execute("INSERT INTO kept VALUES (-1)")
    cluster.kill_primary()
    with pytest.raises(ServerFailed, match="no standby is up"):
        cluster.promote()
    for name in cluster.standby_names:
        cluster.servers[name].restart()
    cluster.promote()
    write(cluster, 1)
    cluster.rejoin("zero")
    with cluster.servers["zero"].connect() as connection:
        wait_until(
            lambda: connection.execute("SELECT count(*) FROM kept").fetchone() == (6,),
            "the old primary has the new history",
        )
        lost = connection.execute("SELECT count(*) FROM kept WHERE n = -1").fetchone()
    assert lost == (0,)


def test_nothing_is_acknowledged_without_a_standby(cluster: Cluster) -> None:
    """With one standby down a commit is acknowledged; with both down it waits, and is acknowledged
    when one is back.
    """
    write(cluster, 5)
    one, two = (cluster.servers[name] for name in cluster.standby_names)
    one.kill()
    write(cluster, 1)
    two.kill()
    acknowledged = threading.Event()

    def commit() -> None:
        write(cluster, 1)
        acknowledged.set()

    writing = threading.Thread(target=commit)
    writing.start()
    with cluster.primary.connect() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_until(lambda: connection.execute(waiting).fetchone() == (1,), "the commit waits")
    assert not acknowledged.is_set()
    one.restart()
    writing.join(120)
    assert acknowledged.is_set()
    assert count(cluster) == 7


def test_there_are_never_two_primaries(cluster: Cluster) -> None:
    """Promoting while the primary takes writes is refused, and so is a rejoining of one who has
    not left.
    """
    with pytest.raises(ServerFailed, match="still takes writes"):
        cluster.promote()
    for name in cluster.servers:
        with pytest.raises(ServerFailed, match="has not left"):
            cluster.rejoin(name)
    with cluster.servers["one"].connect() as standby, pytest.raises(psycopg.errors.Error):
        standby.execute("CREATE TABLE elsewhere (n int)")
