"""Telling the patron: not under a gag; first, where the law says so; and the standstill."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain.law.deadlines import Deadline, LawOf, Reading, deadlines
from ledger.domain.law.pack import Law
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import AS_COUNSEL, AS_STAFF, Given, given, law, law_of, local, ref, said

DC = "us-dc"
MAIL = local("2026-01-05 09:00", "America/New_York")


# --- Notices -----------------------------------------------------------------------------------


def test_a_patron_is_told_by_the_custodian() -> None:
    """With the number of the certified mail, once it was sent."""
    story = given(ex.request(), ex.subpoena())
    story.when(ac.notified(ref(2))).then()
    story.when(ac.notified(None)).then()
    story.when(ac.notified(ref(2)), **AS_STAFF).then_refused("custodian_decides_v1")
    story.when(ac.notified(ref(1))).then_refused("instrument_known_v1")


def test_nobody_is_told_while_any_gag_binds() -> None:
    """Of two gags one was lifted; the other forbids the notice still."""
    bound = (ex.subpoena(), ex.gag(), ex.gag(source="court-order"), ex.lifted(ref(2)))
    given(*bound).when(ac.notified(ref(1))).then_refused(
        "no_gag_forbids_notice_v1", citing="18 U.S.C. 2709(c)(1)"
    )
    given(*bound, ex.lifted(ref(3), evidence="court-order")).when(ac.notified(ref(1))).then()


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, ()),
        ({"proof": None}, ("notice_is_proven_v1",)),
        ({"proof": None, "method": "mail"}, ()),
        ({"sent_on": date(2026, 1, 6)}, ("notice_is_proven_v1",)),
    ],
)
def test_a_certified_notice_has_its_number(changes: dict[str, Any], rules: tuple[str, ...]) -> None:
    """And no notice is recorded before the day on which it was sent."""
    outcome = given(ex.subpoena(), pack=DC).when(ac.notified(ref(1), **changes), at=MAIL)
    if rules:
        outcome.then_refused(*rules, citing="D.C. Code 39-108(b)(4)")
    else:
        outcome.then()


def test_nobody_is_told_of_a_paper_before_it_came() -> None:
    """The subpoena came on Monday 5 January: a mailing of Sunday is a slip, or of something else.
    A notice that names no paper has nothing to follow.
    """
    story = given(ex.subpoena(), pack=DC)
    sunday = date(2026, 1, 4)
    story.when(ac.notified(ref(1), sent_on=sunday), at=on(6)).then_refused(
        "notice_follows_paper_v1", citing="D.C. Code 39-108(b)(4)", saying="came on 2026-01-05"
    )
    story.when(ac.notified(None, sent_on=sunday), at=on(6)).then()


# --- Withholding -------------------------------------------------------------------------------


def test_only_a_judges_order_waives_a_notice() -> None:
    """It is named, and so is the paper that it is about."""
    story = given(ex.subpoena(), ex.court_order(), ex.paper("court-order", "clerk"), pack=DC)
    story.when(ac.withheld("court-waiver", instrument=ref(1), order=ref(2)), **AS_COUNSEL).then()
    for fields in (
        {"instrument": ref(1), "order": ref(3)},
        {"instrument": ref(1), "order": ref(1)},
        {"instrument": ref(1)},
        {"order": ref(2)},
    ):
        story.when(ac.withheld("court-waiver", **fields)).then_refused(
            "notice_withheld_on_ground_v1", citing="D.C. Code 39-108(b)(6)"
        )


def test_a_gag_withholds_notice_while_it_binds() -> None:
    """A lifted one, or none, is no ground."""
    story = (ex.subpoena(), ex.gag())
    held = ac.withheld("gag", instrument=ref(1), gag=ref(2))
    given(*story).when(held).then()
    given(*story).when(ac.withheld("gag")).then_refused("notice_withheld_on_ground_v1")
    given(*story, ex.lifted(ref(2))).when(held).then_refused("notice_withheld_on_ground_v1")


GRAND_JURY = "grand-jury-subpoena-with-order-of-silence"


def test_exceptions_of_the_school_rule_are_for_schools() -> None:
    """Where FERPA does not apply, its exceptions withhold nothing."""
    exception = ac.withheld(GRAND_JURY, instrument=ref(1))
    given(ex.subpoena()).when(exception).then_refused(
        "notice_withheld_on_ground_v1", citing="34 CFR 99.31(a)(9)"
    )
    given(ex.subpoena()).when(exception, in_force=school()).then()
    given(ex.subpoena()).when(ac.withheld(GRAND_JURY), in_force=school()).then_refused(
        "notice_withheld_on_ground_v1"
    )


# --- The District of Columbia: notice and standstill --------------------------------------------


DC_STORY = (
    ex.request(),
    ex.verified(ref(1)),
    ex.subpoena(level="state"),
    ex.court_order(),
    ex.approval(ref(1), "court-order", instrument=ref(4)),
)


def approved_in_dc(*facts: Any) -> Given:
    """A subpoena came, then an order; the order's disclosure was approved."""
    return given(*DC_STORY, *facts, pack=DC)


