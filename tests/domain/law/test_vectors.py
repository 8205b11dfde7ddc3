"""Deadlines computed by hand, through the rows of the packs: which weekday, which holiday, why."""

from tests.domain.law.asked import ask, three

# --- Worked vectors of domain §4.4 ---------------------------------------------------------------


def test_v1_ninety_days_end_on_a_sunday() -> None:
    """V1: Monday 5 January 2026 and 90 days is Sunday 5 April; kept to Monday 6 April."""
    found = ask("us", "preservation", "2026-01-05")
    assert three(found) == ("2026-04-05", "2026-04-06", "2026-04-06")


def test_v2_a_hundred_and_eighty_days_end_on_independence_day() -> None:
    """V2: 180 days from 5 January 2026 is Saturday 4 July; kept over Sunday to Monday 6 July."""
    found = ask("us", "preservation-total", "2026-01-05")
    assert three(found) == ("2026-07-04", "2026-07-06", "2026-07-06")


def test_v3_a_renewal_on_day_89_is_in_time() -> None:
    """V3: the limit of a renewal is Sunday 5 April, shown there; Saturday 4 April is before it."""
    found = ask("us", "preservation-renewal", "2026-01-05")
    assert three(found) == ("2026-04-05", "2026-04-06", "2026-04-05")


def test_v5_ninety_days_end_on_a_thursday() -> None:
    """V5: Friday 14 August 2026 and 90 days is Thursday 12 November, the day after Veterans Day."""
    found = ask("us", "preservation", "2026-08-14")
    assert three(found) == ("2026-11-12", "2026-11-12", "2026-11-12")


def test_v6_a_renewal_on_veterans_day_is_in_time() -> None:
    """V6: the limit is Thursday 12 November; Wednesday the 11th is before it on both counts."""
    found = ask("us", "preservation-renewal", "2026-08-14")
    assert three(found) == ("2026-11-12", "2026-11-12", "2026-11-12")


def test_v8_a_hundred_and_eighty_days_end_on_a_wednesday() -> None:
    """V8: 14 August 2026 and 180 days is Wednesday 10 February 2027."""
    found = ask("us", "preservation-total", "2026-08-14")
    assert three(found) == ("2027-02-10", "2027-02-10", "2027-02-10")


def test_v9_the_life_of_a_warrant_does_not_roll_off_juneteenth() -> None:
    """V9: Friday 5 June 2026 and 14 days is Friday 19 June, Juneteenth; a face date stays there."""
    found = ask("us", "warrant-window", "2026-06-05", face="2026-06-19")
    assert three(found) == ("2026-06-19", "2026-06-19", "2026-06-19")


def test_v10_fourteen_days_after_service_end_on_thanksgiving() -> None:
    """Thursday 12 November 2026 and 14 days is Thursday 26 November, Thanksgiving; rolled to
    Friday; safe is Wednesday.
    """
    found = ask("us", "subpoena-objection", "2026-11-12")
    assert three(found) == ("2026-11-26", "2026-11-27", "2026-11-25")


def test_v11_compliance_before_the_fourteenth_day_limits() -> None:
    """V11: compliance on Friday 20 November comes first and never rolls; before it is Thursday."""
    found = ask("us", "subpoena-objection", "2026-11-12", compliance="2026-11-20")
    assert three(found) == ("2026-11-20", "2026-11-20", "2026-11-19")


def test_v13_a_complaint_rolls_off_a_sunday() -> None:
    """V13: Tuesday 12 May 2026 and 180 days is Sunday 8 November; 1.040 moves it to Monday."""
    found = ask("us-mo", "ag-complaint", "2026-05-12")
    assert three(found) == ("2026-11-08", "2026-11-09", "2026-11-08")


def test_v15_a_purge_may_wait_for_monday() -> None:
    """V15: returned Tuesday 7 April 2026, 60 days is Saturday 6 June; the run waits to Monday."""
    found = ask("us-mo/jcl", "circulation-purge", "2026-04-07")
    assert three(found) == ("2026-06-06", "2026-06-08", "2026-06-08")


