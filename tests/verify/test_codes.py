"""The codes of findings are those of the format, no more and no fewer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import ledger.evidence
import ledger.verify
from ledger.verify.report import NOTICES, TITLES

TEXT = (Path(ledger.evidence.__path__[0]) / "FORMAT.md").read_text("utf-8")
CODE = re.compile(r"V[0-9]+\.[a-z0-9-]+")


def listed() -> set[str]:
    """Return the codes of the table in the format text."""
    table = TEXT[TEXT.index("| code |") :]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| V")]
    return {code for row in rows for code in CODE.findall(row)}


ADDERS = ("_add", "against", "append")


def firsts(call: ast.Call) -> list[ast.expr]:
    """Return what may be the code in a call: its first argument, or the first of a pair."""
    first = call.args[0]
    return first.elts[:1] if isinstance(first, ast.Tuple) else [first]


def spoken() -> set[str]:
    """Return the codes that the verifier can give, also where it joins them from parts."""
    found: set[str] = set()
    for path in Path(ledger.verify.__path__[0]).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        texts = [one.value for one in ast.walk(tree)
                 if isinstance(one, ast.Constant) and isinstance(one.value, str)]  # fmt: skip
        found |= {text for text in texts if CODE.fullmatch(text)}
        if path.name in ("judge.py", "authority.py"):
            # These two name V9 once and the rest of the code at each finding.
            calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
            found |= {
                f"V9.{argument.value}"
                for call in calls
                if isinstance(call.func, ast.Attribute) and call.func.attr in ADDERS
                for argument in firsts(call)
                if isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
                and re.fullmatch("[a-z0-9-]+", argument.value)
            }
    return found


def test_the_format_lists_the_codes_that_are_given() -> None:
    """A code never changes its meaning, so none is given that the format does not explain."""
    assert spoken() == listed()


def test_every_code_belongs_to_a_check_and_notices_are_codes() -> None:
    """A finding is of a check that the report lists."""
    assert {code.partition(".")[0] for code in listed()} | {"V8"} == set(TITLES)
    assert listed() >= NOTICES
