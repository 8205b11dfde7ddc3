"""A case as a fold of its streams' events.

Pure and total: `evolve` never refuses and never raises. It keeps what rules, deadlines and views
ask for, as it was corrected; the records themselves stay as they were signed.
"""

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.codec import BadFields
from ledger.domain.corrections import corrected, names_of, wants_two_people
from ledger.domain.office import Recorded
from ledger.domain.parts import (
    Approval,
    Challenge,
    Execution,
    Gag,
    Hold,
    Instrument,
    Part,
    Request,
    Review,
    Seal,
    change,
    find,
    origin,
)


class Case(Struct, frozen=True, kw_only=True):
    """Everything that the streams of one case say so far."""

    reference: str | None = None
    records: tuple[Recorded, ...] = ()
    sealed: Seal | None = None
    opened: bool = False
    closed: str | None = None
    stream_closed: bool = False
    requests: tuple[Request, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    reviews: tuple[Review, ...] = ()
    approvals: tuple[Approval, ...] = ()
    disclosures: tuple[Recorded, ...] = ()
    preservation: tuple[Recorded, ...] = ()
    holds: tuple[Hold, ...] = ()
    gags: tuple[Gag, ...] = ()
    audience: tuple[str, ...] = ()
    not_reached: tuple[Recorded, ...] = ()
    assents: tuple[tuple[str, str], ...] = ()
    """Digest assented to, and by whom."""
    waiting: tuple[Recorded, ...] = ()
    """Corrections that want a second person."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Corrections in effect, in their order: wrong record, correcting record."""

    @property
    def state(self) -> str:
        """One word for where the case stands (domain §5.3)."""
        if self.closed is not None:
            return "closed"
        if any(paper.in_execution for paper in self.instruments):
            return "warrant-in-execution"
        if self.disclosures:
            return "disclosed"
        if self.requests and all(request.denied for request in self.requests):
            return "denied"
        if self.approvals:
            return "approved"
        if any(not review.answered for review in self.reviews):
            return "under-counsel-review"
        if self.sealed is not None or self.opened:
            return "under-decision"
        return "received"

    def record(self, ref: str) -> Recorded | None:
        """The record at stream:seq as it was signed, if this case shows it."""
        return next((r for r in self.records if r.ref == ref), None)

    def shown(self, recorded: Recorded) -> Recorded:
        """A record with its corrections in effect, each laid over those before it."""
        for wrong, ref in self.corrected:
            correction = self.record(ref) if wrong == recorded.ref else None
            if correction is not None and isinstance(correction.event, e.EventCorrected):
                recorded = _laid_over(recorded, correction.event)
        return recorded

    def request(self, ref: str) -> Request | None:
        """The request with this reference."""
        return find(self.requests, ref)

    def instrument(self, ref: str | None) -> Instrument | None:
        """The instrument with this reference."""
        return find(self.instruments, ref)

    def review(self, ref: str) -> Review | None:
        """The question to counsel with this reference."""
        return find(self.reviews, ref)

    def approval(self, ref: str) -> Approval | None:
        """The approval with this reference."""
        return find(self.approvals, ref)

    def hold(self, ref: str) -> Hold | None:
        """The hold with this reference."""
        return find(self.holds, ref)

    def gag(self, ref: str) -> Gag | None:
        """The gag with this reference."""
        return find(self.gags, ref)

    def live_gags(self) -> tuple[Gag, ...]:
        """The gags that still bind."""
        return tuple(g for g in self.gags if g.lifted_on is None)


def replay(records: Iterable[Recorded], case: Case | None = None) -> Case:
    """Fold records in order. Pure. Total. The same at any split."""
    folded = case or Case()
    for recorded in records:
        folded = evolve(folded, recorded)
    return folded


def evolve(case: Case, recorded: Recorded) -> Case:
    """Fold one record. Pure. Total."""
    case = replace(case, records=(*case.records, recorded))
    match recorded.event:
        case e.EventCorrected() as correction if wants_two_people(names_of(correction)):
            return replace(case, waiting=(*case.waiting, recorded))
        case e.EventCorrected(of=of):
            return _take_effect(case, of, recorded.ref)
        case o.Assented(of=of):
            return _assent(case, recorded, of)
        case _:
            return _apply(case, case.shown(recorded))


# --- Corrections -----------------------------------------------------------------------------


def _assent(case: Case, assent: Recorded, of: str) -> Case:
    case = replace(case, assents=(*case.assents, (of, assent.recorded_by)))
    found = next((one for one in case.waiting if _is_second(assent, one, of)), None)
    if found is None or not isinstance(found.event, e.EventCorrected):
        return case
    left = tuple(one for one in case.waiting if one is not found)
    return _take_effect(replace(case, waiting=left), found.event.of, found.ref)


def _is_second(assent: Recorded, waiting: Recorded, of: str) -> bool:
    return waiting.e == of and waiting.recorded_by != assent.recorded_by


def _take_effect(case: Case, of: str, correction: str) -> Case:
    """Fold again with the correction in effect; the wrong record stays in the history."""
    again = Case(
        records=case.records,
        assents=case.assents,
        waiting=case.waiting,
        corrected=(*case.corrected, (of, correction)),
    )
    for recorded in case.records:
        again = _apply(again, again.shown(recorded))
    return again


def _laid_over(recorded: Recorded, correction: e.EventCorrected) -> Recorded:
    try:
        return corrected(recorded, correction)
    except BadFields:
        # The door refuses a correction that does not fit; a fold has nobody to refuse.
        return recorded


# --- What each event does --------------------------------------------------------------------


def _apply(case: Case, recorded: Recorded) -> Case:
    """Apply a record as it is shown."""
    match recorded.event:
        case e.RequestReceived() | e.PreservationRequested() | e.InstrumentReceived() as event:
            return _receive(case, recorded, event)
        case e.CounselReviewRequested() | e.CounselReviewCompleted() as event:
            return _review(case, recorded, event)
        case e.ApprovalGranted() | e.DenialIssued() | e.DisclosureMade() as event:
            return _answer(case, recorded, event)
        case e.HoldPlaced() | e.HoldExtended() | e.HoldReleased() as event:
            return _hold(case, recorded, event)
        case e.GagServed() | e.GagChallengeNotified() | e.GagLifted() as event:
            return _silence(case, recorded, event)
        case e.IntakeSaved() | e.CaseKeptSealed() | e.CaseOpened() | e.CaseClosed() as event:
            return _triage(case, recorded, event)
        case e.InstrumentDefectFound() | e.WarrantCopyRequested() as event:
            return _paper(case, event)
        case e.WarrantExecutionStarted() | e.WarrantExecutionEnded() as event:
            return _execution(case, recorded, event)
        case e.AudienceMemberAdded(person=person) | o.AccessRecovered(person=person):
            return replace(case, audience=(*case.audience, person))
        case o.StreamClosed():
            return replace(case, stream_closed=True)
        case o.CustodianNotReached():
            return replace(case, not_reached=(*case.not_reached, recorded))
        case _:
            # The rest changes only the history, kept in `records`; a test lists it by name.
            return case


def _receive(
    case: Case,
    recorded: Recorded,
    event: e.RequestReceived | e.PreservationRequested | e.InstrumentReceived,
) -> Case:
    match event:
        case e.RequestReceived():
            request = Request(event=event, **origin(recorded))
            return replace(case, requests=(*case.requests, request))
        case e.PreservationRequested():
            return replace(case, preservation=(*case.preservation, recorded))
        case e.InstrumentReceived():
            paper = Instrument(event=event, **origin(recorded))
            return replace(case, instruments=(*case.instruments, paper))
        case _:
            assert_never(event)


def _review(
    case: Case, recorded: Recorded, event: e.CounselReviewRequested | e.CounselReviewCompleted
) -> Case:
    match event:
        case e.CounselReviewRequested():
            review = Review(event=event, **origin(recorded))
            return replace(case, reviews=(*case.reviews, review))
        case e.CounselReviewCompleted(request=ref, outcome=outcome):
            return replace(case, reviews=change(case.reviews, ref, outcome=outcome))
        case _:
            assert_never(event)


def _answer(
    case: Case,
    recorded: Recorded,
    event: e.ApprovalGranted | e.DenialIssued | e.DisclosureMade,
) -> Case:
    match event:
        case e.ApprovalGranted():
            approval = Approval(
                by=recorded.actor,
                role=recorded.role,
                under=recorded.under,
                event=event,
                **origin(recorded),
            )
            return replace(case, approvals=(*case.approvals, approval))
        case e.DenialIssued(request=ref):
            return replace(case, requests=change(case.requests, ref, denied=True))
        case e.DisclosureMade():
            return replace(case, disclosures=(*case.disclosures, recorded))
        case _:
            assert_never(event)


def _hold(
    case: Case, recorded: Recorded, event: e.HoldPlaced | e.HoldExtended | e.HoldReleased
) -> Case:
    match event:
        case e.HoldPlaced(request=ref):
            asked = case.record(ref)
            requested_at = (case.shown(asked) if asked else recorded).occurred_at
            hold = Hold(requested_at=requested_at, event=event, **origin(recorded))
            return replace(case, holds=(*case.holds, hold))
        case e.HoldExtended(hold=ref):
            found = case.hold(ref)
            extensions = (*(found.extensions if found else ()), Part(**origin(recorded)))
            return replace(case, holds=change(case.holds, ref, extensions=extensions))
        case e.HoldReleased(hold=ref):
            return replace(case, holds=change(case.holds, ref, released=recorded.ref))
        case _:
            assert_never(event)


def _silence(
    case: Case, recorded: Recorded, event: e.GagServed | e.GagChallengeNotified | e.GagLifted
) -> Case:
    match event:
        case e.GagServed():
            gag = Gag(event=event, **origin(recorded))
            return replace(case, gags=(*case.gags, gag))
        case e.GagChallengeNotified(gag=ref):
            found = case.gag(ref)
            challenge = Challenge(event=event, **origin(recorded))
            challenges = (*(found.challenges if found else ()), challenge)
            return replace(case, gags=change(case.gags, ref, challenges=challenges))
        case e.GagLifted(gag=ref, evidence_on=on):
            return replace(case, gags=change(case.gags, ref, lifted_on=on))
        case _:
            assert_never(event)


def _triage(
    case: Case,
    recorded: Recorded,
    event: e.IntakeSaved | e.CaseKeptSealed | e.CaseOpened | e.CaseClosed,
) -> Case:
    match event:
        case e.IntakeSaved(about=about):
            return replace(case, reference=case.reference or about, stream_closed=False)
        case e.CaseKeptSealed(reference=reference):
            seal = Seal(event=event, **origin(recorded))
            case = replace(case, reference=reference, sealed=seal)
            return replace(case, closed=None, stream_closed=False)
        case e.CaseOpened(reference=reference):
            case = replace(case, reference=reference, opened=True, sealed=None)
            # A visit that came after the closing opens the case again.
            return replace(case, closed=None, stream_closed=False)
        case e.CaseClosed(outcome=outcome):
            return replace(case, closed=outcome)
        case _:
            assert_never(event)


def _paper(case: Case, event: e.InstrumentDefectFound | e.WarrantCopyRequested) -> Case:
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    match event:
        case e.InstrumentDefectFound(element=element):
            papers = change(case.instruments, paper.ref, defects=(*paper.defects, element))
        case e.WarrantCopyRequested():
            papers = change(case.instruments, paper.ref, copy_requested=True)
        case _:
            assert_never(event)
    return replace(case, instruments=papers)


def _execution(
    case: Case, recorded: Recorded, event: e.WarrantExecutionStarted | e.WarrantExecutionEnded
) -> Case:
    """Officers may come twice on one paper, and their coming may have gone unrecorded."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    at, executions = recorded.occurred_at, paper.executions
    match event:
        case e.WarrantExecutionStarted():
            executions = (*executions, Execution(started_at=at, **origin(recorded)))
        case e.WarrantExecutionEnded(receipt=receipt):
            running = next((one for one in executions if one.ended_at is None), None)
            if running is None:
                running = Execution(**origin(recorded))
                executions = (*executions, running)
            executions = change(executions, running.ref, ended_at=at, receipt=receipt)
        case _:
            assert_never(event)
    return replace(case, instruments=change(case.instruments, paper.ref, executions=executions))
