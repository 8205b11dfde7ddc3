"""T-21: the power goes. What was acknowledged is there; all else is there whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from keys.keyring import Keyring
from ledger.errors import NotFound
from ledger.founding import Terms
from ledger.stores import pool
from tests.power import Contents, Disk, Moment, forgetting
from tests.register.ledgers import DAILY, Clock, Ledger, check_sound
from tests.register.test_triage import SEALING
from tests.upkeep.matters import ENDED


class Step(NamedTuple):
    """An act: moments while it ran, the one when it was acknowledged, and the case's records."""

    meanwhile: tuple[Moment, ...]
    acknowledged: Moment
    before: list[str]
    after: list[str]


class Story(NamedTuple):
    """What was done in a case, one act after the other, on a disk that forgets."""

    ledger: Ledger
    disk: Disk
    case: str
    steps: tuple[Step, ...]

    def found(self, contents: Contents, target: Path) -> list[str]:
        """The case's records when the power is back; everything else is sound as well."""
        path = self.disk.lay_out(contents, target)
        ledger = Ledger.at(path, self.ledger.people, Clock(self.ledger.clock()))
        records = ledger.types("mara", self.case)
        check_sound(ledger).home.close()
        return records


@pytest.fixture(scope="module")
def home(founded: Callable[[Terms], Ledger], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded ledger's home, closed."""
    path = tmp_path_factory.mktemp("power") / "home"
    return Path(shutil.copytree(founded(DAILY).path, path))


@pytest.fixture(scope="module")
def story(home: Path, founded: Callable[[Terms], Ledger], people: dict[str, Keyring]) -> Story:
    """A visit is kept sealed, a tick passes, and the matter is closed."""
    with forgetting(home) as disk:
        ledger = Ledger.at(home, people, Clock(founded(DAILY).clock.now))
        case, steps = ledger.visit("kim"), list[Step]()
        acts: tuple[Callable[[], object], ...] = (
            lambda: ledger.do("mara", "keep-sealed", case, SEALING),
            lambda: ledger.tick(days=1),
            lambda: ledger.do("mara", "close", case, ENDED),
        )
        for act in acts:
            began, before = len(disk.moments), ledger.types("mara", case)
            act()
            meanwhile, acknowledged = tuple(disk.moments[began:]), disk.now()
            steps.append(Step(meanwhile, acknowledged, before, ledger.types("mara", case)))
        ledger.home.close()
    return Story(ledger, disk, case, tuple(steps))


def test_what_was_acknowledged_is_there_after_the_power_went(story: Story, tmp_path: Path) -> None:
    """Nothing but what was synced is left, and it holds every act and the log's last tick."""
    for number, step in enumerate(story.steps):
        assert story.found(step.acknowledged.lost(), tmp_path / f"{number}") == step.after


@pytest.mark.parametrize("seed", range(2))
def test_what_was_not_acknowledged_is_there_whole_or_not_at_all(
    story: Story, tmp_path: Path, seed: int
) -> None:
    """Right before any sync the power goes: of what was written since the last one some sectors
    are on the disk and others are not, or none is.
    """
    chance = Random(seed)
    moments = [(moment, step) for step in story.steps for moment in step.meanwhile]
    assert len(moments) >= 10
    for number, (moment, step) in enumerate(moments):
        left = moment.torn(chance) if seed else moment.lost()
        assert story.found(left, tmp_path / f"{number}") in (step.before, step.after)


def test_the_disk_of_these_tests_forgets_what_nobody_synced(
    story: Story, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SQLite's syncs switched off an acknowledged act is gone, as these tests would notice."""
    lazy = (one.replace("synchronous=FULL", "synchronous=OFF") for one in pool.PRAGMAS)
    monkeypatch.setattr(pool, "PRAGMAS", tuple(lazy))
    with forgetting(home) as disk:
        ledger = Ledger.at(home, story.ledger.people, story.ledger.clock)
        before, case = ledger.types("mara", story.case), ledger.visit("kim")
        moment = disk.now()
        assert ledger.types("mara", case) == ["intake-saved.v1"]
        ledger.home.close()
    monkeypatch.undo()
    path = disk.lay_out(moment.lost(), tmp_path / "found")
    found = Ledger.at(path, story.ledger.people, story.ledger.clock)
    assert found.types("mara", story.case) == before
    with pytest.raises(NotFound):
        found.types("mara", case)
    found.home.close()
