"""Deadlines of papers that are contested or taken back, of searches, emergencies and renewals."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.law.deadlines import Deadline, Reading, deadlines
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import JCL, LCLD, STAFF, ZONES, given, law_of, local, ref, said


def rows(*events: Any, pack: str = LCLD) -> dict[str, Deadline]:
    """Give the deadlines of a case by their rule; none stands twice in these stories."""
    due = deadlines(given(*events, pack=pack).case, Reading(law_of, ZONES[pack]))
    by_rule = {one.rule: one for one in due}
    assert len(by_rule) == len(due)
    return by_rule


# --- Papers -------------------------------------------------------------------------------------

SERVED = ex.subpoena(comply_by_on=date(2026, 1, 30))


def test_an_objection_meets_its_own_day_and_not_the_date_of_compliance() -> None:
    """Who objected need not object again; the paper still waits for its answer."""
    due = rows(SERVED, ex.objection(ref(1)))
    assert (due["subpoena-objection"].status, due["subpoena-objection"].met_by) == ("met", ref(2))
    assert due["time-of-compliance"].status == "open"
    assert rows(SERVED)["subpoena-objection"].status == "open"


@pytest.mark.parametrize(
    ("end", "by"),
    [
        ((ex.court_order(), ex.ruling(ref(1), ref(2))), ref(3)),
        ((ex.court_order(), ex.ruling(ref(1), ref(2), outcome="upheld")), None),
        ((ex.withdrawal(ref(1)),), ref(2)),
    ],
)
def test_a_paper_that_is_gone_asks_for_nothing(end: tuple[Any, ...], by: str | None) -> None:
    """Quashed or taken back, its clocks end; upheld, they run on."""
    due = rows(SERVED, *end)
    assert due["time-of-compliance"].met_by == by
    assert due["subpoena-objection"].met_by == by


def test_a_hearing_stands_on_the_day_that_the_court_set() -> None:
    """Sunday 15 February stays Sunday; the ruling meets it; a motion may have no day."""
    filed = ex.motion(ref(1), hearing_on=date(2026, 2, 15))
    due = rows(SERVED, filed)["hearing"]
    assert (due.trigger, due.effective_on, due.status) == (ref(2), date(2026, 2, 15), "open")
    ruled = rows(SERVED, filed, ex.court_order(), ex.ruling(ref(1), ref(3), outcome="upheld"))
    assert ruled["hearing"].met_by == ref(4)
    assert "hearing" not in rows(SERVED, ex.motion(ref(1)))
    assert "hearing" not in rows(SERVED, ex.objection(ref(1)))


def test_a_contest_is_settled_once() -> None:
    """A later ruling on another motion does not settle the first again."""
    orders = (ex.court_order(), ex.ruling(ref(1), ref(3), outcome="upheld"))
    first = ex.motion(ref(1), hearing_on=date(2026, 2, 15))
    case = given(
        SERVED, first, *orders, ex.objection(ref(1)), ex.ruling(ref(1), ref(3), outcome="upheld")
    ).case
    assert [one.settled_by for one in case.instruments[0].contests] == [ref(4), ref(6)]


def test_a_paper_goes_back_to_the_court_on_its_day() -> None:
    """A warrant with a day of return; the return that was noted meets it."""
    paper = ex.warrant(return_on=date(2026, 6, 29))
    assert rows(paper)["return-to-court"].effective_on == date(2026, 6, 29)
    assert rows(paper, ex.warrant_return(ref(1)))["return-to-court"].met_by == ref(2)
    assert rows(paper, ex.warrant_return(ref(5)))["return-to-court"].status == "open"
    assert "return-to-court" not in rows(ex.warrant())


def test_notice_of_a_search_is_held_back_thirty_days_at_most() -> None:
    """Searched on Friday 19 June, day 30 is Sunday 19 July; the date on the order is 31 July."""
    paper = said(
        ex.warrant(notice_delayed_until_on=date(2026, 7, 31)), at=local("2026-06-19 13:00")
    )
    alone = rows(paper)["delayed-notice"]
    assert alone.effective_on == date(2026, 7, 31)
    searched = said(ex.execution_started(ref(1)), at=local("2026-06-19 14:00"))
    due = rows(paper, searched)["delayed-notice"]
    assert (due.nominal_on, due.confidence) == (date(2026, 7, 19), "unverified")
    unseen = said(ex.execution_ended(ref(1)), at=local("2026-06-19 15:00"))
    assert rows(paper, unseen)["delayed-notice"].effective_on == date(2026, 7, 31)
    assert "delayed-notice" not in rows(ex.warrant())


def test_where_a_state_counts_from_the_order_the_search_starts_nothing() -> None:
    """California's ninety days run from the order, which is not the search."""
    paper = ex.warrant(level="county", notice_delayed_until_on=date(2026, 7, 31))
    searched = said(ex.execution_started(ref(1)), at=local("2026-06-10 14:00"))
    due = rows(paper, searched, pack="us-ca")["delayed-notice"]
    assert due.effective_on == date(2026, 7, 31)


