"""No door shows anything sealed past the record of looks (ADR 0011)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import ROOT, parsed, python_files

DOORS = tuple(ROOT / "ledger" / one for one in ("cli", "web"))
PLAYS = {"demonstration.py"}
"""These play in a throw-away ledger."""


def readings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give each use of what reads a ledger without recording the look, with its line."""
    # A call whose result nobody takes asks whether a key is enrolled, and shows nothing.
    idle = {one.value for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        name = ast.unparse(call.func)
        of_service = bool(call.args) and ast.unparse(call.args[0]) == "None"
        is_raw = name.endswith("register.reader") and call not in idle and not of_service
        if is_raw or name.rpartition(".")[2] in {"Reader", "openable"}:
            yield call.lineno, name


def test_doors_read_through_the_record_of_looks() -> None:
    """A door that reads as a person asks for a reader that records what it shows."""
    found = [
        (path.name, *one)
        for path in python_files()
        if path.is_relative_to(DOORS[0]) or path.is_relative_to(DOORS[1])
        if path.name not in PLAYS
        for one in readings(parsed(path))
    ]
    assert found == []


def test_the_rule_finds_what_it_looks_for() -> None:
    """A raw reader is found; one of the service, and a mere question, are not."""
    door = ast.parse(
        "s.register.reader(s.keyring)\n"
        "service = s.register.reader(None)\n"
        "raw = s.register.reader(s.keyring, vault=True).case('x')\n"
        "other = Reader(home, custody, ring, vault=True)\n"
    )
    assert sorted(line for line, _ in readings(door)) == [3, 4]
