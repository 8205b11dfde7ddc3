"""Lists of what is taken, pads of paper and practice."""

from __future__ import annotations

import os
import re

import httpx
import pytest

from ledger.errors import NotFound
from tests.register.ledgers import Ledger, check_sound
from tests.web.desk.conftest import REFERENCE, Web, hidden, intake_of

LINES = {
    "what-0": "Laptop, grey",
    "count-0": "2",
    "place-0": "Reference desk",
    "did-0": "taken",
    "what-1": "",
    "what-2": "Sign-up sheet",
    "count-2": "1",
    "place-2": "",
    "did-2": "copied",
}


def test_what_is_taken_is_written_down_and_printed(web: Web, ledger: Ledger) -> None:
    """The lines are saved as the visit's words, in English on any page, and come as a receipt."""
    form = {**hidden(web.get("/desk/inventory?lang=es").text), **LINES, "initials": "t.o."}
    answer = web.post("/desk/inventory", form, **{"Cookie": "__Host-language=es"})
    (reference,) = REFERENCE.findall(answer.text)
    saved = intake_of(ledger, reference)
    assert saved.words == (
        "What was taken, copied or looked at:\n"
        "Taken: 2 x Laptop, grey; from: Reference desk\n"
        "Copied: 1 x Sign-up sheet; from: ?"
    )
    assert saved.initials == "t.o."
    assert "<td>Laptop, grey</td><td>Reference desk</td><td>Se lo llevan</td>" in answer.text
    assert "Nombre y firma del agente" in answer.text


def test_without_script_a_button_adds_lines(web: Web, ledger: Ledger) -> None:
    """What was written stays, the form keeps its time, and nothing is saved yet."""
    form = {**hidden(web.get("/desk/inventory").text), **LINES, "more": "yes"}
    page = web.post("/desk/inventory", form)
    assert 'name="what-1" maxlength="100" value="Sign-up sheet"' in page.text
    assert 'name="what-4"' in page.text
    assert hidden(page.text)["opened"] == form["opened"]
    assert ledger.home.inbox.streams() == ()


def test_a_list_beyond_all_bounds_is_told_and_not_cut(web: Web, ledger: Ledger) -> None:
    """A clerk who writes more than a list takes saves twice; nothing vanishes silently."""
    form = hidden(web.get("/desk/inventory").text)
    many = {f"what-{n}": "Book" for n in range(31)}
    for fields in (many, {"what-0": "x" * 101}, {f"what-{'9' * 5000}": "x" * 101}):
        answer = web.post("/desk/inventory", {**form, **fields}, **{"X-Desk": "1"})
        assert answer.status_code == 400
        assert "Save it, then add more" in answer.json()["detail"]
    assert ledger.home.inbox.streams() == ()


# ---- the paper pad ----


def issue(web: Web, fields: dict[str, str], path: str = "/desk/pads") -> httpx.Response:
    """Send one of the forms on the page of pads."""
    return web.post(path, {"key": os.urandom(16).hex(), **fields})


def end(web: Web, fields: dict[str, str]) -> httpx.Response:
    """Say of sheets that they hold no visit."""
    return issue(web, fields, "/desk/pads/end")


def test_a_pad_is_issued_printed_and_accounted_for(web: Web, room: Web, ledger: Ledger) -> None:
    """Every sheet ends, and which hold a sealed visit only those know who may open it."""
    web.sign_in(ledger, "kim")
    assert issue(web, {"count": "3", "branch": "naturita"}).status_code == 200
    issue(web, {"count": "2", "branch": ""})
    printed = web.get("/desk/pad?first=1&count=3").text
    assert re.findall(r"<div>(DL-\d+)</div>", printed) == ["DL-000001", "DL-000002", "DL-000003"]
    assert printed.count("<svg") == 3
    end(web, {"serials": "DL-000001, 4", "ended": "void"})
    before = web.get("/desk/pads").text
    web.cookies.clear()
    web.save(serial="2", words="Written down from paper.")
    web.sign_in(ledger, "kim")
    drawn = re.compile(r'name="(?:csrf|key)" value="[^"]+"')
    assert drawn.sub("", web.get("/desk/pads").text) == drawn.sub("", before)
    room.sign_in(ledger, "mara")
    shown = re.findall(r"<td>(DL-\d+)</td><td>([^<]+)</td>", room.get("/desk/pads").text)
    assert dict(shown) == {
        "DL-000001": "void",
        "DL-000002": "written down",
        "DL-000003": "in use, or written down and sealed",
        "DL-000004": "void",
        "DL-000005": "in use, or written down and sealed",
    }
    check_sound(ledger)


