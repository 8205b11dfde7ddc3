"""A published report is the same, whatever sealed matters there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO

import pytest

from ledger import reporting
from ledger.cli.app import run
from ledger.register.acts import OFFICE
from tests.noninterference.observer import Shown, differences, lying
from tests.noninterference.play import Bases, bases
from tests.noninterference.steps import HIDDEN, OPEN
from tests.noninterference.worlds import Hidden, Step, Story, World, living, play

STORY: Story = tuple(map(Step, ("disclose_matter", "seal_late", *("save", "open_visit") * 6)))
BUSY: Hidden = {
    0: (Step("visit", 0, 3), Step("seal", 0, 0), Step("burst", 0, 9)),
    2: (Step("visit", 1, 3),),
    5: (Step("visit", 2, 1), Step("lift", 0, 1), Step("agree", 0, 0)),
}
CALLS = {
    "kim's draft": ("--as", "kim", "report", "draft", "2026-Q3"),
    "kim's draft with the vault": ("--as", "kim", "--vault", "report", "draft", "2026-Q3"),
    "mara's draft": ("--as", "mara", "report", "draft", "2026-Q4"),
    "the report": ("report", "show", "2026-Q3"),
    "the page": ("report", "show", "2026-Q3", "--html"),
    "the list": ("report", "show"),
}


@pytest.fixture(scope="module")
def made() -> Iterator[Bases]:
    """The bases of this module."""
    with bases() as found:
        yield found


def told(made: Bases, base: str, hidden: Hidden) -> Shown:
    """All that is said and lies there once the quarter was published; what Mara drafts too."""
    world = made.fork(base, base)
    with living(world):
        play(world, STORY, hidden, OPEN, HIDDEN)
        with world.sources.act("report"):
            _publish(world)
        found = {name: printed(world, *words) for name, words in CALLS.items()}
        (one,) = reporting.published(world.register.reader(None))
    found |= lying(world.path)
    assert f"file reports/{one.sha256_hex}.json" in found
    world.discard()
    return found


def _publish(world: World) -> None:
    for by in ("mara", "tom"):
        world.act(by, "choose-report-band", OFFICE, {"band": "semiannual-combined"})
    world.now += timedelta(days=1)
    reporting.publish(world.home, world.register, world.people["mara"], "2026-Q3")


def printed(world: World, *words: str) -> str:
    """What a call prints."""
    with redirect_stdout(StringIO()) as out:
        assert run(["--home", str(world.path), *words]) == 0
    return out.getvalue()


def test_reports_are_the_same_in_two_worlds(made: Bases) -> None:
    """Drafts, whoever asks, the published report, its page, the list, and every file and row."""
    busy, quiet = told(made, "many", BUSY), told(made, "nothing", {})
    assert differences(busy, quiet) == []
    assert '"table":"requester"' in busy["the report"]
