"""Where things stand and how large they grow."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import PACKAGES, ROOT, files, is_ours, named, parsed, python_files

# DESIGN §2 fixes the top of the tree. A dot name is a tool's and may come and go.
TOP = {"pyproject.toml", "ledger", "keys", "tests", "ops", "README.md", "CHANGELOG.md"}
# A house of tests may be a little longer: its cases stand one below the other.
LONGEST_FILE_LINES = {"ledger": 400, "keys": 400, "ops": 400, "tests": 500}
LONGEST_FUNCTION_LINES = 60
GOLDEN = ROOT / "tests" / "golden"


def test_the_top_of_the_tree_is_fixed() -> None:
    """Nothing stands at the top but what DESIGN §2 names."""
    found = {path.name for path in ROOT.iterdir() if is_ours(path)}
    assert {name for name in found if not name.startswith(".")} == TOP


def test_no_file_outgrows_what_a_reader_holds_in_the_head() -> None:
    """A file of the product has at most 400 lines, a file of tests 500; a longer one is two."""
    lengths = {named(path): len(path.read_bytes().splitlines()) for path in python_files()}
    too_long = {
        name: length
        for name, length in lengths.items()
        if length > LONGEST_FILE_LINES[name.partition("/")[0]]
    }
    assert not too_long


def test_no_function_outgrows_a_screen() -> None:
    """A function of the product has at most 60 lines below its docstring."""
    too_long = [
        f"{named(path)}:{function.lineno}: {function.name}"
        for path in python_files(*PACKAGES, "ops")
        for function in functions(parsed(path))
        if lines_of_code(function) > LONGEST_FUNCTION_LINES
    ]
    assert not too_long


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give every function of a module, methods and inner ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines, without those of its docstring."""
    last = function.end_lineno or function.lineno
    first = function.body[0]
    prose = 0
    if ast.get_docstring(function) is not None:
        prose = (first.end_lineno or first.lineno) - first.lineno + 1
    return last - function.lineno + 1 - prose


def test_every_exception_from_a_rule_says_why() -> None:
    """A silenced rule is named, and its reason stands behind it on the same line."""
    silenced = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)")
    reasoned = re.compile(
        r"#\s*(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[a-z, -]+\]|pragma: no cover)"
        r"\W+\w+"
    )
    silent = [
        f"{named(path)}:{number}: {line.strip()}"
        for path in python_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if silenced.search(line) and not reasoned.search(line) and path != Path(__file__)
    ]
    assert not silent


def released_tags() -> set[str]:
    """Give the tag of every event class in the domain."""
    domain = importlib.import_module("ledger.domain")
    for found in pkgutil.iter_modules(domain.__path__, "ledger.domain."):
        importlib.import_module(found.name)
    event = importlib.import_module("ledger.domain.events").Event
    waiting, tags = [event], set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        tag = kind.__struct_config__.tag
        if tag is not None:
            tags.add(str(tag))
    return tags


def test_every_tag_has_its_golden_event() -> None:
    """One example of each released event is kept for ever, and none is kept for an unknown tag."""
    kept = {path.stem.partition("~")[0] for path in GOLDEN.glob("*.json")}
    assert kept == released_tags()


def test_text_files_end_lines_as_unix_does() -> None:
    """No carriage return, no tab in code, no missing last line end: bytes are hashed here."""
    for path in files():
        if path.suffix in {".py", ".toml", ".md", ".lock"} and path.stat().st_size:
            data = path.read_bytes()
            assert b"\r" not in data, named(path)
            assert data.endswith(b"\n"), named(path)
            assert path.suffix != ".py" or b"\t" not in data, named(path)
