"""Every page of both programs in a real browser: at two widths, light, dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ledger.web.doors import Door
from ledger.web.site import Side
from ledger.web.table import DOORS
from tests.browser.screen import MOST_PAGE_BYTES, Screen


@dataclass(frozen=True)
class Opening:
    """How a page is opened: where and by whom. `path` may be looked for in the browser, where an
    address means something to one session only.
    """

    path: str | Callable[[Screen], str]
    by: str | None = None


NOT_PAGES = {"GET /static/{digest}/{name}": "It gives files, of which pages are made."}


def case(rest: str = "") -> Callable[[Screen], str]:
    """The newest case that is open to somebody, or something in it."""

    def find(screen: Screen) -> str:
        screen.page.goto(f"{screen.origin}/cases")
        return f"{screen.page.get_attribute('td a', 'href')}{rest}"

    return find


def pad(screen: Screen) -> str:
    """A paper pad of two sheets, which is issued for it."""
    screen.page.goto(f"{screen.origin}/desk/pads")
    screen.page.fill("#count", "2")
    screen.page.get_by_role("button", name="Issue").click()
    return str(screen.page.locator("a[href^='/desk/pad?']").first.get_attribute("href"))


def both(path: str | Callable[[Screen], str]) -> dict[Side, Opening]:
    """A page for whoever is signed in, on both sides."""
    return {"desk": Opening(path, "kim"), "room": Opening(path, "mara")}


OPENINGS: dict[str, dict[Side, Opening]] = {
    "GET /": {"desk": Opening("/"), "room": Opening("/", "mara")},
    "GET /sign-in": {"desk": Opening("/sign-in"), "room": Opening("/sign-in")},
    "GET /desk": {"desk": Opening("/desk")},
    "GET /desk/drill": {"desk": Opening("/desk/drill")},
    "GET /desk/inventory": {"desk": Opening("/desk/inventory")},
    "GET /desk/link": {"desk": Opening("/desk/link")},
    "GET /desk/pads": both("/desk/pads"),
    "GET /desk/pad": both(pad),
    "GET /desk/drills": {"room": Opening("/desk/drills", "mara")},
    "GET /start": both("/start"),
    "GET /cases": both("/cases"),
    "GET /cases/{case}": both(case()),
    "GET /cases/{case}/acts": both(case("/acts")),
    "GET /cases/{case}/acts/{command}": both(case("/acts/approve")),
    "GET /office/acts": both("/office/acts"),
    "GET /office/acts/{command}": both("/office/acts/record-absence"),
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
def test_a_page_can_be_read_by_everybody(name: str, side: Side, screen: Screen) -> None:
    """A page breaks no rule of WCAG 2.2 AA at either width, in light, in dark and on paper; it
    weighs little, and zoomed to 400% nothing is wider than the window.
    """
    how = OPENINGS[name][side]
    screen.become(side, how.by)
    path = how.path if isinstance(how.path, str) else how.path(screen)
    assert screen.open(side, path, how.by) == 200, screen.text()
    assert screen.weight() <= MOST_PAGE_BYTES
    assert screen.wrong_anywhere(f"{side}{name.removeprefix('GET ').replace('/', '~')}") == {}
