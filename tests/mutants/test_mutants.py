"""Each change that would break a promise is noticed by the test that is said to notice it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.trees import Mutant, mutants, survives


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.id)
def test_a_mutant_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    """The tests fail on the changed product, and only because of the change: they pass without."""
    assert not survives(mutant, tmp_path / "tree")


def test_every_mutant_has_a_name_of_its_own() -> None:
    """No two lists name two changes alike."""
    assert [name for name, times in Counter(one.id for one in mutants()).items() if times > 1] == []
