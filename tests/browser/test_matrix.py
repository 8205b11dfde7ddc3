"""Every page of both programs in a real browser: at two widths, light, dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

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


NOT_PAGES = {
    "GET /static/{digest}/{name}": "It gives files, of which pages are made.",
    "GET /cases/{case}/documents/{record}": "It gives a document, to be kept and not shown.",
}


def case(rest: str = "") -> Callable[[Screen], str]:
    """The newest case that is open to somebody, or something in it."""

    def find(screen: Screen) -> str:
        screen.page.goto(f"{screen.origin}/cases")
        return f"{screen.page.get_attribute('th a', 'href')}{rest}"

    return find


def over(screen: Screen) -> str:
    """The case that was closed last, where its erasure is proposed."""
    screen.page.goto(f"{screen.origin}/cases")
    row = screen.page.locator("tr", has=screen.page.get_by_text("closed", exact=False)).last
    return f"{row.locator('th a').get_attribute('href')}/erase"


def pad(screen: Screen) -> str:
    """A paper pad of two sheets, which is issued for it."""
    screen.page.goto(f"{screen.origin}/desk/pads")
    screen.page.fill("#count", "2")
    screen.page.get_by_role("button", name="Issue").click()
    return str(screen.page.locator("a[href^='/desk/pad?']").first.get_attribute("href"))


def statistics(screen: Screen) -> str:
    """The report that is published."""
    screen.page.goto(f"{screen.origin}/statistics")
    return str(screen.page.get_attribute("th a", "href"))


def both(path: str | Callable[[Screen], str]) -> dict[Side, Opening]:
    """A page for whoever is signed in, on both sides."""
    return {"desk": Opening(path, "kim"), "room": Opening(path, "mara")}


OPENINGS: dict[str, dict[Side, Opening]] = {
    "GET /": {"desk": Opening("/"), "room": Opening("/", "mara")},
    "GET /sign-in": {"desk": Opening("/sign-in"), "room": Opening("/sign-in")},
    "GET /passkeys": both("/passkeys"),
    "GET /desk": {"desk": Opening("/desk")},
    "GET /desk/drill": {"desk": Opening("/desk/drill")},
    "GET /desk/inventory": {"desk": Opening("/desk/inventory")},
    "GET /desk/link": {"desk": Opening("/desk/link")},
    "GET /desk/pads": both("/desk/pads"),
    "GET /desk/pad": both(pad),
    "GET /desk/drills": {"room": Opening("/desk/drills", "mara")},
    "GET /cases": both("/cases"),
    "GET /cases/{case}": both(case()),
    "GET /cases/{case}/documents": both(case("/documents")),
    "GET /cases/{case}/do": both(case("/do")),
    "GET /cases/{case}/do/{command}": both(case("/do/approve")),
    "GET /cases/{case}/confirm/{record}": {"room": Opening(case("/confirm/1"), "mara")},
    "GET /cases/{case}/erase": {"room": Opening(over, "mara")},
    "GET /office/do/{command}": both("/office/do/record-absence"),
    "GET /deadlines": both("/deadlines"),
    "GET /holds": both("/holds"),
    "GET /register": both("/register"),
    "GET /papers": both("/papers"),
    "GET /office": both("/office"),
    "GET /guard": {"room": Opening("/guard", "mara")},
    "GET /statistics": both(statistics),
    "GET /looks": {"room": Opening("/looks", "mara")},
    "GET /glass": {"room": Opening("/glass", "mara")},
    "GET /verify": both("/verify"),
    "GET /query": both("/query"),
    "GET /tasks": {"room": Opening("/tasks", "kim")},
    "GET /erasures": {"desk": Opening("/erasures", "kim"), "room": Opening("/erasures", "tom")},
    "GET /board": both("/board"),
    "GET /law": both("/law"),
    "GET /law/difference": both("/law/difference"),
    "GET /law/activate": {"room": Opening("/law/activate", "mara")},
    "GET /law/deadline": both("/law/deadline"),
    "GET /more": both("/more"),
    "GET /help/problems/{name}": both("/help/problems/not-found"),
}
"""Each page, on each side that has it."""


def pages() -> set[tuple[str, Side]]:
    """Every door behind which there is a page to look at, once for each side that has it."""
    return {
        (one.name, side)
        for one in DOORS
        if one.method == "GET" and one.kind == "page" and one.name not in NOT_PAGES
        for side in one.sides
    }


def test_every_page_is_looked_at() -> None:
    """A page that nobody knows how to open here is a page that nobody looks at."""
    assert pages() == {(name, side) for name, sides in OPENINGS.items() for side in sides}


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
