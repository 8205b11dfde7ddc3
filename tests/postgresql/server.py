"""One throw-away server: it is started, killed, stopped in its tracks and started again.

It listens on a Unix socket in its own folder and on nothing else, and it is as durable as one in
production: fsync and synchronous_commit stay on. Times are bounded; a server that is not ready in
time fails with the end of its log.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.postgresql.site import PATIENCE_SECONDS, SUPERUSER, Site
from tests.postgresql.watcher import end, free_shared_memory, running, send
from tests.waiting import wait_until

PORT = 5432
PAUSE_SECONDS = 0.01
# How long children may take to notice that their server is gone, before they are killed as well.
GRACE_SECONDS = 5
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # In the server's own folder; elsewhere a killed server would leave them behind.
    "dynamic_shared_memory_type": "mmap",
    # Before recovery the disk is told to write once, not a thousand times, file by file: the same
    # durability, and the start after a kill takes a tenth of the time.
    "recovery_init_sync_method": "syncfs",
    # As ops/postgres/one-machine/ledger.conf has it.
    "jit": "off",
}
_numbers = itertools.count(1)


class ServerFailed(Exception):
    """A server did not start, or does not take a setting. Its text says why."""


def conninfo(servers: Sequence[Server], database: str, **parameters: Any) -> str:
    """Give what a driver needs to reach one of several servers, the first that fits."""
    hosts = ",".join(str(one.folder) for one in servers)
    known = {"host": hosts, "port": PORT, "user": SUPERUSER, "dbname": database}
    return make_conninfo(**{**known, **parameters})


class Server:
    """A server in a folder of its own: `data`, `settings.conf`, `log` and the socket."""

    def __init__(self, site: Site, name: str, settings: Mapping[str, str] | None = None) -> None:
        """Make the folder; the data come from `site.copy_template` or from another server."""
        self.site = site
        self.name = name
        self.folder = site.new_folder(name)
        self.data = self.folder / "data"
        self.mark = f"{site.folder.name}/{name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        self._settings = {
            **DURABLE,
            "unix_socket_directories": str(self.folder),
            "cluster_name": self.mark,
        }
        self.write(settings or {})

    @classmethod
    def started(cls, site: Site, settings: Mapping[str, str] | None = None) -> Server:
        """Make a new server and start it."""
        made = cls(site, f"server-{next(_numbers)}", settings)
        site.copy_template(made.data)
        made.start()
        return made

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._running().pid

    @property
    def is_up(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or not self.is_up:
            raise ServerFailed(f"{self.name} is not running. {self.last_words()}")
        return self._process

    # --- Start and end --------------------------------------------------------------------------

    def start(self) -> None:
        """Start and wait until it answers a query.

        Raises:
            ServerFailed: it runs already, something of it is left, or it gave up.
        """
        if self.is_up or running(self.mark):
            raise ServerFailed(f"{self.name} is still running")
        with (self.folder / "log").open("ab") as log:
            command = [str(self.site.programs.folder / "postgres"), "-D", str(self.data)]
            self._process = self.site.spawn(*command, output=log)
        wait_until(self._answers, f"{self.name} is ready. {self.last_words()}")

    def _answers(self) -> bool:
        self._running()
        try:
            with self.connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End at once, without a checkpoint, and remove everything."""
        if self.is_up and not self._paused:
            self._end(signal.SIGQUIT)
        self.kill()
        self.discard_data()
        self.site.remove(self.folder)

    def discard_data(self) -> None:
        """Remove the data of a server that is down, and the shared memory that they remember."""
        for lock in self.data.glob("postmaster.pid"):
            free_shared_memory(lock)
        if self.data.exists():
            self.site.remove(self.data)

    def kill(self) -> None:
        """End without warning, as kill -9 does. The children end by themselves; paused ones cannot.

        The data stay as they are, and so does the lock that the next start has to judge.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
        last = time.monotonic() + (0 if self._paused else GRACE_SECONDS)
        while running(self.mark) and time.monotonic() < last:
            time.sleep(PAUSE_SECONDS)
        end(self.mark)
        self._paused = False

    def restart(self) -> None:
        """Start again: after `kill` with recovery, else after an orderly shutdown."""
        if self.is_up:
            self.shut_down()
        self.start()

    def shut_down(self) -> None:
        """End in good order; open connections are cut."""
        self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> None:
        process = self._running()
        process.send_signal(number)
        process.wait(PATIENCE_SECONDS)
        end(self.mark)

    def pause(self) -> None:
        """Stop every process in its tracks: sockets stay open and nobody answers."""
        # The server itself first: it then makes no child that would be missed.
        self._running().send_signal(signal.SIGSTOP)
        wait_until(lambda: _stands_still(self.pid), f"{self.name} stands still")
        self._paused = True
        send(self.mark, signal.SIGSTOP)
        wait_until(lambda: all(map(_stands_still, running(self.mark))), "its children stand still")

    def resume(self) -> None:
        """Let it go on after `pause`."""
        send(self.mark, signal.SIGCONT)
        self._paused = False

    def last_words(self) -> str:
        """Give the end of its log."""
        log = self.folder / "log"
        return log.read_text("utf-8", "replace")[-2_000:] if log.exists() else ""

    # --- Settings -------------------------------------------------------------------------------

    def write(self, settings: Mapping[str, str]) -> None:
        """Change settings for the next start."""
        self._settings |= settings
        lines = [f"{name} = {_quoted(value)}\n" for name, value in self._settings.items()]
        new = self.folder / "settings.new"
        new.write_text("".join(lines))
        self.site.own(new)
        os.replace(new, self.folder / "settings.conf")

    def reload(self, settings: Mapping[str, str]) -> None:
        """Change settings of the running server; new connections have them, open ones soon.

        Raises:
            ServerFailed: a setting is not understood, or needs a restart.
        """
        before = self._loaded_at()
        self.write(settings)
        self._running().send_signal(signal.SIGHUP)
        wait_until(lambda: self._loaded_at() != before, f"{self.name} has read its settings")
        with self.connect() as connection:
            wrong = connection.execute(
                "SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL"
            ).fetchall()
        if wrong:
            raise ServerFailed(f"{self.name}: {wrong}")

    def _loaded_at(self) -> object:
        with self.connect() as connection:
            return connection.execute("SELECT pg_conf_load_time()").fetchone()

    # --- Databases ------------------------------------------------------------------------------

    def conninfo(self, database: str = SUPERUSER, **parameters: Any) -> str:
        """Give what a driver needs to connect, as the superuser unless `user` is given."""
        return conninfo([self], database, **parameters)

    def connect(self, database: str = SUPERUSER, **parameters: Any) -> psycopg.Connection:
        """Connect without a transaction around what is executed."""
        return psycopg.connect(self.conninfo(database, **parameters), autocommit=True)

    def create_database(self) -> str:
        """Make an empty database and give its name."""
        name = f"ledger_{next(_numbers)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and cut whoever is connected to it."""
        dropping = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        with self.connect() as connection:
            connection.execute(dropping)


def _stands_still(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return words.rpartition(")")[2].split()[0] == "T"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
