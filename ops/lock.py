#!/usr/bin/env python3
"""Make ops/run.lock and ops/test.lock anew: `python3 ops/lock.py` (maintainers, a few minutes).

A lock names one version of every package and the SHA-256 of each wheel of it that one of our
machines would choose. It holds no addresses: where packages come from is the machine's own
business, and a file that does not match its digest is refused wherever it was found.

How it is made:

1. The wishes are read from pyproject.toml. run = dependencies + [service];
   test = run + [dev] + what building a wheel requires.
2. pip resolves the test set for each Python, machine and C library below, without installing
   anything; versions found first bind the later resolutions. No source archive is accepted.
3. The run set is resolved under the same versions, so run.lock is a part of test.lock.

A package that runs on a Python which it does not ask for has a marker in pyproject.toml that leaves
it out there. The lock has no markers, and ops/go.py installs without asking packages what they
want.

pip asks the running Python for environment markers (`python_version < "3.13"`), whatever target
it was given. Each resolution therefore runs in a child that answers for the target.

Needs: Python >= 3.12 with pip >= 23.1 (pip asks the running Python too whether it will do).
Nothing imports this.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from typing import Any, NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
# glibc 2.N: an old server, Debian 12, Debian 13. The newest a machine has decides which of several
# wheels of one version pip chooses there, so each step may add a digest.
GLIBC_MINORS = (28, 36, 41)
HEADER = """\
# Every package of the {name} set, with the digests of its wheels. Made by: python3 ops/lock.py
# Installed with --require-hashes --only-binary :all: by ops/go.py. Do not edit by hand.
"""


class Target(NamedTuple):
    """A machine that the locks must serve."""

    python: str
    machine: str
    glibc_minor: int

    def options(self) -> list[str]:
        """Give the pip options that choose wheels for this machine."""
        tags = [f"manylinux_2_{n}_{self.machine}" for n in range(self.glibc_minor, 4, -1)]
        tags += [f"{old}_{self.machine}" for old in ("manylinux2014", "manylinux2010")]
        tags += [f"manylinux1_{self.machine}", f"linux_{self.machine}"]
        chosen = [word for tag in tags for word in ("--platform", tag)]
        return [*chosen, "--implementation", "cp", "--python-version", self.python]

    def markers(self) -> dict[str, str]:
        """Give what this machine would answer to environment markers."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": self.machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
        }


class Wheel(NamedTuple):
    """One file that pip chose."""

    name: str
    version: str
    sha256: str


def normal(name: str) -> str:
    """Spell a package's name in the one way that the packaging standard calls normal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wishes() -> tuple[list[str], list[str]]:
    """Read the requirements of the run set and of the test set from pyproject.toml."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = read["project"]
    extras = project["optional-dependencies"]
    run = [*project["dependencies"], *extras["service"]]
    return run, [*run, *extras["dev"], *read["build-system"]["requires"]]


def resolve(target: Target, wanted: list[str], bounds: dict[str, str]) -> list[Wheel]:
    """Let pip choose wheels for a target, within the versions already chosen.

    Raises: SystemExit, after pip has said why, when there is no answer.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        constraints = folder / "constraints.txt"
        constraints.write_text("".join(f"{n}=={v}\n" for n, v in bounds.items()), "utf-8")
        report = folder / "report.json"
        command = [sys.executable, __file__, "--as-pip", json.dumps(target.markers())]
        command += ["install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--only-binary", ":all:", "--target", str(folder / "target")]
        command += ["--constraint", str(constraints), "--report", str(report)]
        command += [*target.options(), *wanted]
        done = subprocess.run(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, check=False)
        if done.returncode != 0:
            sys.exit(f"pip found no answer for {target}.")
        return [chosen_wheel(item) for item in json.loads(report.read_bytes())["install"]]


def chosen_wheel(item: dict[str, Any]) -> Wheel:
    """Read one entry of pip's installation report."""
    metadata, hashes = item["metadata"], item["download_info"]["archive_info"]["hashes"]
    return Wheel(normal(metadata["name"]), metadata["version"], hashes["sha256"])


def run_pip(markers: dict[str, str], arguments: list[str]) -> None:
    """Run pip in this process, answering environment markers for another machine."""
    in_pip = vars(importlib.import_module("pip._vendor.packaging.markers"))
    own_answers = in_pip["default_environment"]
    in_pip["default_environment"] = lambda: {**own_answers(), **markers}
    sys.argv = ["pip", *arguments]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def write_lock(
    name: str, names: set[str], bounds: dict[str, str], sums: dict[str, set[str]]
) -> None:
    """Write ops/<name>.lock: a line per package, a continued line per digest."""
    lines = [HEADER.format(name=name)]
    for package in sorted(names):
        parts = [f"{package}=={bounds[package]}"]
        parts += [f"    --hash=sha256:{digest}" for digest in sorted(sums[package])]
        lines.append(" \\\n".join(parts) + "\n")
    (ROOT / "ops" / f"{name}.lock").write_text("".join(lines), encoding="utf-8")
    print(f"ops/{name}.lock: {len(names)} packages, {sum(len(sums[n]) for n in names)} wheels")


def main() -> None:
    """Resolve both sets for all targets and write both locks."""
    run_wishes, test_wishes = wishes()
    bounds: dict[str, str] = {}
    sums: defaultdict[str, set[str]] = defaultdict(set)
    run_names: set[str] = set()
    for python in PYTHONS:
        for machine in MACHINES:
            for minor in GLIBC_MINORS:
                target = Target(python, machine, minor)
                print(f"resolving for Python {python}, {machine}, glibc 2.{minor}", flush=True)
                for wheel in resolve(target, test_wishes, bounds):
                    bounds[wheel.name] = wheel.version
                    sums[wheel.name].add(wheel.sha256)
            run_names |= {wheel.name for wheel in resolve(target, run_wishes, bounds)}
    write_lock("run", run_names, bounds, sums)
    write_lock("test", set(bounds), bounds, sums)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-pip"]:
        run_pip(json.loads(sys.argv[2]), sys.argv[3:])
    else:
        main()
