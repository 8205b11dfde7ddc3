"""One page of a browser, and what is asked of it: how it looks, reads, prints, and is reached."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has none
from playwright.sync_api import BrowserContext, ConsoleMessage, Cookie, Page, Request
from pypdf import PdfReader

from ledger.web.site import Side
from tests.web.served import PASSPHRASE

Look = Literal["light", "dark", "print"]
LOOKS: tuple[Look, ...] = ("light", "dark", "print")
PHONE, DESKTOP, ZOOMED = 390, 1366, 320
"""Widths in CSS pixels; a window of 1280 zoomed to 400% has 320 of them (WCAG 1.4.10)."""
HEIGHTS = {PHONE: 844, DESKTOP: 768, ZOOMED: 256}
MOST_PAGE_BYTES = 60 * 1024
LETTER = "Letter"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE = {
    "runOnly": {"type": "tag", "values": list(TAGS)},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
MOST_TABS = 150
PATIENCE_MS = 60_000


@dataclass
class Screen:
    """A page of the browser that is used for everything, one after another.

    `keeps_all` says whether a picture is kept of whatever is looked at, which takes a while.
    `faults` is what the browser itself complained of: a blocked script, a failed request, a request
    to another origin.
    """

    page: Page
    origins: dict[Side, str]
    pictures: Path
    keeps_all: bool = False
    origin: str = ""
    """Of the program at which it is somebody now."""
    faults: list[str] = field(default_factory=list)
    _signed_in: dict[tuple[Side, str], list[Cookie]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", lambda dialog: dialog.accept())

    @property
    def context(self) -> BrowserContext:
        """Where its cookies are."""
        return self.page.context

    # ---- going somewhere ----

    def open(self, side: Side, path: str, by: str | None = None) -> int:
        """Open an address of one of the programs as a person, or as nobody; gives the status."""
        self.become(side, by)
        answer = self.page.goto(f"{self.origins[side]}{path}")
        assert answer is not None
        return answer.status

    def become(self, side: Side, by: str | None) -> None:
        """Be a person, or nobody, at one side."""
        self.origin = self.origins[side]
        self.context.clear_cookies()
        if by is None:
            return
        if (side, by) not in self._signed_in:
            self.sign_in(side, by)
            self._signed_in[side, by] = self.context.cookies()
        self.context.add_cookies([{**one} for one in self._signed_in[side, by]])  # type: ignore[typeddict-item]  # what it gives is what it takes.

    def sign_in(self, side: Side, name: str) -> None:
        """Sign in as people do."""
        self.page.goto(f"{self.origins[side]}/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#passphrase", PASSPHRASE)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        assert self.page.get_by_role("button", name=f"Sign out {name}").count() == 1, self.text()

    # ---- how it is looked at ----

    def look(self, width: int, look: Look = "light") -> None:
        """Look at what is open at a width; paper is shown to who prefers dark screens."""
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        scheme: Literal["light", "dark"] = "light" if look == "light" else "dark"
        self.page.emulate_media(media="print" if look == "print" else "screen", color_scheme=scheme)

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the whole page."""
        path = self.pictures / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.inner_text("body")

    # ---- what is asked of it ----

    def violations(self, look: Look = "light") -> list[str]:
        """What stands against WCAG 2.2 AA, one line each. Dark differs from light in colours only,
        and only of those is asked.
        """
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        asked = COLOURS if look == "dark" else AXE
        found: dict[str, Any] = self.page.evaluate("asked => axe.run(document, asked)", asked)
        return [
            f"{one['id']}: {node['target']} {node['html'][:120]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def wrong_anywhere(self, picture: str) -> dict[str, list[str]]:
        """What is wrong with what is open, by the way it is looked at: both widths, light, dark and
        paper, and zoomed to 400%. Keeps a picture of each where pictures were asked for.
        """
        found: dict[str, list[str]] = {}
        for width in (PHONE, DESKTOP):
            for look in LOOKS:
                self.look(width, look)
                found[f"{width} {look}"] = self.violations(look)
                if look != "print" and self.scrolls_sideways():
                    found[f"{width} {look}"].append("something is wider than the window")
                if self.keeps_all:
                    self.screenshot(f"{picture}-{width}-{look}")
        self.look(ZOOMED)
        if self.scrolls_sideways():
            found["zoomed"] = ["something is wider than the window"]
        return {at: wrong for at, wrong in found.items() if wrong}

    def scrolls_sideways(self) -> bool:
        """Whether something is wider than the window."""
        return bool(
            self.page.evaluate(
                "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def pages_when_printed(self) -> int:
        """How many sheets come out of a printer."""
        paper = self.page.pdf(format=LETTER, tagged=True, prefer_css_page_size=True)
        return len(PdfReader(io.BytesIO(paper)).pages)

    def weight(self) -> int:
        """The bytes of the page and of all that it asks for, as they came."""
        return int(
            self.page.evaluate(
                "() => [...performance.getEntriesByType('navigation'),"
                " ...performance.getEntriesByType('resource')]"
                ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
            )
        )

    # ---- by keyboard ----

    def tab_to(self, selector: str) -> None:
        """Go to a field or a button with the tabulator alone; every stop shows where one is."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(
                "wanted => { const one = document.activeElement;"
                " const s = getComputedStyle(one), after = one.nextElementSibling;"
                " const t = after ? getComputedStyle(after) : s;"
                " return [one.matches(wanted), one.outerHTML.slice(0, 90),"
                " one === document.body || s.outlineStyle !== 'none'"
                " || t.outlineStyle !== 'none'] }",
                selector,
            )
            assert at[2], f"nothing shows that one is at {at[1]}"
            if at[0]:
                return
        raise AssertionError(f"{selector} cannot be reached by keyboard")

    def type_into(self, selector: str, words: str) -> None:
        """Go to a field by keyboard and write into it."""
        self.tab_to(selector)
        self.page.keyboard.type(words)

    def press(self, selector: str, key: str = "Enter") -> None:
        """Go to something by keyboard and press it."""
        self.tab_to(selector)
        self.page.keyboard.press(key)

    # ---- what the browser says ----

    @contextmanager
    def expecting_faults(self) -> Iterator[list[str]]:
        """A block whose complaints are the test's own business."""
        kept, self.faults = self.faults, []
        try:
            yield self.faults
        finally:
            self.faults = kept

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((*self.origins.values(), "data:", "blob:")):
            self.faults.append(f"another origin: {request.url}")
