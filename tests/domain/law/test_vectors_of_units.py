"""Units and ways of counting that few packs need, computed by hand: hours, court days, back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.domain.law.asked import ask, three

# --- Whole days, court days and working days -----------------------------------------------------


def test_three_whole_days() -> None:
    """Issued Monday 1 June 2026: Tuesday, Wednesday and Thursday are whole; executed on Friday 5
    June at the latest.
    """
    found = ask("made", "whole-days", "2026-06-01")
    assert three(found) == ("2026-06-05", "2026-06-05", "2026-06-05")


def test_three_whole_days_over_a_weekend() -> None:
    """Issued Friday 5 June 2026: Saturday, Sunday and Monday are whole; Tuesday 9 June."""
    found = ask("made", "whole-days", "2026-06-05")
    assert three(found) == ("2026-06-09", "2026-06-09", "2026-06-09")


def test_three_whole_days_to_a_sunday() -> None:
    """Issued Wednesday 3 June 2026: executed on Sunday 7 June at the latest; a warrant's life does
    not roll.
    """
    found = ask("made", "whole-days", "2026-06-03")
    assert three(found) == ("2026-06-07", "2026-06-07", "2026-06-07")


def test_court_days_of_california() -> None:
    """Wednesday 25 November 2026: Thanksgiving and the Friday after are none; Monday one, Tuesday
    two, Wednesday 2 December three.
    """
    found = ask("made", "court-days", "2026-11-25")
    assert three(found) == ("2026-12-02", "2026-12-02", "2026-12-02")


def test_court_days_over_chavez_day() -> None:
    """Monday 30 March 2026: Tuesday 31 is Chavez Day; Wednesday one, Thursday two, Friday 3 April
    three.
    """
    found = ask("made", "court-days", "2026-03-30")
    assert three(found) == ("2026-04-03", "2026-04-03", "2026-04-03")


def test_working_days_over_emancipation_day() -> None:
    """Wednesday 15 April 2026: Thursday 16 is the District's own; Friday one, Monday 20 two."""
    found = ask("made", "working-days", "2026-04-15")
    assert three(found) == ("2026-04-20", "2026-04-20", "2026-04-20")


# --- Short periods, backward periods, months and sums --------------------------------------------


def test_six_days_leave_out_weekends_and_veterans_day() -> None:
    """Friday 6 November 2026: nominal Thursday 12; the 9th, 10th, 12th, 13th, 16th and 17th are
    six.
    """
    found = ask("made", "few-days", "2026-11-06")
    assert three(found) == ("2026-11-12", "2026-11-17", "2026-11-12")


def test_seven_days_end_before_six() -> None:
    """Friday 6 November 2026 and seven days is Friday 13 November: no short period, nothing left
    out.
    """
    found = ask("made", "seven-days", "2026-11-06")
    assert three(found) == ("2026-11-13", "2026-11-13", "2026-11-13")


def test_ten_days_back_from_a_hearing() -> None:
    """Wednesday 17 June 2026 less ten is Sunday 7 June; backward it moves to Friday 5 June."""
    found = ask("made", "days-back", "2026-06-17")
    assert three(found) == ("2026-06-07", "2026-06-05", "2026-06-05")


def test_six_days_back_leave_out_the_same_days() -> None:
    """Monday 16 November 2026: nominal Tuesday 10; the 13th, 12th, 10th, 9th, 6th, 5th are six."""
    found = ask("made", "few-days-back", "2026-11-16")
    assert three(found) == ("2026-11-10", "2026-11-05", "2026-11-05")


def test_one_month_from_the_thirtieth_of_january() -> None:
    """30 January 2026: Saturday 28 February; kept to Monday 2 March."""
    found = ask("made", "month", "2026-01-30")
    assert three(found) == ("2026-02-28", "2026-03-02", "2026-03-02")


def test_one_month_to_a_holiday_that_does_not_roll() -> None:
    """11 October 2026: Wednesday 11 November is Veterans Day, which this rule does not know."""
    found = ask("made", "month", "2026-10-11")
    assert three(found) == ("2026-11-11", "2026-11-11", "2026-11-11")


def test_four_years_from_leap_day_to_leap_day() -> None:
    """29 February 2024 and four years is 29 February 2028."""
    found = ask("made", "years", "2024-02-29")
    assert three(found) == ("2028-02-29", "2028-02-29", "2028-02-29")


def test_a_sum_is_counted_at_once() -> None:
    """Friday 6 November 2026 and 6 + 10 days is Sunday 22, no short period; kept to Monday 23
    November.
    """
    found = ask("made", "both", "2026-11-06")
    assert three(found) == ("2026-11-22", "2026-11-23", "2026-11-23")


def test_closures_are_no_working_days_and_still_court_days() -> None:
    """Papers from Tuesday 24 November 2026: Wednesday one; a holiday, closed on Friday and Monday;
    Tuesday two, Wednesday 2 December three. The court sits on all its days.
    """
    closed = ("2026-11-27", "2026-11-30")
    papers = ask("us-mo/jcl", "exigent-papers", "2026-11-24", closed=closed)
    assert three(papers) == ("2026-12-02",) * 3
    court = ask("made", "court-days", "2026-11-25", closed=closed)
    assert three(court) == ("2026-12-02",) * 3


# --- Hours, zones and changes of clocks --------------------------------------------------------


def test_hours_through_the_spring_change() -> None:
    """96 hours from Friday 6 March 2026, 10:00 in Denver; Sunday loses an hour: Tuesday 11:00."""
    found = ask("made", "life-in-hours", "2026-03-06T10:00", "America/Denver")
    assert three(found) == ("2026-03-10T11:00:00-06:00",) * 3


def test_hours_through_the_autumn_change() -> None:
    """96 hours from Tuesday 27 October 2026, 10:00 in Denver is Saturday 31 at 10:00. Clocks change
    on Sunday; kept to Monday 2 November, at the same time on the wall, which is 49 hours later.
    """
    found = ask("made", "keep-hours", "2026-10-27T10:00", "America/Denver")
    assert three(found) == (
        "2026-10-31T10:00:00-06:00",
        "2026-11-02T10:00:00-07:00",
        "2026-11-02T10:00:00-07:00",
    )


def test_the_life_of_a_paper_in_hours_ends_on_a_sunday() -> None:
    """96 hours from Wednesday 3 June 2026, 9:15 is Sunday 7 June, 9:15, and stays."""
    found = ask("made", "life-in-hours", "2026-06-03T09:15", "America/Chicago")
    assert three(found) == ("2026-06-07T09:15:00-05:00",) * 3


@pytest.mark.parametrize(
    ("zone", "end"),
    [("America/Denver", "2026-11-12"), ("America/New_York", "2026-11-13")],
)
def test_ten_to_midnight_in_denver_is_tomorrow_in_new_york(zone: str, end: str) -> None:
    """Friday 14 August 2026, 23:50 in Denver is Saturday there: 90 days end a day later."""
    there = datetime(2026, 8, 15, 5, 50, tzinfo=UTC).astimezone(ZoneInfo(zone))
    found = ask("us", "preservation", there.isoformat()[:19], zone)
    assert three(found) == (end,) * 3


def test_days_do_not_feel_the_lost_hour() -> None:
    """8 December 2025, 23:30 in Denver and 90 days is Sunday 8 March 2026, when clocks change."""
    found = ask("us", "preservation", "2025-12-08T23:30", "America/Denver")
    assert three(found) == ("2026-03-08", "2026-03-09", "2026-03-09")
