"""A program that imports once what every run of tests imports, and forks a child for each run.

pytest and other people's libraries take most of the time of a short run, and no mutant changes
them. Nothing of ours is shared: what came in with them is forgotten before the first fork, so that
each child imports the checkout at TREE as it then stands.

Run in a checkout as `zygote.py TREE BYTECODE SCRATCH`; in the second folder a child leaves what it
compiled to those after it, in the third lie the files of its tests. Each line of input is a JSON
list of tests; each line of output `[end, printed]`, where `end` is pytest's, or what
os.waitstatus_to_exitcode says of a child that did not come to it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
from typing import NoReturn

import pytest

OURS = ("keys", "ledger", "tests")
BROAD = "tests/noninterference/test_examples.py"
"""A file of tests that imports every module of the product, and so whatever those import."""
LIMIT_SECONDS = 120
CRASHED = 70
"""The end of a child in which not a test but pytest itself failed: none of pytest's own."""


def main(tree: str, bytecode: str, scratch: str) -> None:
    """Import, then run tests at `tree` until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    prepare()
    sys.path[:] = [tree, *(one for one in sys.path if one != os.getcwd())]
    os.environ["PYTHONPATH"] = tree
    sys.pycache_prefix, sys.dont_write_bytecode = bytecode, False
    for line in sys.stdin:
        # A scratch folder of their own, because a child ends before pytest would clear the usual.
        # To show a failure, which is what is wished for, no source is read.
        plain = ["-q", "-x", "-p", "no:xdist", "--tb=native"]
        words = [*plain, f"--basetemp={scratch}", *json.loads(line)]
        print(json.dumps(run(tree, words)), file=answers, flush=True)


def prepare() -> None:
    """Import what tests import, and forget what is ours of it."""
    pytest.main(["-q", "-p", "no:xdist", "--collect-only", BROAD])
    for name in [one for one in sys.modules if one.partition(".")[0] in OURS]:
        del sys.modules[name]
    gc.collect()
    # Children share the memory of what is here as long as nobody touches it; collecting would.
    gc.freeze()


def run(tree: str, words: list[str]) -> tuple[int, str]:
    """Run pytest in a child; gives how it ended and what it printed."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            be_child(tree, words, printed.fileno())
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        return os.waitstatus_to_exitcode(status), printed.read().decode("utf-8", "replace")


def be_child(tree: str, words: list[str], printed: int) -> NoReturn:
    """Run pytest, and end this process; it never goes on with what its parent was doing."""
    end = CRASHED
    try:
        signal.alarm(LIMIT_SECONDS)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.chdir(tree)
        # A child leaves little garbage, and looking for it takes a tenth of its time.
        gc.disable()
        importlib.invalidate_caches()
        end = int(pytest.main(words))
    finally:
        # A child that could not write still ends here, or it would go on as its parent.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(end)


if __name__ == "__main__":
    main(*sys.argv[1:])