def test_v17_notice_in_two_working_days() -> None:
    """V17: from Friday 20 November 2026, Monday is one and Tuesday 24 November is two."""
    found = ask("made", "working-days", "2026-11-20")
    assert three(found) == ("2026-11-24", "2026-11-24", "2026-11-24")


def test_v17_the_standstill_lasts_ten_days() -> None:
    """V17: mailed Tuesday 24 November 2026, ten days is Friday 4 December, and it must end."""
    found = ask("made", "standstill", "2026-11-24")
    assert three(found) == ("2026-12-04", "2026-12-04", "2026-12-04")


def test_scenario_14_the_governments_thirty_days() -> None:
    """20 May 2026 and 30 days is Friday 19 June, Juneteenth; a weekend; Monday 22 June."""
    found = ask("us", "nsl-government-application", "2026-05-20")
    assert three(found) == ("2026-06-19", "2026-06-22", "2026-06-22")


def test_scenario_4_papers_after_a_waiver() -> None:
    """Tuesday 24 November 2026: Wednesday one, Thanksgiving none, Friday two, Monday the 30th
    three.
    """
    found = ask("us-mo/jcl", "exigent-papers", "2026-11-24")
    assert three(found) == ("2026-11-30", "2026-11-30", "2026-11-30")


# --- The federal calendar ------------------------------------------------------------------------


def test_a_period_that_ends_on_a_saturday() -> None:
    """Sunday 1 February 2026 and 90 days: 28 February is 27, 31 March 58, 30 April 88, so Saturday
    2 May; kept to Monday 4 May.
    """
    found = ask("us", "preservation", "2026-02-01")
    assert three(found) == ("2026-05-02", "2026-05-04", "2026-05-04")


def test_a_period_that_ends_at_christmas() -> None:
    """Saturday 26 September 2026 and 90 days is Friday 25 December; Christmas, Saturday and Sunday
    pass; Monday 28 December.
    """
    found = ask("us", "preservation", "2026-09-26")
    assert three(found) == ("2026-12-25", "2026-12-28", "2026-12-28")


def test_new_year_observed_in_the_old_year() -> None:
    """2 October 2027 and 90 days is Friday 31 December, observed for Saturday 1 January 2028;
    Monday 3 January.
    """
    found = ask("us", "preservation", "2027-10-02")
    assert three(found) == ("2027-12-31", "2028-01-03", "2028-01-03")


def test_a_period_that_ends_on_a_leap_day() -> None:
    """Wednesday 1 December 2027 and 90 days: 31 December is 30, 31 January 61, so Tuesday 29
    February 2028.
    """
    found = ask("us", "preservation", "2027-12-01")
    assert three(found) == ("2028-02-29", "2028-02-29", "2028-02-29")


def test_a_period_that_begins_on_a_leap_day() -> None:
    """Tuesday 29 February 2028 and 90 days is Monday 29 May, the last Monday: Memorial Day; Tuesday
    30 May.
    """
    found = ask("us", "preservation", "2028-02-29")
    assert three(found) == ("2028-05-29", "2028-05-30", "2028-05-30")


def test_a_total_that_begins_on_a_leap_day() -> None:
    """29 February 2028 and 180 days is Sunday 27 August, counted at once and not from 30 May;
    Monday 28 August.
    """
    found = ask("us", "preservation-total", "2028-02-29")
    assert three(found) == ("2028-08-27", "2028-08-28", "2028-08-28")


def test_a_period_that_ends_on_martin_luther_kings_birthday() -> None:
    """Tuesday 20 October 2026 and 90 days is 18 January 2027, third Monday; Tuesday the 19th."""
    found = ask("us", "preservation", "2026-10-20")
    assert three(found) == ("2027-01-18", "2027-01-19", "2027-01-19")


