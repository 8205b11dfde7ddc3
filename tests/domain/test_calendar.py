"""Counting the days of the law, on the worked vectors of domain §4.4 and around their edges."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.domain import calendar as c
from ledger.domain.calendar import Computed, Holidays
from ledger.domain.law.pack import resolve

JCL = resolve("us-mo/jcl")
LCLD = resolve("us-co/lcld")
FEDERAL = LCLD.time_rule("us-federal").rule
COLORADO = LCLD.time_rule("us-co-general").rule
MISSOURI = JCL.time_rule("us-mo-general").rule
MISSOURI_CIVIL = JCL.time_rule("us-mo-civil").rule
FEDERAL_DAYS = LCLD.holidays("us-federal")
COLORADO_DAYS = LCLD.holidays("us-co")
MISSOURI_DAYS = JCL.holidays("us-mo")


# --- Worked vectors, domain §4.4 ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "days", "nominal", "rolled"),
    [
        pytest.param(date(2026, 1, 5), 90, date(2026, 4, 5), date(2026, 4, 6), id="V1"),
        pytest.param(date(2026, 1, 5), 180, date(2026, 7, 4), date(2026, 7, 6), id="V2"),
        pytest.param(date(2026, 8, 14), 90, date(2026, 11, 12), date(2026, 11, 12), id="V5"),
        pytest.param(date(2026, 8, 14), 180, date(2027, 2, 10), date(2027, 2, 10), id="V8"),
        pytest.param(date(2026, 4, 7), 60, date(2026, 6, 6), date(2026, 6, 8), id="V15"),
    ],
)
def test_a_period_has_a_nominal_and_a_rolled_end(
    received: date, days: int, nominal: date, rolled: date
) -> None:
    """Periods of 60, 90 and 180 days end where the worked vectors say, on both counts."""
    assert c.add_days(received, days, FEDERAL, FEDERAL_DAYS) == Computed(nominal, rolled)


@pytest.mark.parametrize(
    ("received", "renewed"),
    [
        pytest.param(date(2026, 1, 5), date(2026, 4, 4), id="V3: day 89, a Saturday"),
        pytest.param(date(2026, 8, 14), date(2026, 11, 11), id="V6: day 89, Veterans Day"),
    ],
)
def test_a_renewal_on_day_89_is_in_time_on_either_count(received: date, renewed: date) -> None:
    """A renewal may come on a Saturday or a holiday: only a last day moves, and only forward."""
    period = c.add_days(received, 90, FEDERAL, FEDERAL_DAYS)
    assert renewed == received + timedelta(days=89)
    assert renewed <= period.nominal_on <= period.rolled_on


def test_day_91_is_late_on_one_count_and_in_time_on_the_other() -> None:
    """A renewal on Monday 6 April 2026 is after the nominal end and on the rolled one."""
    period = c.add_days(date(2026, 1, 5), 90, FEDERAL, FEDERAL_DAYS)
    assert period.nominal_on < date(2026, 4, 6) == period.rolled_on


def test_an_extension_counts_from_the_trigger_and_not_from_a_rolled_date() -> None:
    """180 days from receipt end on 4 July 2026; chained from the rolled date they would not."""
    first = c.add_days(date(2026, 1, 5), 90, FEDERAL, FEDERAL_DAYS)
    chained = c.add_days(first.rolled_on, 90, FEDERAL, FEDERAL_DAYS)
    whole = c.add_days(date(2026, 1, 5), 180, FEDERAL, FEDERAL_DAYS)
    assert (whole.nominal_on, chained.nominal_on) == (date(2026, 7, 4), date(2026, 7, 5))


def test_missouris_general_rule_rolls_off_sunday_only() -> None:
    """V13: 180 days from Tuesday 12 May 2026 end on Sunday 8 November, and move to the Monday."""
    complaint = c.add_days(date(2026, 5, 12), 180, MISSOURI, MISSOURI_DAYS)
    assert complaint == Computed(date(2026, 11, 8), date(2026, 11, 9))
    the_day_before = c.add_days(date(2026, 5, 11), 180, MISSOURI, MISSOURI_DAYS)
    assert the_day_before == Computed(date(2026, 11, 7), date(2026, 11, 7))
    the_day_after = c.add_days(date(2026, 5, 13), 180, MISSOURI, MISSOURI_DAYS)
    assert the_day_after == Computed(date(2026, 11, 9), date(2026, 11, 9))


def test_notice_and_standstill_of_the_district_of_columbia() -> None:
    """V17: two working days to Tuesday, ten days to Friday 4 December, released after it ends."""
    mailed = c.add_working_days(date(2026, 11, 20), 2, FEDERAL_DAYS)
    assert mailed == Computed(date(2026, 11, 24), date(2026, 11, 24))
    standstill = c.add_days(mailed.nominal_on, 10, FEDERAL, FEDERAL_DAYS)
    assert standstill.rolled_on == date(2026, 12, 4)
    assert c.add_working_days(date(2026, 12, 4), 1, FEDERAL_DAYS).nominal_on == date(2026, 12, 7)


def test_the_governments_thirty_days_roll_off_juneteenth() -> None:
    """Scenario 14: 30 days from 20 May 2026 end on 19 June, and move to Monday the 22nd."""
    limit = c.add_days(date(2026, 5, 20), 30, FEDERAL, FEDERAL_DAYS)
    assert limit == Computed(date(2026, 6, 19), date(2026, 6, 22))


def test_papers_after_a_waiver_skip_thanksgiving() -> None:
    """Scenario 4: three working days from Tuesday 24 November 2026 end on Monday the 30th."""
    assert c.add_working_days(date(2026, 11, 24), 3, MISSOURI_DAYS) == Computed(
        date(2026, 11, 30), date(2026, 11, 30)
    )


# --- Boundaries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "rolled"),
    [
        (date(2026, 1, 2), date(2026, 4, 2)),
        (date(2026, 1, 3), date(2026, 4, 3)),
        (date(2026, 1, 4), date(2026, 4, 6)),
        (date(2026, 1, 5), date(2026, 4, 6)),
        (date(2026, 1, 6), date(2026, 4, 6)),
        (date(2026, 1, 7), date(2026, 4, 7)),
    ],
)
def test_the_days_around_a_weekend(received: date, rolled: date) -> None:
    """A last day on Thursday, Friday, Saturday, Sunday, Monday and Tuesday."""
    assert c.add_days(received, 90, FEDERAL, FEDERAL_DAYS).rolled_on == rolled


def test_a_short_missouri_period_leaves_out_weekends_and_holidays() -> None:
    """506.060: six days from Friday 6 November 2026 skip two weekends and Veterans Day."""
    six = c.add_days(date(2026, 11, 6), 6, MISSOURI_CIVIL, MISSOURI_DAYS)
    assert six == Computed(date(2026, 11, 12), date(2026, 11, 17))


def test_seven_days_end_before_six_in_missouri() -> None:
    """506.060 leaves days out of periods under seven days only, so the longer one ends sooner."""
    six = c.add_days(date(2026, 11, 6), 6, MISSOURI_CIVIL, MISSOURI_DAYS)
    seven = c.add_days(date(2026, 11, 6), 7, MISSOURI_CIVIL, MISSOURI_DAYS)
    assert seven == Computed(date(2026, 11, 13), date(2026, 11, 13))
    assert seven.rolled_on < six.rolled_on


def test_counting_back_moves_away_from_the_weekend_towards_the_past() -> None:
    """Ten days before Wednesday 17 June 2026 is a Sunday, and moves back to Friday 5 June."""
    back = c.count_back(date(2026, 6, 17), 10, FEDERAL, FEDERAL_DAYS)
    assert back == Computed(date(2026, 6, 7), date(2026, 6, 5))


def test_a_short_missouri_period_is_counted_back_the_same_way() -> None:
    """Two days before Monday 9 November 2026 are the Thursday before."""
    back = c.count_back(date(2026, 11, 9), 2, MISSOURI_CIVIL, MISSOURI_DAYS)
    assert back == Computed(date(2026, 11, 7), date(2026, 11, 5))


@pytest.mark.parametrize(
    ("trigger", "months", "nominal"),
    [
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 8, 29), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 11, 15), 1, date(2025, 12, 15)),
    ],
)
def test_months_run_to_the_same_numeral_or_the_last_day(
    trigger: date, months: int, nominal: date
) -> None:
    """2-4-108: 30 January and one month is 28 February; a leap day's anniversary is the 28th."""
    assert c.add_months(trigger, months, COLORADO, COLORADO_DAYS).nominal_on == nominal


