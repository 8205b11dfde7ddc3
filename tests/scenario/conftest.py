"""Every shipped story is played into files once, and what it left is copied for whoever asks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.home import Home
from ledger.register.handle import Register
from ledger.scenario.check import load
from ledger.scenario.play import in_order, run
from ledger.scenario.report import Report
from ledger.scenario.stage import SceneClock, Stage


class Kept(NamedTuple):
    """A shipped file, its report, and the ledger that it left; that is only to be copied."""

    path: Path
    report: Report
    home: Path

    @contextmanager
    def stage(self, place: Path) -> Iterator[Stage]:
        """A copy of the ledger with its people, open, at the moment at which the story ended."""
        home = shutil.copytree(self.home, place)
        *_, (_, last) = (one for one in in_order(load(self.path)) if one[1].at is not None)
        assert last.at is not None
        clock = SceneClock(last.at)
        made = Home(home)
        try:
            yield Stage(made, Register(made, clock), dict(self.report.people), clock)
        finally:
            made.close()


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Kept]:
    """Gives what a shipped file left; it is played when it is first asked for."""

    @cache
    def played(path: Path) -> Kept:
        home = tmp_path_factory.mktemp("story") / "home"
        return Kept(path, run(path, home), home)

    return played
