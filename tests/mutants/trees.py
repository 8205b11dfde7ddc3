"""A copy of this checkout in which one place is changed, and a test that must not bear it.

The copy is made of links but for the changed file and the folders above it. A mutant stands in one
of this folder's lists:

    [[mutant]]
    id = "hold-released-early"
    file = "ledger/domain/law/rules/preservation.py"
    was = "…"          # stands in the file exactly once
    now = "…"
    killed_by = ["tests/domain/rules/test_preservation.py::test_a_hold_is_kept_to_its_end"]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT

FOLDER = Path(__file__).parent
LIMIT_SECONDS = 120
FAILED = 1
"""What pytest ends with when tests ran and some failed; any other end is no kill."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to the product that somebody could make, and the tests that notice it."""

    id: str
    file: str
    was: str
    now: str
    killed_by: list[str]


def mutants() -> tuple[Mutant, ...]:
    """Every mutant of every list, by name of list and then in order."""
    lists = [tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(Mutant(**one) for found in lists for one in found["mutant"])


def changed(mutant: Mutant) -> str:
    """The file's text with the change in it.

    Raises:
        ValueError: what is to be changed does not stand there exactly once.
    """
    text = (ROOT / mutant.file).read_text("utf-8")
    if text.count(mutant.was) != 1:
        raise ValueError(f"{mutant.id}: {mutant.file} does not hold exactly once: {mutant.was}")
    return text.replace(mutant.was, mutant.now)


def plant(mutant: Mutant, tree: Path) -> None:
    """Make the checkout anew at `tree`, changed."""
    parts = Path(mutant.file).parts
    for depth in range(len(parts)):
        above, here = ROOT.joinpath(*parts[:depth]), tree.joinpath(*parts[:depth])
        here.mkdir(parents=True)
        for entry in above.iterdir():
            if entry.name not in {parts[depth], ".git", "__pycache__"}:
                (here / entry.name).symlink_to(entry)
    tree.joinpath(*parts).write_text(changed(mutant), "utf-8")


def survives(mutant: Mutant, tree: Path) -> str:
    """Run the tests that should notice; gives what they printed if they did not."""
    plant(mutant, tree)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", *mutant.killed_by]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS
    )
    return "" if done.returncode == FAILED else f"exit {done.returncode}\n{done.stdout[-2000:]}"
