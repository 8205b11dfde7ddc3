"""A case as its records tell it: its state, its parts, and what references do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain import erasure_events as x
from ledger.domain import events as e
from ledger.domain import log_events as g
from ledger.domain import office_events as o
from ledger.domain import passkey_events as k
from ledger.domain import vault_events as v
from ledger.domain.case import Case
from ledger.domain.codec import EVENT_TYPES
from ledger.domain.events import Event
from ledger.domain.evolve import evolve
from ledger.domain.folds import FOLDS
from ledger.domain.parts import Part
from tests.domain import examples as ex
from tests.domain.given import (
    AUDITOR,
    COUNSEL,
    DESIGNEE,
    LCLD,
    STAFF,
    given,
    law,
    local,
    records,
    ref,
    said,
)


def case_of(*events: Any) -> Case:
    """Fold these records."""
    return given(*events).case


APPROVED = (ex.request(), ex.subpoena(), ex.approval(ref(1), "subpoena", instrument=ref(2)))


# --- Where a case stands ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("received", ()),
        ("received", (ex.intake(), ex.request())),
        ("under-decision", (ex.intake(), ex.opened())),
        ("under-decision", (ex.intake(), ex.kept_sealed())),
        ("under-counsel-review", (ex.opened(), ex.question())),
        ("under-counsel-review", (ex.question(), ex.answer(ref(1), outcome="more-needed"))),
        ("under-decision", (ex.opened(), ex.question(), ex.answer(ref(2)))),
        ("approved", APPROVED),
        ("approved", (ex.request(), ex.assertion(), ex.waiver(ref(1), ref(2)))),
        ("approved", (*APPROVED, ex.request(requester="attorney"), ex.denial(ref(4)))),
        ("denied", (ex.request(), ex.denial(ref(1)))),
        ("denied", (*APPROVED, ex.denial(ref(1)))),
        ("disclosed", (*APPROVED, ex.disclosure(ref(3)))),
        ("disclosed", (*APPROVED, ex.disclosure(ref(3)), ex.denial(ref(1)))),
        ("warrant-in-execution", (ex.warrant(), ex.execution_started(ref(1)))),
        ("received", (ex.warrant(), ex.execution_started(ref(1)), ex.execution_ended(ref(1)))),
        (
            "warrant-in-execution",
            (*APPROVED, ex.disclosure(ref(3)), ex.warrant(), ex.execution_started(ref(5))),
        ),
        ("closed", (ex.opened(), ex.closed())),
        ("under-decision", (ex.opened(), ex.closed(), ex.intake(), ex.opened())),
        ("under-decision", (ex.opened(), ex.closed(), ex.intake(), ex.kept_sealed())),
    ],
)
def test_one_word_says_where_a_case_stands(state: str, facts: tuple[Event, ...]) -> None:
    """A search under way comes before what was decided; a visit after the closing reopens."""
    assert case_of(*facts).state == state


def test_one_denial_of_two_is_no_denied_case() -> None:
    """A case is denied when every request in it is."""
    story = (ex.request(), ex.request(requester="patron"), ex.denial(ref(2)))
    assert case_of(*story).state == "received"
    assert case_of(*story, ex.denial(ref(1))).state == "denied"


def test_the_first_visit_names_the_case_and_triage_confirms_it() -> None:
    """Later visits about another reference do not rename a case; triage does."""
    visits = (ex.intake(), ex.intake(about=ex.OTHER_REFERENCE))
    assert case_of(*visits).reference == ex.REFERENCE
    assert case_of(*visits, ex.opened(reference=ex.OTHER_REFERENCE)).reference == ex.OTHER_REFERENCE
    assert case_of(ex.kept_sealed(reference=ex.OTHER_REFERENCE)).reference == ex.OTHER_REFERENCE


def test_opening_ends_the_sealing() -> None:
    """A matter that stands open is not sealed any more."""
    sealed = case_of(ex.intake(), ex.kept_sealed())
    assert sealed.sealed is not None
    assert sealed.sealed.ref == ref(2)
    assert not sealed.opened
    opened = case_of(ex.intake(), ex.kept_sealed(), ex.opened())
    assert opened.sealed is None
    assert opened.opened


def test_a_closed_stream_goes_on_in_its_successor() -> None:
    """The last record of a stream closes it; triage's next record continues it."""
    assert case_of(ex.intake(), o.StreamClosed()).stream_closed
    for successor in (ex.opened(), ex.kept_sealed(), ex.intake()):
        assert not case_of(ex.intake(), o.StreamClosed(), successor).stream_closed