def test_columbus_day_is_federal() -> None:
    """Saturday 12 September 2026 and 30 days is Monday 12 October, the second Monday; Tuesday the
    13th.
    """
    found = ask("us", "nsl-government-application", "2026-09-12")
    assert three(found) == ("2026-10-12", "2026-10-13", "2026-10-13")


def test_juneteenth_was_no_holiday_in_2020() -> None:
    """Wednesday 20 May 2020 and 30 days is Friday 19 June, which was a working Friday then."""
    found = ask("us", "nsl-government-application", "2020-05-20")
    assert three(found) == ("2020-06-19", "2020-06-19", "2020-06-19")


def test_an_objection_that_ends_on_juneteenth() -> None:
    """Friday 5 June 2026 and 14 days is Friday 19 June; rolled to Monday 22; safe is Thursday the
    18th.
    """
    found = ask("us", "subpoena-objection", "2026-06-05")
    assert three(found) == ("2026-06-19", "2026-06-22", "2026-06-18")


def test_compliance_between_the_nominal_and_the_rolled_day() -> None:
    """The 14 days end on 19 and roll to 22 June; compliance on Saturday the 20th cuts the rolled
    count only.
    """
    found = ask("us", "subpoena-objection", "2026-06-05", compliance="2026-06-20")
    assert three(found) == ("2026-06-19", "2026-06-20", "2026-06-18")


def test_compliance_after_both_days_changes_nothing() -> None:
    """Compliance on 23 June comes after 19 and 22 June."""
    found = ask("us", "subpoena-objection", "2026-06-05", compliance="2026-06-23")
    assert three(found) == ("2026-06-19", "2026-06-22", "2026-06-18")


def test_delayed_notice_ends_on_labor_day() -> None:
    """Saturday 8 August 2026 and 30 days is Monday 7 September, Labor Day; Tuesday; acted on by
    Monday.
    """
    found = ask("us", "delayed-notice", "2026-08-08")
    assert three(found) == ("2026-09-07", "2026-09-08", "2026-09-07")


def test_delayed_notice_by_the_date_in_the_order() -> None:
    """An order that names Saturday 5 September fixes that day."""
    found = ask("us", "delayed-notice", "2026-08-08", face="2026-09-05")
    assert three(found) == ("2026-09-05", "2026-09-05", "2026-09-05")


def test_a_warrant_with_a_shorter_face() -> None:
    """Issued Friday 5 June 2026 for execution by Friday 12 June: the face comes before day 14."""
    found = ask("us", "warrant-window", "2026-06-05", face="2026-06-12")
    assert three(found) == ("2026-06-12", "2026-06-12", "2026-06-12")


def test_a_warrant_whose_face_is_too_long() -> None:
    """Day 14 is 19 June, and no face date of Monday 22 June makes it longer."""
    found = ask("us", "warrant-window", "2026-06-05", face="2026-06-22")
    assert three(found) == ("2026-06-19", "2026-06-19", "2026-06-19")


def test_a_date_of_compliance_never_rolls() -> None:
    """Saturday 14 November 2026 stands on the face."""
    found = ask("us", "time-of-compliance", "2026-11-02", compliance="2026-11-14")
    assert three(found) == ("2026-11-14", "2026-11-14", "2026-11-14")


def test_a_dated_gag_never_rolls() -> None:
    """Monday 7 September 2026 is Labor Day."""
    found = ask("us", "gag-face-date", "2026-06-01", face="2026-09-07")
    assert three(found) == ("2026-09-07", "2026-09-07", "2026-09-07")


def test_a_sealing_is_looked_at_on_the_first_of_its_dates() -> None:
    """Of 3 August and 1 July 2026 the first is 1 July."""
    found = ask("us", "review-of-sealing", "2026-06-01", review="2026-08-03", until="2026-07-01")
    assert three(found) == ("2026-07-01", "2026-07-01", "2026-07-01")


# --- Colorado ------------------------------------------------------------------------------------


