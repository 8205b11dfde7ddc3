"""Each change that would break a promise is noticed by the test that is said to notice it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.mutants.trees import Mutant, Nursery, mutants, opened


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where mutants are planted and tested."""
    with opened(tmp_path_factory.mktemp("nursery")) as made:
        yield made


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.id)
def test_a_mutant_is_killed(mutant: Mutant, nursery: Nursery) -> None:
    """The tests fail on the changed product, and only because of the change: they pass without."""
    assert not nursery.survives(mutant)


def test_what_is_not_changed_is_not_killed(nursery: Nursery) -> None:
    """The same tests pass where the same file stands as it is, right after its mutant too."""
    mutant = mutants()[0]
    assert not nursery.survives(mutant)
    assert nursery.survives(replace(mutant, now=mutant.was)).startswith("exit 0\n")


def test_every_mutant_has_a_name_of_its_own() -> None:
    """No two lists name two changes alike."""
    assert [name for name, times in Counter(one.id for one in mutants()).items() if times > 1] == []