# --- Parts ------------------------------------------------------------------------------------


def test_every_part_stands_under_its_own_record() -> None:
    """Each part has its record's reference, moment and law, and nobody else's."""
    moments = [local(f"2026-0{month}-1{month} 1{month}:2{month}") for month in range(1, 7)]
    events = (
        ex.request(),
        ex.court_order(),
        ex.question(),
        ex.approval(ref(1), "court-order", instrument=ref(2)),
        ex.hold(ref(2)),
        ex.gag(source="court-order"),
    )
    packs = ["us", LCLD, "us-mo/jcl"] * 2
    case = case_of(
        *(said(one, at=at, law=p) for one, at, p in zip(events, moments, packs, strict=True))
    )
    parts: list[Part] = [
        *(*case.requests, *case.instruments, *case.reviews),
        *(*case.approvals, *case.holds, *case.gags),
    ]
    assert [part.ref for part in parts] == [ref(number) for number in range(1, 7)]
    assert [part.at for part in parts] == moments
    assert [part.law for part in parts] == [law(pack).digest().hex() for pack in packs]


def test_a_part_is_found_by_its_reference_only() -> None:
    """Of two parts each is found under its own reference, and none under another's."""
    case = case_of(ex.request(), ex.request(requester="patron"), ex.subpoena(), ex.court_order())
    second = case.request(ref(2))
    assert second is not None
    assert second.event.requester == "patron"
    order = case.instrument(ref(4))
    assert order is not None
    assert order.event.kind == "court-order"
    nothing: list[Part | None] = [
        case.request(ref(3)),
        case.instrument(ref(1)),
        case.instrument(None),
    ]
    nothing += [case.approval(ref(1)), case.hold(ref(1)), case.gag(ref(1)), case.review(ref(1))]
    assert nothing == [None] * 7
    assert case.record(ref(9)) is None


def test_an_approval_remembers_who_granted_it() -> None:
    """Who did, in which role, and under which absence."""
    case = case_of(
        ex.request(),
        said(ex.approval(ref(1), "x"), by=DESIGNEE, role="designee", under=ref(7)),
    )
    (approval,) = case.approvals
    assert (approval.by, approval.role, approval.under) == (DESIGNEE, "designee", ref(7))


def test_an_answer_belongs_to_its_question() -> None:
    """Of two questions the second is answered, and the first stays open."""
    case = case_of(ex.question(), ex.question(counsel=AUDITOR), ex.answer(ref(2), outcome="object"))
    assert [review.outcome for review in case.reviews] == [None, "object"]
    assert [review.answered for review in case.reviews] == [False, True]


def test_defects_belong_to_their_paper() -> None:
    """Each paper keeps its own defects, in the order in which they were found."""
    case = case_of(
        ex.subpoena(),
        ex.court_order(),
        ex.defect(ref(2), element="scope"),
        ex.defect(ref(1), element="form"),
        ex.defect(ref(2), element="date"),
    )
    assert [paper.defects for paper in case.instruments] == [("form",), ("scope", "date")]


def test_officers_may_come_twice_on_one_paper() -> None:
    """The second search does not overwrite the first, and each ends with its own receipt."""
    at = [local(f"2026-06-1{day} 1{day}:05") for day in range(1, 5)]
    facts = (
        ex.warrant(),
        said(ex.execution_started(ref(1)), at=at[0]),
        said(ex.execution_ended(ref(1), receipt="none"), at=at[1]),
        said(ex.execution_started(ref(1)), at=at[2]),
    )
    case = case_of(*facts)
    assert case.instruments[0].in_execution
    case = case_of(*facts, said(ex.execution_ended(ref(1), receipt="left"), at=at[3]))
    first, second = case.instruments[0].executions
    assert (first.started_at, first.ended_at, first.receipt) == (at[0], at[1], "none")
    assert (second.started_at, second.ended_at, second.receipt) == (at[2], at[3], "left")
    assert not case.instruments[0].in_execution


def test_an_end_that_nobody_saw_begin_is_kept() -> None:
    """Staff who came when the officers left record what they saw."""
    (paper,) = case_of(ex.warrant(), ex.execution_ended(ref(1), receipt="none")).instruments
    (execution,) = paper.executions
    assert (execution.ref, execution.started_at, execution.receipt) == (ref(2), None, "none")


