"""Flags of papers taken at the desk, searches, emergencies and renewals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.domain.law.deadlines import Reading
from ledger.domain.law.flags import Flag, flags
from tests.domain import examples as ex
from tests.domain.given import AS_COUNSEL, JCL, LCLD, ZONES, given, law_of, local, ref, said


def found(*events: Any, pack: str = LCLD) -> dict[str, Flag]:
    """Give the flags of a case by name; none is raised twice in these stories."""
    raised = flags(given(*events, pack=pack).case, Reading(law_of, ZONES[pack]))
    by_name = {one.name: one for one in raised}
    assert len(by_name) == len(raised)
    return by_name


# --- Papers at the desk -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "flagged"),
    [("staff", True), ("nobody", False), ("designee", False), ("custodian", False), (None, False)],
)
def test_staff_do_not_accept_what_the_policy_leaves_to_the_director(by: Any, flagged: bool) -> None:
    """Jefferson County's director receives all requests; elsewhere the desk may."""
    paper = ex.court_order(accepted_by=by)
    flag = found(paper, pack=JCL).get("service-accepted-by-staff")
    assert (flag is not None) is flagged
    if flag is not None:
        assert (flag.ref, flag.citation) == (ref(1), "PUB 06-04, III.3")
    assert found(paper) == {}


def test_whoever_may_accept_a_paper_says_why_not() -> None:
    """Where staff may accept, declining is looked at; a paper for somebody else is not ours."""
    flag = found(ex.service_declined())["service-declined-though-staff-may-accept"]
    assert (flag.ref, flag.confidence) == (ref(1), "unverified")
    assert found(ex.service_declined(reason="addressed-to-another")) == {}
    assert found(ex.service_declined(), pack=JCL) == {}


@pytest.mark.parametrize(
    ("served_on", "flagged"),
    [
        pytest.param(date(2026, 1, 18), False, id="the day before"),
        pytest.param(date(2026, 1, 19), True, id="the date of compliance"),
        pytest.param(date(2026, 1, 20), True, id="the day after"),
    ],
)
def test_an_objection_is_served_before_the_earlier_date(served_on: date, flagged: bool) -> None:
    """Served on 5 January, fourteen days end on the 19th: the rule says before."""
    late = found(ex.subpoena(), ex.objection(ref(1), served_on=served_on))
    assert ("objection-served-late" in late) is flagged
    if flagged:
        assert late["objection-served-late"].ref == ref(2)
        assert "45(d)(2)(B)" in late["objection-served-late"].citation


def test_a_motion_has_no_such_day_and_an_order_no_such_objection() -> None:
    """Promptly counts no days; and the fourteen days are of subpoenas."""
    late = date(2026, 3, 30)
    assert found(ex.subpoena(), said(ex.motion(ref(1), filed_on=late), **AS_COUNSEL)) == {}
    assert found(ex.court_order(), ex.objection(ref(1), served_on=late)) == {}


# --- Searches -----------------------------------------------------------------------------------


def searched(*more: Any, at: str = "2026-06-19 14:00", pack: str = LCLD, **changes: Any) -> Any:
    """Officers came in the afternoon of 19 June with a good warrant; then more happened."""
    zone = ZONES[pack]
    paper = said(ex.warrant(**changes), at=local("2026-06-19 13:40", zone))
    return found(paper, said(ex.execution_started(ref(1)), at=local(at, zone)), *more, pack=pack)


def test_what_goes_beyond_the_warrant_is_counsels() -> None:
    """Nobody interferes; counsel is shown Rule 41(g) (scenario 2)."""
    flag = searched(ex.excess(ref(1)))["scope-exceeded"]
    assert (flag.ref, flag.citation) == (ref(3), "Fed. R. Crim. P. 41(g)")


def test_contested_items_are_counsels_too() -> None:
    """What was plainly named in the warrant is not."""
    assert searched(ex.items(ref(1), contested=True))["items-contested"].ref == ref(3)
    assert searched(ex.items(ref(1))) == {}


def test_a_refused_copy_is_flagged_and_a_promised_one_is_not() -> None:
    """The officer gives or leaves a copy; who refuses one has been asked."""
    end = ex.execution_ended(ref(1))
    for outcome, expected in (("refused", {"copy-refused"}), ("promised", set()), ("given", set())):
        raised = searched(ex.copy_requested(ref(1), outcome=outcome), end)
        assert set(raised) == expected


def test_a_receipt_that_came_later_ends_the_flag() -> None:
    """None was left that evening; the agency sent one."""
    end = (ex.copy_requested(ref(1)), ex.execution_ended(ref(1), receipt="none"))
    assert set(searched(*end)) == {"no-receipt-left"}
    assert searched(*end, ex.receipt(ref(1))) == {}


