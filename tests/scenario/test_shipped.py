"""The scenarios that are shipped come out as they say, alone and after one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.scenario.check import load
from ledger.scenario.play import play_into, run
from ledger.scenario.stage import found_for, throw_away_place
from tests.scenario.stories import SHIPPED

FILES = sorted(SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_shipped_scenario_comes_out_as_it_says(path: Path) -> None:
    """History and law, played through the register, give what the file expects."""
    report = run(path)
    assert [str(mismatch) for mismatch in report.mismatches] == []
    assert report.passed
    assert report.home is None


def test_the_library_of_scenarios_is_whole() -> None:
    """At least six stories are shipped, and each is described where lawyers look."""
    text = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert len(FILES) >= 6
    assert {path.name for path in FILES} == set(re.findall(r"\((\S+\.toml)\)", text))


@pytest.mark.parametrize("pack", ["us-co/lcld", "us-mo/jcl"])
def test_files_of_one_law_follow_each_other_in_one_ledger(pack: str) -> None:
    """Every story of one law is played into one ledger, in order, by the same people."""
    scenarios = [one for one in map(load, FILES) if one.pack == pack]
    scenarios.sort(key=lambda one: one.steps[0].at)
    assert len(scenarios) > 1
    with throw_away_place() as place:
        stage = found_for(scenarios[0], place)
        played = [
            play_into(stage.home, stage.register, stage.keyrings, one, stage.clock)
            for one in scenarios
        ]
        labelled = {label for label, _ in stage.home.open.labels()}
        stage.home.close()
    assert [str(mismatch) for one in played for mismatch in one.mismatches] == []
    assert labelled == {reference for one in played for reference in one.cases.values()}
    assert set(stage.keyrings) == {person.name for one in scenarios for person in one.people}
