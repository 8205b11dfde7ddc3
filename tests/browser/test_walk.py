"""The main job in a browser: from the desk to the history, on files and on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ledger.web.site import Side
from tests.browser.screen import DESKTOP, Screen
from tests.postgresql.programs import Version
from tests.register.library import Library
from tests.web.served import library_of_today, served

OFFERED = "offered: "
"""Before words of what a list offers, where its value is a record that only the case knows."""


@pytest.fixture(params=["sqlite", "postgresql"])
def walked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Library]:
    """A library of each kind of store, that nobody has used."""
    if request.param == "sqlite":
        made = library_of_today(tmp_path / "home")
    else:
        servers: Callable[[Version], str] = request.getfixturevalue("ledger_servers")
        origin = "ledger.walked.example"
        made = library_of_today(tmp_path / "home", origin=origin, store=servers("newest"))
    yield made
    made.home.close()


class Walk:
    """Somebody after another at the same screen, each picture with the number of its step."""

    def __init__(self, screen: Screen, store: str) -> None:
        self.screen = screen
        self.page = screen.page
        self._store = store
        self._steps = 0

    def keep(self, what: str) -> None:
        """Keep a picture."""
        self._steps += 1
        self.screen.screenshot(f"walk-{self._store}-{self._steps:02}-{what}")

    def come(self, by: str, reference: str, side: Side = "room") -> None:
        """Sign in, and go to a case by its reference."""
        self.screen.open(side, "/cases", by)
        self.page.fill("#go", reference)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Go").click()
        assert self.page.locator("h1").inner_text() == reference

    def record(self, command: str, **fields: str | list[str]) -> None:
        """Record an act in the case that is open, by its form; the law is asked in between."""
        case = self.page.url.partition("#")[0]
        self.page.goto(f"{case}/do/{command}")
        for name, value in fields.items():
            self._fill(f"f-{name}", value)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Ask the law").click()
        self.keep(f"{command}-law")
        assert "This forbids it" not in self.screen.text(), self.screen.text()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Record: ").click()
        assert self.page.url == f"{case}#history", self.screen.text()

    def _fill(self, name: str, value: str | list[str]) -> None:
        field = self.page.locator(f"main [name={name}]")
        if isinstance(value, list):
            for one in value:
                self.page.check(f"[name={name}][value={one}]")
        elif field.evaluate("one => one.tagName") != "SELECT":
            field.fill(value)
        elif value.startswith(OFFERED):
            words = value.removeprefix(OFFERED)
            field.select_option(
                field.locator("option", has_text=words).first.get_attribute("value")
            )
        else:
            field.select_option(value)


def logged(walk: Walk) -> str:
    """Log a visit at the desk, without signing in; gives the reference."""
    walk.screen.open("desk", "/desk")
    walk.page.get_by_label("Another paper", exact=True).check()
    walk.page.fill("[name=officers]", "Deputy R. Hale, badge 4417, county sheriff")
    walk.page.fill("[name=words]", "Who borrowed the book on locks in May?")
    walk.page.fill("[name=initials]", "K. R.")
    walk.keep("desk")
    walk.page.get_by_role("button", name="Save now").click()
    walk.page.wait_for_selector(".reference")
    walk.keep("saved")
    return walk.page.locator(".reference").inner_text()


def test_a_visit_becomes_a_disclosure_in_a_browser(
    walked: Library, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    """A visit is logged at the desk; the director opens it, counsel advises, the director approves
    after the law was asked, hands over and closes; the history shows each step, stands in the log,
    and verifies offline. Counsel and director do it at the room's address, in one browser.
    """
    with served(walked.home.path) as programs:
        context = browser.new_context(locale="en-US", reduced_motion="reduce")
        screen = Screen(context.new_page(), programs.origins, pictures)
        screen.look(DESKTOP)
        walk = Walk(screen, "sqlite" if walked.home.config.store is None else "postgresql")
        reference = logged(walk)
        screen.open("room", "/", "mara")
        walk.keep("what-needs-the-director")
        assert reference in screen.text()
        walk.come("mara", reference)
        walk.keep("waiting")
        walk.record("open")
        walk.record("receive-request", requester="law-enforcement", categories=["circulation"])
        walk.record("receive-instrument", kind="subpoena", issuer="clerk")
        walk.record("request-counsel-review", counsel="tom")
        walk.come("tom", reference)
        asked = f"{OFFERED}Counsel review requested"
        walk.record("complete-counsel-review", request=asked, outcome="narrow")
        walk.come("mara", reference)
        request = f"{OFFERED}Request received"
        walk.record("verify-requester", request=request, method="badge")
        walk.record(
            "approve",
            request=request,
            basis="subpoena",
            instrument=f"{OFFERED}Instrument received",
            categories=["circulation"],
        )
        given = {"method": "paper", "recipient": "County attorney", "records": "3"}
        approval = f"{OFFERED}Approval granted"
        walk.record("disclose", approval=approval, categories=["circulation"], **given)
        walk.record("close", outcome="partly-disclosed")
        walk.keep("history")
        history = screen.text()
        screen.open("desk", "/cases", "kim")
        assert reference in screen.text()
        context.close()
        assert sorted(set(screen.faults)) == []
    for one in (
        "Intake saved",
        "Counsel review completed",
        "Approval granted",
        "Disclosure made",
        "closed",
    ):
        assert one in history, history
    assert walked.case("mara", reference).case.state.startswith("closed")
    report = walked.verified(tmp_path)
    assert report.exit_code == 0, report.text()
