#!/usr/bin/env python3
"""The five words of this project: `python3 ops/go.py demo|test|check|fix|bench`.

Runs on a bare Debian 12 with only python3, as root or with sudo, and anywhere pip is present. The
first run makes its environment (ops/environments.py); later runs start at once. Exit codes are
those of the program that was run; 2 means that the words were not understood.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036 - this line is read by the Pythons that it refuses.
    sys.exit(f"[go] Python 3.11 or newer is needed here; this one is {sys.version.split()[0]}.")

from environments import ROOT, child_environment, environment, fail, say, test_tools

USAGE = """\
usage: python3 ops/go.py WORD [ARGUMENTS]

  demo    set up, play a demonstration ledger, verify it and serve it to browsers until Ctrl-C
          (--home DIR keeps it, --once ends instead of serving)
  test    run all tests on every core; a word narrows to tests whose name has it, and pytest's
          options pass through (-n 1 for one process)
  check   format, lint, types, import contracts, house tests: seconds
  fix     format, and make the safe corrections
  bench   measure speed against the raw ceilings, in one run   (--leaves N, --json FILE); with
          --page over growing sizes, as ops/bench/README.md shows it

examples:
  python3 ops/go.py demo --once
  python3 ops/go.py test merkle
  python3 ops/go.py test tests/keys -x
