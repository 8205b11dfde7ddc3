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

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from tests.house.tree import ROOT

FOLDER = Path(__file__).parent
ZYGOTE = FOLDER / "zygote.py"
FAILED = 1
"""What pytest ends with when tests ran and some failed; any other end is no kill."""
_seconds = count(1)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to the product that somebody could make, and the tests that notice it."""

    id: str
    file: str
    was: str
    now: str
    killed_by: list[str]


@cache
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
    """Make the checkout anew at `tree`, changed, in the place of what was there."""
    shutil.rmtree(tree, ignore_errors=True)
    parts = Path(mutant.file).parts
    for depth in range(len(parts)):
        above, here = ROOT.joinpath(*parts[:depth]), tree.joinpath(*parts[:depth])
        here.mkdir(parents=True)
        for entry in above.iterdir():
            if entry.name not in {parts[depth], ".git", "__pycache__"}:
                (here / entry.name).symlink_to(entry)
    file = tree.joinpath(*parts)
    file.write_text(changed(mutant), "utf-8")
    # Compiled code counts as that of any file of the same size and second: here no two share one.
    second = next(_seconds)
    os.utime(file, (second, second))


@dataclass(frozen=True, slots=True)
class Nursery:
    """A folder in which one mutant after another is planted, and the program that runs tests there.

    The place stays the same, so that what was compiled of the unchanged files serves all of them.
    """

    tree: Path
    zygote: subprocess.Popen[str]

    def survives(self, mutant: Mutant) -> str:
        """Run the tests that should notice; gives what they printed if they did not."""
        plant(mutant, self.tree)
        asking, answering = self.zygote.stdin, self.zygote.stdout
        assert asking is not None
        assert answering is not None
        print(json.dumps(mutant.killed_by), file=asking, flush=True)
        end, printed = json.loads(answering.readline())
        return "" if end == FAILED else f"exit {end}\n{printed[-2000:]}"


@contextmanager
def opened(folder: Path) -> Iterator[Nursery]:
    """A nursery in an empty folder; each mutant's tests run in a process of their own."""
    tree = folder / "tree"
    places = [str(tree), str(folder / "bytecode"), str(folder / "scratch")]
    command = [sys.executable, "-P", str(ZYGOTE), *places]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as zygote:
        yield Nursery(tree, zygote)
