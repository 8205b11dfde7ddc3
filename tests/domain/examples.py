"""Events with ordinary content, for tests that care about one field only.

Each takes the fields that a test wants otherwise. No two use the same person, count or date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.codec import propose
from ledger.domain.fields import format_reference
from tests.domain.given import COUNSEL, CUSTODIAN

SomeEvent = TypeVar("SomeEvent", bound=e.Event)
REFERENCE = format_reference(123_456_789_012)
OTHER_REFERENCE = format_reference(987_654_321)


def _made(kind: type[SomeEvent], ordinary: dict[str, Any], changes: dict[str, Any]) -> SomeEvent:
    """Build an event as a door would, so that every example is a valid event."""
    return propose(kind, {**ordinary, **changes})


# --- Facts -------------------------------------------------------------------------------------


def intake(**changes: Any) -> e.IntakeSaved:
    """A save at the desk."""
    return _made(e.IntakeSaved, {"about": REFERENCE, "mode": "in-person"}, changes)


def request(**changes: Any) -> e.RequestReceived:
    """An officer's request for circulation records, video, and who somebody is."""
    ordinary = {
        "requester": "law-enforcement",
        "categories": ["circulation", "security-video", "contact-details"],
        "wording": "Everything that this person borrowed.",
    }
    return _made(e.RequestReceived, ordinary, changes)


def paper(kind: str, issuer: str, **changes: Any) -> e.InstrumentReceived:
    """A paper of some kind."""
    return _made(e.InstrumentReceived, {"kind": kind, "issuer": issuer}, changes)


def subpoena(**changes: Any) -> e.InstrumentReceived:
    """A federal subpoena that an attorney issued."""
    ordinary = {"level": "federal", "issued_on": date(2026, 1, 2)}
    return paper("subpoena", "attorney", **(ordinary | changes))


def court_order(**changes: Any) -> e.InstrumentReceived:
    """A judge's order with a finding."""
    ordinary = {"finding": "prosecution", "judge_signed": "yes", "level": "state"}
    return paper("court-order", "judge", **(ordinary | changes))


def warrant(**changes: Any) -> e.InstrumentReceived:
    """A federal search warrant, issued on Friday 5 June 2026, good until Friday 19 June."""
    ordinary = {
        "level": "federal",
        "judge_signed": "yes",
        "issued_on": date(2026, 6, 5),
        "execute_by_on": date(2026, 6, 19),
    }
    return paper("search-warrant", "judge", **(ordinary | changes))


def letter(**changes: Any) -> e.InstrumentReceived:
    """A national security letter."""
    ordinary = {"level": "federal", "nondisclosure_clause": True}
    return paper("national-security-letter", "agency", **(ordinary | changes))


def attempt(**changes: Any) -> e.ContactAttempted:
    """A call to the custodian that nobody answered."""
    ordinary = {"person": CUSTODIAN, "channel": "mobile", "outcome": "no-answer"}
    return _made(e.ContactAttempted, ordinary, changes)


def not_reached(*attempts: str, **changes: Any) -> o.CustodianNotReached:
    """The call ladder was climbed in vain."""
    return _made(o.CustodianNotReached, {"person": CUSTODIAN, "attempts": attempts}, changes)


def question(**changes: Any) -> e.CounselReviewRequested:
    """A question to counsel."""
    return _made(e.CounselReviewRequested, {"counsel": COUNSEL}, changes)


def execution_started(instrument: str, **changes: Any) -> e.WarrantExecutionStarted:
    """Three officers began to search."""
    return _made(e.WarrantExecutionStarted, {"instrument": instrument, "officers": 3}, changes)


def execution_ended(instrument: str, **changes: Any) -> e.WarrantExecutionEnded:
    """The officers left, and left a receipt."""
    ordinary = {"instrument": instrument, "receipt": "given"}
    return _made(e.WarrantExecutionEnded, ordinary, changes)


def copy_requested(instrument: str, **changes: Any) -> e.WarrantCopyRequested:
    """Staff asked for a copy."""
    ordinary = {"instrument": instrument, "outcome": "promised"}
    return _made(e.WarrantCopyRequested, ordinary, changes)


