"""What each definition says of a case, in the words of those who read it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.codec import join, split, tag_of
from ledger.domain.events import Event
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.projections.definitions import CASES, DEFINITIONS, HISTORY, OFFICE, Told
from ledger.projections.definitions.authority import AUTHORITY
from ledger.projections.definitions.consents import CONSENTS
from ledger.projections.definitions.counts import COUNTS
from ledger.projections.definitions.deadlines import overdue
from ledger.projections.definitions.definition import Definition
from ledger.projections.definitions.disclosures import DISCLOSURES
from ledger.projections.definitions.holds import HOLDS
from ledger.projections.definitions.instruments import INSTRUMENTS
from ledger.projections.definitions.laws import LAWS
from tests.domain.given import (
    COUNSEL,
    CUSTODIAN,
    JCL,
    LCLD,
    OFFICE_STREAM,
    Said,
    digest,
    digest_of,
    law_of,
    local,
    records,
    ref,
    said,
)
from tests.domain.strategies import histories
from tests.domain.test_office import FOUNDED

READING = Reading(law_of, "America/Denver")
REFERENCE = "7K3M-9Q2D-X"
CANARY = "Canary Q. Patron"


def told(*events: Event | Said) -> Told:
    """What definitions are told of a case with these records."""
    return Told.impersonal(REFERENCE, records(events, LCLD), READING)


def rows(definition: Definition, *events: Event | Said) -> list[dict[str, Any]]:
    """The rows of a case with these records."""
    return [*definition.rows(told(*events)).values()]


REQUEST = said(
    e.RequestReceived(requester="law-enforcement", categories=("circulation", "registration")),
    at=local("2026-06-19 21:30"),
)
PAPER = e.InstrumentReceived(kind="court-order", issuer="judge", judge_signed="yes")
APPROVAL = said(
    e.ApprovalGranted(
        request=ref(1), basis="order", instrument=ref(2), categories=("circulation",)
    ),
    at=local("2026-06-22 09:00"),
)
DISCLOSURE = e.DisclosureMade(
    approval=ref(3), categories=("circulation",), records=4, method="paper", recipient=CANARY
)


def test_the_register_tells_of_a_disclosure_who_asked_who_approved_and_on_what() -> None:
    """One row with its paper, its count and the records on which it rests; nobody is named."""
    (row,) = rows(DISCLOSURES, REQUEST, PAPER, APPROVAL, DISCLOSURE)
    assert (row["kind"], row["requester"], row["count"]) == ("disclosure", "law-enforcement", 4)
    assert (row["approved_by"], row["instrument_kind"]) == (CUSTODIAN, "court-order")
    assert (row["law"], row["pack"].partition("@")[0]) == (digest_of(LCLD), LCLD)
    assert row["records"] == [ref(1), ref(2), ref(3), ref(4)]
    assert CANARY not in str(row)


def test_what_was_refused_weighs_as_much_as_what_was_given() -> None:
    """Denials, refusals at the counter, recalls and referrals that nobody answered stand beside."""
    found = rows(
        DISCLOSURES,
        *(REQUEST, PAPER, APPROVAL, DISCLOSURE),
        e.DisclosureRefused(approval=ref(3), reason="more-was-asked-for"),
        e.DisclosureRecalled(
            disclosure=ref(4),
            reason="beyond-scope",
            outcome="asked-for",
            asked_on=date(2026, 7, 1),
            categories=("circulation",),
        ),
        e.DenialIssued(request=ref(1), reason="no-records"),
        e.AgentReferred(to="mara", outcome="no-answer"),
        e.AgentReferred(to="mara", outcome="reached"),
        e.DisclosureRefused(reason="no-paper"),
    )
    assert [row["kind"] for row in found] == [
        *("disclosure", "refusal", "recall", "denial", "unanswered-referral", "refusal")
    ]
    assert [row["request"] for row in found] == [*[ref(1)] * 4, None, None]
    assert found[2]["approval"] == ref(3)


def test_a_disclosure_that_was_corrected_is_shown_as_corrected() -> None:
    """The row says what holds now, and rests on the correction and on who agreed to it."""
    events = (REQUEST, PAPER, APPROVAL, DISCLOSURE)
    correction = e.EventCorrected(of=ref(4), names=("categories",), values={"records": 3})
    wrong = e.EventCorrected(of=ref(4), names=("records",), values={"records": 3})
    (row,) = rows(DISCLOSURES, *events, wrong)
    assert (row["count"], row["records"][-1]) == (3, ref(5))
    (row,) = rows(DISCLOSURES, *events, correction)
    assert row["count"] == 4
    agreed = said(o.Assented(of=digest(5)), by=COUNSEL)
    (row,) = rows(DISCLOSURES, *events, correction, agreed)
    assert (row["count"], row["records"][-2:]) == (3, [ref(5), ref(6)])


def test_the_history_says_who_did_approved_and_agreed_under_which_law() -> None:
    """In the order of the records; a correction and an assent are named at what they are of."""
    correction = e.EventCorrected(of=ref(2), names=("level",), values={"level": "state"})
    found = rows(
        HISTORY, *(REQUEST, PAPER, APPROVAL, DISCLOSURE, correction), o.Assented(of=digest(3))
    )
    assert [row["type"] for row in found][-3:] == [
        *("disclosure-made.v1", "event-corrected.v1", "assented.v1")
    ]
    assert found[3]["approved_by"] == CUSTODIAN
    assert found[2]["assented_by"] == CUSTODIAN
    assert found[2]["records"] == [ref(3), ref(6)]
    assert (found[1]["corrected_by"], found[1]["event"]["level"]) == (ref(5), "unknown")
    assert {row["pack"].partition("@")[0] for row in found} == {LCLD}


def test_the_case_list_says_who_has_it() -> None:
    """Counsel who was asked; who looks into a complaint; else the custodian; nobody once closed."""
    asked = e.CounselReviewRequested(counsel="lena")
    (row,) = rows(CASES, REQUEST, asked)
    assert (row["with"], row["state"]) == (["lena"], "under-counsel-review")
    answered = e.CounselReviewCompleted(request=ref(2), outcome="refuse")
    assert rows(CASES, REQUEST, asked, answered)[0]["with"] == ["custodian"]
    complaint = e.ComplaintReceived(complainant="patron", allegation="conduct")
    looking = e.InvestigationOpened(complaint=ref(1), investigator="otto")
    assert rows(CASES, complaint, looking)[0]["with"] == ["otto"]
    found = e.FindingRecorded(complaint=ref(1), outcome="no-violation")
    assert rows(CASES, complaint, looking, found)[0]["with"] == ["custodian"]
    closed = e.CaseClosed(outcome="not-disclosed")
    assert rows(CASES, REQUEST, closed)[0]["with"] == []


def test_a_hold_says_what_it_keeps_where_and_until_when() -> None:
    """Its end follows from the request, and another one from each renewal."""
    asked = said(
        e.PreservationRequested(level="federal", categories=("circulation",)),
        at=local("2026-01-05 10:00"),
    )
    hold = e.HoldPlaced(request=ref(1), categories=("circulation",), places=("backups",))
    longer = e.HoldExtended(hold=ref(2), renewal_received_on=date(2026, 3, 1))
    (row,) = rows(HOLDS, asked, hold)
    assert (row["status"], row["until_on"], row["places"]) == ("active", "2026-04-06", ("backups",))
    (row,) = rows(HOLDS, asked, hold, longer)
    assert (row["until_on"], row["extensions"]) == ("2026-07-06", [ref(3)])
    ended = e.HoldReleased(hold=ref(2), reason="period-ended")
    (row,) = rows(HOLDS, asked, hold, longer, ended)
    assert (row["status"], row["released"]) == ("released", ref(4))
    assert row["records"] == [ref(1), ref(2), ref(3), ref(4)]


def test_a_paper_shows_what_it_lacks_and_what_contests_it() -> None:
    """A defect stays until it is mended; an objection until it is settled."""
    events = (
        e.InstrumentReceived(kind="subpoena", issuer="clerk"),
        e.InstrumentDefectFound(instrument=ref(1), element="judge-signature"),
        e.InstrumentDefectFound(instrument=ref(1), element="date"),
        e.DefectResolved(instrument=ref(1), element="date", outcome="cured"),
        e.ObjectionServed(instrument=ref(1), served_on=date(2026, 1, 9), method="mail"),
        e.WarrantExecutionStarted(instrument=ref(1)),
    )
    (row,) = rows(INSTRUMENTS, *events)
    assert (row["defects"], row["contested"], row["in_execution"]) == (
        ("judge-signature",),
        True,
        True,
    )
    assert {ref(n) for n in range(1, 7)} == {*row["records"]}


def test_a_consent_shows_what_is_left_of_it() -> None:
    """Given for two classes and narrowed to one, then taken back."""
    given = e.ConsentGiven(grantor="subject", categories=("circulation", "registration"))
    less = e.ConsentChanged(consent=ref(1), outcome="narrowed", categories=("circulation",))
    (row,) = rows(CONSENTS, given, less)
    assert (row["given_for"], row["categories"]) == (
        ("circulation", "registration"),
        ("circulation",),
    )
    (row,) = rows(CONSENTS, given, less, e.ConsentChanged(consent=ref(1), outcome="withdrawn"))
    assert (row["ended"], row["records"]) == (ref(3), [ref(1), ref(2), ref(3)])


def test_a_request_is_counted_by_outcome_and_days() -> None:
    """Asked on a Friday evening and approved on Monday: three days, and less than was asked for."""
    (row,) = rows(COUNTS, REQUEST)
    assert (row["outcome"], row["days_to_decide"], row["narrowed_by"]) == ("undecided", None, None)
    (row,) = rows(COUNTS, REQUEST, PAPER, APPROVAL)
    assert (row["outcome"], row["days_to_decide"], row["narrowed_by"]) == ("approved", 3, "library")
    assert (row["received_on"], row["instruments"]) == ("2026-06-19", ["court-order"])
    (row,) = rows(COUNTS, REQUEST, PAPER, APPROVAL, DISCLOSURE)
    assert row["outcome"] == "disclosed"
    denied = e.DenialIssued(request=ref(1), reason="no-instrument")
    assert rows(COUNTS, REQUEST, denied)[0]["reasons"] == ["no-instrument"]
    found = rows(COUNTS, REQUEST, PAPER, APPROVAL, DISCLOSURE, denied)
    assert found[0]["outcome"] == "partly-disclosed"


def test_overdue_is_asked_of_a_day_and_never_stored() -> None:
    """What nobody did on its day is overdue the day after."""
    row = {"effective_on": "2026-07-01", "kind": "act", "status": "open"}
    assert [overdue(row, date(2026, 7, day)) for day in (1, 2)] == [False, True]
    assert not overdue({**row, "status": "met"}, date(2026, 7, 2))
    assert not overdue({**row, "kind": "keep"}, date(2026, 7, 2))


def test_the_office_is_told_over_time() -> None:
    """Who held what from when until when, with the records; which law, who reviewed it, until when
    another one came.
    """
    away = o.AbsenceRecorded(
        person="maya", from_=local("2026-02-01 08:00"), until=local("2026-02-09 08:00")
    )
    events: list[Event | Said] = [
        *(said(FOUNDED), o.CustodianDesignated(person="maya"), away),
        o.PackActivated(law=digest_of(LCLD), pack=LCLD, reviewed_by="ines"),
        e.StandardAnswerSet(version=1, wording="We neither confirm nor deny."),
        o.CustodianDesignated(person="ines"),
    ]
    made = records(events, JCL, OFFICE_STREAM)
    office = Told.impersonal(OFFICE, made, READING)
    found = [*AUTHORITY.rows(office).values()]
    maya = next(r for r in found if (r["person"], r["role"]) == ("maya", "custodian"))
    assert maya["records"] == [ref(2, OFFICE_STREAM), ref(6, OFFICE_STREAM)]
    assert maya["until_at"] is not None
    (absence,) = (r for r in found if r["kind"] == "absence")
    assert absence["until_at"] == "2026-02-09T15:00:00Z"
    jcl, lcld, text = LAWS.rows(office).values()
    assert (jcl["pack"].partition("@")[0], jcl["until_at"]) == (JCL, lcld["from_at"])
    assert (lcld["reviewed_by"], lcld["until_at"]) == ("ines", None)
    assert (text["kind"], text["version"]) == ("standard-answer", 1)


# ---- nothing personal ----


def spoken(recorded: Recorded) -> Recorded:
    """The same record, with another person's name in every personal text."""
    core, personal = split(recorded.event)
    told_of = {
        name: CANARY if isinstance(value, str) else value for name, value in personal.items()
    }
    return Recorded(
        **{
            **{name: getattr(recorded, name) for name in recorded.__struct_fields__},
            "event": join(tag_of(recorded.event), core, told_of),
        }
    )


@settings(max_examples=40, derandomize=True)
@for_all(history=histories())
def test_no_row_depends_on_anything_personal(history: list[Recorded]) -> None:
    """Whatever stands in the personal fields, every row of every definition is the same."""
    if history:
        one = Told.impersonal(REFERENCE, history, READING)
        other = Told.impersonal(REFERENCE, map(spoken, history), READING)
        for definition in DEFINITIONS:
            if definition.subject == "case":
                made = definition.spelt(other)
                assert made == definition.spelt(one)
                assert CANARY not in str(made)
