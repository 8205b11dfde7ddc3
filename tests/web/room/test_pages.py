"""Every page of the room opens for whom it is, and says what it should."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from ledger.domain.law.difference import difference
from ledger.domain.law.pack import resolve
from ledger.evidence.grammar import format_instant
from ledger.sequencer.epochs import Asked, announce
from ledger.web.room.forms import instant
from ledger.web.site import Side
from tests.register.ledgers import by_two
from tests.web.room.conftest import House, sent_back

PAGES = (
    *(
        "/",
        "/more",
        "/cases",
        "/deadlines",
        "/deadlines?month=2026-07",
        "/holds",
        "/register",
        "/papers",
    ),
    *("/query", "/tasks", "/looks", "/glass", "/verify", "/statistics?period=2026", "/board"),
    *("/office", "/office/do/record-absence", "/erasures", "/guard", "/law", "/law?pack=us-mo/jcl"),
    *("/law/difference?before=us-co&after=us-mo", "/law/deadline"),
)
DEADLINE = "/law/deadline?pack=us-co/lcld&rule=preservation&from=2026-06-19T14:00"


def test_every_page_opens_and_names_itself(house: House, opened: str) -> None:
    """The director opens each page of the room; each has one heading and no inline code."""
    mara = house.at("room", "mara")
    for path in (*PAGES, DEADLINE):
        answer = mara.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.text.count("<h1>") == 1, path
        assert " style=" not in answer.text, path
        assert "<script" not in answer.text, path
        assert len(answer.content) < 60_000, path


@pytest.mark.parametrize("path", ["/cases", "/query", "/office", "/law", "/board", "/deadlines"])
def test_staff_open_their_pages_at_the_desk(house: House, opened: str, path: str) -> None:
    """Uncleared staff work at the desk's program."""
    assert house.at("desk", "kim").get(path).status_code == 200


def test_what_two_laws_differ_in_stands_whole_on_pages(house: House) -> None:
    """Every change stands on one of the pages, none twice, and no page is heavy."""
    mara, path = house.at("room", "mara"), "/law/difference?before=us-co&after=us-mo"
    first = mara.get(path).text
    pages = [
        mara.get(one.replace("&amp;", "&"))
        for one in re.findall(r'href="(/law/diff[^"]+page=\d+)"', first)
    ]
    texts = [first, *(one.text for one in pages)]
    assert all(len(one.encode()) < 60_000 for one in texts)
    named = [one for text in texts for one in re.findall(r"<li><strong>(.*)\n", text)]
    assert len(named) == len(difference(resolve("us-co"), resolve("us-mo")))
    assert len(set(named)) == len(named)


def test_a_deadline_is_counted_with_its_source(house: House) -> None:
    """The result stands beside its citation, what moved it, and how sure we are of it."""
    page = house.at("room", "mara").get(DEADLINE).text
    assert "2703(f)" in page
    assert "Counted:" in page


def test_the_deadlines_of_a_hold_stand_in_drawing_list_and_month(house: House, opened: str) -> None:
    """The drawing's numbers are those of the table beside it."""
    asked = {"level": "federal", "categories": ["circulation"], "ground": "2703(f)"}
    ledger = house.ledger
    request = ledger.do("mara", "receive-preservation-request", opened, asked).records[0].ref
    hold = {"request": request, "categories": ["circulation"], "places": ["library-system"]}
    ledger.do("mara", "place-hold", opened, hold)
    page = house.at("room", "mara").get("/deadlines?month=2026-09").text
    assert "<svg" in page
    assert "2026-09-17" in page
    assert re.search(r"<td>17 <a [^>]+>1: ", page)
    assert "circulation" in house.at("room", "mara").get("/holds").text


def test_the_one_answer_is_the_same_for_every_patron(house: House, opened: str) -> None:
    """Whoever asked, and whatever they said: the same page, and nothing of it in an address."""
    kim = house.at("desk", "kim")
    before = kim.get("/query").text
    answers = [
        kim.post("/query", {"asker": asker, "mode": "in-person", "query": words})
        for asker, words in (("patron", "Was it me?"), ("attorney", opened), ("other", ""))
    ]
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert "Was it me?" not in answers[0].text
    said = re.search(r'class="say">([^<]+)<', before)
    assert said is not None
    assert said[1] in answers[0].text