def test_a_copy_was_asked_for_whatever_was_answered() -> None:
    """A refused copy was asked for too."""
    case = case_of(ex.warrant(), ex.warrant(), ex.copy_requested(ref(2), outcome="refused"))
    assert [paper.copy_requested for paper in case.instruments] == [False, True]


def test_a_hold_counts_from_the_request_and_not_from_its_placing() -> None:
    """The clock of a hold runs from the day on which the agency asked."""
    asked, placed = local("2026-01-05 09:40"), local("2026-01-09 14:10")
    case = case_of(said(ex.preservation(), at=asked), said(ex.hold(ref(1)), at=placed))
    (hold,) = case.holds
    assert (hold.requested_at, hold.at) == (asked, placed)
    alone = case_of(said(ex.hold(ref(8)), at=placed))
    assert alone.holds[0].requested_at == placed


def test_holds_are_extended_and_released_one_by_one() -> None:
    """Of two holds the first is extended and the second released."""
    case = case_of(
        ex.preservation(),
        ex.hold(ref(1)),
        ex.hold(ref(1), categories=["security-video"]),
        ex.extension(ref(2), date(2026, 3, 30)),
        ex.release(ref(3), reason="request-withdrawn"),
    )
    first, second = case.holds
    assert ([one.ref for one in first.extensions], first.released) == ([ref(4)], None)
    assert (second.extensions, second.released) == ((), ref(5))


def test_freezes_belong_to_their_hold() -> None:
    """What was done in a system for the second hold says nothing of the first; what was done for
    one that is not here is history only.
    """
    case = case_of(
        ex.preservation(),
        ex.hold(ref(1)),
        ex.hold(ref(1), categories=["circulation"]),
        ex.frozen(ref(3), prior_state="privacy 1"),
        ex.frozen(ref(3), step="verified", read_back="differs"),
        ex.frozen(ref(8)),
    )
    first, second = case.holds
    assert first.freezes == ()
    assert [(one.ref, one.event.step) for one in second.freezes] == [
        (ref(4), "frozen"),
        (ref(5), "verified"),
    ]


def test_a_hold_is_converted_to_the_paper_for_which_it_waited() -> None:
    """Its release names the paper; another release names none."""
    case = case_of(
        ex.preservation(),
        ex.hold(ref(1)),
        ex.court_order(),
        ex.release(ref(2), reason="process-answered", process=ref(3)),
    )
    assert (case.holds[0].released, case.holds[0].converted_to) == (ref(4), ref(3))


def test_a_waiver_is_an_approval_that_waits() -> None:
    """It keeps its papers, its escalation and its end; an ordinary approval is no waiver."""
    told = (ex.request(), ex.assertion(), ex.waiver(ref(1), ref(2)))
    escalated = ex.review(ref(3), outcome="escalated", escalated_to="court")
    case = case_of(*told, ex.papers(ref(3)), escalated, ex.review(ref(3)), *APPROVED)
    (waiver,) = case.waivers
    assert (waiver.ref, waiver.asserted, waiver.by) == (ref(3), ref(2), "maya")
    assert [one.ref for one in waiver.papers] == [ref(4)]
    assert (waiver.escalated, waiver.review) == (ref(5), "ratified")
    assert [one.ref for one in case.approvals] == [ref(3), ref(9)]
    assert case.approval(ref(3)) == case.waiver(ref(3)) == waiver
    assert case.waiver(ref(9)) is None


def test_gags_are_challenged_and_lifted_one_by_one() -> None:
    """Of two gags the second is challenged twice, and the first lifted."""
    case = case_of(
        ex.gag(),
        ex.gag(source="fisa-order"),
        ex.challenge(ref(2)),
        ex.challenge(ref(2), route="petition"),
        ex.lifted(ref(1)),
    )
    first, second = case.gags
    assert str(first.lifted_on) == "2026-01-05"
    assert [one.event.route for one in second.challenges] == ["reciprocal-notice", "petition"]
    assert case.live_gags() == (second,)


def test_the_roster_is_in_the_order_of_joining() -> None:
    """Each person on it was added by a record."""
    assert case_of(ex.member(STAFF), ex.member(COUNSEL)).audience == (STAFF, COUNSEL)


def test_ladders_and_preservation_requests_are_kept_as_records() -> None:
    """Rules look for them by their reference."""
    case = case_of(ex.attempt(), ex.not_reached(ref(1)), ex.preservation())
    assert [one.ref for one in case.not_reached] == [ref(2)]
    assert [one.ref for one in case.preservation] == [ref(3)]


