"""The calendar of deadlines: dates and one sentence, and nothing of any case."""

from __future__ import annotations

from datetime import date, timedelta

import icalendar
import vobject  # type: ignore[import-untyped]  # it ships no types

from ledger.feeding import feed_keys
from ledger.projecting import definition_of, open_rows
from ledger.projections.feeds.calendar import SUMMARY, calendar
from tests.projections.feeds.reading import opened, sealed_late
from tests.register.ledgers import Ledger
from tests.upkeep.matters import closed_case, place_hold


def made(ledger: Ledger) -> bytes:
    """The calendar as it is now."""
    rows = open_rows(
        ledger.home, ledger.register.reader(None), definition_of("deadlines"), ledger.clock
    )
    return calendar(feed_keys(ledger.home), rows, ledger.clock())


def test_two_parsers_read_the_dates_and_one_sentence(ledger: Ledger) -> None:
    """A hold of 90 days from 19 June 2026 stands on 17 September, and its review a month earlier is
    another; neither names the case, the rule or the trigger.
    """
    references = [opened(ledger), opened(ledger)]
    for reference in references:
        place_hold(ledger, reference)
    text = made(ledger).decode()
    rows = open_rows(
        ledger.home, ledger.register.reader(None), definition_of("deadlines"), ledger.clock
    )
    days = sorted(row["effective_on"] for row in rows if row["status"] == "open")
    ours = icalendar.Calendar.from_ical(text).walk("VEVENT")
    theirs = list(vobject.readOne(text).vevent_list)
    assert sorted(one.decoded("DTSTART").isoformat() for one in ours) == days
    assert sorted(one.dtstart.value.isoformat() for one in theirs) == days
    assert date(2026, 9, 17) in {one.dtstart.value for one in theirs}
    assert {str(one["SUMMARY"]) for one in ours} == {one.summary.value for one in theirs}
    assert {one.summary.value for one in theirs} == {SUMMARY}
    assert len({str(one["UID"]) for one in ours}) == len(days) >= 4
    secrets = {*references, *(row[name] for row in rows for name in ("rule", "citation", "id"))}
    assert not [one for one in secrets if one in text]
    assert {line.partition(":")[0].partition(";")[0] for line in text.splitlines()} == {
        *("BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "SUMMARY"),
        *("TRANSP", "CLASS"),
    }


def test_a_date_keeps_its_name_until_it_moves(ledger: Ledger) -> None:
    """Who subscribed sees the same entry again, and no second one, on another day of asking."""
    place_hold(ledger, opened(ledger))
    before = [str(one["UID"]) for one in icalendar.Calendar.from_ical(made(ledger)).walk("VEVENT")]
    ledger.clock.turn(**{"days": timedelta(days=3).days})
    after = [str(one["UID"]) for one in icalendar.Calendar.from_ical(made(ledger)).walk("VEVENT")]
    assert before == after


def test_what_was_met_is_no_date_any_more(ledger: Ledger) -> None:
    """A hold that was released is to be kept no longer: its dates go, those of another stay."""
    references = [opened(ledger), opened(ledger)]
    holds = [place_hold(ledger, reference) for reference in references]
    before = made(ledger).count(b"BEGIN:VEVENT")
    released = {"hold": holds[0], "reason": "request-withdrawn"}
    ledger.do("tom", "release-hold", references[0], released)
    assert 0 < made(ledger).count(b"BEGIN:VEVENT") < before


def test_nothing_sealed_is_in_the_calendar(ledger: Ledger) -> None:
    """A sealed matter's dates never were; those of a case that is sealed late are gone."""
    empty = made(ledger)
    place_hold(ledger, closed_case(ledger, sealed=True))
    assert made(ledger) == empty
    reference = opened(ledger)
    place_hold(ledger, reference)
    assert made(ledger) != empty
    sealed_late(ledger, reference)
    assert made(ledger) == empty
