"""What holds for every test: how hypothesis searches, where PostgreSQL comes from, and the founded
ledgers that rooms share.

Founding takes a second and copying a few milliseconds: each kind of ledger is founded once in a
run, or once in each process when several run the tests.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pytest_cov.engine import CovController  # type: ignore[import-untyped]  # It has none.

    # At run time only where a ledger is asked for: each mutant's tests load this file anew.
    from keys.keyring import Keyring
    from ledger.founding import Terms
    from tests.register.ledgers import Ledger
    from tests.register.library import Library

# A slow machine is no fault of the code, so no example has a time limit of its own; a failure
# prints how to repeat it exactly.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

# A plugin rather than a conftest, so that all rooms share the servers of a session.
pytest_plugins = ["tests.postgresql.fixtures"]

MEASURED = (
    *("domain", "evidence", "hostile", "verify"),
    *("cli/test_glass.py", "cli/test_lawcover.py", "cli/test_whatif.py"),
    *("upkeep/test_erasure.py", "upkeep/test_replayed.py"),
)
"""Rooms and files of tests which together reach all of what is held to a bound of coverage.

Whatever else reaches it does so in passing, which proves little, and measuring doubles what a test
costs. A test that only repeats what others reached, many times, is marked `no_cover` in its file.
"""
MEASURES_PROGRAMS = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage measures the programs that a test starts."""


@pytest.fixture(scope="session", autouse=True)
def _quick_beat() -> Iterator[None]:
    """No test waits for the beat of answers (`tests/cli/test_beat.py` looks at it)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.cli.session.BEAT_SECONDS", 0.001)
        yield


# A process that runs tests for another would be measured three times: as a program that a test
# started, as if it were that other, and as what it is. Only the last knows of pauses, and while the
# others go on, every test takes three times as long.


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Do not measure the processes that run tests as programs that a test started."""
    os.environ.pop(MEASURES_PROGRAMS, None)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """End what pytest-cov begins in such a process before it knows where it is."""
    controller = measuring(session.config)
    if hasattr(session.config, "workerinput") and controller is not None:
        controller.pause()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what was collected out of what Python looks through for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure nothing of an unmeasured test: not what it is given, nor the programs it starts."""
    file = item.path.relative_to(Path(__file__).parent).as_posix()
    # pytest-cov itself pauses for what is marked.
    marked = item.get_closest_marker("no_cover") is not None
    if file.startswith(MEASURED) and not marked:
        return (yield)
    with pytest.MonkeyPatch.context() as patch, nullcontext() if marked else paused(item.config):
        patch.delenv(MEASURES_PROGRAMS, raising=False)
        return (yield)


@contextmanager
def paused(config: pytest.Config) -> Iterator[None]:
    """Let pytest-cov rest for the length of a block, if it is at work."""
    controller = measuring(config)
    if controller is None:
        yield
        return
    controller.pause()
    try:
        yield
    finally:
        controller.resume()


def measuring(config: pytest.Config) -> CovController | None:
    """What of pytest-cov measures here and now, if it is at work."""
    plugin = config.pluginmanager.getplugin("_cov")
    return None if plugin is None else plugin.cov_controller


@pytest.fixture(scope="session")
def people() -> dict[str, Keyring]:
    """Everybody's keyrings, unlocked."""
    from tests.register.ledgers import cast

    return cast()


@pytest.fixture(scope="session")
def founded(
    people: dict[str, Keyring], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Terms], Ledger]:
    """Gives the founded ledger of some terms in which everybody is enrolled; made once."""
    from tests.register.ledgers import Clock, found_ledger

    @cache
    def made(terms: Terms) -> Ledger:
        path = tmp_path_factory.mktemp("founded") / "home"
        ledger = found_ledger(path, people, Clock(), terms)
        ledger.home.close()
        return ledger

    return made


@pytest.fixture
def terms() -> Terms:
    """How often this room's ledgers tick, and how many slots they have."""
    from tests.register.ledgers import DAILY

    return DAILY


@pytest.fixture
def template(founded: Callable[[Terms], Ledger], terms: Terms) -> Ledger:
    """A founded ledger in which everybody is enrolled; closed, to be copied."""
    return founded(terms)


@pytest.fixture
def ledger(template: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of this test's own: a copy, which is made faster than a new one."""
    copy = template.copied(tmp_path / "home")
    yield copy
    copy.home.close()


@pytest.fixture(scope="session")
def founded_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A founded ledger under Colorado's law with its people; closed, to be copied."""
    from tests.register.library import found_library

    made = found_library(tmp_path_factory.mktemp("library") / "home")
    made.home.close()
    return made


@pytest.fixture
def library(founded_library: Library, tmp_path: Path) -> Iterator[Library]:
    """A library of this test's own: a copy."""
    from ledger.home import Home
    from tests.register.library import Library

    shutil.copytree(founded_library.home.path, tmp_path / "home")
    made = Library(Home(tmp_path / "home"), dict(founded_library.people), founded_library.now)
    yield made
    made.home.close()