def test_delayed_notice_wants_a_statute() -> None:
    """Counsel looks for it (Fed. R. Crim. P. 41(f)(3))."""
    flag = searched(notice_delayed_until_on=date(2026, 7, 10))["notice-of-search-delayed"]
    assert (flag.ref, flag.citation) == (ref(1), "Fed. R. Crim. P. 41(f)(3)")


@pytest.mark.parametrize(
    ("pack", "last", "first_night"),
    [("us-ny", "20:59", "21:00"), ("us-oh", "19:59", "20:00"), ("us-ca", "21:59", "22:00")],
)
def test_daytime_is_each_states_own(pack: str, last: str, first_night: str) -> None:
    """A county's warrant in New York, Ohio and California; unconfirmed hours say so."""
    fresh = {"level": "county", "issued_on": date(2026, 6, 18)}
    assert "night-execution-unverified" not in searched(at=f"2026-06-19 {last}", pack=pack, **fresh)
    night = searched(at=f"2026-06-19 {first_night}", pack=pack, **fresh)
    assert night["night-execution-unverified"].confidence == "unverified"
    authorised = {**fresh, "night_authorised": True}
    assert not searched(at=f"2026-06-19 {first_night}", pack=pack, **authorised)


def test_colorado_searches_at_any_time() -> None:
    """C.R.S. 16-3-304: unless the court directs otherwise; and an unknown level has no hours."""
    for level in ("county", "unknown"):
        raised = searched(at="2026-06-19 23:30", level=level)
        assert "night-execution-unverified" not in raised


# --- Emergencies --------------------------------------------------------------------------------


def waived(pack: str, *more: Any, advised: bool = False, **word: Any) -> dict[str, Flag]:
    """An officer spoke, the papers were waived on Tuesday 24 November 2026; then more happened."""
    basis = "exigent-waiver" if pack == JCL else "exigent"
    act = ex.waiver(ref(1), ref(2), basis=basis)
    waiver = said(act, at=local("2026-11-24 18:55", ZONES[pack]))
    heard = (ex.question(), ex.answer(ref(4), outcome="comply")) if advised else ()
    return found(ex.request(), ex.assertion(**word), waiver, *heard, *more, pack=pack)


def test_missouris_waiver_has_no_statute_behind_it() -> None:
    """The policy allows it, the statute's silence is shown, and counsel's word is awaited."""
    raised = waived(JCL)
    assert set(raised) == {
        "no-statutory-exception",
        "permitted-by-policy-only",
        "counsel-advice-not-confirmed",
    }
    assert raised["no-statutory-exception"].citation == "RSMo 182.817.1, by absence"
    assert {one.ref for one in raised.values()} == {ref(3)}
    confirmed = waived(JCL, advised=True)
    assert set(confirmed) == {"no-statutory-exception", "permitted-by-policy-only"}


def test_illinois_wants_the_officers_form() -> None:
    """Signed that evening, or sent afterwards; another paper is no form."""
    flag = waived("us-il", form_signed="no")["officer-form-missing"]
    assert (flag.ref, flag.citation) == (ref(3), "75 ILCS 70/1(a)(2)")
    assert waived("us-il") == {}
    assert waived("us-il", ex.papers(ref(3), kind="emergency-request"), form_signed="no") == {}
    assert set(waived("us-il", ex.papers(ref(3)), form_signed="no")) == {"officer-form-missing"}
    unsaid = found(ex.request(), ex.waiver(ref(1), ref(9), basis="exigent"), pack="us-il")
    assert set(unsaid) == {"officer-form-missing"}


def test_ohio_has_an_exception_and_no_form() -> None:
    """Nothing jars."""
    assert waived("us-oh", form_signed="no") == {}


@pytest.mark.parametrize(
    ("came", "flagged"),
    [
        pytest.param("2026-11-27 16:00", False, id="before"),
        pytest.param("2026-11-30 23:30", False, id="on Monday, the third working day"),
        pytest.param("2026-12-01 00:10", True, id="on Tuesday"),
    ],
)
def test_papers_are_late_after_the_third_working_day(came: str, flagged: bool) -> None:
    """Thanksgiving and a weekend lie between (scenario 4); a second paper is not asked."""
    papers = said(ex.papers(ref(3)), at=local(came, "America/Chicago"))
    second = said(ex.papers(ref(3)), at=local("2026-12-05 10:00", "America/Chicago"))
    raised = waived(JCL, papers, second)
    assert ("exigent-papers-late" in raised) is flagged
    if flagged:
        assert raised["exigent-papers-late"].ref == ref(4)
        assert raised["exigent-papers-late"].confidence == "unverified"


