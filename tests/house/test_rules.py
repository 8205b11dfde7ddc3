"""The table of rules: complete, fitting, versioned, and asking the law only for what it holds."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from ledger.domain.case import Case
from ledger.domain.codec import EVENT_TYPES
from ledger.domain.context import Broken, Context, Rule
from ledger.domain.events import Decision
from ledger.domain.fields import personal_fields
from ledger.domain.law import rules
from ledger.domain.law.pack import names, resolve
from ledger.domain.law.rules import READS_PERSONAL, RULES, rule_versions
from tests.house.tree import named, parsed, python_files

WITHOUT_RULE: dict[type[Decision], str] = {}
"""Decisions that nothing gates, each with the reason why. There is none."""

PAIRS = [(kind, rule) for kind, found in RULES.items() for rule in found]
VERSIONED = re.compile(r"[a-z]+(_[a-z]+)*_v[1-9][0-9]*")


def label(value: object) -> str:
    """Name an event type or a rule in the report."""
    return str(getattr(value, "__name__", value))


def published() -> dict[str, Any]:
    """Give every public function of the rules' modules by its name."""
    modules = [
        importlib.import_module(f"{rules.__name__}.{found.name}")
        for found in pkgutil.iter_modules(rules.__path__)
    ]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, types.FunctionType)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


def judged_by(rule: Rule) -> tuple[type, ...]:
    """Give the types of event that a rule is written for."""
    wanted = get_type_hints(rule)["event"]
    return get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)


def test_every_decision_is_judged() -> None:
    """What a person may decide is gated by a rule, or the reason why not is written down."""
    decisions = {kind for kind in EVENT_TYPES.values() if issubclass(kind, Decision)}
    assert set(RULES) | set(WITHOUT_RULE) == decisions
    assert not set(RULES) & set(WITHOUT_RULE)
    assert all(RULES.values())
    assert all(len(set(found)) == len(found) for found in RULES.values())


@pytest.mark.parametrize(("kind", "rule"), PAIRS, ids=label)
def test_a_rule_judges_what_it_is_written_for(kind: type[Decision], rule: Rule) -> None:
    """Each event type under which the table lists a rule is one that the rule's signature names."""
    assert issubclass(kind, judged_by(rule))


@pytest.mark.parametrize("rule", published().values(), ids=label)
def test_a_rule_has_one_form(rule: Rule) -> None:
    """Case, event and context come in; a broken provision or nothing comes out; it says which."""
    hints = get_type_hints(rule)
    assert list(hints) == ["case", "event", "context", "return"]
    assert (hints["case"], hints["context"]) == (Case, Context)
    assert set(get_args(hints["return"])) == {Broken, type(None)}
    assert (rule.__doc__ or "").strip()


def test_every_rule_is_in_use_and_has_a_version() -> None:
    """A rule nobody asks is no rule; and each name ends in the version that records pin."""
    used = {rule.__name__ for _, rule in PAIRS}
    assert used == set(published())
    assert all(VERSIONED.fullmatch(name) for name in used)
    newest = {f"{name}_v{number}" for name, number in rule_versions().items()}
    assert newest <= used
    assert {name.rpartition("_v")[0] for name in used} == set(rule_versions())


def test_a_refusal_names_a_rule_of_the_table() -> None:
    """The name under which a provision is broken is one that the resolved law pins."""
    spoken = {
        (named(path), text)
        for path in python_files("ledger/domain/law/rules")
        for text in texts(parsed(path))
        if VERSIONED.fullmatch(text)
    }
    assert {text for _, text in spoken} <= set(published())
    assert spoken


# --- What the rules ask of the law ------------------------------------------------------------


