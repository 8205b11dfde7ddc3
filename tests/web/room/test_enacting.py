"""Putting a law in force in the room: what changes is shown, the law is asked, then it holds."""

from __future__ import annotations

from tests.web.room.conftest import House, sent_back

REVIEWED = {"reviewed_by": "jane.doe", "reviewed_on": "2026-06-18"}


def test_a_law_is_put_in_force_after_what_changes_was_shown(house: House) -> None:
    """The changes and the law's word stand before the button; asking alone records nothing."""
    mara, office = house.at("room", "mara"), house.ledger.register.office
    before = office().law.name
    given = {"pack": "us-co", **REVIEWED}
    page = mara.post("/law/activate", {**given, "step": "ask"})
    assert page.status_code == 200, page.text
    assert "What changes" in page.text
    assert "What the law says of it" in page.text
    assert office().law.name == before
    done = mara.post("/law/activate", {**sent_back(page.text), **given, "step": "record"})
    assert done.status_code == 303, done.text
    assert office().law.name == "us-co"


def test_what_changed_meanwhile_is_shown_again(house: House) -> None:
    """A difference from another law than the one in force is not what was shown."""
    mara, office = house.at("room", "mara"), house.ledger.register.office
    before, given = office().law.name, {"pack": "us-co", **REVIEWED}
    page = mara.post("/law/activate", {**given, "step": "ask"}).text
    sent = {**sent_back(page), **given, "before": "0" * 64, "step": "record"}
    assert mara.post("/law/activate", sent).status_code == 409
    assert office().law.name == before


def test_what_cannot_be_put_in_force_is_told_on_the_page(house: House) -> None:
    """The law in force, a law that is none, and a review without a day are told in a sentence."""
    mara = house.at("room", "mara")
    for given in (
        {"pack": "us-co/lcld", **REVIEWED},
        {"pack": "nowhere", **REVIEWED},
        {"pack": "us-co", "reviewed_by": "jane.doe"},
    ):
        answer = mara.post("/law/activate", {**given, "step": "record"})
        assert answer.status_code == 400, given
        assert 'role="alert"' in answer.text
    assert house.at("room", "kim").get("/law/activate").status_code == 403
