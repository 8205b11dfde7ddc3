"""Deadlines of each kind: from which day, by which law, with both dates and the one to go by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain.law.deadlines import Deadline, Reading, deadlines, hold_end
from ledger.domain.law.pack import Law
from ledger.domain.office_events import Assented
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import JCL, LCLD, STAFF, ZONES, digest, given, law, law_of, local, ref, said


def due(*events: Any, pack: str = LCLD, laws: Any = law_of) -> dict[str, Deadline]:
    """Give the deadlines of a case by their rule; no case here has two of one."""
    found = deadlines(given(*events, pack=pack).case, Reading(laws, ZONES[pack]))
    by_rule = {one.rule: one for one in found}
    assert len(by_rule) == len(found)
    return by_rule


def dates(one: Deadline) -> tuple[str, str, str]:
    """The date to go by, and the two dates behind it."""
    return str(one.effective_on), str(one.nominal_on), str(one.rolled_on)


def without_holidays(found: Law) -> Law:
    """The same law on calendars that hold no holiday."""
    return replace(found, calendars=tuple(replace(one, days=()) for one in found.calendars))


# --- Holds ------------------------------------------------------------------------------------


def held(*more: Any, received: str = "2026-01-05 09:40") -> tuple[Any, ...]:
    """An agency asked, and a hold was placed the next day."""
    asked = said(ex.preservation(), at=local(received))
    return (asked, said(ex.hold(ref(1)), at=local("2026-01-06 11:20")), *more)


def test_held_records_are_kept_until_the_later_date() -> None:
    """Ninety days from Monday 5 January end on a Sunday, or roll to Monday 6 April (V1)."""
    keep = due(*held())["preservation"]
    assert dates(keep) == ("2026-04-06", "2026-04-05", "2026-04-06")
    assert (keep.kind, keep.trigger, keep.status) == ("keep", ref(2), "open")
    assert (keep.rule_version, keep.source) == ("us@1", "statute")
    assert (keep.measured_from, str(keep.triggered_on)) == ("receipt", "2026-01-05")
    assert (keep.citation, keep.confidence) == ("18 U.S.C. 2703(f)(2)", "unverified")
    assert keep.flags == ("dates-differ", "unverified")
    assert keep.why[0] == "2026-04-05 is a Sunday."


def test_the_agencys_renewal_is_awaited_by_the_earlier_date() -> None:
    """The library expects it by the nominal day, and shows the rolled one beside it."""
    renewal = due(*held())["preservation-renewal"]
    assert dates(renewal) == ("2026-04-05", "2026-04-05", "2026-04-06")
    assert renewal.kind == "act"


def test_after_a_renewal_180_days_count_from_the_request() -> None:
    """Day 180 is Independence Day, a Saturday, rolled to Monday 6 July; no renewal is left (V2)."""
    extended = said(ex.extension(ref(2), date(2026, 3, 30)), at=local("2026-03-30 10:00"))
    found = due(*held(extended))
    assert dates(found["preservation-total"]) == ("2026-07-06", "2026-07-04", "2026-07-06")
    assert "preservation" not in found
    assert "preservation-renewal" not in found


@pytest.mark.parametrize(
    ("received", "end"),
    [
        pytest.param("2026-08-14 23:50", ("2026-11-12", "2026-11-12"), id="V5: Friday late"),
        pytest.param("2026-08-15 00:10", ("2026-11-13", "2026-11-13"), id="twenty minutes later"),
        pytest.param("2026-08-13 12:00", ("2026-11-11", "2026-11-12"), id="to Veterans Day"),
        pytest.param("2027-12-01 12:00", ("2028-02-29", "2028-02-29"), id="to a leap day"),
        pytest.param("2025-12-08 23:30", ("2026-03-08", "2026-03-09"), id="to the lost hour"),
        pytest.param("2026-08-03 00:30", ("2026-11-01", "2026-11-02"), id="to the doubled hour"),
    ],
)
def test_the_period_is_counted_in_local_days(received: str, end: tuple[str, str]) -> None:
    """Neither the hour of the request nor a change of clocks moves the day on which it ends."""
    asked = said(ex.preservation(), at=local(received))
    keep = due(asked, said(ex.hold(ref(1)), at=local("2026-09-01 08:00")))["preservation"]
    assert (str(keep.nominal_on), str(keep.rolled_on)) == end


def test_a_released_hold_keeps_nothing_more() -> None:
    """Both its dates stay, as met."""
    released = said(ex.release(ref(2), reason="court-order"), at=local("2026-02-10 16:00"))
    found = due(*held(released))
    assert (found["preservation"].status, found["preservation"].met_by) == ("met", ref(3))
    assert found["preservation-renewal"].status == "met"


def test_each_period_has_the_length_of_its_own_law() -> None:
    """A hold under a law of 90 days, renewed under one of 60, ends 150 days from the request."""
    shorter = replace(
        law(JCL),
        values=tuple(
            replace(row, value=60 if row.id == "preservation.extension_days" else 10)
            if row.id in ("preservation.extension_days", "preservation.initial_days")
            else row
            for row in law(JCL).values
        ),
    )

    def laws(pinned: str) -> Law:
        return shorter if pinned == law(JCL).digest().hex() else law_of(pinned)

    renewed = said(ex.extension(ref(2), date(2026, 3, 30)), at=local("2026-03-30 10:00"), law=JCL)
    (hold,) = given(*held(renewed)).case.holds
    assert hold_end(hold, Reading(laws, "America/Denver")) == date(2026, 6, 4)


def test_the_policys_own_period_cites_the_policy() -> None:
    """In Missouri's Jefferson County the ninety days are the policy's too."""
    keep = due(*held(), pack=JCL)["preservation"]
    assert keep.citation.startswith("PUB 06-04")
    assert keep.nominal_on == date(2026, 4, 5)


# --- Papers -----------------------------------------------------------------------------------


def test_a_date_on_the_face_of_a_warrant_never_rolls() -> None:
    """Good until Friday 19 June 2026, Juneteenth, it is good until then and no longer (V9)."""
    face = due(ex.warrant())["warrant-window"]
    assert dates(face) == ("2026-06-19", "2026-06-19", "2026-06-19")
    assert (face.kind, face.status) == ("validity", "open")
    done = due(ex.warrant(), ex.execution_started(ref(1)))["warrant-window"]
    assert (done.status, done.met_by) == ("met", ref(2))
    assert due(ex.warrant(execute_by_on=None, issued_on=None)) == {}


# Served on Thursday 12 November 2026: day 14 is Thursday 26 November, Thanksgiving.
SERVED = local("2026-11-12 15:20")


def test_an_objection_is_safe_before_the_fourteenth_day() -> None:
    """*Before* means the day before: Wednesday 25 November, though day 14 rolls to Friday."""
    objection = due(said(ex.subpoena(), at=SERVED))["subpoena-objection"]
    assert dates(objection) == ("2026-11-25", "2026-11-26", "2026-11-27")
    assert objection.kind == "act"
    assert objection.citation == "Fed. R. Civ. P. 45(d)(2)(B)"
    assert "too late to be safe" in objection.sentence


def test_a_paper_in_a_case_without_requests_is_not_answered() -> None:
    """Nobody denied what nobody asked for."""
    assert due(said(ex.subpoena(), at=SERVED))["subpoena-objection"].status == "open"


@pytest.mark.parametrize(
    ("comply_by_on", "shown"),
    [
        pytest.param(date(2026, 11, 20), ("2026-11-19", "2026-11-20", "2026-11-20"), id="V11"),
        pytest.param(date(2026, 11, 25), ("2026-11-24", "2026-11-25", "2026-11-25"), id="before"),
        pytest.param(date(2026, 11, 26), ("2026-11-25", "2026-11-26", "2026-11-26"), id="the day"),
        pytest.param(date(2026, 11, 27), ("2026-11-25", "2026-11-26", "2026-11-27"), id="after"),
        pytest.param(date(2026, 12, 14), ("2026-11-25", "2026-11-26", "2026-11-27"), id="late"),
    ],
)
def test_the_earlier_of_the_two_limits_counts(
    comply_by_on: date, shown: tuple[str, str, str]
) -> None:
    """The time of compliance on the face limits the objection where it comes first (scenario 3)."""
    found = due(said(ex.subpoena(comply_by_on=comply_by_on), at=SERVED))
    assert dates(found["subpoena-objection"]) == shown
    assert dates(found["time-of-compliance"]) == (str(comply_by_on),) * 3


def test_where_the_law_did_not_say_before_the_day_itself_is_shown() -> None:
    """The day before is the federal rule's own word, and a row of the pack."""
    plain = replace(
        law(LCLD),
        all_deadlines=tuple(
            replace(row, ends="through") if row.id == "subpoena-objection" else row
            for row in law(LCLD).all_deadlines
        ),
    )
    objection = due(said(ex.subpoena(), at=SERVED), laws=lambda _: plain)["subpoena-objection"]
    assert dates(objection)[0] == "2026-11-26"
    assert objection.sentence.startswith("An objection is served before the earlier")


