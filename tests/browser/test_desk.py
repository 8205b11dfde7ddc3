"""The desk in a real browser: by keyboard, on one screen, on paper, while the server is away."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, Route

from ledger.domain.events import IntakeSaved
from ledger.web.branches import change
from tests.browser.screen import DESKTOP, HEIGHTS, MOST_PAGE_BYTES, Screen
from tests.register.library import Library
from tests.web.served import Served

SAVED = ".reference strong"
LONGEST = "(303) 555-0100 x 12345"


@pytest.fixture(scope="module", autouse=True)
def _telephones(shown_library: Library, serving: Served) -> None:
    """Everybody on the ladder has a long number: the page must have room for it."""
    people = dict.fromkeys(shown_library.people, LONGEST)
    change(shown_library.home.path, lambda had: (replace(had, telephones=people), None))


@pytest.fixture
def page(screen: Screen) -> Iterator[Page]:
    """The shared page at the size of a branch's PC; nothing of a test stays in its way."""
    screen.look(DESKTOP)
    yield screen.page
    screen.page.unroute_all()


def intakes(library: Library, reference: str) -> list[IntakeSaved]:
    """What was saved under a reference, as who decides reads it."""
    found = [one.records[0].event for one in library.case("mara", reference).intakes]
    assert all(isinstance(one, IntakeSaved) for one in found)
    return [one for one in found if isinstance(one, IntakeSaved)]


@pytest.mark.parametrize("path", ["/desk", "/desk?lang=es", "/desk/drill", "/desk/drill?lang=es"])
def test_the_desk_page_is_one_screen(screen: Screen, page: Page, path: str) -> None:
    """At 1366 × 768 nobody scrolls, in either language, in practice too; and little is sent."""
    assert screen.open("desk", path) == 200
    assert page.evaluate("() => document.documentElement.scrollHeight") <= HEIGHTS[DESKTOP]
    assert screen.weight() <= MOST_PAGE_BYTES


def test_a_visit_is_logged_by_keyboard_with_nothing_filled_in(
    screen: Screen, page: Page, shown_library: Library
) -> None:
    """Nothing is compulsory: the tabulator and one Enter are enough."""
    screen.open("desk", "/desk")
    assert page.locator(":required").count() == 0
    screen.press(".save")
    page.wait_for_selector(SAVED)
    (saved,) = intakes(shown_library, page.inner_text(SAVED))
    assert (saved.words, saved.presents, saved.calls) == (None, None, None)
    assert page.url.endswith("/desk")


def test_everything_is_filled_in_by_keyboard(
    screen: Screen, page: Page, shown_library: Library
) -> None:
    """Calls, choices and texts, in the order in which they stand on the page."""
    screen.open("desk", "/desk")
    screen.press("[data-call=mara]", "Space")
    page.keyboard.press("ArrowRight")
    hour = int(page.input_value("[name=at]")[11:13])
    told = page.inner_text("[data-calls]")
    assert re.fullmatch(r"\d\d:\d\d mara: No answer\.", told)
    # In the library's zone, as the form has it; between the two the hour may have ended.
    assert int(told[:2]) in (hour, (hour + 1) % 24)
    screen.press("[name=presents]", "Space")
    screen.type_into("[name=signed_by]", "A. Reyes")
    screen.press("[name=judge_signed]", "Space")
    screen.type_into("[name=officers]", "Sgt. Ek, 4471")
    screen.type_into("[name=words]", "Who sat here?")
    screen.press(".save")
    page.wait_for_selector(SAVED)
    (saved,) = intakes(shown_library, page.inner_text(SAVED))
    assert (saved.presents, saved.judge_signed, saved.signed_by) == ("nothing", "yes", "A. Reyes")
    assert (saved.officers, saved.words) == ("Sgt. Ek, 4471", "Who sat here?")
    # Going on to the second button mended the first one: it was no call of its own.
    (call,) = saved.calls or ()
    assert (call.person, call.outcome, call.at is None) == ("mara", "no-answer", False)


def test_an_answer_that_is_lost_and_a_server_that_is_away_make_one_event(
    screen: Screen, page: Page, shown_library: Library
) -> None:
    """The text stays, the page says that it tries again; what was saved unheard is saved once."""
    tries: list[str] = []

    def away(route: Route) -> None:
        tries.append(route.request.method)
        if len(tries) == 1:
            route.fetch()
        if len(tries) <= 4:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.clock.install()
    screen.open("desk", "/desk")
    page.fill("[name=words]", "They took the sign-up sheet.")
    before = len(shown_library.home.inbox.streams())
    page.route("**/desk", away)
    with screen.expecting_faults():
        page.click(".save")
        page.get_by_text("Not sent yet. Trying again.").wait_for()
        assert page.input_value("[name=words]") == "They took the sign-up sheet."
        for _ in range(20):
            page.clock.run_for(1000)
            page.wait_for_timeout(50)
            if page.locator(SAVED).count():
                break
        page.wait_for_selector(SAVED)
    assert len(tries) >= 6
    (saved,) = intakes(shown_library, page.inner_text(SAVED))
    assert saved.words == "They took the sign-up sheet."
    assert len(shown_library.home.inbox.streams()) == before + 1


def test_what_is_refused_is_told_where_it_was_written(screen: Screen, page: Page) -> None:
    """A refusal shows its sentence on the page, and the text can be mended."""
    screen.open("desk", "/desk")
    page.fill("[name=words]", "Still here")
    page.evaluate("() => { document.querySelector('[name=key]').value = 'none' }")
    with screen.expecting_faults():
        page.click(".save")
        page.get_by_text("This was not saved. Your text is still here.").wait_for()
    assert "This form carries no number" in page.inner_text("[data-told]")
    page.fill("[name=words]", "Still here, and mended")


def test_without_script_the_form_is_a_form(
    browser: Browser, serving: Served, shown_library: Library
) -> None:
    """Where no script runs, one press saves, and a tap without a time is still a call."""
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(f"{serving.origins['desk']}/desk")
        plain.check("[name=call-mara][value=reached]")
        plain.click(".save")
        (saved,) = intakes(shown_library, plain.inner_text(SAVED))
    assert [(one.person, one.at) for one in saved.calls or ()] == [("mara", None)]


def test_a_visit_is_one_sheet_and_a_list_has_a_receipt_of_its_own(
    screen: Screen, page: Page, shown_library: Library
) -> None:
    """One sheet for the drawer; what officers are asked to sign is a second one."""
    screen.open("desk", "/desk")
    page.fill("[name=words]", "They came back.\n" * 8)
    page.click(".save")
    page.wait_for_selector(SAVED)
    assert screen.pages_when_printed() == 1
    screen.open("desk", "/desk/inventory")
    page.fill("[name=what-0]", "Laptop")
    page.click("[data-add]")
    page.keyboard.type("Sign-up sheet")
    page.click(".save")
    page.wait_for_selector(".receipt")
    assert screen.pages_when_printed() == 2
    saved = intakes(shown_library, page.inner_text(SAVED))[0].words or ""
    assert saved.count("\n") == 2


def test_each_sheet_of_the_pad_is_one_sheet_of_paper(screen: Screen, page: Page) -> None:
    """Three numbers are three sheets, in Spanish as in English."""
    screen.open("desk", "/desk/pads", "kim")
    page.fill("#count", "3")
    page.locator("form[action='/desk/pads'] button").click()
    for language in ("en", "es"):
        page.goto(f"{screen.origins['desk']}/desk/pad?first=1&count=3&lang={language}")
        assert screen.pages_when_printed() == 3