def on(day: int) -> Any:
    """Noon of a day of January 2026."""
    return local(f"2026-01-{day:02} 12:00", "America/New_York")


GOES = ex.disclosure(ref(5))


def test_nothing_leaves_before_the_patron_was_written_to() -> None:
    """The statute asks for certified mail: a telephone call does not do."""
    approved_in_dc().when(GOES, at=on(20)).then_refused(
        "patron_was_notified_v1", citing="D.C. Code 39-108(b)(4)"
    )
    called = said(ac.notified(ref(3), method="telephone", proof=None), at=on(5))
    approved_in_dc(called).when(GOES, at=on(20)).then_refused("patron_was_notified_v1")
    other = said(ac.notified(ref(4)), at=on(5))
    approved_in_dc(other).when(GOES, at=on(20)).then_refused("patron_was_notified_v1")


@pytest.mark.parametrize(("day", "released"), [(14, False), (15, False), (16, True)])
def test_ten_days_pass_after_the_mailing(day: int, *, released: bool) -> None:
    """Mailed on Monday 5 January: the tenth day is Thursday 15 January, and ends first."""
    mailed = said(ac.notified(ref(3), sent_on=date(2026, 1, 5)), at=on(6))
    outcome = approved_in_dc(mailed).when(GOES, at=on(day))
    if released:
        outcome.then()
    else:
        outcome.then_refused(
            "standstill_is_over_v1", citing="D.C. Code 39-108(b)(5)", saying="2026-01-15"
        )


def test_a_mailing_dated_without_an_end_keeps_everything_here() -> None:
    """A day mistyped as the calendar's last is a refusal, until somebody corrects it."""
    mailed = said(ac.notified(ref(3), sent_on=date.max), at=on(6))
    approved_in_dc(mailed).when(GOES, at=on(20)).then_refused(
        "standstill_is_over_v1", citing="D.C. Code 39-108(b)(5)", saying="9999-12-31"
    )


def test_the_standstill_runs_from_the_last_mailing() -> None:
    """The second of two patrons was written to on 12 January: nothing leaves before the 23rd."""
    first = said(ac.notified(ref(3), patrons=1, sent_on=date(2026, 1, 5)), at=on(6))
    second = said(ac.notified(ref(3), patrons=1, sent_on=date(2026, 1, 12)), at=on(12))
    for mailings in ((first, second), (second, first)):
        story = approved_in_dc(*mailings)
        story.when(GOES, at=on(16)).then_refused("standstill_is_over_v1", saying="2026-01-22")
        story.when(GOES, at=on(22)).then_refused("standstill_is_over_v1")
        story.when(GOES, at=on(23)).then()


def test_a_mailing_before_the_subpoena_ends_no_standstill() -> None:
    """Its date was corrected after it was recorded: it tells nobody of the paper, and no row is
    reckoned from it.
    """
    early = said(ac.notified(ref(3), sent_on=date(2026, 1, 4)), at=on(6))
    story = approved_in_dc(early)
    story.when(GOES, at=on(16)).then_refused(
        "patron_was_notified_v1", citing="D.C. Code 39-108(b)(4)"
    )
    assert [(row.rule, row.status) for row in dues(story, law_of)] == [("patron-notice", "open")]


def dues(story: Given, laws: LawOf) -> list[Deadline]:
    """The rows about telling the patron that a case shows."""
    found = deadlines(story.case, Reading(laws, "America/New_York"))
    return [row for row in found if row.rule in ("patron-notice", "release-standstill")]


