#!/usr/bin/env python3
"""Try a verifier on the hostile packs: `python3 tests/hostile/run.py [--level-1] COMMAND [WORD]…`.

The command is any program that keeps to FORMAT §7, written in any language. For each folder of
`packs/` it is started as

    COMMAND … PATH --trust FILE [--openings PATH] [--receipt FILE]…
        [--before PATH --before-trust FILE] [--replay] --json

and what it answers is held against `expected.json`: the exit, and the codes that must be found.
One line a pack; exit 0 when every pack was judged rightly, else 1. With `--level-1` the packs that
ask for a replay (V15) are left out: not every verifier knows the rules.

Needs: Python >= 3.11, nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PACKS = Path(__file__).resolve().parent / "packs"
PATIENCE_SECONDS = 120


class Expected(NamedTuple):
    """What a verifier must say of a pack; `may` are consequences that it may name too."""

    exit: int
    must: frozenset[str]
    may: frozenset[str]
    replay: bool


def folders() -> list[Path]:
    """Every hostile pack, by name."""
    return sorted(path.parent for path in PACKS.glob("*/expected.json"))


def expected(folder: Path) -> Expected:
    """What must be said of a pack."""
    told = json.loads((folder / "expected.json").read_text("utf-8"))
    must, may = frozenset(told["must"]), frozenset(told["may"])
    return Expected(told["exit"], must, may, told.get("replay", False))


def words(folder: Path) -> list[str]:
    """The words that follow the command."""
    path = next(folder / name for name in ("pack", "pack.zip", "log") if (folder / name).exists())
    chosen = [str(path), "--trust", str(folder / "trust.json")]
    if (folder / "openings").exists():
        chosen += ["--openings", str(folder / "openings")]
    for receipt in sorted(folder.glob("receipts/*")):
        chosen += ["--receipt", str(receipt)]
    if (folder / "before").exists():
        trust = folder / "before-trust.json"
        chosen += ["--before", str(folder / "before"), "--before-trust", str(trust)]
    if expected(folder).replay:
        chosen.append("--replay")
    return [*chosen, "--json"]


def judge(command: Sequence[str], folder: Path) -> str:
    """Run a verifier on one pack; gives what it got wrong, or nothing."""
    wanted = expected(folder)
    try:
        done = subprocess.run(
            [*command, *words(folder)], capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it did not answer within {PATIENCE_SECONDS} seconds"
    try:
        answer = json.loads(done.stdout)
        found = {one["code"] for one in answer["findings"]}
        said = answer["exit"]
    except (ValueError, KeyError, TypeError):
        return f"it did not answer in the form of FORMAT §7 (exit {done.returncode})"
    wrong = []
    if not said == done.returncode == wanted.exit:
        wrong.append(f"exit {done.returncode}, said {said}, expected {wanted.exit}")
    if missed := wanted.must - found:
        wrong.append(f"not found: {', '.join(sorted(missed))}")
    if beyond := found - wanted.must - wanted.may:
        wrong.append(f"found beyond what is listed: {', '.join(sorted(beyond))}")
    return "; ".join(wrong)


def main(command: Sequence[str]) -> int:
    """Try the command on every pack."""
    level_1 = command[:1] == ["--level-1"]
    command = command[level_1:]
    if not command:
        print("Say which verifier: python3 tests/hostile/run.py COMMAND [WORD]…", file=sys.stderr)
        return 2
    failed = 0
    chosen = [folder for folder in folders() if not (level_1 and expected(folder).replay)]
    for folder in chosen:
        wrong = judge(command, folder)
        failed += bool(wrong)
        print(f"{'WRONG' if wrong else 'right'}  {folder.name}{': ' if wrong else ''}{wrong}")
    print(f"{len(chosen) - failed} of {len(chosen)} packs judged rightly.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
