"""What decided a deadline is said: in sentences, in citations, and in how sure we are."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.domain.law.pack import NotInLaw, PackRefused
from ledger.domain.law.reckoning import NoLimit, reckon
from tests.domain.law.asked import ask, law, three
from tests.domain.law.made import ROLLING, deadline, law_with, time_rule, value

ROLLS = time_rule("rolling", '["saturday", "sunday", "holiday"]')
CALENDAR = "5 U.S.C. 6103(a); Fed. R. Civ. P. 6(a)(6)(A); Fed. R. Crim. P. 45(a)(6)(A)"


# --- Sentences ---------------------------------------------------------------------------------


def test_the_days_that_moved_an_end_are_named() -> None:
    """Christmas 2026 and the weekend after it are passed over, each with its name."""
    assert ask("us", "preservation", "2026-09-26").why == (
        "2026-12-25 is Christmas Day.",
        "2026-12-26 is a Saturday.",
        "2026-12-27 is a Sunday.",
        "A duty to keep lasts to the end of the later date.",
    )


def test_a_duty_to_act_says_that_it_is_shown_early() -> None:
    """The Sunday that would move a complaint, and why the earlier date is shown."""
    assert ask("us-mo", "ag-complaint", "2026-05-12").why == (
        "2026-11-08 is a Sunday.",
        "A duty to act is shown at the earlier date.",
    )


def test_an_end_that_nothing_moved_says_nothing() -> None:
    """Thursday 12 November 2026 is neither a weekend nor a holiday."""
    assert ask("us", "preservation", "2026-08-14").why == ()


def test_the_days_left_out_of_working_days_are_named() -> None:
    """Thanksgiving, the weekend, and the library's own closure, between waiver and papers."""
    found = ask("us-mo/jcl", "exigent-papers", "2026-11-24", closed=("2026-11-27",))
    assert found.why == (
        "2026-11-26 is Thanksgiving Day.",
        "2026-11-27 is a day of closure.",
        "2026-11-28 is a Saturday.",
        "2026-11-29 is a Sunday.",
    )


def test_a_day_left_out_going_back_is_named() -> None:
    """Ten days before 17 June 2026: Sunday and Saturday are passed over towards the past."""
    assert ask("made", "days-back", "2026-06-17").why == (
        "2026-06-06 is a Saturday.",
        "2026-06-07 is a Sunday.",
        "A duty to act is shown at the earlier date.",
    )


def test_a_limit_that_came_first_is_named_and_the_rest_is_not() -> None:
    """Thanksgiving moves nothing when compliance on 20 November comes before it."""
    assert ask("us", "subpoena-objection", "2026-11-12", compliance="2026-11-20").why == (
        "The date given as compliance, 2026-11-20, limits; such a date never rolls.",
        "That day itself is too late: the day before is shown.",
    )


def test_the_other_sentences() -> None:
    """A missing numeral, a paper that does not roll, whole days, and a right."""
    assert ask("us-co", "cctv-access", "2024-02-29").why == (
        "2025-02 has no day 29; its last day takes the place.",
    )
    assert ask("us", "warrant-window", "2026-06-05").why == (
        "2026-06-19 is Juneteenth National Independence Day, but this date never rolls.",
    )
    assert ask("made", "whole-days", "2026-06-01").why == (
        "The day of the start and the day of the end are both left out.",
    )
    assert ask("made", "standstill", "2026-11-24").why == (
        "The right begins when the later date has ended.",
    )
    assert ask("us", "warrant-window", "2026-06-05", face="2026-06-12").why == (
        "The date given as face, 2026-06-12, limits; such a date never rolls.",
    )


# --- Citations and confidence ------------------------------------------------------------------


def test_the_calendar_is_cited_only_where_it_moved_an_end() -> None:
    """Thanksgiving cites the list of holidays; a Sunday needs none."""
    assert CALENDAR in ask("us", "subpoena-objection", "2026-11-12").cites
    assert CALENDAR not in ask("us", "preservation", "2026-01-05").cites
    assert ask("us-mo", "ag-complaint", "2026-05-12").cites == ("RSMo 182.817.2", "RSMo 1.040")


