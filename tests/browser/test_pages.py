"""What pages answer, how they print, and that each task is done by keyboard alone."""

from __future__ import annotations

import pytest

from tests.browser.screen import DESKTOP, Screen


@pytest.fixture(autouse=True)
def _desktop(screen: Screen) -> None:
    """Every test begins at a desktop."""
    screen.look(DESKTOP)


def reference(screen: Screen) -> str:
    """The reference that the desk gives after a save."""
    screen.page.wait_for_selector(".reference")
    return screen.page.locator(".reference").inner_text()


def test_a_visit_is_logged_by_keyboard_with_nothing_filled_in(screen: Screen) -> None:
    """No field of the desk page is compulsory: going to the button and pressing it saves a visit,
    and the page that answers can be read by everybody and fits on one sheet.
    """
    screen.open("desk", "/desk")
    assert screen.page.locator("[required]").count() == 0
    screen.press(".save")
    assert len(reference(screen)) == 11
    assert screen.pages_when_printed() == 1
    assert screen.wrong_anywhere("desk~saved") == {}


def test_a_visit_is_logged_by_keyboard_in_full(screen: Screen) -> None:
    """Calls, what they have and what they say are written down without a mouse."""
    screen.open("desk", "/desk")
    screen.press("[name=call-mara]", "Space")
    screen.press("[name=presents]", "Space")
    screen.type_into("[name=signed_by]", "Clerk of the court")
    screen.type_into("[name=officers]", "Badge 7")
    screen.type_into("[name=initials]", "K. R.")
    screen.press(".save")
    assert len(reference(screen)) == 11
    assert "Badge 7" in screen.text()


def test_the_desk_page_needs_no_scrolling(screen: Screen) -> None:
    """At 1366 by 768 all of the desk page is seen at once."""
    screen.open("desk", "/desk")
    page = screen.page
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")


def test_the_director_opens_a_visit_by_keyboard(screen: Screen) -> None:
    """Signing in, finding what waits, asking the law and recording need no mouse."""
    screen.become("room", None)
    screen.page.goto(f"{screen.origin}/sign-in")
    screen.type_into("#name", "mara")
    screen.type_into("#passphrase", "throw-away")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/start")
    screen.press(".duties a")
    screen.page.wait_for_selector(".timeline")
    screen.press("a[href$='/acts/open']")
    screen.page.wait_for_url("**/acts/open")
    screen.press("main form button")
    screen.page.wait_for_selector("input[name=step]", state="attached")
    assert screen.wrong_anywhere("room~weighed") == {}
    screen.look(DESKTOP)
    screen.press("main form button")
    screen.page.wait_for_selector(".timeline")
    assert "Case opened" in screen.text()


def test_what_the_law_refuses_can_be_read_by_everybody(screen: Screen) -> None:
    """An approval that the law bars shows each provision; nothing of it breaks WCAG."""
    screen.open("room", "/cases", "mara")
    case = screen.page.locator("td a").last.get_attribute("href")
    screen.open("room", f"{case}/acts/approve", "mara")
    screen.page.select_option("[name=request]", index=1)
    screen.page.select_option("[name=basis]", index=1)
    screen.page.check("[name=categories] >> nth=0")
    with screen.page.expect_navigation():
        screen.page.locator("main form button").click()
    assert screen.page.locator(".refused li").count() > 0, screen.text()
    assert screen.wrong_anywhere("room~refused") == {}


def test_a_page_that_is_not_there_can_be_read_by_everybody(screen: Screen) -> None:
    """What is said where nothing is breaks no rule of WCAG either."""
    with screen.expecting_faults() as faults:
        assert screen.open("room", "/nothing", "mara") == 404
    assert len(faults) == 1
    assert screen.wrong_anywhere("room~not-there") == {}


def test_a_case_prints_without_its_buttons(screen: Screen) -> None:
    """On paper a case is its words: nothing that is pressed, and no page more for that."""
    screen.open("room", "/cases", "mara")
    screen.open("room", str(screen.page.get_attribute("td a", "href")), "mara")
    screen.look(DESKTOP, "print")
    assert screen.page.locator("button:visible, a.large:visible, nav:visible").count() == 0
    assert 1 <= screen.pages_when_printed() <= 3