@pytest.mark.parametrize(
    ("level", "confidence"),
    [
        *(("federal", "verified"), ("unknown", "verified"), ("not-law-enforcement", "verified")),
        *(("state", "unverified"), ("county", "unverified"), ("city", "unverified")),
    ],
)
def test_a_states_subpoena_is_counted_federally_and_says_so(level: str, confidence: str) -> None:
    """For a state's own process the federal number is shown as unverified."""
    objection = due(said(ex.subpoena(level=level), at=SERVED))["subpoena-objection"]
    assert objection.confidence == confidence


@pytest.mark.parametrize(
    ("more", "met"),
    [
        pytest.param((), False, id="nothing yet"),
        pytest.param((ex.approval(ref(1), "subpoena", instrument=ref(2)),), False, id="approved"),
        pytest.param(
            (ex.approval(ref(1), "subpoena", instrument=ref(2)), ex.disclosure(ref(3))),
            True,
            id="disclosed on it",
        ),
        pytest.param(
            (ex.approval(ref(1), "reasonable-operation"), ex.disclosure(ref(3))),
            False,
            id="disclosed on something else",
        ),
        pytest.param((ex.denial(ref(1)),), True, id="denied"),
        pytest.param((ex.execution_started(ref(2)),), False, id="being executed"),
        pytest.param(
            (ex.execution_started(ref(2)), ex.execution_ended(ref(2))), True, id="executed"
        ),
    ],
)
def test_a_paper_is_answered_by_what_was_done_on_it(more: tuple[Any, ...], met: bool) -> None:
    """A disclosure on this paper, a denial of everything, or its execution answers it."""
    found = due(ex.request(), ex.subpoena(comply_by_on=date(2026, 1, 15)), *more)
    assert (found["subpoena-objection"].status == "met") is met
    assert (found["time-of-compliance"].status == "met") is met


