"""Erasing a matter in the room: two people, and the law is asked before each of them acts."""

from __future__ import annotations

import re

from ledger.register.acts import OFFICE
from ledger.register.erasure import waiting
from ledger.register.kept import version_of
from tests.upkeep.matters import closed_case, place_hold
from tests.web.room.conftest import House, sent_back


def _proposed(house: House, reference: str, secrets: str = "both") -> str:
    """Mara proposes it; gives the path of her form."""
    mara = house.at("room", "mara")
    path = f"{mara.go(reference)}/erase"
    sent = {**sent_back(mara.get(path).text), "secrets": secrets}
    answer = mara.post(path, sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/erasures"), answer.text
    # A form that is sent twice proposes nothing twice.
    assert mara.post(path, sent).status_code == 303
    return path


def _agreed(page: str) -> dict[str, str | list[str]]:
    """What the first button on the page of erasures sends."""
    form = page[page.index('<form method="post" action="/erasures">') :]
    form = form[: form.index("</form>")]
    of = re.findall(r'name="of" value="(\w+)"', form)
    return {**sent_back(form), "of": of}


def test_a_matter_is_erased_by_two_people_in_the_room(house: House) -> None:
    """One proposes after the law was asked, which offers it on the page of a closed case; the other
    reads what the law says and agrees once to all of it; then nothing of it can be opened.
    """
    reference = closed_case(house.ledger)
    mara, tom = house.at("room", "mara"), house.at("room", "tom")
    path = mara.go(reference)
    assert f'href="{path}/erase"' in mara.get(path).text
    page = mara.get(f"{path}/erase").text
    assert "Asked, and nothing against it" in page
    assert "Only a matter that was closed" in page
    _proposed(house, reference)
    assert "Another person has to agree." in mara.get("/erasures").text
    assert "I agree" not in mara.get("/erasures").text
    page = tom.get("/erasures").text
    assert page.count("I agree: destroy it") == 1
    assert "Asked, and nothing against it" in page
    sent = _agreed(page)
    assert len(sent["of"]) == 2
    assert [tom.post("/erasures", sent).status_code for _ in range(2)] == [303, 303]
    office = house.ledger.register.office()
    assert (len(office.office.erasures), office.office.awaiting_assent) == (2, ())
    assert "nothing is destroyed yet" in mara.get("/erasures").text
    assert tom.post("/erasures/finish", {}).status_code == 303
    page = mara.get("/erasures").text
    assert page.count("destroyed; in effect on ") == 2
    assert "/erasures/finish" not in page
    assert mara.post("/cases/find", {"reference": reference}).status_code == 404


def test_what_stands_against_an_erasure_takes_the_place_of_the_button(house: House) -> None:
    """A case that is not closed, and one with a hold, show why; who sends the form all the same is
    refused with the same words, and nothing is recorded.
    """
    ledger, mara = house.ledger, house.at("room", "mara")
    running, held = ledger.visit("kim"), closed_case(ledger)
    ledger.do("mara", "open", running)
    place_hold(ledger, held)
    for reference, words in ((running, "was not closed"), (held, "hold covers this matter")):
        path = mara.go(reference)
        page = mara.get(f"{path}/erase").text
        assert "This forbids it" in page
        assert words in page
        assert 'name="secrets"' not in page
        version = version_of(ledger.look("mara", reference)).hex()
        sent = {"command_id": "ab" * 16, "secrets": "both", "version": version}
        answer = mara.post(f"{path}/erase", sent)
        assert answer.status_code == 403
        assert words in answer.text
    assert ledger.register.office().office.awaiting_assent == ()


def test_a_hold_that_came_late_takes_the_button_from_the_second_person(house: House) -> None:
    """A visit came after the proposal, and with it a hold: nobody agrees while it stands, and the
    page that was open before gets the same refusal.
    """
    ledger, tom = house.ledger, house.at("room", "tom")
    reference = closed_case(ledger)
    _proposed(house, reference, "personal")
    page = tom.get("/erasures").text
    assert "Names and free text" in page
    ledger.visit("kim", reference)
    ledger.do("mara", "open", reference)
    place_hold(ledger, reference)
    assert "hold covers this matter" in tom.get("/erasures").text
    assert "I agree" not in tom.get("/erasures").text
    assert tom.post("/erasures", _agreed(page)).status_code == 403
    assert ledger.register.office().office.erasures == ()


def test_both_people_are_told_of_copies_that_no_erasure_reaches(house: House) -> None:
    """Whoever proposes and whoever agrees sees who holds a copy, and until when; of a copy that was
    destroyed neither sees anything.
    """
    ledger = house.ledger
    reference = closed_case(ledger)
    streams = [one.id.hex() for one in ledger.look("mara", reference).streams]
    copy = {"shows": "case", "streams": streams, "sha256": "6b" * 32, "until_by": "person"}
    copy |= {"until_on": "2026-09-30"}
    ledger.do("mara", "register-copy", OFFICE, {**copy, "holder": "The <b>clerk</b>"})
    gone = ledger.do("kim", "register-copy", OFFICE, {**copy, "holder": "The board"}).records[0].e
    ledger.do("kim", "confirm-copy-destroyed", OFFICE, {"of": gone})
    mara, tom = house.at("room", "mara"), house.at("room", "tom")
    before = mara.get(f"{mara.go(reference)}/erase").text
    _proposed(house, reference)
    for page in (before, tom.get("/erasures").text):
        assert "Cannot be erased from here" in page
        assert "The &lt;b&gt;clerk&lt;/b&gt;" in page
        assert "to be destroyed by 2026-09-30" in page
        assert "The board" not in page


def test_what_a_crash_left_is_proposed_with_the_rest(house: House) -> None:
    """Only one of two streams was proposed: the page is offered again, and proposes the other."""
    ledger = house.ledger
    reference = closed_case(ledger)
    stream, other = (one.id.hex() for one in ledger.look("mara", reference).streams)
    ledger.do("mara", "erase-stream", OFFICE, {"stream": stream, "secrets": "both"})
    _proposed(house, reference)
    waits = waiting(ledger.register.office(), ledger.register.reader(None))
    assert [one.event.stream for one in waits] == [stream, other]
    mara = house.at("room", "mara")
    assert "was proposed already" in mara.get(f"{mara.go(reference)}/erase").text


def test_a_sealed_matter_is_proposed_and_agreed_to_by_who_opens_it(house: House) -> None:
    """It stands in the vault's office: who is not cleared sees no erasure, and no page of it."""
    reference = closed_case(house.ledger, sealed=True)
    path = _proposed(house, reference)
    tom, kim = house.at("room", "tom"), house.at("desk", "kim")
    assert "I agree: destroy it" in tom.get("/erasures").text
    assert reference not in kim.get("/erasures").text
    assert "Nothing waits for a second person." in kim.get("/erasures").text
    assert tom.post("/erasures", _agreed(tom.get("/erasures").text)).status_code == 303
    assert house.at("room", "kim").get(path).status_code == 403
    assert "Decided" not in kim.get("/erasures").text
    assert tom.post("/erasures/finish", {}).status_code == 303
    assert "destroyed; in effect on " in tom.get("/erasures").text
    assert "Decided" not in kim.get("/erasures").text


def test_a_form_that_is_not_whole_proposes_nothing(house: House) -> None:
    """Without how much of it, without its number, for a case that went on, or with a digest that
    nobody proposed, a sentence says what to do.
    """
    reference = closed_case(house.ledger)
    mara = house.at("room", "mara")
    path = f"{mara.go(reference)}/erase"
    whole = {**sent_back(mara.get(path).text), "secrets": "both"}
    for changed, status in (
        ({"secrets": "some"}, 400),
        ({"command_id": "7"}, 400),
        ({"version": "00"}, 412),
    ):
        answer = mara.post(path, {**whole, **changed})
        assert answer.status_code == status, answer.text
    assert house.ledger.register.office().office.awaiting_assent == ()
    answer = mara.post("/erasures", {"of": "0" * 64, "command_id": "ab" * 16})
    assert answer.status_code == 400
    assert "Look at the list again" in answer.text
