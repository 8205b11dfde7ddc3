"""A case as a fold of its streams' events.

Pure and total: `evolve` never refuses and never raises. It keeps what rules, deadlines and views
ask for, each thing under the reference (stream:seq) of the record that brought it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.codec import BadFields, join, split, tag_of
from ledger.domain.office import Recorded

TWO_PERSON_FIELDS = frozenset(
    {"basis", "subject", "recipient", "instrument", "issued_on", "execute_by_on", "comply_by_on"}
    | {"from_on", "to_on", "renewal_received_on", "received_on", "evidence_on", "duty_notice_at"}
)
"""Corrections of basis, subject, time or recipient hold from a second person's assent (DESIGN §4).
"""


class Part(Struct, frozen=True, kw_only=True):
    """A thing in a case, under the reference of the record that brought it."""

    ref: str


SomePart = TypeVar("SomePart", bound=Part)


class Request(Part, frozen=True, kw_only=True):
    """What was asked for, and how far it got."""

    at: datetime
    event: e.RequestReceived
    reviews: tuple[str, ...] = ()
    denied: bool = False


class Instrument(Part, frozen=True, kw_only=True):
    """A paper, its defects and what officers did on its authority."""

    at: datetime
    event: e.InstrumentReceived
    defects: tuple[str, ...] = ()
    execution_started_at: datetime | None = None
    execution_ended_at: datetime | None = None
    copy_requested: bool = False
    receipt: str | None = None


class Review(Part, frozen=True, kw_only=True):
    """A question to counsel and its outcome."""

    event: e.CounselReviewRequested
    outcome: str | None = None
    completed_by: str | None = None


class Approval(Part, frozen=True, kw_only=True):
    """A decision to disclose, by whom, under which law."""

    by: str
    role: str
    under: str | None
    law: str
    event: e.ApprovalGranted


class Hold(Part, frozen=True, kw_only=True):
    """A preservation hold; its dates are derived from `requested_at` by the law in force."""

    requested_at: datetime
    event: e.HoldPlaced
    extensions: tuple[str, ...] = ()
    released: str | None = None


class Gag(Part, frozen=True, kw_only=True):
    """A duty of silence with its own source and its own end."""

    at: datetime
    event: e.GagServed
    challenges: tuple[tuple[str, date], ...] = ()
    lifted_on: date | None = None


class Case(Struct, frozen=True, kw_only=True):
    """Everything that the streams of one case say so far."""

    reference: str | None = None
    records: tuple[Recorded, ...] = ()
    sealed: e.CaseKeptSealed | None = None
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
    waiting: tuple[tuple[str, str, str, str], ...] = ()
    """Corrections that want a second person: digest, wrong record, correcting record, signer."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Corrections in effect: wrong record, correcting record."""

    @property
    def state(self) -> str:
        """One word for where the case stands (domain §5.3)."""
        if self.closed is not None:
            return "closed"
        if self.disclosures:
            return "disclosed"
        if self.approvals:
            return "approved"
        if any(i.execution_started_at and not i.execution_ended_at for i in self.instruments):
            return "warrant-in-execution"
        if self.requests and all(r.denied for r in self.requests):
            return "denied"
        if any(r.outcome is None for r in self.reviews):
            return "under-counsel-review"
        if self.sealed is not None or self.opened:
            return "under-decision"
        return "received"

    def record(self, ref: str) -> Recorded | None:
        """The record at stream:seq, if this case shows it."""
        return next((r for r in self.records if r.ref == ref), None)

    def request(self, ref: str) -> Request | None:
        """The request with this reference."""
        return _find(self.requests, ref)

    def instrument(self, ref: str | None) -> Instrument | None:
        """The instrument with this reference."""
        return _find(self.instruments, ref)

    def approval(self, ref: str) -> Approval | None:
        """The approval with this reference."""
        return _find(self.approvals, ref)

    def hold(self, ref: str) -> Hold | None:
        """The hold with this reference."""
        return _find(self.holds, ref)

    def gag(self, ref: str) -> Gag | None:
        """The gag with this reference."""
        return _find(self.gags, ref)

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
        case e.EventCorrected(names=names, of=of):
            if TWO_PERSON_FIELDS.intersection(names):
                waiting = (*case.waiting, (recorded.e, of, recorded.ref, recorded.recorded_by))
                return replace(case, waiting=waiting)
            return _take_effect(case, of, recorded.ref)
        case o.Assented(of=of):
            return _assent(case, recorded, of)
        case _:
            return _apply(case, recorded, recorded.event)