VALUE_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+")
ASKING = ("ledger/domain/law/rules", "ledger/domain/law/deadlines", "ledger/domain/law/flags")
ONLY_PERSONAL = {
    field
    for kind in EVENT_TYPES.values()
    for field in personal_fields(kind)
    if not any(
        field in other.__struct_fields__ and field not in personal_fields(other)
        for other in EVENT_TYPES.values()
    )
}
"""Fields that are personal wherever they stand."""
NOT_LAW = {("ledger/domain/law/rules/silence.py", 2): "places in a stream that are the keys' own"}
"""Numbers that rules need and no law gives, each with what it is."""


def test_no_number_stands_in_a_rule() -> None:
    """Every number of the law is a row with its source: rules, flags and deadlines hold none."""
    found = {
        (named(path), node.value)
        for path in python_files(*ASKING)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }
    assert {(path, number) for path, number in found if abs(number) > 1} == set(NOT_LAW)


def personal_reads(path: Path) -> set[str]:
    """Name the functions of a module that look at a personal field of an event."""
    found = set()
    for function in ast.walk(parsed(path)):
        if not isinstance(function, ast.FunctionDef):
            continue
        hint = next((a.annotation for a in function.args.args if a.arg == "event"), None)
        told = "" if hint is None else ast.unparse(hint)
        of_event = {
            field
            for kind in EVENT_TYPES.values()
            if re.search(rf"\b{kind.__name__}\b", told)
            for field in personal_fields(kind)
        }
        found |= {
            function.name
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute)
            and (
                (node.attr in of_event and ast.unparse(node.value) == "event")
                or (node.attr in ONLY_PERSONAL and ast.unparse(node.value).endswith(".event"))
            )
        }
    return found


def test_what_looks_at_personal_values_is_listed() -> None:
    """Such a rule says nothing once they are erased, and the replaying verifier must know it. Flags
    and deadlines, which packs claim, look at none at all.
    """
    reading = {
        name for path in python_files("ledger/domain/law/rules") for name in personal_reads(path)
    }
    assert {name.rpartition("_v")[0] for name in reading} == READS_PERSONAL
    for folder in ("ledger/domain/law/deadlines", "ledger/domain/law/flags"):
        assert not [one for path in python_files(folder) for one in personal_reads(path)]


def texts(tree: ast.AST) -> Iterator[str]:
    """Give every text that stands in the code, docstrings too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def asked(method: str) -> set[str]:
    """Give the rows that the code asks for by a method of the law."""
    return {
        node.args[0].value
        for folder in ASKING
        for path in python_files("ledger/domain")
        if named(path).startswith(folder)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_what_the_code_requires_every_law_holds() -> None:
    """A row that is asked for without a way out stands in the federal pack, under every library."""
    federal = resolve("us")
    required = asked("rule") | asked("rule_for")
    assert asked("value")
    assert required
    assert asked("value") <= {row.id for row in federal.values}
    assert required <= {row.id for row in federal.all_deadlines}


def test_every_federal_deadline_has_a_clock_in_a_case_or_a_reason() -> None:
    """A rule of time that no part of a case asks for is one for the door alone."""
    federal = {row.id for row in resolve("us").all_deadlines}
    for_the_door = {"backup-copy", "backup-release", "backup-challenge", "ferpa-access"}
    asked_for = asked("rule") | asked("rule_for") | asked("find_rule")
    assert federal - asked_for == for_the_door


def test_no_row_is_asked_for_that_no_pack_holds() -> None:
    """A row's name that is mistyped would silence a rule; every one stands in some pack."""
    known = {row.id for name in names() for row in resolve(name).values}
    mentioned = {
        text
        for folder in ASKING
        for path in python_files("ledger/domain")
        if named(path).startswith(folder)
        for text in texts(parsed(path))
        if VALUE_ID.fullmatch(text)
    }
    assert asked("find") <= mentioned
    assert mentioned <= known


def test_what_the_law_says_is_used() -> None:
    """These rows were once written down and asked by nobody."""
    used = asked("value") | asked("find")
    assert {
        "counsel.required_for_instruments",
        "decision.designee_requesters",
    } <= used
