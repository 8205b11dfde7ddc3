"""The room's first page, the list of cases, and the page of a case."""

from __future__ import annotations

import re

from tests.web.room.conftest import House

CALL: dict[str, object] = {"person": "mara", "channel": "telephone", "outcome": "no-answer"}


def test_a_waiting_visit_stands_on_the_first_page_with_one_next_step(
    house: House, visit: str
) -> None:
    """What waits for the director is told by its duty, and leads to the case by a handle."""
    page = house.at("room", "mara").get("/").text
    assert "Visits that wait for a first decision" in page
    assert visit in page
    assert f"/cases/{visit}" not in page
    path = re.search(r'href="(/cases/[0-9a-f]{32})"', page)
    assert path is not None
    assert "Intake saved" in house.at("room", "mara").get(path[1]).text


def test_a_reference_stands_in_no_address_of_the_room(house: House, opened: str) -> None:
    """A case that stands open has a handle at the room as a sealed one has."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    assert opened not in path
    for page in (path, f"{path}/do", f"{path}/do/approve", "/", "/cases"):
        assert f"/{opened}" not in mara.get(page).text, page


def test_another_person_cannot_use_a_handle(house: House, visit: str) -> None:
    """A handle leads whoever was not given it nowhere, and a made-up one nobody, byte for byte."""
    path = house.at("room", "mara").go(visit)
    stranger = house.at("room", "tom")
    answers = [stranger.get(one) for one in (path, f"/cases/{'0' * 32}", f"/cases/{visit}")]
    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1


def test_a_sealed_reference_is_answered_as_one_that_does_not_exist(
    house: House, visit: str
) -> None:
    """At the desk's program nobody finds a sealed case, whatever way they ask."""
    kim, none = house.at("desk", "kim"), "7K3M-9QF2-7"
    found = [kim.get(f"/cases/{one}") for one in (visit, none)]
    found += [kim.post("/cases/find", {"reference": one}) for one in (visit,)]
    assert {one.status_code for one in found} == {404}
    assert found[0].content == found[1].content


def test_staff_read_an_open_case_at_the_desk(house: House, opened: str) -> None:
    """Uncleared staff find an open case in the list, under its reference."""
    kim = house.at("desk", "kim")
    assert f'href="/cases/{opened}"' in kim.get("/cases").text
    page = kim.get(f"/cases/{opened}").text
    assert "Request received" in page
    assert "us-co/lcld" in page


def test_a_record_says_whether_the_log_holds_it(house: House, opened: str) -> None:
    """First a record is promised or on its way; after the tick the log holds it."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    assert "In the log of" not in mara.get(path).text
    house.ledger.tick(days=3)
    page = mara.get(path).text
    assert page.count("In the log of") == page.count('class="proof"')


def test_of_a_record_everybody_is_told_the_tick_and_who_is_cleared_the_entry(
    house: House, opened: str
) -> None:
    """Staff read in which tick a record of the open lane lies; where sealed ones lie, and which
    entry each is, is told to who is cleared: it turns on what else was sealed.
    """
    house.ledger.tick(days=3)
    mara, kim = house.at("room", "mara"), house.at("desk", "kim")
    cleared, staff = (one.get(one.go(opened)).text for one in (mara, kim))
    told = re.findall(r"In the log of 384 entries( as entry \d+)?(, since tick \d)?", staff)
    assert {entry for entry, _ in told} == {""}
    assert {bool(tick) for _, tick in told} == {True, False}
    assert "Intake saved" in staff
    every = re.findall(r"In the log of 384 entries as entry (\d+), since tick (\d), ", cleared)
    assert len(every) == cleared.count('class="proof"')
    assert all((int(entry) - 1) // 128 + 1 == int(tick) for entry, tick in every)


def test_a_look_at_a_sealed_case_is_recorded(house: House, visit: str) -> None:
    """Opening the page of a sealed case is a look, as at the command line."""
    mara = house.at("room", "mara")
    before = len(house.ledger.home.vault.streams())
    mara.go(visit)
    assert len(house.ledger.home.vault.streams()) > before


def test_what_people_wrote_is_escaped_and_nothing_in_it_hides(house: House) -> None:
    """T-51, T-52: markup is text, and what turns the direction of writing is written out."""
    words = "<script>alert(1)</script> \u202egnp.exe"
    reference = house.ledger.visit(fields={"words": words})
    mara = house.at("room", "mara")
    page = mara.get(mara.go(reference)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert "‹U+202E›" in page


def test_an_auditor_and_nobody_are_led_elsewhere(house: House) -> None:
    """Nobody sees anything of the room before they are signed in."""
    nobody = house.at("room", None)
    assert nobody.get("/").headers["location"] == "/sign-in"
    assert nobody.get("/cases").status_code == 401


def test_a_long_case_is_shown_page_by_page(house: House, opened: str) -> None:
    """What happened last comes first to hand; each record has an address, under its number, and no
    page weighs 60 kB.
    """
    for _ in range(205):
        house.ledger.do("kim", "attempt-contact", opened, CALL)
    kim, case = house.at("desk", "kim"), f"/cases/{opened}"
    asked = ("", "?from=1", "?from=101", "?from=x", "?from=99999")
    pages = [kim.get(f"{case}{page}") for page in asked]
    numbers = [[int(one) for one in re.findall(r'<li id="r(\d+)"', page.text)] for page in pages]
    last = numbers[4][0]
    assert numbers == [
        list(range(last - 99, last + 1)),
        list(range(1, 101)),
        list(range(101, 201)),
        numbers[0],
        [last],
    ]
    assert all(len(page.content) < 60_000 for page in pages)
    assert f'<a href="{case}?from=101#history">After these</a>' in pages[1].text
    assert f"Records 101 to 200 of {last}." in pages[2].text
    assert f'<a href="{case}?from=1#history">Before these</a>' in pages[2].text
