"""A scan goes into a case and comes out of it by a real browser, through the real program."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.register.acts import Act
from tests.browser.screen import DESKTOP, LOOKS, PHONE, ZOOMED, Screen
from tests.register.library import Library
from tests.register.scans import pdf, scan

SIZE = 300_000


@pytest.fixture(scope="module")
def reference(shown_library: Library) -> str:
    """A case that stands open."""
    register, people = shown_library.register, shown_library.people
    saved = register.handle(people["kim"], Act("intake", {})).case
    register.handle(people["mara"], Act("open", {}, saved))
    return saved


def test_a_scan_is_attached_and_saved_as_people_do(
    screen: Screen, reference: str, tmp_path: Path
) -> None:
    """A file is chosen, attached, listed and saved: what the browser keeps is what was brought, and
    it never shows it. The page can be read by everybody, before and after.
    """
    path = scan(tmp_path / "in", pdf(SIZE))
    assert screen.open("desk", f"/cases/{reference}/documents", "kim") == 200
    screen.page.set_input_files("#file", path)
    with screen.page.expect_navigation():
        screen.press("main button")
    assert "subpoena.pdf" in screen.text()
    found = {}
    for width in (PHONE, DESKTOP):
        for look in LOOKS:
            screen.look(width, look)
            found[f"{width} {look}"] = screen.violations()
            screen.screenshot(f"documents-{width}-{look}")
        assert not screen.scrolls_sideways(), width
    screen.look(ZOOMED)
    assert not screen.scrolls_sideways()
    assert {at: bad for at, bad in found.items() if bad} == {}
    screen.look(DESKTOP)
    with screen.page.expect_download() as saving:
        screen.page.click("a[download]")
    assert saving.value.suggested_filename == "document-2.pdf"
    assert Path(saving.value.path()).read_bytes() == path.read_bytes()
