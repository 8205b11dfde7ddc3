"""No door without its observer: what a new one shows of sealed matters is compared from its first
day (DESIGN §4.9).
"""

from __future__ import annotations

import pkgutil

import pytest

import ledger
from ledger.web.table import DOORS as WEB_DOORS
from tests.mutants.trees import mutants
from tests.noninterference.doors import DOORS, REFERENCES, ROOMS, commands, parameters
from tests.noninterference.examples import EXAMPLES
from tests.noninterference.web import ASKED


def test_every_command_is_a_door_that_is_observed() -> None:
    """A new command is registered in `tests/noninterference/doors.py`, with calls that are made."""
    assert {name for name, _ in commands()} == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_door_is_called_or_says_why_not(name: str) -> None:
    """Each door has its calls, or a sentence that says why there is nothing to call."""
    door = DOORS[name]
    assert bool(door.calls) != bool(door.apart)


def test_every_door_of_the_web_is_observed() -> None:
    """A new door of the web is registered in `tests/noninterference/web.py`, with requests that are
    made; no request is left of a door that is gone.
    """
    assert {door.name for door in WEB_DOORS} == set(ASKED)
    assert all(ASKED.values())


def test_an_address_that_names_something_is_asked_for_what_is_sealed() -> None:
    """A door of the web with a parameter in its address is tried with a sealed matter's name."""
    naming = {door.name for door in WEB_DOORS if "{" in door.path}
    assert {
        name for name in naming if not any("{hidden" in one.target for one in ASKED[name])
    } == set()


def test_whatever_takes_a_reference_is_asked_for_a_sealed_one() -> None:
    """A door that takes the name of a case or a record is tried with one that is sealed."""
    taking = {name for name, function in commands() if parameters(function) & REFERENCES}
    asked = {
        name
        for name, door in DOORS.items()
        if "{hidden" in " ".join(" ".join(c) for c in door.calls)
    }
    assert taking - asked == set()


def test_every_mutant_names_an_example_that_there_is() -> None:
    """The pair of worlds that notices a change is one of the chosen ones, if worlds notice it."""
    named = {
        test.partition("[")[2].rstrip("]")
        for mutant in mutants()
        for test in mutant.killed_by
        if test.startswith("tests/noninterference/test_examples.py") and "[" in test
    }
    assert named
    assert named <= set(EXAMPLES)


def test_every_room_says_how_it_is_observed() -> None:
    """A new room of the product, such as the web, is a door or says through which it is reached."""
    assert {found.name for found in pkgutil.iter_modules(ledger.__path__)} == set(ROOMS)
