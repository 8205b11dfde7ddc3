"""One browser and one served ledger for a file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.screen import Screen
from tests.browser.stories import tell
from tests.register.library import Library
from tests.web.served import Served, library_of_today, served

PICTURES = "LEDGER_SCREENSHOTS"
"""The variable that names the folder in which pictures are kept."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, for one file of tests: its driver keeps an event loop, in
    which tests of other rooms could start none. Raises: ChromiumMissing.
    """
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    named = os.environ.get(PICTURES)
    place = Path(named) if named else tmp_path_factory.mktemp("pictures")
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="module")
def has_report() -> bool:
    """Whether the report on the quarter that ended is out."""
    return True


@pytest.fixture(scope="module")
def shown_library(tmp_path_factory: pytest.TempPathFactory, has_report: bool) -> Iterator[Library]:
    """The library that is served, with something of everything that pages show; its own home stays
    open, to look at what was recorded. A quarter ended since it was founded.
    """
    made = library_of_today(tmp_path_factory.mktemp("shown") / "home", days=101)
    tell(made, has_report=has_report)
    yield made
    made.home.close()


@pytest.fixture(scope="module")
def serving(shown_library: Library) -> Iterator[Served]:
    """The two programs of the library."""
    with served(shown_library.home.path) as programs:
        yield programs


@pytest.fixture(scope="module")
def screen(browser: Browser, serving: Served, pictures: Path) -> Iterator[Screen]:
    """The page that all tests of a file share; whatever the browser complained of fails the last
    of them.
    """
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    made = Screen(context.new_page(), serving.origins, pictures, PICTURES in os.environ)
    yield made
    context.close()
    assert sorted(set(made.faults)) == []
