"""The scenarios that are shipped come out as they say, and what they leave behind is proven."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from ledger.export import export_ledger
from ledger.scenario.check import load
from ledger.scenario.file import (
    DeadlineRow,
    Expect,
    HistoryRow,
    Person,
    Scenario,
    Step,
    Then,
)
from ledger.scenario.play import consecutive, play_into
from ledger.scenario.stage import found_for, throw_away_place
from tests.scenario.conftest import Kept
from tests.scenario.stories import SHIPPED

FILES = sorted(SHIPPED.glob("*.toml"))
ROOT = SHIPPED.parents[1]


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def kept(request: pytest.FixtureRequest, stories: Callable[[Path], Kept]) -> Kept:
    """Each shipped file, played."""
    return stories(request.param)


def test_a_shipped_scenario_comes_out_as_it_says(kept: Kept) -> None:
    """History and law, played through the register, give what the file expects."""
    assert [str(mismatch) for mismatch in kept.report.mismatches] == []
    assert kept.report.passed


def test_the_ledger_of_a_shipped_scenario_verifies_offline(kept: Kept, tmp_path: Path) -> None:
    """Who does not trust the program checks what everybody may see, by a program of its own."""
    scenario = load(kept.path)
    with kept.stage(tmp_path / "home") as stage:
        stage.advance(scenario.steps[-1].at + timedelta(days=4 * scenario.tick_days))
        assert export_ledger(stage.home, tmp_path / "pack", reveal=True) > 10
    assert verified(tmp_path / "pack", tmp_path / "home" / "trust.json") == (0, "")


def verified(pack: Path, trust: Path) -> tuple[int, str]:
    """Run the verifier; gives its exit code and, where that is not 0, what it said."""
    command = [sys.executable, "-m", "ledger.verify", str(pack), "--trust", str(trust)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr if done.returncode else ""


def test_the_library_of_scenarios_is_whole() -> None:
    """At least six stories are shipped, and each is described where lawyers look."""
    text = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert len(FILES) >= 6
    assert {path.name for path in FILES} == set(re.findall(r"\((\S+\.toml)\)", text))


@pytest.mark.parametrize(
    "form",
    [Scenario, Person, Step, Expect, Then, HistoryRow, DeadlineRow],
    ids=lambda f: f.__name__,
)
def test_every_key_of_a_file_is_documented(form: type[Struct]) -> None:
    """A key that may stand in a file stands on the page that its writers read."""
    text = (SHIPPED / "README.md").read_text(encoding="utf-8")
    written = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`", text))))
    assert {field.encode_name for field in fields(form)} - {"step", "then"} <= written


@pytest.mark.parametrize("pack", ["us-co/lcld", "us-mo/jcl"])
def test_files_of_one_law_follow_each_other_in_one_ledger(pack: str) -> None:
    """Stories of one law are played into one ledger, in order, by the same people; one that begins
    before the last one ended has a ledger of its own.
    """
    scenarios = consecutive(one for one in map(load, FILES) if one.pack == pack)
    assert len(scenarios) > 1
    with throw_away_place() as place:
        stage = found_for(scenarios[0], place)
        played = [
            play_into(stage.home, stage.register, stage.keyrings, one, stage.clock)
            for one in scenarios
        ]
        found = {label for label, _ in stage.home.open.labels()}
        counsel = stage.keyrings[stage.register.office().office.holders("counsel")[0]]
        found |= {*stage.register.reader(counsel, vault=True).sealed_references()}
        stage.home.close()
    assert [str(mismatch) for one in played for mismatch in one.mismatches] == []
    assert found == {reference for one in played for reference in one.cases.values()}
    assert set(stage.keyrings) == {person.name for one in scenarios for person in one.people}
