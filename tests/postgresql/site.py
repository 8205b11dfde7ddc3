"""Where throw-away servers of one PostgreSQL stand: a folder, an account, an initialised cluster.

PostgreSQL does not run as root. Where the tests do, the servers run as `nobody`; else as oneself.
The folder is short, because a socket's path has at most 107 bytes, and everything of a server is
in it. A watcher clears it when the process that made it is gone.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.postgresql.programs import Programs
from tests.postgresql.watcher import clear, end, watch

SUPERUSER = "postgres"
# A socket is bound by its path, which has 107 bytes and a zero at most.
LONGEST_SOCKET_BYTES = 107
LONGEST_TAIL = "/ledger-pg-12345678/server-12345678/.s.PGSQL.5432"
PATIENCE_SECONDS = 120
MEMORY = "PYTEST_DEBUG_TEMPROOT"
# No trace of the caller's own settings: PGHOST, PGDATA and their like lead astray.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGPASSFILE": os.devnull}


class ProgramFailed(Exception):
    """A program of PostgreSQL failed. Its text is what the program said."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Account | None:
        """Give the account that servers run as; None for our own, when we are not root."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


class Site:
    """The ground of servers. Every program of PostgreSQL is started from here."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        """Take an empty folder: make the programs reachable and initialise a cluster once.

        Raises:
            ProgramFailed: initdb failed.
        """
        self.folder = folder
        self._removed = 0
        self._started: list[subprocess.Popen[bytes]] = []
        self.account = Account.unprivileged()
        self.own(folder)
        self.programs = programs
        if not self.can(str(programs.folder / "postgres"), "--version"):
            self.programs = programs.copied(self.new_folder("programs"))
            self.own(folder / "programs")
        self._template = folder / "template"
        self._initialise()

    def _initialise(self) -> None:
        # UTF8 is said because the locale C alone would give a database without an encoding, from
        # which the driver returns bytes. Checksums are what pg_rewind needs.
        options = ["-E", "UTF8", "--locale=C", "--auth=trust", "--data-checksums", "--no-sync"]
        self.run("initdb", "-D", str(self._template), "-U", SUPERUSER, *options)
        # Settings stand outside the data, so that a copy of the data has its own.
        with (self._template / "postgresql.conf").open("a") as settings:
            settings.write("\ninclude '../settings.conf'\n")

    def copy_template(self, data: Path) -> None:
        """Make a data folder by copying the initialised one."""
        self.finish(self.spawn("/bin/cp", "-a", str(self._template), str(data)))

    def new_folder(self, name: str) -> Path:
        """Make a folder that belongs to the servers' account."""
        made = self.folder / name
        made.mkdir(mode=0o700)
        self.own(made)
        return made

    def remove(self, path: Path) -> None:
        """Remove a file or a folder; what it takes to free a disk's blocks is not waited for."""
        self._removed += 1
        gone = self.folder / f"removed-{self._removed}"
        path.rename(gone)
        self.spawn("/bin/rm", "-rf", str(gone))

    def reap(self) -> None:
        """Wait for the end of everything that was started here."""
        for started in self._started:
            with started:
                pass

    def own(self, path: Path) -> None:
        """Give a file, or a folder with all that is in it, to the servers' account."""
        if self.account is None:
            return
        for one in (path, *path.rglob("*")):
            os.chown(one, self.account.uid, self.account.gid, follow_symlinks=False)

    def can(self, *command: str) -> bool:
        """Say whether the servers' account can run a command."""
        try:
            with self.spawn(*command) as program:
                program.communicate(timeout=PATIENCE_SECONDS)
        except OSError:
            return False
        return program.returncode == 0

    def run(self, name: str, *arguments: str) -> None:
        """Run a program of PostgreSQL to its end.

        Raises:
            ProgramFailed: it failed.
        """
        self.finish(self.begin(name, *arguments))

    def begin(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL; `finish` waits for it."""
        return self.spawn(str(self.programs.folder / name), *arguments)

    def finish(self, program: subprocess.Popen[bytes]) -> None:
        """Wait for a program that was started.

        Raises:
            ProgramFailed: it failed.
        """
        with program:
            said = program.communicate(timeout=PATIENCE_SECONDS)[0]
        if program.returncode != 0:
            raise ProgramFailed(f"{program.args!r}: {said.decode('utf-8', 'replace')}")

    def spawn(
        self, *command: str, output: int | IO[bytes] = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        """Start a command as the servers' account, in a session of its own: an interrupt at the
        terminal is for the tests, which then stop their servers.
        """
        started = subprocess.Popen(
            command,
            cwd=self.folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            start_new_session=True,
        )
        self._started.append(started)
        return started


@contextmanager
def opened(programs: Programs) -> Iterator[Site]:
    """Make a site, and clear it with every server that is still on it."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=short_folder()))
    with ExitStack() as stack:
        watcher = stack.enter_context(watch(folder))
        stack.callback(watcher.terminate)
        stack.callback(clear, folder)
        site = Site(programs, folder)
        try:
            yield site
        finally:
            end(folder.name)
            site.reap()


def short_folder() -> Path:
    """Give the folder for temporary things, or /tmp when sockets in it would have long names or
    the servers' account may not enter it.

    Where pytest was given a place in memory (ops/go.py) servers stand there too. They sync as
    always; what tests kill is processes, and of those no page is lost on any disk.
    """
    usual = Path(os.environ.get(MEMORY) or tempfile.gettempdir())
    closed = os.geteuid() == 0 and not all(
        one.stat().st_mode & 0o001 for one in (usual, *usual.parents)
    )
    long = len(os.fsencode(usual)) + len(LONGEST_TAIL) > LONGEST_SOCKET_BYTES
    return Path("/tmp") if closed or long else usual  # noqa: S108 - mkdtemp makes it safe.
