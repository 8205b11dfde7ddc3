"""The runner itself: a server that is as durable as a real one, and gone when it should be."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.postgresql.programs import found
from tests.postgresql.server import Server, ServerFailed
from tests.postgresql.site import LONGEST_SOCKET_BYTES, Site
from tests.postgresql.watcher import running


def one(server: Server, query: str) -> object:
    """Give the one value that a query gives."""
    with server.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_server_is_as_durable_as_a_real_one(postgres_server: Server) -> None:
    """Nothing that makes a commit durable is off; text is UTF-8 and comes back as text."""
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert one(postgres_server, f"SHOW {name}") == "on"
    assert one(postgres_server, "SHOW server_encoding") == "UTF8"
    assert one(postgres_server, "SELECT 'Zoë'") == "Zoë"
    assert isinstance(one(postgres_server, "SELECT version()"), str)


def test_both_versions_run(
    postgres_site: Site, postgres_server: Server, postgres_version: str
) -> None:
    """A test that asks for a server gets one of each version."""
    number = one(postgres_server, "SHOW server_version_num")
    assert int(str(number)) // 10_000 == postgres_site.programs.major
    majors = [programs.major for programs in found()]
    wanted = max(majors) if postgres_version == "newest" else min(majors)
    assert postgres_site.programs.major == wanted


def test_each_test_has_a_database_of_its_own(
    database: str, new_database: Callable[[], str], postgres_server: Server
) -> None:
    """A new database is empty, another is another, and its conninfo says all that is needed."""
    with psycopg.connect(database) as connection, psycopg.connect(new_database()) as second:
        assert connection.info.dbname != second.info.dbname
        assert connection.info.server_version == second.info.server_version
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
        made = {connection.info.dbname, second.info.dbname}
    listed = one(postgres_server, "SELECT array_agg(datname::text) FROM pg_database")
    assert isinstance(listed, list)
    assert made < set(listed)


def test_a_database_is_dropped_while_somebody_is_connected(postgres_server: Server) -> None:
    """A connection that a test forgot does not keep its database alive."""
    name = postgres_server.create_database()
    with postgres_server.connect(name) as forgotten:
        postgres_server.drop_database(name)
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("SELECT 1")


def test_acknowledged_data_survive_a_kill(own_server: Server) -> None:
    """What was committed before kill -9 is there after the restart; what was not is not."""
    before = own_server.pid
    open_one = psycopg.connect(own_server.conninfo())
    with own_server.connect() as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for n in range(20):
            connection.execute("INSERT INTO kept VALUES (%s)", (n,))
        open_one.execute("INSERT INTO kept VALUES (99)")
        own_server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    open_one.close()
    assert running(own_server.mark) == []
    assert not own_server.is_up
    own_server.restart()
    assert own_server.pid != before
    assert one(own_server, "SELECT array_agg(n ORDER BY n) FROM kept") == list(range(20))


def test_a_running_server_is_restarted_in_good_order(own_server: Server) -> None:
    """A restart without a kill ends with a checkpoint, and needs no recovery."""
    before = own_server.pid
    own_server.restart()
    assert own_server.pid != before
    assert "database system is shut down" in own_server.last_words()
    assert "automatic recovery" not in own_server.last_words()


def test_a_server_is_started_once(postgres_server: Server) -> None:
    """A second start is refused, by us and, as long as anything of the first is left, too."""
    with pytest.raises(ServerFailed, match="still running"):
        postgres_server.start()


def test_settings_change_while_it_runs(own_server: Server) -> None:
    """After a reload new connections have the setting; one that needs a restart is refused."""
    own_server.reload({"application_name": "it's \\ quoted"})
    assert one(own_server, "SHOW application_name") == "it's \\ quoted"
    with pytest.raises(ServerFailed, match="max_connections"):
        own_server.reload({"max_connections": "7"})
    own_server.restart()
    assert one(own_server, "SHOW max_connections") == "7"


def test_a_server_that_does_not_start_says_why(own_server: Server) -> None:
    """The end of the log is in the failure."""
    own_server.kill()
    own_server.write({"shared_buffers": "nonsense"})
    with pytest.raises(ServerFailed, match="nonsense"):
        own_server.start()


def test_a_paused_server_answers_nobody_until_it_resumes(own_server: Server) -> None:
    """A query that was sent to a stopped server is answered after it goes on, and not before."""
    connection = own_server.connect()
    answers: list[object] = []
    asking = threading.Thread(
        target=lambda: answers.append(connection.execute("SELECT 7").fetchone())
    )
    own_server.pause()
    asking.start()
    assert answers == []
    own_server.resume()
    asking.join(60)
    assert answers == [(7,)]
    connection.close()


def test_a_paused_server_can_be_killed(own_server: Server) -> None:
    """A server that was stopped in its tracks dies with all its children."""
    connection = own_server.connect()
    own_server.pause()
    own_server.kill()
    assert running(own_server.mark) == []
    connection.close()
    own_server.restart()
    assert one(own_server, "SELECT 1") == 1


def test_nothing_listens_on_the_network(postgres_server: Server) -> None:
    """A server has a Unix socket in its folder and no TCP socket."""
    names = {path.name for path in postgres_server.folder.iterdir() if path.is_socket()}
    assert names == {".s.PGSQL.5432"}
    assert len(os.fsencode(postgres_server.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_BYTES
    assert one(postgres_server, "SHOW listen_addresses") == ""
    listening = listening_sockets()
    held = [number for pid in running(postgres_server.mark) for number in sockets_of(pid)]
    assert held
    assert not listening & set(held)


def listening_sockets() -> set[str]:
    """Give the inodes of the TCP sockets of this machine on which somebody listens."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        if Path(f"/proc/net/{table}").exists()
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[9] for row in rows if row[3] == "0A"}


def sockets_of(pid: int) -> list[str]:
    """Give the inodes of a process's sockets."""
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return [link[8:-1] for link in links if link.startswith("socket:[")]


def test_a_stopped_server_leaves_nothing(postgres_site: Site) -> None:
    """Neither a process nor a file nor shared memory is left, also when it was killed before."""
    for killed in (False, True):
        server = Server.started(postgres_site)
        segment = (server.data / "postmaster.pid").read_text().splitlines()[6].split()
        assert segment in segments()
        if killed:
            server.kill()
            assert segment in segments()
        server.stop()
        assert segment not in segments()
        assert running(server.mark) == []
        assert not server.folder.exists()


def segments() -> list[list[str]]:
    """Give key and number of each shared memory segment of this machine."""
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return [row.split()[:2] for row in rows]