def test_the_board_sees_no_case(house: House, opened: str) -> None:
    """An auditor is led to the board's page; the log is checked there, and no case is named."""
    by_two(house.ledger, "grant-role", {"person": "pat", "role": "auditor"})
    house.ledger.do("mara", "end-role", "office", {"person": "pat", "role": "staff"})
    house.ledger.tick(days=2)
    pat = house.at("room", "pat")
    assert pat.get("/").headers["location"] == "/board"
    assert pat.get("/cases").status_code == 403
    page = pat.post("/board", {}).text
    assert "is whole" in page
    assert opened not in page


def test_verify_now_speaks_in_sentences(house: House, opened: str) -> None:
    """The verifier's report is shown as it tells itself, with its limits."""
    house.ledger.tick(days=3)
    page = house.at("room", "mara").post("/verify", {}).text
    assert "Nothing is wrong." in page
    assert "INTACT:" in page
    assert "Limits" in page


def test_counsel_has_every_entry_of_the_log_accounted_for(house: House, visit: str) -> None:
    """With openings the verifier judges sealed records too, and whose they were counts as looked
    at; nobody but counsel is offered it, and nobody else may.
    """
    house.ledger.tick(days=3)
    tom, mara = house.at("room", "tom"), house.at("room", "mara")
    assert 'action="/verify/all"' in tom.get("/verify").text
    assert 'action="/verify/all"' not in mara.get("/verify").text
    page = tom.post("/verify/all", {}).text
    assert "Nothing is wrong." in page
    assert "V13 ran" in page
    assert mara.post("/verify/all", {}).status_code == 403
    assert visit in tom.get("/looks").text


def test_counsel_who_came_later_is_told_what_stays_closed(house: House) -> None:
    """Covers made before somebody was counsel open to them never: that is said, and nothing is
    called wrong.
    """
    house.ledger.tick(days=3)
    by_two(house.ledger, "grant-role", {"person": "olga", "role": "counsel"})
    house.ledger.tick(days=2)
    page = house.at("room", "olga").post("/verify/all", {}).text
    assert "stay closed to you" in page
    assert "Something is wrong" not in page


def test_attesting_too_early_is_told_on_the_page(house: House) -> None:
    """Before the first period ended there is nothing to attest to, and the page says until when."""
    house.ledger.tick(days=2)
    answer = house.at("room", "tom").post("/attest", {})
    assert answer.status_code == 400
    assert "No period has ended yet" in answer.text
    assert house.at("room", "mara").post("/attest", {}).status_code == 403


def test_who_is_a_designee_and_nothing_else_is_told_before_that_no_reason_is_enough(
    house: House, visit: str
) -> None:
    """Outside of an absence a designee signs nothing that counts, so there is no glass to break
    (ADR 0016): the page says so before, and what to do; nobody else is told it.
    """
    olga = house.at("room", "olga")
    assert "Record the absence first" in olga.get("/glass").text
    refused = olga.post("/glass", {"reference": visit, "reason": "A child is in danger."})
    assert refused.status_code == 403
    assert "Record the absence first" in refused.text
    assert "Record the absence first" not in house.at("room", "mara").get("/glass").text


def test_a_designee_breaks_the_glass_with_a_reason_and_another_answers(
    house: House, visit: str
) -> None:
    """A visit that is not hers shows for a reason only; counsel answers for it on the page."""
    by_two(house.ledger, "grant-role", {"person": "olga", "role": "staff"})
    olga, tom = house.at("room", "olga"), house.at("room", "tom")
    assert olga.post("/cases/find", {"reference": visit}).status_code == 403
    assert olga.post("/glass", {"reference": visit, "reason": " "}).status_code == 400
    shown = olga.post("/glass", {"reference": visit, "reason": "A child is in danger."})
    assert shown.status_code == 200
    assert "Recorded with your reason" in shown.text
    page = tom.get("/looks").text
    assert "A child is in danger." in page
    sent = {**sent_back(page), "outcome": "justified"}
    assert tom.post("/looks", sent).status_code == 303
    assert "justified" in tom.get("/looks").text


def test_whoever_has_a_task_reports_on_it_and_learns_nothing_else(house: House, visit: str) -> None:
    """A person with a task signs in at the room, reads it, and says what became of it."""
    ledger = house.ledger
    sealing = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-09-01"}
    ledger.do("mara", "keep-sealed", visit, sealing)
    given = {
        "person": "pat",
        "ground": "needed-to-comply",
        "duty_notice_at": format_instant(ledger.clock()),
        "task": "Keep the tape of Friday.",
    }
    ledger.do("mara", "assign-task", visit, given)
    pat = house.at("room", "pat")
    page = pat.get("/tasks").text
    assert "Keep the tape of Friday." in page
    assert visit not in page
    assert pat.post("/tasks", {**sent_back(page), "outcome": "done"}).status_code == 303
    assert "done" in pat.get("/tasks").text