def test_a_court_order_has_no_day_of_objection() -> None:
    """Only a subpoena is answered by an objection; an order's date is its face."""
    assert due(ex.court_order()) == {}
    assert set(due(ex.court_order(comply_by_on=date(2026, 2, 3)))) == {"time-of-compliance"}


# --- Gags -------------------------------------------------------------------------------------


def test_the_government_has_thirty_days_from_the_notice() -> None:
    """Notice of 20 May 2026: day 30 is Juneteenth, a Friday, rolled to Monday 22 June (14)."""
    found = due(ex.gag(), ex.challenge(ref(1)))
    applies = found["nsl-government-application"]
    assert dates(applies) == ("2026-06-22", "2026-06-19", "2026-06-22")
    assert (applies.kind, applies.trigger, applies.status) == ("keep", ref(2), "open")
    assert applies.citation == "18 U.S.C. 3511(b)(1)(B)"


def test_without_the_holiday_the_thirtieth_day_is_the_nineteenth() -> None:
    """Only Juneteenth moves it: 19 June 2026 is a Friday."""
    found = due(ex.gag(), ex.challenge(ref(1)), laws=lambda d: without_holidays(law_of(d)))
    assert dates(found["nsl-government-application"]) == ("2026-06-19",) * 3


def test_a_lifted_gag_awaits_nothing() -> None:
    """What the Government should have done is met by the end of the duty."""
    found = due(ex.gag(), ex.challenge(ref(1)), ex.lifted(ref(1)))
    assert found["nsl-government-application"].met_by == ref(3)


@pytest.mark.parametrize(
    ("source", "route"),
    [("national-security-letter", "petition"), ("fisa-order", "reciprocal-notice")],
)
def test_no_other_challenge_starts_that_clock(source: str, route: str) -> None:
    """A petition, or a notice about another kind of order, binds the Government to no date."""
    assert due(ex.gag(source=source), ex.challenge(ref(1), route=route)) == {}


def test_a_dated_court_order_of_silence_shows_its_date() -> None:
    """Somebody must look then whether it was extended; nothing lifts by itself."""
    dated = ex.gag(source="2705(b)-order", until_on=date(2026, 9, 7))
    face = due(dated)["gag-face-date"]
    assert dates(face) == ("2026-09-07",) * 3  # Labor Day, and it does not roll.
    assert (face.kind, face.status) == ("validity", "open")
    assert face.source == "product_default"
    assert due(dated, ex.lifted(ref(1)))["gag-face-date"].met_by == ref(2)
    assert due(ex.gag(source="2705(b)-order")) == {}
    assert due(ex.gag(until_on=date(2026, 9, 7))) == {}


# --- Counsel and sealing ----------------------------------------------------------------------


