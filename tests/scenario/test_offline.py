"""Every shipped story ends in a ledger that a stranger can verify offline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.export import export_ledger, export_openings
from ledger.verify import Report, verify
from tests.scenario.conftest import Kept
from tests.scenario.stories import SHIPPED

STORIES = sorted(SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_played_story_verifies_without_a_finding(
    path: Path, stories: Callable[[Path], Kept], tmp_path: Path
) -> None:
    """Signatures, roles, chains, ticks and openings of a whole story hold, personal values too."""
    with stories(path).stage(tmp_path / "home") as stage:
        epoch = stage.home.schedule.epochs[-1]
        span = timedelta(seconds=epoch.period_seconds * (epoch.delay + 2))
        stage.advance(stage.clock() + span)
        director = stage.keyrings[stage.founders[0]]
        reader = stage.register.reader(director)
        pack, openings = tmp_path / "pack", tmp_path / "openings"
        shown = export_ledger(stage.home, pack, reveal=True)
        more = export_openings(stage.home, reader, director, pack, openings, reveal=True)
        recorded = sum(len(stream.records) for stream in reader.streams_shown())
        trust = (tmp_path / "home" / "trust.json").read_bytes()
        alone, both = (
            verify(pack, trust, replay=True),
            verify(pack, trust, openings=openings, replay=True),
        )
    assert (alone.faults, alone.shown.records) == ((), shown)
    assert alone.exit_code == 0 or lacks_zone(alone), alone.text()
    unopened = {one.code for one in both.faults}
    assert unopened == ({"V13.unopened"} if more.closed else set())
    assert both.shown.records == shown + more.records == recorded


def lacks_zone(report: Report) -> bool:
    """Whether no case is open and the law is a state's, so that nothing says where the library is.

    Then nobody can count its days, and a replay says so.
    """
    (asked,) = report.open_questions
    return (asked.name, "time zone" in asked.reason) == ("V15", True)