def test_an_absence_is_recorded_by_its_form(house: House) -> None:
    """The office's forms ask the law as those of a case do."""
    mara = house.at("room", "mara")
    at = house.ledger.clock().astimezone(house.ledger.home.zone)
    begins, ends = (at + timedelta(hours=n) for n in (1, 9))
    fields: dict[str, str | list[str]] = {
        "person": "mara",
        "from": begins.strftime("%Y-%m-%dT%H:%M"),
        "until": ends.strftime("%Y-%m-%dT%H:%M"),
    }
    assert mara.record("/office/do/record-absence", **fields).status_code == 303
    assert "now or to come" in mara.get("/office").text


def test_a_second_person_agrees_to_a_role_on_the_page(house: House) -> None:
    """Who proposed it cannot agree; another can, to what the page showed."""
    house.ledger.do("mara", "grant-role", "office", {"person": "pat", "role": "auditor"})
    assert "I checked who this is" not in house.at("room", "mara").get("/office").text
    tom = house.at("room", "tom")
    page = tom.get("/office").text
    assert tom.post("/office/assent", sent_back(page)).status_code == 303
    assert "auditor" in house.ledger.register.office().office.roles_of("pat")


def test_a_second_person_agrees_to_places_of_the_log_in_time(house: House) -> None:
    """The page says how many and until when; afterwards it has no button any more."""
    ledger = house.ledger
    seen = ledger.home, ledger.register, ledger.people["mara"]
    announce(*seen, Asked(sealed=256), ledger.clock())
    page = house.at("room", "tom").get("/office").text
    assert "places of the log, 64 open and 256 sealed each day, from" in page
    assert "I checked who this is" in page
    ledger.clock.turn(days=20)
    late = house.at("room", "tom").get("/office").text
    assert "too late to agree" in late
    assert "I checked who this is" not in late
    announce(*seen, Asked(sealed=256), ledger.clock())
    tom = house.at("room", "tom")
    assert tom.post("/office/assent", sent_back(tom.get("/office").text)).status_code == 303
    assert len(ledger.register.office().office.epochs) == 1


@pytest.mark.parametrize("side", ["room"])
def test_signing_in_again_leads_back_to_the_page_and_nowhere_else(house: House, side: Side) -> None:
    """The page that was left is named in the link; an address of others is no page of ours."""
    nobody = house.at(side, None)
    assert 'href="/sign-in?then=/deadlines"' in nobody.get("/deadlines").text
    assert 'value="/deadlines"' in nobody.get("/sign-in?then=/deadlines").text
    for bad in ("//evil.example", "https://evil.example", "/\\evil", "/a/../b", "/cases?x=1"):
        assert 'name="then"' not in nobody.get(f"/sign-in?then={bad}").text, bad


def test_the_page_says_when_it_will_be_locked(house: House) -> None:
    """A quarter of an hour after it was made, on the library's clocks."""
    zone = house.ledger.home.zone
    locked = (house.ledger.clock() + timedelta(minutes=15)).astimezone(zone)
    assert f"signed out at {locked:%H:%M}" in house.at("room", "mara").get("/cases").text


def test_an_hour_that_the_clocks_left_out_is_refused(house: House) -> None:
    """On the day when clocks go forward there is no half past two."""
    zone = house.ledger.home.zone
    assert instant("2026-03-08T01:30", zone).utcoffset() == timedelta(hours=-7)
    with pytest.raises(Exception, match="put forward"):
        instant("2026-03-08T02:30", zone)


@pytest.mark.parametrize(
    "path",
    [
        *("/deadlines?month=0001-01", "/deadlines?month=9999-12", "/deadlines?month=2026-13"),
        "/law/deadline?pack=us-co&rule=answer&from=9999-12-31T23:59",
        "/law/deadline?pack=us-co&rule=answer&from=0001-01-01T00:00%2B07:00",
    ],
)
def test_a_day_at_the_end_of_the_calendar_is_told_and_breaks_no_page(
    house: House, path: str
) -> None:
    """Whoever asks for a month or a time beyond what calendars hold hears how to write one."""
    answer = house.at("room", "mara").get(path)
    assert answer.status_code < 500
    assert "Write it as 2026-06" in answer.text
