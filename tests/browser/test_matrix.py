"""Every page of both programs in a real browser: at two widths, light, dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ledger.web.doors import Door
from ledger.web.site import Side
from ledger.web.table import DOORS
from tests.browser.screen import DESKTOP, LOOKS, MOST_PAGE_BYTES, PHONE, ZOOMED, Screen
from tests.register.library import Library

Path = str | Callable[[Library], str]


@dataclass(frozen=True)
class Opening:
    """How a page is opened: where, by whom, and with which status it comes."""

    path: Path
    by: str | None = None
    status: int = 200


NOT_PAGES = {"GET /static/{digest}/{name}": "It gives files, of which pages are made."}
OPENINGS: dict[str, dict[Side, Opening]] = {
    "GET /": {"desk": Opening("/"), "room": Opening("/", "mara")},
    "GET /sign-in": {"desk": Opening("/sign-in"), "room": Opening("/sign-in")},
}
"""Each page, on each side that has it."""


def pages() -> list[Door]:
    """Every door behind which there is a page to look at."""
    return [
        one
        for one in DOORS
        if one.method == "GET" and one.kind == "page" and one.name not in NOT_PAGES
    ]


def test_every_page_is_looked_at() -> None:
    """A page that nobody knows how to open here is a page that nobody looks at."""
    assert {one.name: set(one.sides) for one in pages()} == {
        name: set(sides) for name, sides in OPENINGS.items()
    }


@pytest.mark.parametrize(
    ("name", "side"),
    [(name, side) for name, sides in OPENINGS.items() for side in sides],
    ids=lambda one: str(one).replace("/", "~"),
)
def test_a_page_can_be_read_by_everybody(
    name: str, side: Side, screen: Screen, shown_library: Library
) -> None:
    """A page breaks no rule of WCAG 2.2 AA at either width, in light, in dark and on paper; it
    weighs little, and zoomed to 400% nothing is wider than the window.
    """
    how = OPENINGS[name][side]
    path = how.path if isinstance(how.path, str) else how.path(shown_library)
    assert screen.open(side, path, how.by) == how.status
    assert screen.weight() <= MOST_PAGE_BYTES
    kept = f"{side}{name.removeprefix('GET ').replace('/', '~')}"
    found = {}
    for width in (PHONE, DESKTOP):
        for look in LOOKS:
            screen.look(width, look)
            found[f"{width} {look}"] = screen.violations()
            screen.screenshot(f"{kept}-{width}-{look}")
        assert not screen.scrolls_sideways(), width
    screen.look(ZOOMED)
    assert not screen.scrolls_sideways()
    assert {at: bad for at, bad in found.items() if bad} == {}