def longer_law(days: int) -> Law:
    """The District's law as if its standstill were of another length."""
    found = law(DC)
    rows = [replace(v, value=days) if v.id == "notice.standstill_days" else v for v in found.values]
    return replace(found, values=tuple(rows))


def test_the_standstill_is_as_long_as_its_own_law_had_it() -> None:
    """A law that came after the mailing makes it neither shorter nor longer: rule and row say the
    same day.
    """
    story = approved_in_dc(said(ac.notified(ref(3)), at=on(6)))
    (_, end) = dues(story, law_of)
    assert (end.rule, end.effective_on) == ("release-standstill", date(2026, 1, 15))
    for days in (2, 20):
        later: dict[str, Any] = {"laws": law_of, "in_force": longer_law(days)}
        story.when(GOES, at=on(15), **later).then_refused(
            "standstill_is_over_v1", saying="until 2026-01-15 has ended."
        )
        story.when(GOES, at=on(16), **later).then()


def test_a_later_law_about_notices_asks_nothing_of_an_earlier_paper() -> None:
    """Nor does it spare the notice of a paper that came under the law that asks for one."""
    story, elsewhere = approved_in_dc(), given(*DC_STORY)
    here: dict[str, Any] = {"laws": law_of, "at": on(20)}
    story.when(GOES, in_force=law("us-mi"), **here).then_refused("patron_was_notified_v1")
    elsewhere.when(GOES, in_force=law(DC), **here).then()
    assert [row.rule for row in dues(story, law_of)] == ["patron-notice"]
    assert dues(elsewhere, law_of) == []


def test_a_law_that_names_no_way_takes_any() -> None:
    """Without a row on the manner a telephone call will do, and the standstill runs from it."""
    silent = replace(law(DC), values=tuple(v for v in law(DC).values if v.id != "notice.method"))
    now: dict[str, Any] = {"in_force": silent}
    called = said(ac.notified(ref(3), method="telephone", proof=None), at=on(5))
    approved_in_dc().when(GOES, at=on(20), **now).then_refused(
        "patron_was_notified_v1", citing="D.C. Code 39-108(b)(4)"
    )
    approved_in_dc(called).when(GOES, at=on(15), **now).then_refused("standstill_is_over_v1")
    approved_in_dc(called).when(GOES, at=on(16), **now).then()


def test_a_duty_to_tell_may_be_without_a_day() -> None:
    """A law that names none has no row for it; nothing leaves untold all the same, and the
    standstill has its row.
    """
    dayless = replace(
        law(DC), all_deadlines=tuple(d for d in law(DC).all_deadlines if d.id != "patron-notice")
    )
    told = approved_in_dc(said(ac.notified(ref(3)), at=on(6)))
    assert [row.rule for row in dues(told, lambda _: dayless)] == ["release-standstill"]
    approved_in_dc().when(GOES, at=on(20), in_force=dayless).then_refused("patron_was_notified_v1")


def test_a_waiver_that_fell_leaves_the_notice_open() -> None:
    """So does a gag that was lifted: then the patron is told after all."""
    waived = ac.withheld("court-waiver", instrument=ref(3), order=ref(6))
    forged = ex.authenticated(ref(6), outcome="false")
    silent = (ex.gag(), ac.withheld("gag", instrument=ref(3), gag=ref(6)))
    for facts, end in (((ex.court_order(), waived), forged), (silent, ex.lifted(ref(6)))):
        (spared,) = dues(approved_in_dc(*facts), law_of)
        assert (spared.status, spared.met_by) == ("met", ref(7))
        (open_again,) = dues(approved_in_dc(*facts, end), law_of)
        assert (open_again.status, open_again.met_by) == ("open", None)


def test_an_order_that_is_not_real_waives_no_notice() -> None:
    """Neither an order that was found to be forged before, nor one that turns out to be later."""
    waived = ac.withheld("court-waiver", instrument=ref(3), order=ref(6))
    forged = ex.authenticated(ref(6), outcome="false")
    story = approved_in_dc(ex.court_order())
    story.when(waived).then()
    approved_in_dc(ex.court_order(), forged).when(waived).then_refused(
        "notice_withheld_on_ground_v1"
    )
    approved_in_dc(ex.court_order(), waived).when(GOES, at=on(7)).then()
    approved_in_dc(ex.court_order(), waived, forged).when(GOES, at=on(7)).then_refused(
        "patron_was_notified_v1"
    )