def test_a_visit_that_was_opened_shows_its_sheet_to_staff(web: Web, ledger: Ledger) -> None:
    """Once a case stands open everybody who reads cases sees what became of the sheet."""
    web.sign_in(ledger, "kim")
    issue(web, {"count": "1"})
    ledger.do("mara", "open", web.save(serial="1"))
    assert "<td>DL-000001</td><td>written down</td>" in web.get("/desk/pads").text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/desk/pads", {"count": "0"}),
        ("/desk/pads", {"count": "51"}),
        ("/desk/pads", {"count": "many"}),
        ("/desk/pads", {"count": "0005" + "0" * 5000}),
        ("/desk/pads", {"count": "1", "branch": "Main Street"}),
        ("/desk/pads/end", {"serials": "", "ended": "void"}),
        ("/desk/pads/end", {"serials": "3", "ended": "void"}),
        ("/desk/pads/end", {"serials": "1 x", "ended": "void"}),
        ("/desk/pads/end", {"serials": "1", "ended": "transcribed"}),
    ],
)
def test_only_sheets_that_there_are_end(
    web: Web, ledger: Ledger, path: str, fields: dict[str, str]
) -> None:
    """What fits no pad is told, and the office's stream stays as it is."""
    web.sign_in(ledger, "kim")
    issue(web, {"count": "2"})
    before = ledger.register.office().head
    assert issue(web, fields, path).status_code == 400
    assert ledger.register.office().head == before


def test_a_form_of_the_pads_that_is_sent_twice_issues_one_pad(web: Web, ledger: Ledger) -> None:
    """A second press of the button gives out no numbers; a form without a number is refused."""
    web.sign_in(ledger, "kim")
    form = {"count": "2", "key": "7" * 32}
    assert [web.post("/desk/pads", form).status_code for _ in range(2)] == [200, 422]
    assert web.post("/desk/pads", {"count": "2"}).status_code == 400
    assert web.get("/desk/pads").text.count("<h2>DL-") == 1


@pytest.mark.parametrize("asked", ["first=9&count=1", "first=1", "first=1&count=51", "first=x"])
def test_a_sheet_that_was_not_issued_is_not_printed(web: Web, ledger: Ledger, asked: str) -> None:
    """A sheet that nobody accounts for would be a hole in the pad."""
    web.sign_in(ledger, "kim")
    issue(web, {"count": "2"})
    assert web.get(f"/desk/pad?{asked}").status_code == 404


def test_pads_are_for_people_who_are_signed_in(web: Web) -> None:
    """A branch's PC alone neither issues sheets nor sees what became of them."""
    assert web.get("/desk/pads").status_code == 401
    assert web.post("/desk/pads", {"count": "2"}).status_code == 401


# ---- practice ----


def test_a_drill_is_measured_and_is_nobodys_case(web: Web, room: Web, ledger: Ledger) -> None:
    """Who directs sees how long it took; no list, case or reference knows of it."""
    page = web.get("/desk/drill").text
    assert "PRACTICE" in page
    ledger.clock.turn(seconds=64)
    answer = web.post("/desk", {**hidden(page), "initials": "t.o.", "call-mara": "no-answer"})
    assert "this was practice" in answer.text
    (reference,) = REFERENCE.findall(answer.text)
    for person in ("mara", "olga", "tom"):
        with pytest.raises(NotFound):
            ledger.look(person, reference)
        assert ledger.register.reader(ledger.people[person], vault=True).sealed_references() == ()
    with pytest.raises(NotFound):
        ledger.do("mara", "open", reference)
    room.sign_in(ledger, "mara")
    shown = room.get("/desk/drills").text
    assert "<td>2026-06-19 14:00:00</td><td>64</td><td>1</td><td>t.o.</td>" in shown
    check_sound(ledger)


def test_a_drill_about_a_real_case_does_not_touch_it(web: Web, ledger: Ledger) -> None:
    """Practice under the reference of a real visit waits in nobody's list and changes no case."""
    reference = web.save(words="Real")
    web.save("/desk/drill", about=reference, words="Practice")
    (only,) = ledger.look("mara", reference).intakes
    assert only.records[0].event.words == "Real"  # type: ignore[attr-defined]  # an intake
    ledger.do("mara", "open", reference)
    assert ledger.types("kim", reference)[0] == "intake-saved.v1"
    assert "Practice" not in str(ledger.look("kim", reference).case)


def test_drills_are_for_who_decides(room: Web, web: Web, ledger: Ledger) -> None:
    """Staff do not see who took how long, and the desk's program has no such page."""
    room.sign_in(ledger, "kim")
    assert room.get("/desk/drills").status_code == 403
    assert web.get("/desk/drills").status_code == 404


def test_nobody_practised_yet(room: Web, ledger: Ledger) -> None:
    """A list without drills says so."""
    room.sign_in(ledger, "mara")
    assert "Nobody has practised yet" in room.get("/desk/drills").text
