"""What holds of counting for every day, every length and every rule."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import calendar as c
from ledger.domain.calendar import Holidays, TimeRule
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

RULES = st.sampled_from(
    [
        (FEDERAL, FEDERAL_DAYS),
        (COLORADO, COLORADO_DAYS),
        (MISSOURI, MISSOURI_DAYS),
        (MISSOURI_CIVIL, MISSOURI_DAYS),
    ]
)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(on=DAYS, days=st.integers(0, 400), law=RULES)
def test_a_rolled_date_is_never_early_and_never_a_day_that_rolls(
    on: date, days: int, law: tuple[TimeRule, Holidays]
) -> None:
    """Forward, the rolled date is on or after the nominal one, and a period may end on it."""
    rule, holidays = law
    found = c.add_days(on, days, rule, holidays)
    assert found.rolled_on >= found.nominal_on == on + timedelta(days=days)
    assert rule.open_on(found.rolled_on, holidays)


@given(on=DAYS, days=st.integers(0, 400), law=RULES)
def test_counting_back_mirrors_counting_forward(
    on: date, days: int, law: tuple[TimeRule, Holidays]
) -> None:
    """Backward, the rolled date is on or before the nominal one, and a period may end on it."""
    rule, holidays = law
    found = c.count_back(on, days, rule, holidays)
    assert found.rolled_on <= found.nominal_on == on - timedelta(days=days)
    assert rule.open_on(found.rolled_on, holidays)


@given(on=DAYS, later=st.integers(0, 40), days=st.integers(0, 400), law=RULES)
def test_a_later_trigger_never_ends_sooner(
    on: date, later: int, days: int, law: tuple[TimeRule, Holidays]
) -> None:
    """For one length of period, the end is monotone in the day of the trigger."""
    first = c.add_days(on, days, *law)
    second = c.add_days(on + timedelta(days=later), days, *law)
    assert second.rolled_on >= first.rolled_on


@given(on=DAYS, days=st.integers(0, 400), more=st.integers(0, 40), law=RULES)
def test_a_longer_period_never_ends_sooner_where_every_day_counts(
    on: date, days: int, more: int, law: tuple[TimeRule, Holidays]
) -> None:
    """The end is monotone in the length, except across Missouri's short-period rule."""
    floor = law[0].short_period_days
    first, second = (c.add_days(on, floor + n, *law) for n in (days, days + more))
    assert second.rolled_on >= first.rolled_on


@given(on=DAYS, days=st.integers(1, 60))
def test_working_days_are_as_many_as_asked_for(on: date, days: int) -> None:
    """Between the trigger and the end lie exactly the working days counted, the end included."""
    ends_on = c.add_working_days(on, days, MISSOURI_DAYS).nominal_on
    span = (on + timedelta(days=n) for n in range(1, (ends_on - on).days + 1))
    working = [day for day in span if day.weekday() < 5 and not MISSOURI_DAYS.name_on(day)]
    assert len(working) == days
    assert working[-1] == ends_on


@given(on=DAYS, months=st.integers(0, 60), law=RULES)
def test_months_keep_the_numeral_or_shrink_to_the_last_day(
    on: date, months: int, law: tuple[TimeRule, Holidays]
) -> None:
    """The nominal day has the trigger's numeral, or is the last of a shorter month."""
    nominal_on = c.add_months(on, months, *law).nominal_on
    assert (nominal_on.year * 12 + nominal_on.month) - (on.year * 12 + on.month) == months
    assert nominal_on.day == on.day or (nominal_on + timedelta(days=1)).day == 1


@given(
    at=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    hours=st.integers(0, 500),
    zone=st.sampled_from(["America/Denver", "America/Chicago"]),
)
def test_hours_never_end_early_nor_on_a_day_that_rolls(at: datetime, hours: int, zone: str) -> None:
    """The rolled instant is at or after the elapsed hours, on a local day that is open."""
    end = c.add_hours(at, hours, ZoneInfo(zone), FEDERAL, FEDERAL_DAYS)
    assert end.rolled_at >= end.nominal_at == at + timedelta(hours=hours)
    assert FEDERAL.open_on(c.local_date(end.rolled_at, zone), FEDERAL_DAYS)