def test_a_court_that_waives_the_notice_ends_the_standstill() -> None:
    """The order names the subpoena that it is about; no other is freed."""
    waived = ac.withheld("court-waiver", instrument=ref(3), order=ref(4))
    approved_in_dc(waived).when(GOES, at=on(7)).then()
    second = ex.subpoena(level="county")
    approved_in_dc(waived, second).when(GOES, at=on(7)).then_refused("patron_was_notified_v1")


def test_the_patrons_own_permission_needs_no_notice() -> None:
    """Whoever permits a disclosure knows of it."""
    story = (
        ex.request(requester="patron"),
        ex.verified(ref(1)),
        ex.subpoena(),
        ac.consent_paper(),
        ex.approval(ref(1), "written-consent", instrument=ref(4)),
    )
    given(*story, pack=DC).when(GOES, at=on(8)).then()


def test_where_no_law_asks_for_notice_none_is_waited_for() -> None:
    """Colorado's section says nothing of it; in California the government notifies."""
    story = (
        ex.request(),
        ex.verified(ref(1)),
        ex.subpoena(),
        ex.court_order(),
        ex.approval(ref(1), "court-order", instrument=ref(4)),
    )
    for pack in ("us-co/lcld", "us-ca"):
        given(*story, pack=pack).when(GOES, at=on(9)).then()


# --- Schools ----------------------------------------------------------------------------------


def school() -> Law:
    """The law of a library that is part of a school."""
    found = law("us-co/lcld")
    rows = [replace(v, value=True) if v.id == "ferpa.applies" else v for v in found.values]
    return replace(found, values=tuple(rows))


def in_school(*facts: Any, paper: Any = None, requester: str = "law-enforcement") -> Given:
    """A subpoena's disclosure was approved in a school."""
    story = (
        ex.request(requester=requester),
        ex.verified(ref(1)),
        ex.guardian_proof(ref(1)),
        paper or ex.subpoena(),
        ex.approval(ref(1), "subpoena", instrument=ref(4)),
    )
    return given(*story, *facts)


def test_a_school_tells_parent_or_student_first() -> None:
    """Whether by mail or by telephone: the rule asks for a reasonable effort."""
    in_school().when(GOES, in_force=school()).then_refused(
        "ferpa_notice_came_first_v1", citing="34 CFR 99.31(a)(9)"
    )
    called = ac.notified(ref(4), method="telephone", proof=None)
    in_school(called).when(GOES, in_force=school()).then()
    in_school(ac.notified(None)).when(GOES, in_force=school()).then_refused(
        "ferpa_notice_came_first_v1"
    )
    early = said(ac.notified(ref(4), sent_on=date(2026, 1, 4)), at=on(5))
    in_school(early).when(GOES, in_force=school()).then_refused("ferpa_notice_came_first_v1")
    in_school().when(GOES).then()


def test_a_grand_jurys_silence_spares_the_notice() -> None:
    """Recorded for this very paper."""
    in_school(ac.withheld(GRAND_JURY, instrument=ref(4))).when(GOES, in_force=school()).then()
    in_school(ac.withheld(GRAND_JURY, instrument=ref(2))).when(
        GOES, in_force=school()
    ).then_refused("ferpa_notice_came_first_v1")


def test_a_consent_asks_for_no_notice_in_a_school() -> None:
    """The rule is about orders and subpoenas."""
    story = (
        ex.request(requester="patron"),
        ex.verified(ref(1)),
        ac.consent_paper(),
        ex.approval(ref(1), "written-consent", instrument=ref(3)),
    )
    given(*story).when(ex.disclosure(ref(4)), in_force=school()).then()


def test_a_school_logs_to_whom_records_went() -> None:
    """But for parent and student themselves, whom the rule excepts."""
    unnamed = ex.disclosure(ref(5), recipient=None)
    told = ac.notified(ref(4))
    in_school(told).when(unnamed, in_force=school()).then_refused(
        "ferpa_log_names_party_v1", citing="34 CFR 99.32"
    )
    in_school(told).when(unnamed).then()
    in_school(told, requester="patron").when(unnamed, in_force=school()).then()