def test_an_anniversary_on_a_sunday_rolls_under_the_colorado_rule() -> None:
    """A recording of 13 June 2023 has its third anniversary on a Saturday, kept until Monday."""
    third = c.add_months(date(2023, 6, 13), 36, COLORADO, COLORADO_DAYS)
    assert third == Computed(date(2026, 6, 13), date(2026, 6, 15))


def test_a_leap_day_counts_as_a_day() -> None:
    """Ninety days from 1 December run a day shorter on the calendar in a leap year."""
    assert c.add_days(date(2027, 12, 1), 90, FEDERAL, FEDERAL_DAYS).nominal_on == date(2028, 2, 29)
    assert c.add_days(date(2026, 12, 1), 90, FEDERAL, FEDERAL_DAYS).nominal_on == date(2027, 3, 1)


def test_the_librarys_own_closures_are_no_working_days() -> None:
    """A library that is closed on Friday 27 November counts that day no more than Thanksgiving."""
    closed = frozenset({date(2026, 11, 27)})
    found = c.add_working_days(date(2026, 11, 24), 3, MISSOURI_DAYS, closed)
    assert found == Computed(date(2026, 12, 1), date(2026, 12, 1))


def test_a_period_of_no_days_ends_on_the_day_itself_or_after_it() -> None:
    """Zero days from a Sunday end on the Monday, and zero working days are no period."""
    zero = c.add_days(date(2026, 4, 5), 0, FEDERAL, FEDERAL_DAYS)
    assert zero == Computed(date(2026, 4, 5), date(2026, 4, 6))
    with pytest.raises(ValueError, match="at least one day"):
        c.add_working_days(date(2026, 4, 5), 0, FEDERAL_DAYS)


