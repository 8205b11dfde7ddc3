"""The transparency report in the room: seen as a draft, asked of the law, published once."""

from __future__ import annotations

import re

from tests.register.ledgers import by_two
from tests.web.room.conftest import House, Person, sent_back

BAND = {"band": "semiannual-by-category"}
QUARTER = "/statistics?period=2026-Q2"


def after_the_quarter(house: House) -> Person:
    """The director, after both chose the band and the founding's quarter ended."""
    for person in ("mara", "tom"):
        house.ledger.do(person, "choose-report-band", "office", BAND)
    house.ledger.clock.turn(days=40)
    return house.at("room", "mara")


def test_a_report_is_published_as_it_was_shown_and_once(house: House, opened: str) -> None:
    """What the law says stands before the button; what goes out is the draft that was shown, and
    after that there is nothing to publish again.
    """
    mara = after_the_quarter(house)
    page = mara.get(QUARTER).text
    assert "a draft: not published" in page
    assert "What the law says of it" in page
    assert "Publish this report" in page
    sent = sent_back(page)
    done = mara.post("/statistics", sent)
    assert done.headers["location"] == f"{QUARTER}&published=yes"
    assert sent["digest"] in mara.get(done.headers["location"]).text
    again = mara.get(QUARTER).text
    assert "This forbids it" in again
    assert "Publish this report" not in again
    assert mara.post("/statistics", sent).status_code == 403


def test_a_period_that_is_not_over_is_shown_and_has_no_button(house: House, opened: str) -> None:
    """The law's no stands on the page, with its source, before anybody presses anything."""
    page = after_the_quarter(house).get("/statistics?period=2026-Q3").text
    assert "This forbids it" in page
    assert "Publish this report" not in page


def test_figures_that_changed_meanwhile_are_not_published(house: House, opened: str) -> None:
    """A draft that is another one by now is shown again, and nothing goes out."""
    mara = after_the_quarter(house)
    sent = sent_back(mara.get(QUARTER).text)
    answer = mara.post("/statistics", {**sent, "digest": "0" * 64})
    assert answer.status_code == 400
    assert "Nothing was published" in answer.text
    assert "report-published.v1" not in _types(house)


def test_an_auditor_reads_what_was_published_and_no_draft(house: House, opened: str) -> None:
    """Whoever reads no cases sees the figures of a period when they went out, and not before."""
    by_two(house.ledger, "grant-role", {"person": "pat", "role": "auditor"})
    house.ledger.do("mara", "end-role", "office", {"person": "pat", "role": "staff"})
    mara, pat = after_the_quarter(house), house.at("room", "pat")
    before = pat.get(QUARTER).text
    assert "No report of that period was published yet" in before
    assert "<table>" not in before.partition("</form>")[2].partition("Published")[0]
    assert pat.get("/api/statistics/2026-Q2").status_code == 403
    assert pat.post("/statistics", sent_back(mara.get(QUARTER).text)).status_code == 403
    mara.post("/statistics", sent_back(mara.get(QUARTER).text))
    page = pat.get(QUARTER).text
    assert re.search(r"Transparency report 2026-Q2</h2>", page)
    assert "Publish this report" not in page


def _types(house: House) -> list[str]:
    records = house.ledger.register.reader(None).office_stream().records
    return [one.type for one in records]
