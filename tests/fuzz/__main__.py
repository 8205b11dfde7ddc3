"""Fuzz one target, or each in turn: `python -m tests.fuzz NAME --seconds 60`.

libFuzzer leads, by what of our code each input reaches; it needs `pip install atheris`, which is in
the [fuzz] extra and in no lock. What it found worth keeping lies in `.cache/fuzz/NAME`, and what
broke a reader in `.cache/fuzz/NAME-finding-…`. With `--keep` a few small inputs which reach more
than the seeds do go into `tests/fuzz/corpus`, which every run of the tests tries.

Exit 0: nothing was found. 1: something was. 2: atheris is not here, or there is no such target.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Protocol, cast

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".cache" / "fuzz"
MOST_KEPT, MOST_KEPT_BYTES = 12, 700
"""Inputs of a target that stay in the tree, and the bytes of each."""
LONGEST = 1 << 14
"""Bytes of an input."""


class Atheris(Protocol):
    """What is used of the library, which has no types."""

    def instrument_imports(self, include: Sequence[str]) -> AbstractContextManager[None]:
        """Have what is imported meanwhile tell libFuzzer what of it runs."""

    def Setup(  # noqa: N802 - the library's name
        self,
        args: Sequence[str],
        test_one_input: Callable[[bytes], None],
        *,
        custom_mutator: Callable[[bytes, int, int], bytes],
    ) -> object:
        """Say what is fuzzed."""

    def Fuzz(self) -> None:  # noqa: N802 - the library's name
        """Fuzz, and end the process."""

    def Mutate(self, data: bytes, max_size: int) -> bytes:  # noqa: N802 - the library's name
        """Change some bytes as libFuzzer would."""


def main(arguments: Sequence[str]) -> int:
    """Do what was asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("name", help="a target, or all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", action="store_true", help="keep what reaches more than the seeds")
    parser.add_argument("--inside", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    try:
        atheris = cast("Atheris", importlib.import_module("atheris"))
    except ModuleNotFoundError:
        sys.stderr.write("atheris is not here. Bring it with: pip install atheris\n")
        return 2
    if asked.inside is not None:
        _fuzz(atheris, asked.name, asked.inside)
    from tests.fuzz.table import TARGETS

    names = list(TARGETS) if asked.name == "all" else [asked.name]
    if not set(names) <= set(TARGETS):
        sys.stderr.write(f"There is no target {asked.name}. There are: {', '.join(TARGETS)}\n")
        return 2
    return max(_lead(name, asked.seconds, is_keeping=asked.keep) for name in names)


def _lead(name: str, seconds: int, *, is_keeping: bool) -> int:
    """Fuzz a target in a process of its own, which libFuzzer ends."""
    from tests.fuzz.table import TARGETS, kept

    seeds, found = WORK / f"{name}-seeds", WORK / name
    for folder, inputs in ((seeds, (*TARGETS[name].seeds(), *kept(name))), (found, ())):
        folder.mkdir(parents=True, exist_ok=True)
        for data in inputs:
            (folder / sha256(data).hexdigest()).write_bytes(data)
    sys.stdout.write(f"{name}: {seconds} s\n")
    sys.stdout.flush()
    # Five seconds of the clock: a reading that takes one of the processor is a finding of its own.
    limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=5"]
    limits += ["-rss_limit_mb=1536", "-malloc_limit_mb=512", "-print_final_stats=1"]
    prefix = f"-artifact_prefix={found}-finding-"
    ended = _inside(name, *limits, prefix, str(found), str(seeds))
    if is_keeping:
        _keep(name, seeds, found)
    return min(ended, 1)


def _inside(name: str, *words: str) -> int:
    command = [sys.executable, "-m", "tests.fuzz", name, "--inside", *words]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _keep(name: str, seeds: Path, found: Path) -> None:
    """Add to the corpus some of the inputs which together reach what the seeds do not."""
    from tests.fuzz.table import keep

    more = WORK / f"{name}-more"
    more.mkdir(exist_ok=True)
    for path in more.iterdir():
        path.unlink()
    known = {path.read_bytes() for path in seeds.iterdir()}
    merged = _inside(
        name, "-merge=1", f"-max_len={MOST_KEPT_BYTES}", *map(str, (more, seeds, found))
    )
    inputs = sorted({path.read_bytes() for path in more.iterdir()} - known, key=len)
    if not merged and inputs:
        # Short ones stop early and long ones late: some of each.
        keep(name, inputs[:: -(-len(inputs) // MOST_KEPT)])


def _fuzz(atheris: Atheris, name: str, words: Iterable[str]) -> None:
    with atheris.instrument_imports(include=["ledger", "keys"]):
        from tests.fuzz.bending import bend
        from tests.fuzz.table import TARGETS
        from tests.fuzz.target import attempt
    target = TARGETS[name]
    seeds = list(target.seeds())

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.randrange(2):
            return atheris.Mutate(data, most)
        return bend(chance, data, seeds)[:most]

    def read(data: bytes) -> None:
        attempt(target, data)

    # To compare inputs libFuzzer starts what it is called by, through a shell.
    called = f"{sys.executable} -m tests.fuzz {name} --inside"
    atheris.Setup([called, *words], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
