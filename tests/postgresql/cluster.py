"""A primary and two standbys, of which one must have a commit before it is acknowledged.

The three are called zero, one and two; zero is the first primary. Each has the setting that makes
it wait for one of the *other* two from the beginning, though only a primary heeds it: so there is
no moment after a promotion in which a commit stands on one server alone.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.postgresql.server import Server, ServerFailed, conninfo
from tests.postgresql.site import PATIENCE_SECONDS, SUPERUSER, Site
from tests.waiting import wait_until

NAMES = ("zero", "one", "two")
REPLICATING = {
    # A standby that was away catches up from here; slots would have to be made again elsewhere.
    "wal_keep_size": "1GB",
    # A standby that lost its primary asks again at once instead of after five seconds.
    "wal_retrieve_retry_interval": "100ms",
}
_numbers = itertools.count(1)


class Cluster:
    """Three servers of one version. Whichever it is at the moment, `primary` takes the writes."""

    def __init__(self, site: Site, settings: Mapping[str, str] | None = None) -> None:
        """Start a primary and two base backups of it, and wait until both follow it."""
        self.site = site
        number = next(_numbers)
        common = {**REPLICATING, **(settings or {})}
        self.servers = {name: Server(site, f"{name}-{number}", common) for name in NAMES}
        for name, server in self.servers.items():
            server.write({"synchronous_standby_names": f"ANY 1 ({', '.join(_others(name))})"})
        self.primary_name = NAMES[0]
        site.copy_template(self.primary.data)
        self.primary.start()
        for copying in [self._begin_copy(name) for name in self.standby_names]:
            site.finish(copying)
        for name in self.standby_names:
            self._start_standby(name)
        for name in self.standby_names:
            self.wait_until_following(name)

    @property
    def primary(self) -> Server:
        """The server that takes writes, or did until it was killed."""
        return self.servers[self.primary_name]

    @property
    def standby_names(self) -> tuple[str, ...]:
        """The names of the two others, which may be down."""
        return _others(self.primary_name)

    def conninfo(self, database: str = SUPERUSER, **parameters: Any) -> str:
        """Give what a driver needs to find the one that takes writes, among all three."""
        wanted = {"target_session_attrs": "read-write", **parameters}
        return conninfo(list(self.servers.values()), database, **wanted)

    def stop(self) -> None:
        """End all three and remove what they wrote."""
        for server in self.servers.values():
            server.stop()

    # --- Failing over ---------------------------------------------------------------------------

    def kill_primary(self) -> None:
        """End the primary without warning. Nobody takes writes until `promote`."""
        self.primary.kill()

    def promote(self) -> str:
        """Make a primary of the standby that has received most, let the other follow it, and give
        its name. With one standby down, the new primary acknowledges nothing until `rejoin`.

        Raises:
            ServerFailed: the primary is up, so there would be two; or no standby is.
        """
        if self.primary.is_up:
            raise ServerFailed(f"{self.primary_name} still takes writes")
        up = [name for name in self.standby_names if self.servers[name].is_up]
        if not up:
            raise ServerFailed("no standby is up")
        self.primary_name = max(up, key=self._received)
        with self.primary.connect() as connection:
            connection.execute("SELECT pg_promote(true, %s)", (PATIENCE_SECONDS,))
            # pg_rewind takes the timeline from the last checkpoint.
            connection.execute("CHECKPOINT")
        for name in set(up) - {self.primary_name}:
            self.servers[name].reload(self._following(name))
            self.wait_until_following(name)
        return self.primary_name

    def _received(self, name: str) -> int:
        """Give how much log a standby has on disk, in bytes, once its receiver has ended."""
        with self.servers[name].connect() as connection:
            wait_until(
                lambda: not connection.execute("SELECT 1 FROM pg_stat_wal_receiver").fetchall(),
                f"{name} has taken in what its primary had sent",
            )
            # What it has replayed is not enough: the promotion replays the rest.
            row = connection.execute(
                "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"
                " - '0/0'::pg_lsn"
            ).fetchone()
        return int(row[0]) if row else 0

    def rejoin(self, name: str, *, anew: bool = False) -> None:
        """Bring a server that is down back as a standby: rewound to where the histories part, or
        from a new base backup if `anew` or where there is no pg_rewind.

        Raises:
            ServerFailed: it is the primary, or up.
        """
        server = self.servers[name]
        if name == self.primary_name or server.is_up:
            raise ServerFailed(f"{name} has not left")
        if anew or not self.site.programs.has("pg_rewind"):
            self.site.finish(self._begin_copy(name))
        else:
            source = f"--source-server={self.primary.conninfo()}"
            target = f"--target-pgdata={server.data}"
            self.site.run("pg_rewind", target, source, "--no-sync")
        self._start_standby(name)
        self.wait_until_following(name)

    # --- Standbys -------------------------------------------------------------------------------

    def following(self) -> set[str]:
        """Give the standbys that receive the log as it grows and count for the quorum."""
        with self.primary.connect() as connection:
            rows = connection.execute(
                "SELECT application_name FROM pg_stat_replication"
                " WHERE state = 'streaming' AND sync_state = 'quorum'"
            ).fetchall()
        return {row[0] for row in rows}

    def wait_until_following(self, name: str) -> None:
        """Wait until a standby counts for the quorum."""
        wait_until(lambda: name in self.following(), f"{name} follows {self.primary_name}")

    def _following(self, name: str) -> dict[str, str]:
        return {"primary_conninfo": self.primary.conninfo(application_name=name)}

    def _begin_copy(self, name: str) -> subprocess.Popen[bytes]:
        server = self.servers[name]
        server.discard_data()
        source = f"--dbname={self.primary.conninfo()}"
        options = ["--checkpoint=fast", "--wal-method=stream", "--no-sync"]
        return self.site.begin("pg_basebackup", f"--pgdata={server.data}", source, *options)

    def _start_standby(self, name: str) -> None:
        server = self.servers[name]
        server.write(self._following(name))
        signal_file = server.data / "standby.signal"
        signal_file.touch()
        self.site.own(signal_file)
        server.start()


def _others(name: str) -> tuple[str, ...]:
    return tuple(other for other in NAMES if other != name)
