"""A Python that has `cryptography` and nothing else: no package, no folder, no environment."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def requirements(distribution: str) -> set[str]:
    """Give a distribution and everything that its base install requires here."""
    found, waiting = set(), [distribution]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            if "extra ==" not in line:
                waiting.append(re.split(r"[^\w.-]", line)[0])
    return {name for name in found if _is_installed(name)}


def _is_installed(name: str) -> bool:
    # A requirement under a marker for another machine is not here, and not needed.
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def lay_out(place: Path) -> Path:
    """Put `cryptography` and what it needs into a folder, by links."""
    place.mkdir(parents=True, exist_ok=True)
    for name in requirements("cryptography"):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or []} - {".."}:
            (place / top).symlink_to(Path(str(distribution.locate_file(top))))
    return place


@dataclass(frozen=True)
class Bare:
    """Runs a file of Python with what lies in one folder, and the standard library."""

    packages: Path
    program: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it with these words."""
        # -I and -S: no site-packages, no current folder, no environment.
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, str(self.packages)]
        command += [str(self.program), *words]
        return subprocess.run(
            command, cwd="/", capture_output=True, text=True, timeout=120, check=False
        )