@pytest.mark.parametrize(
    ("pack", "rule", "start", "confidence"),
    [
        pytest.param("us", "nsl-government-application", "2026-05-19", "verified", id="no holiday"),
        pytest.param("us", "nsl-government-application", "2026-05-20", "partly", id="Juneteenth"),
        pytest.param("us", "nsl-government-application", "2026-06-03", "unverified", id="observed"),
        pytest.param("us", "nsl-government-application", "2026-08-08", "verified", id="Labor Day"),
        pytest.param("us", "preservation", "2026-08-14", "unverified", id="rule of time"),
        pytest.param("us-mo", "warrant-window", "2026-06-24", "unverified", id="value and rule"),
        pytest.param("us-co", "public-records-response", "2026-06-01", "partly", id="own calendar"),
        pytest.param("made", "own-working-days", "2026-06-01", "unverified", id="calendar"),
        pytest.param("us-mo", "ag-complaint", "2026-05-12", "verified", id="statute and rule"),
    ],
)
def test_the_weakest_row_that_decided_says_how_sure_we_are(
    pack: str, rule: str, start: str, confidence: str
) -> None:
    """Rule, value, rule of time, and the holiday that moved the end."""
    assert ask(pack, rule, start).confidence == confidence


def test_the_choice_of_a_calendar_decides_too() -> None:
    """A rule that names no calendar counts on the law's, which is the product's own choice."""
    named = law_with(
        value("z.days", 2, "working_days"),
        deadline("chosen", "act", '["z.days"]'),
        deadline("named", "act", '["z.days"]', 'calendar = "us-federal"'),
    )
    found = [
        reckon(named, named.deadline(id), date(2026, 6, 1), on=None) for id in ("chosen", "named")
    ]
    assert [one.confidence for one in found] == ["unverified", "verified"]


def test_a_value_that_nobody_confirmed_weakens_a_confirmed_rule() -> None:
    """A rule is no surer than the number that it counts."""
    unsure = value("zz.n", 5, "days").replace("verified", "unverified")
    made = law_with(ROLLS, unsure, deadline("n", "act", '["zz.n"]', ROLLING))
    found = reckon(made, made.deadline("n"), date(2026, 6, 1), on=None)
    assert (found.confidence, found.unit) == ("unverified", "days")


# --- Edges -------------------------------------------------------------------------------------


def test_a_rule_that_takes_a_date_needs_one() -> None:
    """A dated gag without its date has no end."""
    with pytest.raises(NoLimit, match="gag-face-date needs the date of face"):
        ask("us", "gag-face-date", "2026-06-01")
    with pytest.raises(NoLimit, match="review or of until"):
        ask("us", "review-of-sealing", "2026-06-01", due="2026-07-01")


def test_an_unknown_start_leaves_the_date_that_is_given() -> None:
    """A warrant of which only the face was seen lives to its face."""
    rule = law("us").deadline("warrant-window")
    found = reckon(law("us"), rule, None, on=None, given={"face": date(2026, 6, 20)})
    assert three(found) == ("2026-06-20",) * 3


def test_hours_run_from_an_instant_only() -> None:
    """A day alone does not say when 96 hours began, nor does a wall time without a zone."""
    for start in ("2026-06-01", "2026-06-01T10:00"):
        with pytest.raises(ValueError, match="from an instant"):
            ask("made", "life-in-hours", start, zone="")


def test_a_period_past_the_last_year_overflows() -> None:
    """Neither days nor months end after 9999."""
    for rule in ("preservation", "mailing-list-inactive"):
        with pytest.raises(OverflowError):
            ask("us-mo/jcl", rule, "9999-11-30")


def test_the_day_before_the_first_day_is_that_day() -> None:
    """There is no day before the first of January of the year 1."""
    found = ask("us", "subpoena-objection", "0001-01-01", compliance="0001-01-01")
    assert three(found) == ("0001-01-01",) * 3