def preservation(**changes: Any) -> e.PreservationRequested:
    """An agency asks that computer logs be kept."""
    ordinary = {"level": "federal", "categories": ["computer-use"]}
    return _made(e.PreservationRequested, ordinary, changes)


def gag(**changes: Any) -> e.GagServed:
    """A letter's order of silence, with certification and notice of review."""
    ordinary = {"source": "national-security-letter", "certified": "yes", "review_notice": "yes"}
    return _made(e.GagServed, ordinary, changes)


# --- Decisions ---------------------------------------------------------------------------------


def defect(instrument: str, **changes: Any) -> e.InstrumentDefectFound:
    """A judge's signature is missing."""
    ordinary = {"instrument": instrument, "element": "judge-signature"}
    return _made(e.InstrumentDefectFound, ordinary, changes)


def answer(review: str, **changes: Any) -> e.CounselReviewCompleted:
    """Counsel says: narrow it."""
    return _made(e.CounselReviewCompleted, {"request": review, "outcome": "narrow"}, changes)


def advice(review: str, **changes: Any) -> e.AdviceGiven:
    """Counsel's privileged text."""
    return _made(e.AdviceGiven, {"request": review, "advice": "Ask for an order."}, changes)


def approval(request: str, basis: str, **changes: Any) -> e.ApprovalGranted:
    """Circulation records may go."""
    ordinary = {"request": request, "basis": basis, "categories": ["circulation"]}
    return _made(e.ApprovalGranted, ordinary, changes)


def denial(request: str, **changes: Any) -> e.DenialIssued:
    """No records go."""
    return _made(e.DenialIssued, {"request": request, "reason": "no-instrument"}, changes)


def disclosure(approval: str, **changes: Any) -> e.DisclosureMade:
    """Seven records went out on paper."""
    ordinary = {
        "approval": approval,
        "categories": ["circulation"],
        "records": 7,
        "method": "paper",
        "recipient": "Det. Rowan, Norwood",
    }
    return _made(e.DisclosureMade, ordinary, changes)


def hold(request: str, **changes: Any) -> e.HoldPlaced:
    """Terminal logs are kept."""
    ordinary = {
        "request": request,
        "categories": ["computer-use"],
        "places": ["terminal-logs", "backups"],
    }
    return _made(e.HoldPlaced, ordinary, changes)


def extension(hold: str, received_on: date, **changes: Any) -> e.HoldExtended:
    """The agency renewed its request."""
    return _made(e.HoldExtended, {"hold": hold, "renewal_received_on": received_on}, changes)


def frozen(hold: str, **changes: Any) -> e.FreezeAttested:
    """Somebody froze records in Koha, and read that back."""
    ordinary = {"hold": hold, "system": "koha", "step": "frozen", "read_back": "as-instructed"}
    return _made(e.FreezeAttested, ordinary, changes)


def release(hold: str, **changes: Any) -> e.HoldReleased:
    """The hold ends because its period ended."""
    return _made(e.HoldReleased, {"hold": hold, "reason": "period-ended"}, changes)


def challenge(gag: str, **changes: Any) -> e.GagChallengeNotified:
    """Reciprocal notice, received on Wednesday 20 May 2026."""
    ordinary = {"gag": gag, "route": "reciprocal-notice", "received_on": date(2026, 5, 20)}
    return _made(e.GagChallengeNotified, ordinary, changes)


def lifted(gag: str, **changes: Any) -> e.GagLifted:
    """The agency wrote that the duty ended."""
    ordinary = {"gag": gag, "evidence": "agency-letter", "evidence_on": date(2026, 1, 5)}
    return _made(e.GagLifted, ordinary, changes)


def member(person: str, **changes: Any) -> e.AudienceMemberAdded:
    """One more person on the roster."""
    ordinary = {
        "person": person,
        "ground": "needed-to-comply",
        "duty_notice_at": datetime(2026, 1, 4, 9, 30, tzinfo=UTC),
    }
    return _made(e.AudienceMemberAdded, ordinary, changes)


