"""Every story that is shipped comes out the same whatever the ledger is kept in."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.domain.law.deadlines import deadlines
from ledger.domain.law.flags import flags
from ledger.errors import NotFound, NotPermitted
from ledger.projections.definitions import HISTORY, Told
from ledger.scenario.check import load
from ledger.scenario.play import play_into
from ledger.scenario.stage import Stage, found_for, throw_away_place
from tests.postgresql.programs import VERSIONS, Version
from tests.scenario.conftest import Kept
from tests.scenario.stories import SHIPPED

FILES = sorted(SHIPPED.glob("*.toml"))
OLDEST_TOO = FILES if "LEDGER_EVERY_STORY" in os.environ else FILES[::4]
"""Stories that are played on the oldest server as well: all of them take two minutes more."""
_numbers = count(1)
# What is drawn: references, digests, ids, keys. Each is known by when it is first met.
_DRAWN = re.compile(
    r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z*~$=]|[0-9a-f]{32,}(?::\d+)?|[A-Za-z0-9+/]{40,}={0,2}"
)


def told_in_files(kept: Kept, place: Path) -> list[Any]:
    """Tell everything that each person sees of each case at the end of a story: events, state,
    flags, deadlines; then the ticks and what each store holds.
    """
    with kept.stage(place) as stage:
        return renamed([*seen(stage, kept.report.cases), *held(stage)])


def told_on(store: str, file: Path) -> list[Any]:
    """The same, played on a server."""
    scenario = load(file)
    with throw_away_place() as place:
        origin = f"ledger.story-{next(_numbers)}.example"
        stage = found_for(scenario, place, store=store, origin=origin)
        try:
            played = play_into(stage.home, stage.register, stage.keyrings, scenario, stage.clock)
            assert played.mismatches == ()
            return renamed([*seen(stage, played.cases), *held(stage)])
        finally:
            stage.home.close()


def seen(stage: Stage, cases: Mapping[str, str]) -> Iterator[object]:
    """What each person sees of each case."""
    for person, keyring in sorted(stage.keyrings.items()):
        try:
            reader = stage.register.reader(keyring, vault=True)
        except NotPermitted:
            yield person, None
            continue
        for name, reference in sorted(cases.items()):
            try:
                case = reader.case(reference).case
            except NotFound:
                yield person, name, None
                continue
            reading = reader.reading()
            due = msgspec.to_builtins(deadlines(case, reading))
            history = [*HISTORY.rows(Told(reference, case.records, reading)).values()]
            raised = msgspec.to_builtins(flags(case, reading))
            yield person, name, case.state, history, due, raised


def held(stage: Stage) -> Iterator[object]:
    """How much stands in each store, and how far the log came."""
    home = stage.home
    yield home.logbook.last_tick(), home.logbook.size()
    for name in ("open", "inbox", "vault"):
        rows = home.store(name).page(0, 10_000)
        yield name, [(position, row.seq) for position, row in rows]


def renamed(found: list[object]) -> list[Any]:
    """Put numbers for all that was drawn, in the order in which it is met."""
    names: dict[str, str] = {}
    text = msgspec.json.encode(found).decode()
    plain = _DRAWN.sub(lambda one: names.setdefault(one[0], f"drawn-{len(names)}"), text)
    result: list[Any] = msgspec.json.decode(plain)
    return result


@pytest.mark.parametrize("file", FILES, ids=[path.stem for path in FILES])
def test_a_story_is_the_same_in_files_and_on_every_server(
    file: Path,
    stories: Callable[[Path], Kept],
    ledger_servers: Callable[[Version], str],
    tmp_path: Path,
) -> None:
    """Events, states, deadlines and flags, positions and ticks are those of a ledger in files."""
    in_files = told_in_files(stories(file), tmp_path / "home")
    assert len(in_files) > 4
    for version in VERSIONS if file in OLDEST_TOO else VERSIONS[:1]:
        assert told_on(ledger_servers(version), file) == in_files, version
