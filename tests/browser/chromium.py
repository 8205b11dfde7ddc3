"""Debian's Chromium, driven by playwright. A machine without it fails the tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

SETTING = "LEDGER_CHROMIUM"
WHAT_TO_DO = (
    "`python3 ops/go.py test` installs the Debian package chromium. Where the system has its own,"
    f" name the program in ${SETTING}."
)


class ChromiumMissing(Exception):
    """There is no browser here. Its text says what to do."""


def program() -> str:
    """The path of the browser.

    Raises:
        ChromiumMissing: there is none.
    """
    found = shutil.which(os.environ.get(SETTING) or "chromium")
    if found is None:
        raise ChromiumMissing(f"Pages are tried in Chromium, and it is not here. {WHAT_TO_DO}")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser, without a window."""
    # Its sandbox wants an account that is not root; the pages are our own.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=options)
        try:
            yield browser
        finally:
            browser.close()