def _apply(case: Case, recorded: Recorded, event: e.Event) -> Case:
    """Apply an event as it stands, or as it was corrected."""
    match event:
        case e.RequestReceived() | e.PreservationRequested() | e.InstrumentReceived():
            return _receive(case, recorded, event)
        case e.CounselReviewRequested() | e.CounselReviewCompleted():
            return _review(case, recorded, event)
        case e.ApprovalGranted() | e.DenialIssued() | e.DisclosureMade():
            return _answer(case, recorded, event)
        case e.HoldPlaced() | e.HoldExtended() | e.HoldReleased():
            return _hold(case, recorded, event)
        case e.GagServed() | e.GagChallengeNotified() | e.GagLifted() | e.AudienceMemberAdded():
            return _silence(case, recorded, event)
        case e.CaseKeptSealed() | e.CaseOpened() | e.CaseClosed() | e.IntakeSaved():
            return _triage(case, event)
        case o.StreamClosed():
            return replace(case, stream_closed=True)
        case o.CustodianNotReached():
            return replace(case, not_reached=(*case.not_reached, recorded))
        case _:
            return _paper(case, recorded, event)


def _receive(
    case: Case,
    recorded: Recorded,
    event: e.RequestReceived | e.PreservationRequested | e.InstrumentReceived,
) -> Case:
    at = recorded.occurred_at
    match event:
        case e.RequestReceived():
            return replace(
                case, requests=(*case.requests, Request(ref=recorded.ref, at=at, event=event))
            )
        case e.PreservationRequested():
            return replace(case, preservation=(*case.preservation, recorded))
        case e.InstrumentReceived():
            paper = Instrument(ref=recorded.ref, at=at, event=event)
            return replace(case, instruments=(*case.instruments, paper))


def _review(
    case: Case, recorded: Recorded, event: e.CounselReviewRequested | e.CounselReviewCompleted
) -> Case:
    match event:
        case e.CounselReviewRequested():
            return replace(case, reviews=(*case.reviews, Review(ref=recorded.ref, event=event)))
        case e.CounselReviewCompleted():
            return replace(
                case,
                reviews=_change(
                    case.reviews,
                    event.request,
                    outcome=event.outcome,
                    completed_by=recorded.recorded_by,
                ),
            )


def _answer(
    case: Case,
    recorded: Recorded,
    event: e.ApprovalGranted | e.DenialIssued | e.DisclosureMade,
) -> Case:
    match event:
        case e.ApprovalGranted():
            approval = Approval(
                ref=recorded.ref,
                by=recorded.actor,
                role=recorded.role,
                under=recorded.under,
                law=recorded.law,
                event=event,
            )
            return replace(case, approvals=(*case.approvals, approval))
        case e.DenialIssued():
            return replace(case, requests=_change(case.requests, event.request, denied=True))
        case e.DisclosureMade():
            return replace(case, disclosures=(*case.disclosures, recorded))


def _hold(
    case: Case, recorded: Recorded, event: e.HoldPlaced | e.HoldExtended | e.HoldReleased
) -> Case:
    match event:
        case e.HoldPlaced():
            asked = case.record(event.request)
            hold = Hold(
                ref=recorded.ref,
                requested_at=asked.occurred_at if asked else recorded.occurred_at,
                event=event,
            )
            return replace(case, holds=(*case.holds, hold))
        case e.HoldExtended():
            extensions = case.hold(event.hold)
            refs = (*extensions.extensions, recorded.ref) if extensions else ()
            return replace(case, holds=_change(case.holds, event.hold, extensions=refs))
        case e.HoldReleased():
            return replace(case, holds=_change(case.holds, event.hold, released=recorded.ref))