def test_colorado_works_on_columbus_day() -> None:
    """Friday 9 October 2026: Monday 12 is one, Tuesday two, Wednesday 14 three."""
    found = ask("us-co", "public-records-response", "2026-10-09")
    assert three(found) == ("2026-10-14", "2026-10-14", "2026-10-14")


def test_colorado_rests_on_cabrini_day() -> None:
    """Thursday 1 October 2026: Friday one, Monday 5 is Cabrini Day, Tuesday two, the 7th three."""
    found = ask("us-co", "public-records-response", "2026-10-01")
    assert three(found) == ("2026-10-07", "2026-10-07", "2026-10-07")


def test_colorado_rests_on_juneteenth() -> None:
    """Wednesday 17 June 2026: Thursday one, Friday 19 none, Monday two, Tuesday 23 three."""
    found = ask("us-co", "public-records-response", "2026-06-17")
    assert three(found) == ("2026-06-23", "2026-06-23", "2026-06-23")


def test_colorado_observes_no_friday() -> None:
    """Independence Day 2026 is a Saturday: Thursday 2 is one, Friday 3 two, Monday 6 three."""
    found = ask("us-co", "public-records-response", "2026-07-01")
    assert three(found) == ("2026-07-06", "2026-07-06", "2026-07-06")


def test_ten_working_days_over_thanksgiving() -> None:
    """Wednesday 18 November 2026: the 19th and 20th, 23rd to 25th make five, the 27th six, 30th to
    3 December ten.
    """
    found = ask("us-co", "public-records-response-extended", "2026-11-18")
    assert three(found) == ("2026-12-03", "2026-12-03", "2026-12-03")


def test_free_access_ends_on_the_anniversary_itself() -> None:
    """Recorded 1 March 2025: Sunday 1 March 2026, and nothing rolls."""
    found = ask("us-co", "cctv-access", "2025-03-01")
    assert three(found) == ("2026-03-01", "2026-03-01", "2026-03-01")


def test_the_first_anniversary_of_a_leap_day() -> None:
    """29 February 2024 has no numeral in 2025: the last day, 28 February."""
    found = ask("us-co", "cctv-access", "2024-02-29")
    assert three(found) == ("2025-02-28", "2025-02-28", "2025-02-28")


def test_the_third_anniversary_of_a_leap_day() -> None:
    """29 February 2024: Sunday 28 February 2027; destroyed after Monday 1 March."""
    found = ask("us-co", "cctv-destroy", "2024-02-29")
    assert three(found) == ("2027-02-28", "2027-03-01", "2027-03-01")


def test_the_third_anniversary_on_a_saturday() -> None:
    """Recorded 13 June 2023: Saturday 13 June 2026; destroyed after Monday the 15th."""
    found = ask("us-co", "cctv-destroy", "2023-06-13")
    assert three(found) == ("2026-06-13", "2026-06-15", "2026-06-15")


def test_the_third_anniversary_on_veterans_day() -> None:
    """Recorded 11 November 2023: Wednesday 11 November 2026 is a holiday; after Thursday, then."""
    found = ask("us-co", "cctv-destroy", "2023-11-11")
    assert three(found) == ("2026-11-11", "2026-11-12", "2026-11-12")


def test_a_colorado_warrant_over_the_new_year() -> None:
    """Monday 21 December 2026 and 14 days is Monday 4 January 2027."""
    found = ask("us-co", "warrant-window", "2026-12-21")
    assert three(found) == ("2027-01-04", "2027-01-04", "2027-01-04")


# --- Missouri ------------------------------------------------------------------------------------


def test_a_missouri_warrant_runs_from_the_application() -> None:
    """Applied for on Wednesday 24 June 2026, ten days is Saturday 4 July, and stays."""
    found = ask("us-mo", "warrant-window", "2026-06-24")
    assert three(found) == ("2026-07-04", "2026-07-04", "2026-07-04")


