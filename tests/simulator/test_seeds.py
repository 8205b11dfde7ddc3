"""Whatever people, programs, clock and disk do, and in whatever order: the ledger keeps its word.

LEDGER_SEEDS=10000 tells that many stories instead of the usual number, longer ones, and asks the
offline verifier after every move. A seed that breaks prints the line that replays it, and the
shortest story that breaks as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT
from tests.noninterference.worlds import World
from tests.simulator.story import Move, Story, founding, sentence, shrunk, story, tell

SEEDS = int(os.environ.get("LEDGER_SEEDS", "200"))
IS_SOAK = SEEDS > 200
SHARES = 8 if not IS_SOAK else -(-SEEDS // 100)
"""Into so many tests the seeds are divided, for as many processes as `-n` gives."""
MOVES, WHOLLY, ENDS = (16, 1, 1) if IS_SOAK else (3, 100, 10)
"""How long a story is, after how many moves everything is asked, and which of them come to an end:
each, or one in so many.
"""

FOUND: dict[str, Story] = {
    "a tick broke off before its checkpoint": (Move(0, "tick", fault="killed after", nth=10),),
    "a late sealing broke off": (
        Move(0, "tick", many=5),
        Move(1, "seal_late", fault="killed after", nth=3),
    ),
    "an act in the office is repeated": (Move(0, "absence"),),
    "a case is sealed": (Move(0, "seal_late"),),
    "an older logbook comes back": (
        Move(0, "save_backup"),
        Move(1, "tick"),
        Move(2, "put_back_the_log"),
    ),
    "a machine is lost": (
        Move(0, "save_backup"),
        Move(1, "call"),
        Move(2, "tick"),
        Move(3, "go_back"),
    ),
    "an erasure breaks off": (
        Move(0, "save"),
        Move(1, "open_visit", which=2),
        Move(2, "erase_open", which=1, many=2, fault="killed after", nth=9),
    ),
}
"""Stories that broke once, here or where the product was changed to break them
(`tests/mutants/simulator.toml`), made as short as they can be.
"""


@pytest.fixture(scope="module")
def template() -> Iterator[World]:
    """The library from which all stories begin."""
    with founding() as made:
        yield made


@pytest.mark.parametrize("share", range(SHARES))
def test_every_seed_tells_a_story_that_holds(template: World, share: int) -> None:
    """After each move everything is there that was acknowledged, and nothing stands open that is
    sealed; in the end the offline verifier finds nothing.
    """
    for seed in range(share, SEEDS, SHARES):
        tale = story(seed, MOVES)
        told = tell(template, tale, wholly=WHOLLY, ends=seed // SHARES % ENDS == 0)
        if told.broke is not None:
            pytest.fail(sentence(seed, MOVES, told, shrunk(template, tale, WHOLLY)))


@pytest.mark.parametrize("name", FOUND)
def test_a_story_that_broke_once_holds(template: World, name: str) -> None:
    """What was mended stays so."""
    told = tell(template, FOUND[name])
    assert told.broke is None, told.broke


def test_a_seed_tells_one_story(template: World) -> None:
    """Told again in another process, it leaves the same bytes in every store and in the log."""
    seed, moves = 6, 6
    told = tell(template, story(seed, moves))
    command = [sys.executable, "-m", "tests.simulator", str(seed), "--moves", str(moves)]
    again = subprocess.run(
        [*command, "--answers"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert told.digest in again.stdout.splitlines()
    assert told.moves == moves


def test_stories_come_to_something(template: World) -> None:
    """Much of what people try is carried out: stories in which all is refused find nothing."""
    answers = [
        one for seed in range(4) for one in tell(template, story(seed, 4), ends=False).answers
    ]
    assert answers.count("done") > len(answers) // 4
