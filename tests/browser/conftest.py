"""One browser for a run, one served ledger for a file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.screen import Screen
from tests.register.library import Library
from tests.web.served import Served, library_of_today, served

PICTURES = "LEDGER_SCREENSHOTS"
"""The variable that names the folder in which pictures are kept."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser. Raises: ChromiumMissing."""
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
def shown_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The library that is served, with something of everything that pages show; its own home stays
    open, to look at what was recorded.
    """
    made = library_of_today(tmp_path_factory.mktemp("shown") / "home")
    furnish(made)
    yield made
    made.home.close()


def furnish(library: Library) -> None:
    """A case on which counsel advised, one with a hold, a visit that nobody decided on, one that is
    kept sealed, and a role that waits for a second person.
    """
    opened = library.visit(presents="search-warrant", initials="K. R.")
    library.act("mara", "open", opened)
    asked = library.ref("mara", "request-counsel-review", opened, counsel="tom")
    library.act("tom", "complete-counsel-review", opened, request=asked, outcome="narrow")
    held = library.visit("ola", presents="nothing")
    library.act("mara", "open", held)
    library.tick(hours=5)
    library.visit(presents="not-sure")
    sealed = library.visit("ola", presents="other-investigatory-document")
    again_on = (library.now + timedelta(days=60)).date().isoformat()
    gag = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": again_on}
    library.act("mara", "keep-sealed", sealed, **gag)
    library.act("mara", "grant-role", "office", person="ola", role="auditor")


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