"""

# Each room is held to the bound of pyproject.toml by itself; an average would hide one behind
# another. These are the rooms in which a line that no test runs may be a wrong proof.
MEASURED_ROOMS = ("ledger/domain", "ledger/evidence", "ledger/verify")
# Linux's folder in memory, and how much must be free there: several times what tests ever held,
# which is mostly the data of PostgreSQL.
MEMORY = "/dev/shm"  # noqa: S108 - pytest makes a private folder of its own below it.
ROOM_BYTES = 4 << 30
# What a developer may say of processes and still mean the whole suite.
SAYS_HOW = re.compile(r"((-n ?\w+|--numprocesses[= ]\w+|--dist[= ]\w+|-p ?no:xdist)( |$))*")
# Options that pick few tests, need the terminal, or say themselves how many processes there are.
ONE_OR_OWN = re.compile(r"-[knps]|--(numprocesses|dist|pdb|trace|capture|lf|last-failed)")


def demo(arguments: list[str]) -> int:
    """Run the demonstration with exactly the packages that an operator has."""
    become([str(environment("run")), "-P", "-m", "ledger.cli", "demo", *arguments])


def test(arguments: list[str]) -> int:
    """Run the tests; all of them also hold the measured rooms to their coverage.

    The whole suite, or a folder of it, is run by as many processes as there are cores; a word or a
    file is soon done by one. Whoever says how (`-n 4`, `-p no:xdist`) is obeyed.

    pytest's closing line is kept back and printed last, so that the end of the output, which is
    what people and CI read, says how many tests ran.
    """
    python = str(environment("test"))
    test_tools()
    os.environ.update(scratch())
    pytest = [python, "-P", "-m", "pytest", *spread(arguments)]
    if not SAYS_HOW.fullmatch(" ".join(arguments)):
        become([*pytest, *as_pytest(arguments)])
    pytest += arguments
    # The bound is checked below, room by room, so pytest-cov only measures.
    measured = ["--cov", "--cov-report=", "--cov-fail-under=0"]
    code, closing = run_keeping_last_line([*pytest, *measured])
    # After a failure the lines that were not reached tell nothing.
    uncovered = [room for room in MEASURED_ROOMS if code == 0 and not is_covered(python, room)]
    sys.stdout.flush()
    sys.stdout.buffer.write(closing)
    sys.stdout.flush()
    return code or (1 if uncovered else 0)


def check(arguments: list[str]) -> int:
    """Run every quick check, all of them even when one fails, the house tests last."""
    refuse_arguments("check", arguments)
    python = str(environment("test"))
    lint_imports = str(pathlib.Path(python).with_name("lint-imports"))
    failed: list[str] = []
    for name, command in (
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("types", [python, "-P", "-m", "mypy"]),
        ("imports", [lint_imports, "--no-logo", "--cache-dir", ".cache/imports"]),
    ):
        if run(command) != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}. The house tests follow.")
    code = run([python, "-P", "-m", "pytest", "tests/house"])
    return code or (1 if failed else 0)


def fix(arguments: list[str]) -> int:
    """Make the corrections that a tool can make safely, then format."""
    refuse_arguments("fix", arguments)
    ruff = [str(environment("test")), "-m", "ruff"]
    corrected = run([*ruff, "check", "--fix", "."])
    return run([*ruff, "format", "."]) or corrected


def bench(arguments: list[str]) -> int:
    """Run the benchmarks, which print ratios, never bare times."""
    place = ROOT / "ops" / "bench"
    if not (place / "__main__.py").exists():
        fail("There is no benchmark here: ops/bench/__main__.py is missing.")
    become([str(environment("test")), str(place), *arguments])


WORDS = {"demo": demo, "test": test, "check": check, "fix": fix, "bench": bench}


def become(command: list[str]) -> NoReturn:
    """Replace this process by a program, so that its signals and its exit code are its own."""
    sys.stdout.flush()
    os.execve(command[0], command, child_environment())  # noqa: S606 - no shell is the wish.


def run(command: list[str]) -> int:
    """Run a program with our terminal and give its exit code."""
    return exit_code(subprocess.call(command, env=child_environment()))


def run_keeping_last_line(command: list[str]) -> tuple[int, bytes]:
    """Run a program, pass its output on line by line, but keep back and return the last line."""
    if sys.stdout.isatty():
        command = [*command, "--color=yes"]
    kept = b""
    with subprocess.Popen(command, env=child_environment(), stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        for line in program.stdout:
            sys.stdout.buffer.write(kept)
            sys.stdout.flush()
            kept = line
    return exit_code(program.returncode), kept


def exit_code(returned: int) -> int:
    """Give the code that a shell would show: 128 and the signal for a program that was killed."""
    return returned if returned >= 0 else 128 - returned


def is_covered(python: str, room: str) -> bool:
    """Report what the tests left out of one room, and say whether it keeps the bound."""
    if not any((ROOT / room).rglob("*.py")):
        say(f"{room} is not built yet: nothing to measure.")
        return True
    report = [python, "-m", "coverage", "report", f"--include={room}/*"]
    done = subprocess.run(report, env=child_environment(), capture_output=True, check=False)
    if done.returncode == 0:
        say(f"{room}: {done.stdout.decode().rstrip().splitlines()[-1]}")
        return True
    sys.stdout.buffer.write(b"\n" + done.stdout + done.stderr)
    say(f"{room} does not keep its coverage: see above.")
    return False


def scratch() -> dict[str, str]:
    """Let tests write into memory where it has room: they wait for a disk a third of their time.

    A test's folder goes with it unless it failed (pyproject.toml). Whoever names a place for
    temporary files keeps it.
    """
    if {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys() or not os.access(MEMORY, os.W_OK):
        return {}
    has_room = shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return {"PYTEST_DEBUG_TEMPROOT": MEMORY} if has_room else {}


def spread(arguments: list[str]) -> list[str]:
    """Give pytest's options for several processes, where they pay and nobody said otherwise."""
    first = arguments[0] if arguments else "-"
    narrowed = not first.startswith("-") and not (ROOT / first).is_dir()
    if narrowed or any(ONE_OR_OWN.match(argument) for argument in arguments):
        return []
    # Idle processes take over tests of busy ones: a single test may take half a minute.
    return ["-n", str(len(os.sched_getaffinity(0))), "--dist", "worksteal"]


def as_pytest(arguments: list[str]) -> list[str]:
    """Read the first argument as part of a test's name, unless it is an option or a path."""
    first, *others = arguments
    if first.startswith("-") or (ROOT / first.split("::")[0]).exists():
        return arguments
    return ["-k", first, *others]


def refuse_arguments(word: str, arguments: list[str]) -> None:
    """Stop when a word that takes no arguments was given some."""
    if arguments:
        say(f"{word} takes no arguments; it was given {' '.join(arguments)}.")
        raise SystemExit(2)


def main(arguments: list[str]) -> int:
    """Find the word and do it."""
    if not arguments or arguments[0] not in WORDS:
        asked = bool(arguments) and arguments[0] in ("-h", "--help")
        if arguments and not asked:
            say(f"{arguments[0]!r} is not a word that this knows.")
        print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    if arguments[0] != "demo":
        # Tools read their settings and names of tests from here; a --home is the caller's own.
        os.chdir(ROOT)
    try:
        return WORDS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