def kept_sealed(**changes: Any) -> e.CaseKeptSealed:
    """Kept sealed under a gag, to be looked at again on 3 August 2026."""
    ordinary = {
        "reference": REFERENCE,
        "ground": "gag",
        "citation": "18 U.S.C. 2709(c)",
        "review_on": date(2026, 8, 3),
    }
    return _made(e.CaseKeptSealed, ordinary, changes)


def paper_file(**changes: Any) -> e.PaperFileNoted:
    """A paper lies in counsel's safe, to be looked at again on 5 October 2026."""
    ordinary = {
        "keeper": "tomas",
        "counsel": COUNSEL,
        "ground": "order-of-court",
        "citation": "Order of 2 January 2026, paragraph 4",
        "review_on": date(2026, 10, 5),
        "kept_at": "The safe in the director's room, lower shelf.",
    }
    return _made(e.PaperFileNoted, ordinary, changes)


def sealing_confirmed(sealing: str, **changes: Any) -> e.SealingConfirmed:
    """Counsel confirms that the matter stays sealed."""
    ordinary = {"sealing": sealing, "outcome": "confirmed", "citation": "18 U.S.C. 2709(c)(1)"}
    return _made(e.SealingConfirmed, ordinary, changes)


def opening_proposed(**changes: Any) -> e.OpeningProposed:
    """Somebody holds that the matter may be opened."""
    ordinary = {"citation": "Letter of the agency of 12 May 2026"}
    return _made(e.OpeningProposed, ordinary, changes)


def opened(**changes: Any) -> e.CaseOpened:
    """The matter stands open."""
    return _made(e.CaseOpened, {"reference": REFERENCE}, changes)


def closed(**changes: Any) -> e.CaseClosed:
    """Nothing more is to be done."""
    return _made(e.CaseClosed, {"outcome": "not-disclosed"}, changes)


def correction(of: str, names: tuple[str, ...] | None = None, **changes: Any) -> e.EventCorrected:
    """Fields were recorded wrongly. `names` is what the values name, unless a test says so."""
    given = {**(changes.get("values") or {}), **(changes.get("personal_values") or {})}
    ordinary = {"of": of, "names": names if names is not None else sorted(given)}
    ordinary["reason"] = "Misread at the desk."
    return _made(e.EventCorrected, ordinary, changes)


def assent(of: str) -> o.Assented:
    """A second person agrees."""
    return _made(o.Assented, {"of": of}, {})


# --- Who asks, papers that are contested, emergencies ------------------------------------------


def verified(request: str, **changes: Any) -> e.RequesterVerified:
    """The officer's badge was checked by calling back."""
    return _made(e.RequesterVerified, {"request": request, "method": "call-back"}, changes)


def guardian_proof(request: str, **changes: Any) -> e.GuardianshipProofAccepted:
    """A parent showed the birth certificate."""
    ordinary = {"request": request, "relationship": "parent", "document": "birth-certificate"}
    return _made(e.GuardianshipProofAccepted, ordinary, changes)


def service_declined(**changes: Any) -> e.ServiceDeclined:
    """The desk did not take a subpoena."""
    ordinary = {"kind": "subpoena", "reason": "not-authorised-to-accept", "referred_to": CUSTODIAN}
    return _made(e.ServiceDeclined, ordinary, changes)


def authenticated(instrument: str, **changes: Any) -> e.InstrumentAuthenticated:
    """The clerk of the court says that the paper is real."""
    ordinary = {"method": "clerk-called", "contact_from": "public-record", "outcome": "genuine"}
    return _made(e.InstrumentAuthenticated, {"instrument": instrument, **ordinary}, changes)


def defect_resolved(instrument: str, **changes: Any) -> e.DefectResolved:
    """A statute excuses that no judge signed."""
    ordinary = {
        "instrument": instrument,
        "element": "judge-signature",
        "outcome": "excused-by-statute",
        "citation": "RSMo 491.100",
    }
    return _made(e.DefectResolved, ordinary, changes)


