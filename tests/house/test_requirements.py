"""Every requirement is treated as its row says: what the row names is there, and its proof too."""

from __future__ import annotations

import ast
from functools import cache
from typing import get_args

import pytest

from ledger.cli.app import app
from ledger.cli.lawcover import load_coverage
from ledger.domain.codec import EVENT_TYPES
from ledger.domain.law.coverage import LISTED, Policy, Treated
from ledger.domain.law.deadlines.row import DeadlineFlag
from ledger.domain.law.pack import names, resolve
from ledger.domain.law.provisions import Basis, DeadlineRule, Provision, Value
from ledger.domain.law.rules import rule_versions
from tests.domain.law.test_requirement_rows import LIBRARY, requirements
from tests.house.tree import ROOT, parsed, python_files
from tests.mutants.trees import FOLDER, Mutant, changed, mutants

READ = load_coverage()
ROWS = {row.id: row for row in READ.requirements}
PROVEN = ("enforced", "timed")
OF_PACKS = ("value", "basis", "deadline")
OF_THE_LAW = "law.toml"
"""The list whose mutants are those of requirements; other lists have their own reasons."""

each_row = pytest.mark.parametrize("row", READ.requirements, ids=lambda row: row.id)
each_policy = pytest.mark.parametrize("policy", READ.policies, ids=lambda one: one.key)


def named_in(row: Treated, kind: str) -> set[str]:
    """Give the names of one kind on which a row says that it rests."""
    pairs = (name.partition(":") for name in row.by)
    return {name for found, _, name in pairs if found == kind}


@cache
def pack_rows(pack: str) -> dict[tuple[str, str], list[Provision]]:
    """Give the rows of a resolved law that may be named, by kind and id."""
    law = resolve(pack)
    kinds: dict[str, tuple[Value | Basis | DeadlineRule, ...]] = {
        "value": law.values,
        "basis": law.all_bases,
        "deadline": law.all_deadlines,
    }
    found: dict[tuple[str, str], list[Provision]] = {}
    for kind, rows in kinds.items():
        for row in rows:
            found.setdefault((kind, row.id), []).append(row)
    return found


@cache
def flag_names() -> frozenset[str]:
    """Give the names under which the code raises flags."""
    raised = {
        node.args[0].value
        for path in python_files("ledger/domain/law/flags")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("flag", "house_flag")
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    return frozenset(raised | set(get_args(DeadlineFlag)))


@cache
def standing_in(file: str) -> frozenset[str]:
    """Give the names of the tests that stand in a file."""
    path = ROOT / file
    body = parsed(path).body if path.exists() else []
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef))


def law_mutants() -> dict[str, Mutant]:
    """Give the mutants of the law's own list."""
    text = (FOLDER / OF_THE_LAW).read_text(encoding="utf-8")
    return {one.id: one for one in mutants() if f'id = "{one.id}"\n' in text}


# --- The list and the places ---------------------------------------------------------------------


def test_every_requirement_has_one_row() -> None:
    """R-01 to R-163, each once."""
    wanted = [f"R-{number:02}" for number in range(1, LISTED + 1)]
    assert [row.id for row in READ.requirements] == wanted


@each_policy
def test_a_policy_asks_what_the_list_says(policy: Policy) -> None:
    """The rows give each policy the requirements that domain §1 found in it, and its own pack."""
    assert {row.id for row in READ.of(policy)} == requirements(policy.key)
    assert policy.pack == LIBRARY[policy.key]


@each_policy
def test_every_place_of_a_policy_is_one_of_its_text(policy: Policy) -> None:
    """No row stands at a place that the policy does not have, and no place stands empty."""
    places = [row.at[policy.key] for row in READ.requirements if policy.key in row.at]
    assert set(places) == set(policy.places)
    assert len(set(policy.places)) == len(policy.places)


# --- What a row names is there -------------------------------------------------------------------


@each_row
def test_what_a_row_rests_on_is_there(row: Treated) -> None:
    """Rules, events and flags by their names in the code; rows of the packs by their ids."""
    assert named_in(row, "rule") <= set(rule_versions())
    assert named_in(row, "event") <= set(EVENT_TYPES)
    assert named_in(row, "flag") <= flag_names()
    laws = [pack_rows(policy.pack) for policy in READ.policies if policy.key in row.at]
    for kind in OF_PACKS:
        for name in named_in(row, kind):
            assert any((kind, name) in law for law in laws), f"{kind}:{name}"


@each_row
def test_a_door_that_a_row_names_opens(row: Treated) -> None:
    """It is a command of the command line, word by word."""
    for words in named_in(row, "door"):
        room = app
        for word in words.split():
            room = room[word]


@each_row
def test_a_test_that_a_row_names_exists(row: Treated) -> None:
    """In the file that it names, under its name."""
    for test in row.tests:
        file, _, name = test.partition("::")
        # One case of a test that is run for several stands in brackets.
        assert name.partition("[")[0] in standing_in(file), test


@each_row
def test_a_pack_carries_the_requirement_that_its_row_treats(row: Treated) -> None:
    """Where rows of a pack are named, one of them says itself that it serves the requirement."""
    wanted = {(kind, name) for kind in OF_PACKS for name in named_in(row, kind)}
    laws = [pack_rows(policy.pack) for policy in READ.policies if policy.key in row.at]
    serving = [one for law in laws for key in wanted for one in law.get(key, ())]
    struck = row.id == "R-75"
    assert struck or not wanted or any(row.id in one.requirements for one in serving)


def test_every_kind_of_name_is_in_use() -> None:
    """The checks above have something to check, and every pack loads."""
    kinds = {name.partition(":")[0] for row in READ.requirements for name in row.by}
    assert kinds == {"rule", "event", "deadline", "flag", "value", "basis", "door"}
    assert {policy.pack for policy in READ.policies} <= set(names())


# --- What is proven ------------------------------------------------------------------------------


@each_row
def test_what_is_enforced_or_timed_is_proven(row: Treated) -> None:
    """Each names what enforces it, tests, and a change to the product that these notice."""
    proven = row.treated in PROVEN
    assert bool(row.mutants) is proven
    assert row.tests or not proven
    assert row.treated != "timed" or named_in(row, "deadline")
    assert row.treated != "recorded" or named_in(row, "event")
    assert row.by


@each_row
def test_the_tests_of_a_row_notice_its_mutants(row: Treated) -> None:
    """A mutant that a row names is in the law's list, and killed by tests of that row."""
    known = law_mutants()
    for mutant in row.mutants:
        assert mutant in known, mutant
        assert set(known[mutant].killed_by) <= set(row.tests), mutant


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.id)
def test_a_mutant_still_fits_the_product(mutant: Mutant) -> None:
    """What it changes stands there once, and the tests that notice it exist: seen at once here,
    while killing it takes its time.
    """
    assert mutant.now in changed(mutant)
    for test in mutant.killed_by:
        file, _, name = test.partition("::")
        # One case of a test that is run for several stands in brackets.
        assert name.partition("[")[0] in standing_in(file), test


def test_every_mutant_of_the_law_serves_a_requirement() -> None:
    """A change that breaks no requirement is no mutant of this list."""
    served = {mutant for row in READ.requirements for mutant in row.mutants}
    assert served == set(law_mutants())
