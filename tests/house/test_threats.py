"""The table of threats names every case, and only tests that there are."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT, named, python_files

TABLE = ROOT / "ops" / "threats.md"
TESTS = ROOT / "tests"
CASES = 62
LEAST_TRIED = 58
NOT_ALL = ("In part: ", "Not tried: ")


@cache
def rows() -> dict[str, tuple[tuple[str, ...], str]]:
    """The tests of each case and what they show, in the order of the table."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("| T-"):
            number, _, tests, says = (one.strip() for one in line.strip("|").split("|"))
            assert number not in found
            found[number] = (tuple(re.findall(r"`([^`]+)`", tests)), says)
    return found


@cache
def names_of(path: Path) -> frozenset[str]:
    """The names of the tests of a file, by their first lines: parsing them all would take long."""
    written = path.read_text("utf-8")
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))


def test_each_case_has_its_row_and_most_are_tried() -> None:
    """T-01 to T-62 in order; what is not tried says why, and what would be needed."""
    assert list(rows()) == [f"T-{number:02}" for number in range(1, CASES + 1)]
    missing = {case for case, (_, says) in rows().items() if says.startswith(NOT_ALL)}
    assert [case for case in missing if "Needed: " not in rows()[case][1]] == []
    tried = {case for case, (tests, _) in rows().items() if tests} - missing
    assert len(tried) >= LEAST_TRIED
    assert tried | missing == set(rows())


def test_every_test_of_the_table_is_there() -> None:
    """No row rests on a test that was renamed or taken away, or on a pack that is gone."""
    wrong = []
    for case, (tests, says) in rows().items():
        for one in tests:
            name, _, test = one.partition("::")
            path = TESTS / name
            if not path.is_file() or test not in names_of(path):
                wrong.append(f"{case}: {one}")
        packs = re.findall(r"`(tests/[^`]+)`", says)
        wrong += [f"{case}: {one}" for one in packs if not (ROOT / one).exists()]
    assert wrong == []


def test_a_test_that_carries_a_number_is_in_the_files_of_its_row() -> None:
    """Whoever writes a test for a case enters its file in the table."""
    left_out = []
    for path in python_files("tests"):
        short = named(path).removeprefix("tests/")
        for test in names_of(path):
            for number in re.findall(r"(?<=_)t(\d\d)(?=_)", test):
                listed = {one.partition("::")[0] for one in rows()[f"T-{number}"][0]}
                if short not in listed:
                    left_out.append(f"T-{number}: {short}::{test}")
    assert left_out == []