def objection(instrument: str, **changes: Any) -> e.ObjectionServed:
    """The library objected on 13 January 2026."""
    ordinary = {"instrument": instrument, "served_on": date(2026, 1, 13), "method": "mail"}
    return _made(e.ObjectionServed, ordinary, changes)


def motion(instrument: str, **changes: Any) -> e.MotionFiled:
    """The library asked a court to quash, on 9 January 2026."""
    ordinary = {"instrument": instrument, "asks": "quash", "filed_on": date(2026, 1, 9)}
    return _made(e.MotionFiled, ordinary, changes)


def ruling(instrument: str, order: str, **changes: Any) -> e.InstrumentRuledOn:
    """The court quashed the paper on 22 January 2026."""
    ordinary = {"outcome": "quashed", "order": order, "ruled_on": date(2026, 1, 22)}
    return _made(e.InstrumentRuledOn, {"instrument": instrument, **ordinary}, changes)


def withdrawal(instrument: str, **changes: Any) -> e.InstrumentWithdrawn:
    """The requester took the paper back on 26 January 2026."""
    ordinary = {"instrument": instrument, "by": "requester", "withdrawn_on": date(2026, 1, 26)}
    return _made(e.InstrumentWithdrawn, ordinary, changes)


def limited(approval: str, *excluded: str, **changes: Any) -> e.ScopeLimited:
    """Some categories are taken out of what was approved."""
    ordinary = {"approval": approval, "excluded": excluded, "ground": "counsel-advice"}
    return _made(e.ScopeLimited, ordinary, changes)


def recalled(disclosure: str, **changes: Any) -> e.DisclosureRecalled:
    """What went to the wrong recipient was asked back on 5 March 2026."""
    ordinary = {
        "disclosure": disclosure,
        "reason": "wrong-recipient",
        "outcome": "asked-for",
        "asked_on": date(2026, 3, 5),
        "categories": ["circulation"],
    }
    return _made(e.DisclosureRecalled, ordinary, changes)


def assertion(**changes: Any) -> e.ExigentRequestAsserted:
    """A sworn officer says that somebody will die, with no judge in reach."""
    ordinary = {
        "threats": ["death"],
        "belief": "probable-cause",
        "sworn": "yes",
        "order_impractical": "yes",
        "form_signed": "yes",
    }
    return _made(e.ExigentRequestAsserted, ordinary, changes)


def waiver(request: str, asserted: str, **changes: Any) -> e.WaiverAuthorised:
    """Name and address may leave without papers."""
    ordinary = {
        "request": request,
        "asserted": asserted,
        "basis": "exigent-waiver",
        "categories": ["contact-details"],
        "scope": "identity-only",
        "advised_by": COUNSEL,
    }
    return _made(e.WaiverAuthorised, ordinary, changes)


def papers(waiver: str, **changes: Any) -> e.ExigentPapersReceived:
    """The court's order came after all."""
    return _made(e.ExigentPapersReceived, {"waiver": waiver, "kind": "court-order"}, changes)


def review(waiver: str, **changes: Any) -> e.ExigentReviewConcluded:
    """Counsel ratified the waiver."""
    return _made(e.ExigentReviewConcluded, {"waiver": waiver, "outcome": "ratified"}, changes)


def items(instrument: str, **changes: Any) -> e.ItemsTaken:
    """Officers seized two terminals."""
    ordinary = {"instrument": instrument, "action": "seized", "count": 2}
    return _made(e.ItemsTaken, ordinary, changes)


def excess(instrument: str, **changes: Any) -> e.ScopeExceeded:
    """Officers searched a room that the warrant does not name."""
    return _made(e.ScopeExceeded, {"instrument": instrument, "beyond": "place"}, changes)


def receipt(instrument: str, **changes: Any) -> e.ReceiptObtained:
    """A receipt came later."""
    return _made(e.ReceiptObtained, {"instrument": instrument, "kind": "receipt"}, changes)


def warrant_return(instrument: str, **changes: Any) -> e.WarrantReturnNoted:
    """The warrant went back to the court on 26 June 2026."""
    ordinary = {"instrument": instrument, "returned_on": date(2026, 6, 26)}
    return _made(e.WarrantReturnNoted, ordinary, changes)
