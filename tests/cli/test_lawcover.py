"""What the program does for each sentence of a policy, as a director reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import get_args

import pytest

from ledger.cli.lawcover import load_coverage
from ledger.domain.law.coverage import PolicyKey, Treatment
from tests.cli.conftest import Line
from tests.house.tree import ROOT

READ = load_coverage()
IMPORTED = """
import sys
from ledger.cli.app import run
run(["law", "deadline", "us", "preservation", "--from", "2026-01-05"])
sys.exit("ledger.domain.law.coverage" in sys.modules)
"""


def flat(text: str) -> str:
    """Give a text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("key", get_args(PolicyKey))
def test_a_policy_is_read_in_the_order_of_its_text(line: Line, key: str) -> None:
    """Each place once, in its order; under it each sentence, how it is treated, and by what."""
    shown = line("law", "coverage", key, as_json=False)
    assert shown.code == 0, shown.err
    (policy,) = (one for one in READ.policies if one.key == key)
    places = re.findall(r"^-- (.+)$", shown.out, re.MULTILINE)
    assert places == list(policy.places)
    parts = dict(zip(places, re.split(r"^-- .+$", shown.out, flags=re.MULTILINE)[1:], strict=True))
    for row in READ.of(policy):
        part = flat(parts[row.at[policy.key]])
        assert f"{row.id} {row.treated.upper()} {row.sentence} > {row.how}" in part


def test_all_policies_end_with_the_count(line: Line) -> None:
    """Nothing is longer than a hundred columns, and the last line is the count."""
    shown = line("law", "coverage", as_json=False).out.splitlines()
    assert shown[-1] == "163 of 163"
    assert max(map(len, shown)) <= 100
    assert [one[:3] for one in shown if one[:3] in get_args(PolicyKey)] == [*get_args(PolicyKey)]


def test_a_program_reads_the_same_requirements(line: Line) -> None:
    """With place, names, tests and mutants; a requirement of two policies stands in both."""
    data = line.good("law", "coverage")
    assert (data["treated"], data["listed"]) == (163, 163)
    assert sum(data["counts"].values()) == 163
    assert set(data["counts"]) == set(get_args(Treatment))
    (missouri,) = line.good("law", "coverage", "004")["policies"]
    by_id = {row["id"]: row for row in missouri["requirements"]}
    assert by_id["R-131"]["place"] == "III.3"
    assert by_id["R-131"]["mutants"] == ["designee-in-missouri", "staff-decide"]
    assert by_id["R-01"]["at"].keys() == {"000", "001", "002", "003", "004"}


def test_another_policy_is_answered_with_those_that_there_are(line: Line) -> None:
    """Exit 2 and a sentence."""
    asked = line("law", "coverage", "005", as_json=False)
    assert (asked.code, asked.out) == (2, "")
    assert asked.err == "There is no policy 005. There are: 000, 001, 002, 003, 004.\n"


def test_no_other_command_of_the_law_waits_for_it() -> None:
    """The rows are read where they are asked for, and nowhere else."""
    command = [sys.executable, "-c", IMPORTED]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert asked.returncode == 0, asked.stderr
    assert "preservation (keep), us" in asked.stdout
