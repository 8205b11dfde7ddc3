"""The release files, made as a maintainer makes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.bare import Bare, lay_out

ROOT = Path(__file__).parents[2]


def make(folder: Path) -> subprocess.CompletedProcess[str]:
    """Call the script that makes them."""
    words = [sys.executable, "-I", str(ROOT / "ops" / "release.py"), str(folder)]
    return subprocess.run(
        words, cwd=folder.parent, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the release files."""
    folder = tmp_path_factory.mktemp("release") / "files"
    done = make(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def bare(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """The verifier as one file, in a Python that has `cryptography` and nothing else."""
    return Bare(lay_out(tmp_path_factory.mktemp("bare") / "packages"), released / "verify.pyz")