def test_counsel_is_reminded_on_the_day_that_was_asked_for() -> None:
    """The day named in the question is not moved; an answer meets it, asking for more does not."""
    asked = ex.question(due_on=date(2026, 11, 14))
    review = due(asked)["counsel-review"]
    assert dates(review) == ("2026-11-14",) * 3  # A Saturday.
    more = due(asked, ex.answer(ref(1), outcome="more-needed"))["counsel-review"]
    assert (more.status, more.met_by) == ("open", None)
    assert due(asked, ex.answer(ref(1)))["counsel-review"].met_by == ref(2)
    assert due(ex.question()) == {}


@pytest.mark.parametrize(
    ("bound", "on"),
    [
        ({"review_on": date(2026, 8, 3)}, "2026-08-03"),
        ({"review_on": None, "until_on": date(2027, 2, 1)}, "2027-02-01"),
        ({"review_on": date(2026, 8, 3), "until_on": date(2026, 7, 1)}, "2026-07-01"),
        ({"review_on": date(2026, 8, 3), "until_on": date(2026, 9, 1)}, "2026-08-03"),
    ],
)
def test_a_sealing_is_looked_at_again(bound: dict[str, Any], on: str) -> None:
    """On the day of review or at the end, whichever comes first, by the ground that was cited."""
    review = due(ex.kept_sealed(**bound))["review-of-sealing"]
    assert dates(review) == (on,) * 3
    assert (review.trigger, review.citation) == (ref(1), "18 U.S.C. 2709(c)")
    assert review.confidence == "unverified"


def test_only_the_sealing_that_holds_is_looked_at() -> None:
    """A new sealing has its own date; an opening has none; an unbounded one cannot have one."""
    again = ex.kept_sealed(review_on=date(2026, 12, 7))
    assert due(ex.kept_sealed(), again)["review-of-sealing"].trigger == ref(2)
    assert due(ex.kept_sealed(), ex.opened()) == {}
    assert "review-of-sealing" not in due(ex.kept_sealed(review_on=None))


@pytest.mark.parametrize(
    ("sealed_at", "by"),
    [
        pytest.param("2026-03-01 23:50", "2026-03-08", id="over the change of clocks"),
        pytest.param("2026-03-02 00:10", "2026-03-09", id="twenty minutes later"),
    ],
)
def test_counsel_looks_at_a_sealing_within_a_week(sealed_at: str, by: str) -> None:
    """A confirmation that is missing is a task by the seventh local day, which never rolls away."""
    sealing = said(ex.kept_sealed(), at=local(sealed_at))
    task = due(sealing)["sealing-confirmation"]
    assert (str(task.effective_on), task.kind, task.status) == (by, "act", "open")
    assert (task.trigger, task.source, task.confidence) == (
        ref(1),
        "product_default",
        "unverified",
    )
    looked = ex.sealing_confirmed(ref(1), outcome="advises-opening")
    assert due(sealing, looked)["sealing-confirmation"].met_by == ref(2)


def test_only_the_sealing_that_holds_is_confirmed() -> None:
    """A new sealing waits for counsel anew; one by counsel waits for nobody, nor an open case."""
    again = ex.kept_sealed(review_on=date(2026, 12, 7))
    task = due(ex.kept_sealed(), ex.sealing_confirmed(ref(1)), again)["sealing-confirmation"]
    assert (task.trigger, task.status) == (ref(3), "open")
    earlier = due(ex.kept_sealed(), again, ex.sealing_confirmed(ref(1)))["sealing-confirmation"]
    assert (earlier.trigger, earlier.status) == (ref(2), "open")
    by_counsel = said(ex.kept_sealed(), by="ines", role="counsel")
    assert "sealing-confirmation" not in due(by_counsel)
    assert due(ex.kept_sealed(), ex.opened(), ex.sealing_confirmed(ref(1))) == {}


def test_a_corrected_sealing_keeps_its_reminder() -> None:
    """Two people move the date, and the matter is still looked at."""
    moved = ex.correction(ref(1), values={"review_on": "2026-08-10"})
    agreed = said(Assented(of=digest(2)), by="noor")
    review = due(ex.kept_sealed(), moved, agreed)["review-of-sealing"]
    assert (str(review.effective_on), review.trigger) == ("2026-08-10", ref(1))


# --- Rules that a law may lack ------------------------------------------------------------------


def test_a_rule_of_another_state_is_not_found() -> None:
    """Where the law is silent a clock is not there, instead of stopping the case."""
    (paper,) = given(ex.subpoena(), pack=JCL).case.instruments
    then = Reading(law_of, ZONES[JCL]).then(paper)
    assert then.find_rule("patron-notice") is None
    assert then.find_rule("exigent-papers") == law(JCL).deadline("exigent-papers")