def _silence(
    case: Case,
    recorded: Recorded,
    event: e.GagServed | e.GagChallengeNotified | e.GagLifted | e.AudienceMemberAdded,
) -> Case:
    match event:
        case e.GagServed():
            gag = Gag(ref=recorded.ref, at=recorded.occurred_at, event=event)
            return replace(case, gags=(*case.gags, gag))
        case e.GagChallengeNotified():
            found = case.gag(event.gag)
            challenges = (*found.challenges, (event.route, event.received_on)) if found else ()
            return replace(case, gags=_change(case.gags, event.gag, challenges=challenges))
        case e.GagLifted():
            return replace(case, gags=_change(case.gags, event.gag, lifted_on=event.evidence_on))
        case e.AudienceMemberAdded():
            return replace(case, audience=(*case.audience, event.person))


def _triage(
    case: Case, event: e.CaseKeptSealed | e.CaseOpened | e.CaseClosed | e.IntakeSaved
) -> Case:
    match event:
        case e.IntakeSaved():
            return replace(case, reference=case.reference or event.about, stream_closed=False)
        case e.CaseKeptSealed():
            return replace(case, reference=event.reference, sealed=event, stream_closed=False)
        case e.CaseOpened():
            return replace(
                case, reference=event.reference, opened=True, sealed=None, stream_closed=False
            )
        case e.CaseClosed():
            return replace(case, closed=event.outcome)


def _paper(case: Case, recorded: Recorded, event: e.Event) -> Case:
    match event:
        case e.InstrumentDefectFound(instrument=ref, element=element):
            found = case.instrument(ref)
            defects = (*found.defects, element) if found else ()
            return replace(case, instruments=_change(case.instruments, ref, defects=defects))
        case e.WarrantExecutionStarted(instrument=ref):
            started = recorded.occurred_at
            papers = _change(case.instruments, ref, execution_started_at=started)
            return replace(case, instruments=papers)
        case e.WarrantCopyRequested(instrument=ref):
            return replace(case, instruments=_change(case.instruments, ref, copy_requested=True))
        case e.WarrantExecutionEnded(instrument=ref, receipt=receipt):
            ended = recorded.occurred_at
            papers = _change(case.instruments, ref, execution_ended_at=ended, receipt=receipt)
            return replace(case, instruments=papers)
        case _:
            # An encounter, a referral or an item taken changes only the history, kept above.
            return case


def _assent(case: Case, assent: Recorded, of: str) -> Case:
    case = replace(case, assents=(*case.assents, (of, assent.recorded_by)))
    for waiting in case.waiting:
        digest, wrong, correction, signer = waiting
        if digest == of and signer != assent.recorded_by:
            left = tuple(one for one in case.waiting if one != waiting)
            return _take_effect(replace(case, waiting=left), wrong, correction)
    return case


def _take_effect(case: Case, of: str, correction: str) -> Case:
    """Fold again with the corrected event in place of the wrong one; both stay in the history."""
    corrected = (*case.corrected, (of, correction))
    corrections = {
        of: record.event for of, ref in corrected if (record := case.record(ref)) is not None
    }
    again = Case(records=())
    for recorded in case.records:
        again = replace(again, records=(*again.records, recorded))
        if not isinstance(recorded.event, e.EventCorrected | o.Assented):
            shown = _with_fields(recorded.event, corrections.get(recorded.ref))
            again = _apply(again, recorded, shown)
    return replace(again, assents=case.assents, waiting=case.waiting, corrected=corrected)


def _with_fields(event: e.Event, correction: e.Event | None) -> e.Event:
    if not isinstance(correction, e.EventCorrected) or correction.values is None:
        return event
    core, personal = split(event)
    try:
        return join(tag_of(event), {**core, **personal, **correction.values}, {})
    except BadFields:
        # The door refuses a correction that does not fit; an erased one reads as the original.
        return event


def _find(things: tuple[SomePart, ...], ref: str | None) -> SomePart | None:
    return next((thing for thing in things if thing.ref == ref), None)


def _change(things: tuple[SomePart, ...], ref: str, **changes: object) -> tuple[SomePart, ...]:
    return tuple(replace(thing, **changes) if thing.ref == ref else thing for thing in things)