def test_negative_periods_are_refused() -> None:
    """A period never runs against its direction; there is another function for that."""
    with pytest.raises(ValueError, match="negative"):
        c.add_days(date(2026, 4, 5), -1, FEDERAL, FEDERAL_DAYS)
    with pytest.raises(ValueError, match="negative"):
        c.count_back(date(2026, 4, 5), -2, FEDERAL, FEDERAL_DAYS)
    with pytest.raises(ValueError, match="negative"):
        c.add_months(date(2026, 4, 5), -3, FEDERAL, FEDERAL_DAYS)


# --- Holidays ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "on", "name"),
    [
        (FEDERAL_DAYS, date(2026, 7, 3), "Independence Day (observed)"),
        (FEDERAL_DAYS, date(2026, 7, 4), "Independence Day"),
        (FEDERAL_DAYS, date(2026, 7, 6), None),
        (FEDERAL_DAYS, date(2027, 12, 31), "New Year's Day (observed)"),
        (FEDERAL_DAYS, date(2028, 1, 1), "New Year's Day"),
        (FEDERAL_DAYS, date(2023, 1, 2), "New Year's Day (observed)"),
        (FEDERAL_DAYS, date(2026, 5, 25), "Memorial Day"),
        (FEDERAL_DAYS, date(2026, 5, 18), None),
        (FEDERAL_DAYS, date(2026, 10, 12), "Columbus Day"),
        (FEDERAL_DAYS, date(2026, 10, 5), None),
        (FEDERAL_DAYS, date(2020, 6, 19), None),
        (FEDERAL_DAYS, date(2026, 11, 26), "Thanksgiving Day"),
        (COLORADO_DAYS, date(2026, 10, 5), "Frances Xavier Cabrini Day"),
        (COLORADO_DAYS, date(2026, 10, 12), None),
        (COLORADO_DAYS, date(2026, 6, 19), "Juneteenth"),
        (COLORADO_DAYS, date(2026, 7, 3), None),
        (COLORADO_DAYS, date(2023, 11, 12), None),
        (COLORADO_DAYS, date(2029, 11, 12), "Veterans' Day (observed)"),
        (MISSOURI_DAYS, date(2026, 2, 12), "Lincoln Day"),
        (MISSOURI_DAYS, date(2026, 5, 8), "Truman Day"),
        (MISSOURI_DAYS, date(2033, 5, 9), "Truman Day (observed)"),
        (MISSOURI_DAYS, date(2026, 10, 12), "Columbus Day"),
        (MISSOURI_DAYS, date(2026, 3, 31), None),
    ],
)
def test_each_jurisdiction_keeps_its_own_holidays(
    calendar: Holidays, on: date, name: str | None
) -> None:
    """Actual and observed days count, by each calendar's own rule; neighbouring days do not."""
    assert calendar.name_on(on) == name


