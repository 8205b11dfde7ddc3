"""The desk page while its server is really gone: the programs end, and others start in their place.

LEDGER_LOSS_SECONDS=20 leaves it away for as long as was asked of it; without it, for three.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.screen import PATIENCE_MS
from tests.browser.test_desk import SAVED, intakes
from tests.web.served import FREE, at_port, library_of_today, served

AWAY_SECONDS = float(os.environ.get("LEDGER_LOSS_SECONDS", "3"))
WORDS = "They took the sign-up sheet."


def test_a_visit_outlives_its_server(browser: Browser, tmp_path: Path) -> None:
    """The programs end before the press and start again at the same ports: what was written stays
    on the page, which says that it tries again, and one visit is saved, by itself.
    """
    library = library_of_today(tmp_path / "home")
    home, front = library.home.path, ("--desk-person", "front")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    with served(home, (*FREE, *front)) as programs:
        origins = programs.origins
        page.goto(f"{origins['desk']}/desk")
        page.fill("[name=words]", WORDS)
        assert programs.end() == 0
    page.click(".save")
    page.get_by_text("Not sent yet. Trying again.").wait_for()
    time.sleep(AWAY_SECONDS)
    assert page.input_value("[name=words]") == WORDS
    at = [f"127.0.0.1:{at_port(origins[side])}" for side in ("desk", "room")]
    with served(home, ("--desk", at[0], "--room", at[1], *front)) as programs:
        assert programs.origins == origins
        page.wait_for_selector(SAVED)
    (saved,) = intakes(library, page.inner_text(SAVED))
    assert saved.words == WORDS
    assert len(library.home.inbox.streams()) == 1
    page.close()
    library.home.close()
