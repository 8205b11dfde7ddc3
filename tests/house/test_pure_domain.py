"""The domain reads nothing: no clock, no chance, no file, no socket, no machine.

`test_imports.py` says which rooms the domain may know; here is what it may not do. The packs are
the one exception: they are data of this program, read by one file through `importlib.resources`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import named, parsed, python_files

DOMAIN = python_files("ledger/domain")
READS_THE_PACKS = "ledger/domain/law/pack.py"

MODULES = frozenset(
    {"asyncio", "ctypes", "getpass", "io", "locale", "logging", "multiprocessing", "os"}
    | {"pathlib", "platform", "random", "secrets", "select", "shutil", "signal", "socket"}
    | {"ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"}
)
"""Modules through which the machine shows."""
CALLS = frozenset({"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"})
READING = frozenset(
    {"now", "utcnow", "today", "fromtimestamp", "localtime", "monotonic", "perf_counter"}
    | {"time_ns", "urandom", "getrandbits", "uuid1", "uuid4", "getenv", "environ"}
)
FILES = frozenset({"read_bytes", "read_text", "write_bytes", "write_text", "open", "iterdir"})


def breaches(tree: ast.Module, *, may_read_packs: bool = False) -> Iterator[str]:
    """Give what a module does that a pure one does not, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                wanted = [alias.name.partition(".")[0] for alias in names]
            case ast.ImportFrom(module=str(module)):
                wanted = [module.partition(".")[0]]
            case _:
                wanted = []
        yield from (f"{line(node)}: imports {name}" for name in wanted if name in MODULES)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in CALLS:
                yield f"{line(node)}: calls {node.func.id}"
        elif isinstance(node, ast.Attribute):
            forbidden = READING if may_read_packs else READING | FILES
            if node.attr in forbidden:
                yield f"{line(node)}: reads {node.attr}"


def line(node: ast.AST) -> int:
    """Give the line on which a part of the code stands; 0 where it has none."""
    return int(getattr(node, "lineno", 0))


@pytest.mark.parametrize("path", DOMAIN, ids=named)
def test_the_domain_reads_nothing(path: Path) -> None:
    """Deciding and folding depend on what the caller passes, and on nothing else."""
    packs = named(path) == READS_THE_PACKS
    assert not list(breaches(parsed(path), may_read_packs=packs))


def test_one_file_reads_the_packs() -> None:
    """Only that file uses package resources, and it is there."""
    reading = {
        named(path)
        for path in DOMAIN
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("importlib")
    }
    assert reading == {READS_THE_PACKS}


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "import os.path as p",
        "from random import choice",
        "from time import time",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nnow = datetime.date.today",
        "f = open('x')",
        "def f():\n    import socket",
        "Path('x').read_text()",
    ],
)
def test_what_reads_is_found(code: str) -> None:
    """The check itself finds a clock, a die, a file and a socket, also inside a function."""
    assert list(breaches(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import date, datetime, time",
        "noon = time(12)",
        "at.astimezone(zone).date()",
        "today_on = context.on",
    ],
)
def test_what_is_given_may_be_used(code: str) -> None:
    """Times that the caller passes are no clock."""
    assert not list(breaches(ast.parse(code)))