@pytest.mark.parametrize("on", [date.min, date.max])
def test_holidays_are_known_at_the_ends_of_time(on: date) -> None:
    """Asking about the first or the last day that a date can name raises nothing."""
    assert FEDERAL_DAYS.name_on(on) == ("New Year's Day" if on == date.min else None)


# --- Hours and local time ----------------------------------------------------------------------


def test_hours_run_through_the_change_of_clocks() -> None:
    """72 hours from Friday 30 October 2026, 10:23 in Denver end on Monday at 9:23 on the wall."""
    denver = ZoneInfo("America/Denver")
    start = datetime(2026, 10, 30, 10, 23, tzinfo=denver)
    end = c.add_hours(start, 72, denver, FEDERAL, FEDERAL_DAYS)
    assert end.nominal_at == end.rolled_at == datetime(2026, 11, 2, 16, 23, tzinfo=UTC)
    assert c.local_time(end.rolled_at, "America/Denver") == time(9, 23)


def test_hours_that_end_on_a_sunday_run_to_the_same_time_on_monday() -> None:
    """24 hours from Saturday afternoon before the spring change end at the same wall time."""
    start = datetime(2026, 3, 7, 21, 30, tzinfo=UTC)
    end = c.add_hours(start, 24, ZoneInfo("America/Chicago"), FEDERAL, FEDERAL_DAYS)
    assert end.nominal_at == datetime(2026, 3, 8, 21, 30, tzinfo=UTC)
    assert end.rolled_at == datetime(2026, 3, 9, 21, 30, tzinfo=UTC)
    assert c.local_time(end.rolled_at, "America/Chicago") == time(16, 30)


def test_an_instant_is_another_day_in_another_zone() -> None:
    """A hold received at 23:50 in Denver came on the next day in New York (domain §4.4)."""
    at = datetime(2026, 1, 6, 6, 50, tzinfo=UTC)
    assert c.local_date(at, "America/Denver") == date(2026, 1, 5)
    assert c.local_date(at, "America/New_York") == date(2026, 1, 6)
    assert c.local_time(at, "America/Denver") == time(23, 50)


@pytest.mark.parametrize(
    ("at", "wall"),
    [
        (datetime(2026, 3, 8, 8, 59, tzinfo=UTC), time(1, 59)),
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), time(3, 0)),
        (datetime(2026, 11, 1, 7, 59, tzinfo=UTC), time(1, 59)),
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), time(1, 0)),
        (datetime(2026, 6, 20, 3, 59, tzinfo=UTC), time(21, 59)),
        (datetime(2026, 12, 20, 3, 59, tzinfo=UTC), time(20, 59)),
    ],
)
def test_the_wall_clock_follows_daylight_saving(at: datetime, wall: time) -> None:
    """In Denver an hour is skipped in March and repeated in November; 10 p.m. is local."""
    assert c.local_time(at, "America/Denver") == wall


def test_an_instant_without_a_zone_is_refused() -> None:
    """Nobody guesses a zone."""
    naive = datetime(2026, 1, 5, 23, 50)
    with pytest.raises(ValueError, match="zone"):
        c.local_date(naive, "America/Denver")
    with pytest.raises(ValueError, match="zone"):
        c.local_time(naive, "America/Denver")
    with pytest.raises(ValueError, match="zone"):
        c.add_hours(naive, 5, UTC, FEDERAL, FEDERAL_DAYS)


# --- Holiday rows ------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "ordinal"), [(None, None), (None, 2), (7, 3), (31, None)], ids=str)
def test_a_holiday_has_exactly_one_rule(day: int | None, ordinal: int | None) -> None:
    """No rule, half a rule, two rules and 31 June are all refused."""
    with pytest.raises(ValueError, match=r"needs either|day is out of range"):
        c.HolidayRow(name="X", month=6, day=day, ordinal=ordinal, confidence="verified")  # type: ignore[arg-type]  # parametrised