# --- Emergencies --------------------------------------------------------------------------------


def waived(*more: Any, pack: str = JCL) -> dict[str, Deadline]:
    """Papers were waived on Tuesday 24 November 2026, in the evening; then more happened."""
    basis = "exigent-waiver" if pack == JCL else "exigent"
    waiver = said(ex.waiver(ref(1), ref(2), basis=basis), at=local("2026-11-24 18:55", ZONES[pack]))
    return rows(ex.request(), ex.assertion(), waiver, *more, pack=pack)


def test_papers_are_due_on_the_third_working_day() -> None:
    """Wednesday, Friday and, after Thanksgiving and a weekend, Monday 30 November."""
    due = waived()["exigent-papers"]
    assert (due.trigger, due.effective_on, due.status) == (ref(3), date(2026, 11, 30), "open")
    assert (due.source, due.confidence) == ("product_default", "unverified")
    assert due.flags == ("unverified",)
    missing = waived()["exigent-escalation"]
    assert (missing.nominal_on, missing.status) == (date(2026, 12, 4), "open")


@pytest.mark.parametrize(
    ("end", "papers", "escalation"),
    [
        (ex.papers(ref(3)), ref(4), ref(4)),
        (ex.review(ref(3), outcome="escalated", escalated_to="court"), None, ref(4)),
        (ex.review(ref(3)), ref(4), ref(4)),
        (ex.papers(ref(9)), None, None),
        (ex.review(ref(9)), None, None),
    ],
)
def test_papers_or_a_conclusion_meet_it(end: Any, papers: str | None, escalation: str) -> None:
    """An escalation is no paper; what belongs to another waiver meets nothing here."""
    due = waived(end)
    assert due["exigent-papers"].met_by == papers
    assert due["exigent-escalation"].met_by == escalation


def test_ohio_names_no_day() -> None:
    """Where the law asks for no papers, none are awaited."""
    assert waived(pack="us-oh") == {}


# --- Holds --------------------------------------------------------------------------------------


def test_three_periods_are_counted_at_once() -> None:
    """270 days from 5 January 2026 end on Friday 2 October; 90, 90 and a short one of 10 sooner."""
    begun = (said(ex.preservation(), at=local("2026-01-05 09:40")), ex.hold(ref(1)))
    renewals = [
        said(ex.extension(ref(2), on), at=local(f"{on} 12:00"))
        for on in (date(2026, 3, 30), date(2026, 7, 3))
    ]
    assert rows(*begun, *renewals)["preservation-total"].effective_on == date(2026, 10, 2)
    short = said(ex.extension(ref(2), date(2026, 7, 3), days=10), at=local("2026-07-03 12:00"))
    due = rows(*begun, renewals[0], short)["preservation-total"]
    assert due.effective_on == date(2026, 7, 14)


