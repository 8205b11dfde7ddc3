"""Noninterference: whoever is not cleared sees the same, whatever sealed matters there are.

LEDGER_WORLDS=10000 compares that many pairs of worlds instead of the usual number, in stories that
are longer; they are divided into shares, for as many processes as `-n` gives.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.noninterference.observer import Knock, every_knock
from tests.noninterference.play import BASES, Bases, Tale, bases, compared
from tests.noninterference.steps import HIDDEN, OPEN
from tests.noninterference.worlds import Step, Story

STORY: Story = (
    Step("call"),
    Step("disclose_matter"),
    Step("tick", 0, 2),
    Step("save"),
    Step("tick", 0, 3),
    Step("tick"),
)
PAIRS = int(os.environ.get("LEDGER_WORLDS", "300"))
SHARES = -(-PAIRS // 500)
"""Into so many tests the pairs are divided: what hypothesis keeps of a test's stories grows."""
WORLDS = 4
"""To each story: its first world is compared with the three others, which makes three pairs."""
LONGEST, OFTEN, AT_ONCE = (3, 2, 2) if PAIRS <= 300 else (8, 4, 3)
"""Steps of a story; how often something is hidden in it, and how many steps each time."""
DEAR = ("take_away", "tick", "erase_sealed", "read", "go_on", "erase", "seal_late")
"""Steps that cost much, and are drawn less often."""
APART = ("declare", "wait", "again", "same_number")
"""Told in the prologue, or in chosen examples."""


@pytest.fixture(scope="module")
def made() -> Iterator[Bases]:
    """The bases of this module."""
    with bases() as found:
        yield found


def step(names: Mapping[str, object]) -> st.SearchStrategy[Step]:
    """Any step of these names, small numbers first."""
    every = [name for name in names if name not in APART]
    often = [name for name in every if name not in DEAR]
    numbers = (st.integers(0, 4), st.integers(1, 9))
    return st.builds(Step, st.sampled_from([*often, *often, *every]), *numbers)


@st.composite
def tales(draw: st.DrawFn) -> Tale:
    """A story, and sealed worlds for it."""
    story: Story = tuple(draw(st.lists(step(OPEN), max_size=LONGEST)))
    within = st.dictionaries(
        st.integers(0, len(story)),
        st.lists(step(HIDDEN), min_size=1, max_size=AT_ONCE),
        max_size=OFTEN,
    )
    world = st.tuples(st.sampled_from(sorted(BASES)), within)
    return Tale(story, tuple(draw(world) for _ in range(WORLDS)))


knocks = st.builds(
    lambda knock, options: Knock(knock.door, knock.call, knock.by, options),
    st.sampled_from(sorted(every_knock(), key=lambda one: one.name)),
    st.sampled_from([(), ("--json",)]),
)


@pytest.mark.parametrize("share", range(SHARES))
@settings(max_examples=-(-PAIRS // SHARES // (WORLDS - 1)), suppress_health_check=list(HealthCheck))
@given(tale=tales(), asked=st.lists(knocks, min_size=1, max_size=1))
def test_sealed_worlds_are_the_same_to_everybody_else(
    made: Bases, tale: Tale, asked: list[Knock], share: int
) -> None:
    """One story with different sealed matters in between: all that is shown is equal."""
    assert compared(made, tale, asked) == []


def unreadable(home: Path) -> None:
    """Put something into the vault's place that is no database."""
    (home / "vault.db").write_bytes(b"\xff" * 8_192)


def test_every_door_gives_the_same_in_two_worlds(made: Bases) -> None:
    """Each call at each door, where there is an erasure and a burst, and where there is nothing:
    for the open side not even a vault, but a file that no program can read.

    Programs' answers here, with all data in them; people's lines are among the drawn calls.
    """
    busy = {1: (Step("visit", 0, 1), Step("seal", 2, 0)), 3: (Step("burst", 0, 20),)}
    tale = Tale(STORY, (("an erasure", busy), ("nothing", {})))
    assert compared(made, tale, every_knock("--json"), spoil=unreadable) == []