# --- Nothing is lost, and nothing breaks ------------------------------------------------------


ONLY_HISTORY = {
    e.AgentEncounterRecorded,
    e.AgentReferred,
    e.ContactAttempted,
    e.DocumentAttached,
    e.ItemsTaken,
    e.AdviceGiven,
    e.OpeningProposed,
    e.CaseLinked,
    e.GoodFaithComplianceMarked,
    e.RosterGiven,
    *(e.AuditPerformed, e.PurgeRunCompleted, e.DrillHeld, e.StandardAnswerSet),
    *(e.ReportBandChosen, e.ReportPublished, e.PaperPadIssued, e.PaperSheetsEnded),
    *(e.CopyExported, e.CopyDestroyed, e.CopyKept),
    *(e.ServiceDeclined, e.DisclosureRefused, e.DisclosureRecalled),
    *(e.ScopeExceeded, e.WarrantReturnNoted),
    # The office folds these; in a case's stream they change the case no further.
    *(o.LedgerFounded, o.FoundingCountersigned, o.KeyEnrolled, o.KeyRevoked),
    *(k.PasskeyEnrolled, k.PasskeyRevoked),
    *(o.RoleGranted, o.RoleEnded, o.CustodianDesignated, o.DesigneeAppointed),
    *(o.AbsenceRecorded, o.PackActivated, x.StreamErased, o.LedgerRestored),
    *(x.ErasureCarriedOut, x.ErasureDrilled),
    *(o.RecoveryAnnounced, o.RecoveryDrilled, o.RecoveryProposed, o.RecoveryUsed, o.Reattested),
    *(g.LogKeysAnnounced, g.EpochAnnounced, o.LibraryClosed),
    *(v.LogAttested, v.AttestationDetailed, v.SealedLooked, v.GlassBroken, v.GlassConfirmed),
}
"""Events that change only the history of a case: rules find them among its records."""
WITH_WORK_OF_THEIR_OWN = {e.EventCorrected, o.Assented}


def test_it_is_written_down_which_events_change_only_the_history() -> None:
    """A new event changes the case or is listed here; none is forgotten silently."""
    changing = set(FOLDS) | WITH_WORK_OF_THEIR_OWN
    assert changing | ONLY_HISTORY == set(EVENT_TYPES.values())
    assert not changing & ONLY_HISTORY
    assert not WITH_WORK_OF_THEIR_OWN & set(FOLDS)


@pytest.mark.parametrize(
    "event",
    [
        ex.answer(ref(40)),
        ex.denial(ref(40)),
        ex.disclosure(ref(40)),
        ex.defect(ref(40)),
        ex.execution_started(ref(40)),
        ex.execution_ended(ref(40)),
        ex.copy_requested(ref(40)),
        ex.release(ref(40)),
        ex.verified(ref(40)),
        ex.guardian_proof(ref(40)),
        ex.authenticated(ref(40)),
        ex.defect_resolved(ref(40)),
        ex.objection(ref(40)),
        ex.ruling(ref(40), ref(2)),
        ex.withdrawal(ref(40)),
        ex.limited(ref(40), "circulation"),
        ex.extension(ref(40), date(2026, 3, 30)),
        ex.papers(ref(40)),
        ex.review(ref(40)),
        ex.receipt(ref(40)),
        ex.challenge(ref(40)),
        ex.sealing_confirmed(ref(40)),
        ex.lifted(ref(40)),
        ex.correction(ref(40), values={"level": "state"}),
        ex.correction(ref(40), values={"issued_on": "2026-01-02"}),
        ex.assent("ab" * 32),
    ],
    ids=lambda event: type(event).__name__,
)
def test_references_to_unknown_records_are_harmless(event: Event) -> None:
    """What names nothing here is kept in the history and changes nothing else that stood."""
    word = (ex.assertion(), ex.waiver(ref(1), ref(8)))
    story = (*APPROVED, ex.question(), ex.preservation(), ex.hold(ref(5)), ex.gag(), *word)
    before = case_of(*story)
    (recorded,) = records([event], LCLD, stream="e" * 32)
    after = evolve(before, recorded)
    assert after.records == (*before.records, recorded)
    for part in ("requests", "instruments", "reviews", "approvals", "holds", "gags", "sealed"):
        assert getattr(after, part) == getattr(before, part)