def test_a_task_is_looked_at_again_on_the_day_that_was_set() -> None:
    """For its person too, who waits until told otherwise; the end of the task meets it."""
    task = ac.task_given(STAFF, review_on=date(2026, 10, 4))
    again = rows(task, ac.task_reported())["review-of-task"]
    assert (str(again.effective_on), again.kind, again.status) == ("2026-10-04", "act", "open")
    assert rows(task, ac.task_ended())["review-of-task"].met_by == ref(2)
    assert rows(ac.task_given(STAFF)) == {}


def test_a_paper_that_is_kept_out_is_looked_at_again() -> None:
    """By the newest note of it; an earlier one is met by that."""
    newer = ex.paper_file(instead_of=ref(1), review_on=date(2027, 4, 12))
    assert str(rows(ex.paper_file())["review-of-paper-file"].effective_on) == "2026-10-05"
    due = deadlines(given(ex.paper_file(), newer).case, Reading(law_of, ZONES[LCLD]))
    assert [(str(one.effective_on), one.met_by) for one in due] == [
        ("2026-10-05", ref(2)),
        ("2027-04-12", None),
    ]


# --- Answers that were not the whole truth --------------------------------------------------------


def asked_at(text: str, **changes: Any) -> Any:
    """Somebody was given the standard answer at a moment."""
    return said(ac.query(**changes), at=local(text))


def lifted_at(gag: int, text: str) -> Any:
    """The lifting of a gag was recorded at a moment; the agency's letter is of 5 January."""
    return said(ex.lifted(ref(gag)), at=local(text))


GAG = said(ex.gag(), at=local("2026-01-02 10:00"))
OTHER = said(ex.gag(source="fisa-order"), at=local("2026-01-03 10:00"))


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        pytest.param("2026-01-02 09:59", False, id="before the gag"),
        pytest.param("2026-01-02 10:00", True, id="as the gag came"),
        pytest.param("2026-01-05 23:59", True, id="on the last day"),
        pytest.param("2026-01-06 00:00", False, id="the day after"),
    ],
)
def test_what_was_answered_in_silence_is_answered_again(moment: str, is_due: bool) -> None:
    """Within fourteen days of the lifting's record, which is our reminder and nobody's law."""
    story = (GAG, asked_at(moment), lifted_at(1, "2026-01-15 23:50"))
    found = rows(*story).get("answer-again")
    assert (found is not None) == is_due
    if found is not None:
        assert (found.trigger, str(found.effective_on)) == (ref(2), "2026-01-29")
        assert (found.kind, found.source, found.confidence) == (
            *("act", "product_default", "unverified"),
        )


def test_nobody_is_answered_again_while_any_gag_binds() -> None:
    """The task arises from the last lifting of those that bound when somebody asked."""
    asked = asked_at("2026-01-04 09:00")
    first = lifted_at(1, "2026-01-12 09:00")
    assert "answer-again" not in rows(GAG, OTHER, asked)
    assert "answer-again" not in rows(GAG, OTHER, asked, first)
    both = rows(GAG, OTHER, asked, first, lifted_at(2, "2026-01-20 09:00"))
    assert str(both["answer-again"].effective_on) == "2026-02-03"
    late = said(ex.gag(source="court-order"), at=local("2026-01-13 09:00"))
    over = (GAG, asked, first, late, lifted_at(4, "2026-01-21 09:00"))
    assert str(rows(*over)["answer-again"].effective_on) == "2026-01-26"


def test_each_answer_is_a_task_of_its_own() -> None:
    """Of two askers one was answered again and one was remarked on; a third waits."""
    asked = [asked_at("2026-01-04 09:00", asker=asker) for asker in ("patron", "attorney", "other")]
    story = (GAG, *asked, lifted_at(1, "2026-01-12 09:00"))
    done = (ac.answered_again(ref(2)), ac.note(ref(3)))
    due = deadlines(given(*story, *done).case, Reading(law_of, ZONES[LCLD]))
    tasks = {one.trigger: one.met_by for one in due if one.rule == "answer-again"}
    assert tasks == {ref(2): ref(6), ref(3): ref(7), ref(4): None}