def test_a_law_that_has_no_row_on_a_day_says_so() -> None:
    """Missouri's remedies begin on 28 August 2014."""
    assert law("us-mo").find_deadline("ag-complaint", date(2014, 8, 27)) is None
    assert law("us-mo").find_deadline("ag-complaint", date(2014, 8, 28)) is not None
    with pytest.raises(NotInLaw, match="deadline ag-complaint"):
        law("us-mo").deadline("ag-complaint", date(2014, 8, 27))


def test_the_federal_rule_stays_under_a_states_own() -> None:
    """Colorado's window for warrants lies over the federal one, and both are there."""
    found = law("us-co")
    assert found.deadline("warrant-window").layer == "us-co"
    assert found.federal_deadline("warrant-window").layer == "us"
    assert found.federal_deadline("warrant-window").overridden_by == "us-co"
    assert found.version_of(replace(found.deadline("warrant-window"))) == 1


# --- Rows that are refused ---------------------------------------------------------------------


DAYS = value("zz.days", 5, "days")
HOURS = value("zz.hours", 5, "hours")
WORK = value("zz.work", 5, "working_days")
ROW = 'time_rule = "rolling"\n'


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((deadline("x", "act", "[]"),), "neither counts a period nor takes a date"),
        ((deadline("x", "act", '["zz.none"]', ROW),), "zz.none"),
        ((DAYS, deadline("x", "act", '["zz.days"]', 'time_rule = "none"')), "does not hold: none"),
        ((WORK, deadline("x", "act", '["zz.work"]', 'calendar = "us-xx"')), "us-xx"),
        ((DAYS, deadline("x", "act", '["zz.days"]')), "names no rule of time"),
        ((DAYS, WORK, deadline("x", "act", '["zz.days", "zz.work"]', ROW)), "no one period"),
        ((deadline("x", "act", '["preservation.max_extensions"]', ROW),), "no one period"),
        ((WORK, deadline("x", "act", '["zz.work"]', ROW)), "no days to which a rule of time"),
        ((DAYS, deadline("x", "act", '["zz.days"]', ROW + 'calendar = "us-mo"')), "its calendar"),
        ((deadline("x", "act", "[]", 'earlier_of = ["a"]\n' + ROW),), "no days to which"),
        ((DAYS, deadline("x", "keep", '["zz.days"]', ROW + 'ends = "after"')), "a right"),
        ((DAYS, deadline("x", "may-release", '["zz.days"]', ROW)), "a right"),
        ((DAYS, deadline("x", "keep", '["zz.days"]', ROW + 'ends = "before"')), "duty to act"),
        ((DAYS, deadline("x", "act", '["zz.days"]', ROW + 'ends = "whole-days"')), "whole days"),
        ((HOURS, deadline("x", "act", '["zz.hours"]', ROW + 'earlier_of = ["a"]')), "an instant"),
        ((HOURS, deadline("x", "act", '["zz.hours"]', ROW + 'ends = "before"')), "an instant"),
        ((HOURS, deadline("x", "act", '["zz.hours"]', ROW + 'direction = "backward"')), "back"),
        ((value("zz.n", 0, "days"), deadline("x", "act", '["zz.n"]', ROW)), "a value of nothing"),
        ((DAYS, *[deadline("x", "act", '["zz.days"]', ROW)] * 2), "stands twice"),
    ],
)
def test_a_row_that_cannot_be_counted_is_refused(rows: tuple[str, ...], sentence: str) -> None:
    """What a row names is there, its values have one unit, and its kinds fit each other."""
    with pytest.raises(PackRefused, match=sentence):
        law_with(ROLLS, *rows)


def test_working_days_need_a_calendar() -> None:
    """A law without a calendar of its own cannot count working days."""
    row = deadline("x", "act", '["zz.work"]')
    assert law_with(WORK, row).deadline("x").calendar is None
    with pytest.raises(PackRefused, match=r"no time\.calendar"):
        law_with(WORK, row, without="time.calendar")