def test_a_complaint_does_not_roll_off_a_saturday() -> None:
    """Monday 11 May 2026 and 180 days is Saturday 7 November; 1.040 knows Sunday only."""
    found = ask("us-mo", "ag-complaint", "2026-05-11")
    assert three(found) == ("2026-11-07", "2026-11-07", "2026-11-07")


def test_a_complaint_rolls_onto_a_holiday() -> None:
    """Tuesday 1 December 2026 and 180 days is Sunday 30 May 2027; Monday is Memorial Day, and 1.040
    stops there.
    """
    found = ask("us-mo", "ag-complaint", "2026-12-01")
    assert three(found) == ("2027-05-30", "2027-05-31", "2027-05-30")


def test_a_complaint_that_ends_on_a_leap_day() -> None:
    """2 September 2027 and 180 days: 31 January is 151, so Tuesday 29 February 2028."""
    found = ask("us-mo", "ag-complaint", "2027-09-02")
    assert three(found) == ("2028-02-29", "2028-02-29", "2028-02-29")


def test_a_purge_between_two_presidents() -> None:
    """Monday 14 December 2026 and 60 days is Friday 12 February 2027, Lincoln Day; weekend; Monday
    15 is Washington's; Tuesday 16.
    """
    found = ask("us-mo/jcl", "circulation-purge", "2026-12-14")
    assert three(found) == ("2027-02-12", "2027-02-16", "2027-02-16")


def test_a_purge_on_truman_day() -> None:
    """Monday 9 March 2026 and 60 days is Friday 8 May, Truman Day; a weekend; Monday 11 May."""
    found = ask("us-mo/jcl", "circulation-purge", "2026-03-09")
    assert three(found) == ("2026-05-08", "2026-05-11", "2026-05-11")


def test_six_months_from_the_end_of_august() -> None:
    """31 August 2026: February 2027 has no 31st, so Sunday the 28th; after Monday 1 March."""
    found = ask("us-mo/jcl", "mailing-list-inactive", "2026-08-31")
    assert three(found) == ("2027-02-28", "2027-03-01", "2027-03-01")


def test_six_months_from_the_end_of_february() -> None:
    """28 February 2026 runs to the same numeral, Friday 28 August, not to the end of the month."""
    found = ask("us-mo/jcl", "mailing-list-inactive", "2026-02-28")
    assert three(found) == ("2026-08-28", "2026-08-28", "2026-08-28")


def test_six_months_into_a_leap_february() -> None:
    """31 August 2027: the last day of February 2028 is Tuesday the 29th."""
    found = ask("us-mo/jcl", "mailing-list-inactive", "2027-08-31")
    assert three(found) == ("2028-02-29", "2028-02-29", "2028-02-29")


def test_papers_over_christmas() -> None:
    """Thursday 24 December 2026: Friday is Christmas; Monday 28, Tuesday 29, Wednesday 30 make
    three.
    """
    found = ask("us-mo/jcl", "exigent-papers", "2026-12-24")
    assert three(found) == ("2026-12-30", "2026-12-30", "2026-12-30")


def test_papers_missing_after_ten_days() -> None:
    """Tuesday 24 November 2026 and ten days is Friday 4 December."""
    found = ask("us-mo/jcl", "exigent-escalation", "2026-11-24")
    assert three(found) == ("2026-12-04", "2026-12-04", "2026-12-04")


def test_ten_working_days_in_february() -> None:
    """Thursday 5 February 2026: the 6th, 9th to 11th make four, the 13th five, 17th to 20th nine,
    Monday 23 ten; Lincoln and Washington rest.
    """
    found = ask("us-mo/jcl", "complaint-acknowledgement", "2026-02-05")
    assert three(found) == ("2026-02-23", "2026-02-23", "2026-02-23")


def test_an_answer_due_on_a_saturday() -> None:
    """Thursday 7 May 2026 and 30 days is Saturday 6 June, shown there; rolled to Monday 8 June."""
    found = ask("us-mo/jcl", "complaint-answer", "2026-05-07")
    assert three(found) == ("2026-06-06", "2026-06-08", "2026-06-06")