def test_a_law_that_was_pinned_before_a_row_existed_is_read_without_it() -> None:
    """An upgrade brings rows that an older law lacks; its cases are read on, less those dates."""
    younger = {"sealing-confirmation", "review-of-paper-file", "answer-again", "review-of-task"}
    rows = tuple(row for row in law(LCLD).all_deadlines if row.id not in younger)
    older = replace(law(LCLD), all_deadlines=rows)
    asked = (ex.gag(), ac.query(), ex.lifted(ref(3)))
    matter = (ex.kept_sealed(), ex.paper_file(), *asked)
    gone = set()
    for story in (matter, (ac.task_given(STAFF, review_on=date(2026, 2, 2)),)):
        now, then = due(*story), due(*story, laws=lambda _digest: older)
        assert then.items() <= now.items()
        gone |= now.keys() - then.keys()
    assert gone == younger


def test_a_warrant_of_the_state_is_counted_by_the_states_law() -> None:
    """Missouri counts from an application that the library never saw, and the row says so."""
    state = ex.warrant(level="state", issued_on=date(2026, 6, 24), execute_by_on=None)
    window = due(state, pack=JCL)["warrant-window"]
    assert dates(window) == ("2026-07-04",) * 3
    assert window.flags == ("start-not-known", "unverified")
    assert window.citation == "RSMo 542.276.8"


def test_a_warrant_of_no_known_level_has_only_its_face() -> None:
    """Nobody guesses by whose law a warrant grows stale."""
    unknown = ex.warrant(level="unknown", execute_by_on=None)
    assert due(unknown) == {}
    dated = ex.warrant(level="unknown", execute_by_on=date(2026, 9, 7))
    assert dates(due(dated)["warrant-window"]) == ("2026-09-07",) * 3


# --- All of them ------------------------------------------------------------------------------


def test_the_next_deadline_stands_first() -> None:
    """Of holds, papers and gags the earliest date to go by comes first."""
    found = deadlines(
        given(
            said(ex.preservation(), at=local("2026-01-05 09:40")),
            ex.hold(ref(1)),
            ex.warrant(execute_by_on=date(2026, 1, 20)),
            ex.question(due_on=date(2026, 4, 5)),
        ).case,
        Reading(law_of, "America/Denver"),
    )
    assert [(str(one.effective_on), one.rule) for one in found] == [
        ("2026-01-20", "warrant-window"),
        ("2026-04-05", "counsel-review"),
        ("2026-04-05", "preservation-renewal"),
        ("2026-04-06", "preservation"),
    ]


@pytest.mark.parametrize(
    ("fact", "kind", "shown"),
    [
        (ex.challenge(ref(1), received_on=date(9999, 12, 31)), "nsl-government", date.max),
        (ex.challenge(ref(1), received_on=date(9999, 12, 1)), "nsl-government", date.max),
    ],
)
def test_a_day_at_the_end_of_the_calendar_stops_nothing(fact: Any, kind: str, shown: date) -> None:
    """People type 9999-12-31 for never; the count stays there."""
    (found,) = due(ex.gag(), fact).values()
    assert found.rule.startswith(kind)
    assert found.effective_on == shown


def test_a_day_at_the_beginning_of_the_calendar_stops_nothing() -> None:
    """There is no day before the first of January of the year 1."""
    found = due(ex.subpoena(comply_by_on=date.min))
    assert found["subpoena-objection"].effective_on == date.min


def test_the_zone_decides_on_which_day_a_paper_came() -> None:
    """Half past midnight in Missouri was still the day before in Colorado."""
    came = datetime.fromisoformat("2026-11-12T06:30:00+00:00")
    story = (said(ex.subpoena(), at=came),)
    assert dates(due(*story, pack=JCL)["subpoena-objection"])[1] == "2026-11-26"
    assert dates(due(*story, pack=LCLD)["subpoena-objection"])[1] == "2026-11-25"


@pytest.mark.parametrize(
    ("issued_on", "ends"),
    [
        (date(2026, 10, 30), "2026-11-03"),
        (date(2026, 3, 6), "2026-03-10"),
        (date(2026, 6, 5), "2026-06-09"),
    ],
)
def test_hours_from_a_day_end_on_their_own_day(issued_on: date, ends: str) -> None:
    """Illinois gives a warrant 96 hours; in autumn and in spring they pass a change of clocks."""
    paper = ex.warrant(level="state", issued_on=issued_on, execute_by_on=None)
    assert dates(due(paper, pack="us-il")["warrant-window"]) == (ends, ends, ends)
