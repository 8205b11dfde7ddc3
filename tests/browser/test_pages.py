"""What pages answer, how they print, and that each task is done by keyboard alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.reporting import published
from tests.browser.screen import DESKTOP, Screen
from tests.register.library import Library


@pytest.fixture(scope="module")
def has_report() -> bool:
    """Here it is yet to be published."""
    return False


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
    screen.page.wait_for_selector(".duties")
    screen.press(".duties a")
    screen.page.wait_for_selector(".timeline")
    screen.press("a[href$='/do/open']")
    screen.page.wait_for_url("**/do/open")
    screen.press("main button[value=record]")
    screen.page.wait_for_selector(".timeline")
    assert "Case opened" in screen.text()


def test_a_report_is_published_by_keyboard(screen: Screen, shown_library: Library) -> None:
    """The director asks for a quarter, reads the draft and what the law says, and publishes it; the
    list has it, and so has the board.
    """
    ended = shown_library.now - timedelta(days=95)
    quarter = f"{ended.year}-Q{(ended.month - 1) // 3 + 1}"
    screen.open("room", "/statistics", "mara")
    screen.look(DESKTOP)
    screen.type_into("#period", quarter)
    with screen.page.expect_navigation():
        screen.page.keyboard.press("Enter")
    assert "a draft: not published" in screen.text()
    assert screen.wrong_anywhere("room~statistics~draft") == {}
    screen.look(DESKTOP)
    with screen.page.expect_navigation():
        screen.press("main form[method=post] button")
    assert "a draft: not published" not in screen.text()
    published_now = {one.period for one in published(shown_library.register.reader(None))}
    assert quarter in published_now


def test_a_law_is_put_in_force_by_keyboard(screen: Screen, shown_library: Library) -> None:
    """The director chooses it, says who reviewed it and when, reads what changes, and records it;
    then the other is put in force again.
    """
    screen.look(DESKTOP)
    law, before = "us-co/jcpl", shown_library.register.office().law.layers[-1].name
    assert before != law
    reviewed = f"{shown_library.now - timedelta(days=2):%m%d%Y}"
    for name in (law, before):
        screen.open("room", "/law/activate", "mara")
        screen.type_into("#pack", name)
        screen.type_into("#reviewed_by", "jane.doe")
        screen.type_into("#reviewed_on", reviewed)
        with screen.page.expect_navigation():
            screen.press("main button[value=ask]")
        if name == law:
            assert screen.wrong_anywhere("room~law~activate~asked") == {}
            screen.look(DESKTOP)
        with screen.page.expect_navigation():
            screen.press("main button[value=record]")
        assert screen.page.url.endswith("/law"), screen.text()
        assert shown_library.register.office().law.layers[-1].name == name


def test_what_the_law_forbids_can_be_read_by_everybody(
    screen: Screen, shown_library: Library
) -> None:
    """An approval that the law bars shows each provision; nothing of it breaks WCAG."""
    opened = shown_library.visit()
    shown_library.act("mara", "open", opened)
    screen.open("room", "/cases", "mara")
    with screen.page.expect_navigation():
        screen.page.get_by_role("link", name=opened).click()
    screen.page.goto(f"{screen.page.url}/do/approve")
    screen.page.select_option("[name=f-request]", index=1)
    screen.page.select_option("[name=f-basis]", index=1)
    screen.page.check("[name=f-categories] >> nth=0")
    with screen.page.expect_navigation():
        screen.page.get_by_role("button", name="Ask the law").click()
    assert screen.page.get_by_text("This forbids it").count() == 1, screen.text()
    assert screen.wrong_anywhere("room~forbidden") == {}


def test_a_page_that_is_not_there_can_be_read_by_everybody(screen: Screen) -> None:
    """What is said where nothing is breaks no rule of WCAG either."""
    with screen.expecting_faults() as faults:
        assert screen.open("room", "/nothing", "mara") == 404
    assert len(faults) == 1
    assert screen.wrong_anywhere("room~not-there") == {}


def test_a_case_prints_without_its_buttons(screen: Screen) -> None:
    """On paper a case is its words: nothing that is pressed, and no page more for that."""
    screen.open("room", "/cases", "mara")
    screen.open("room", str(screen.page.get_attribute("th a", "href")), "mara")
    screen.look(DESKTOP, "print")
    assert screen.page.locator("button:visible, a.large:visible, nav:visible").count() == 0
    assert 1 <= screen.pages_when_printed() <= 3