def test_what_left_on_a_repudiated_waiver_is_counsels() -> None:
    """Whether to claim it back; what left on another approval is not touched."""
    left = ex.disclosure(ref(3), categories=["contact-details"])
    other = ex.disclosure(ref(1), categories=["contact-details"])
    repudiated = ex.review(ref(3), outcome="repudiated")
    assert waived("us-il", other, left, repudiated)["disclosed-on-repudiated-waiver"].ref == ref(5)
    assert waived("us-il", left, ex.review(ref(3))) == {}


# --- Requests to keep records -------------------------------------------------------------------


def test_a_request_under_the_statute_reaches_providers() -> None:
    """Whether a library is one is contested; the policy asks nobody."""
    flag = found(ex.preservation(ground="2703(f)"))["library-may-not-be-a-provider"]
    assert (flag.ref, flag.confidence) == (ref(1), "unverified")
    assert found(ex.preservation(ground="local-policy")) == {}


def test_a_request_names_what_is_to_be_kept() -> None:
    """A class or a period; whether it names an identifier is personal, and may be erased."""
    nothing: dict[str, Any] = {"categories": []}
    assert set(found(ex.preservation(**nothing))) == {"preservation-scope-unclear"}
    for named in (
        {"from_on": date(2026, 1, 2)},
        {"to_on": date(2026, 1, 3)},
        {"categories": ["security-video"]},
    ):
        assert found(ex.preservation(**{**nothing, **named})) == {}


def test_where_the_library_shall_preserve_a_request_waits_for_its_hold() -> None:
    """Jefferson County's policy grants what any agent asks for; the statute binds providers."""
    asked = ex.preservation(ground="local-policy", level="city")
    flag = found(asked, pack=JCL)["preservation-not-granted"]
    assert (flag.ref, flag.citation) == (ref(1), "PUB 06-04, III.3, fourth procedure")
    assert found(asked, ex.hold(ref(1)), pack=JCL) == {}
    another = found(asked, asked, ex.hold(ref(1)), pack=JCL)
    assert another["preservation-not-granted"].ref == ref(2)
    assert found(asked, ex.hold(ref(1)), ex.preservation(renews=ref(2)), pack=JCL) == {}
    assert found(asked) == {}


def test_a_law_firms_letter_goes_to_counsel_first() -> None:
    """New York's library counsel says so; an agency's request does not."""
    letter = ex.preservation(level="not-law-enforcement", ground="civil-letter")
    assert set(found(letter, pack="us-ny")) == {"civil-letter-goes-to-counsel"}
    assert found(letter, ex.question(), ex.answer(ref(2)), pack="us-ny") == {}
    assert found(letter) == {}
    assert found(ex.preservation(), pack="us-ny") == {}


RECEIVED = said(ex.preservation(), at=local("2026-01-05 09:40"))


@pytest.mark.parametrize(
    ("received_on", "flagged"),
    [
        pytest.param(date(2026, 4, 5), False, id="day 90, a Sunday"),
        pytest.param(date(2026, 4, 6), True, id="the rolled day"),
    ],
)
def test_a_renewal_between_the_two_counts_shows_both(received_on: date, flagged: bool) -> None:
    """Late on the plain count and in time on the rolled one: both dates are told (domain 0.6)."""
    renewal = said(ex.extension(ref(2), received_on), at=local(f"{received_on} 12:00"))
    raised = found(RECEIVED, ex.hold(ref(1)), renewal)
    assert ("renewal-late-on-nominal-count" in raised) is flagged
    if flagged:
        sentence = raised["renewal-late-on-nominal-count"].sentence
        assert "2026-04-05" in sentence
        assert "2026-04-06" in sentence


def test_a_third_period_rests_on_policy() -> None:
    """The second renewal is more than the statute speaks of."""
    renewals = [
        said(ex.extension(ref(2), on), at=local(f"{on} 12:00"))
        for on in (date(2026, 3, 30), date(2026, 7, 3))
    ]
    assert found(RECEIVED, ex.hold(ref(1)), renewals[0]) == {}
    beyond = found(RECEIVED, ex.hold(ref(1)), *renewals)["renewal-beyond-statute"]
    assert (beyond.ref, beyond.citation) == (ref(4), "18 U.S.C. 2703(f)(2)")


@pytest.mark.parametrize(("days", "flagged"), [(0, False), (1, True)])
def test_a_renewal_after_the_end_finds_the_hold_lapsed(days: int, flagged: bool) -> None:
    """The letter of Tuesday 7 April is a new request; that of Monday 6 April was in time."""
    came = local("2026-04-06 15:00") + timedelta(days=days)
    again = said(ex.preservation(renews=ref(2)), at=came)
    raised = found(RECEIVED, ex.hold(ref(1)), again)
    assert ("hold-had-lapsed" in raised) is flagged
    if flagged:
        assert "2026-04-06" in raised["hold-had-lapsed"].sentence
    assert found(RECEIVED, said(ex.preservation(renews=ref(8)), at=came)) == {}
