"""The events of a case: what happened, in the law's words.

Glossary (one word for one thing):
  case         everything about one request; a set of streams
  intake       what one save at the desk recorded; triaged into a case
  encounter    an agent came, called or wrote
  request      somebody asks for records; an *instrument* is the paper that may support it
  referral     the agent was sent to the custodian; lawful even when unanswered (R-77)
  decision     an approval or a denial; a *disclosure* is what then left the building
  execution    a search warrant is carried out by officers; it is not a disclosure (R-81)
  hold         records are kept from destruction (18 U.S.C. 2703(f), R-99); forbids no disclosure
  gag          an order not to tell; its audience is a roster of people
  sealed       kept from everybody but the roster

An event proposes itself: the fields that a person fills in at a door are the event's own fields,
and `decide` says whether it may happen now (ADR 0002). `Fact` is what happened and is always
recordable; `Decision` is gated. On disk an event is its tag and its fields; a released field is
never renamed, re-typed or removed: a changed event gets a new tag and a new class.
"""

from typing import ClassVar, Literal

from msgspec import Struct

from ledger.domain.fields import (
    AgencyLevel,
    Answer,
    CaseReference,
    Categories,
    Category,
    Citation,
    ContactOutcome,
    Count,
    Digest,
    FieldName,
    Instant,
    InstrumentKind,
    Line,
    LocalDate,
    Mode,
    PersonalDocument,
    PersonalFields,
    PersonalLine,
    PersonalText,
    PersonId,
    RecordRef,
    Values,
)


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happened. `COMMAND` is the imperative by which a door proposes it, if any does."""

    COMMAND: ClassVar[str | None] = None


class Fact(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person saw, heard or received: recordable by anybody at any time, never refused."""


class Decision(Event, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only some people may do, and only when the law in force lets them."""


# --- At the desk -----------------------------------------------------------------------------


class IntakeSaved(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="intake-saved.v1"
):
    """One save at the desk. Every field but `about` may be empty; nothing is looked up."""

    about: CaseReference
    mode: Mode | None = None
    agency_level: AgencyLevel | None = None
    agents: Count | None = None
    presents: InstrumentKind | Literal["nothing", "not-sure"] | None = None
    judge_signed: Answer | None = None
    wants: tuple[Category, ...] = ()
    not_to_director: bool = False
    initials: PersonalLine | None = None
    officers: PersonalText | None = None
    words: PersonalText | None = None


class AgentEncounterRecorded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="agent-encounter-recorded.v1"
):
    """An officer or agent appeared, called or wrote (R-11, R-76)."""

    COMMAND: ClassVar[str] = "record-encounter"
    mode: Mode
    agency_level: AgencyLevel
    agents: Count = 1
    identified: Literal["shown", "declined", "not-asked"] = "not-asked"
    agency: PersonalLine | None = None
    officers: PersonalText | None = None
    words: PersonalText | None = None


class RequestReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="request-received.v1"
):
    """Somebody asked for records, in writing or by word of mouth (R-01, R-11…R-15)."""

    COMMAND: ClassVar[str] = "receive-request"
    requester: Literal[
        "law-enforcement", "national-security", "patron", "parent-or-guardian", "attorney", "other"
    ]
    categories: tuple[Category, ...] = ()
    urgent: bool = False
    from_on: LocalDate | None = None
    to_on: LocalDate | None = None
    purpose: PersonalText | None = None
    subject: PersonalText | None = None
    wording: PersonalText | None = None


class AgentReferred(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="agent-referred.v1"
):
    """The agent was referred; valid also when nobody answered (R-76…R-78)."""

    COMMAND: ClassVar[str] = "refer-agent"
    to: PersonId
    outcome: ContactOutcome


class ContactAttempted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="contact-attempted.v1"
):
    """One rung of the call ladder (R-83, R-84, R-106)."""

    COMMAND: ClassVar[str] = "attempt-contact"
    person: PersonId
    channel: Literal["telephone", "mobile", "e-mail", "in-person"]
    outcome: ContactOutcome


class InstrumentReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instrument-received.v1"
):
    """A paper came; clocks run from the day on which it came (R-47…R-55)."""

    COMMAND: ClassVar[str] = "receive-instrument"
    kind: InstrumentKind
    issuer: Literal["judge", "clerk", "attorney", "agency", "subject", "guardian", "unknown"]
    level: AgencyLevel = "unknown"
    judge_signed: Answer = "cannot-tell"
    finding: Literal["public-safety", "prosecution", "good-cause", "none", "unknown"] = "unknown"
    issued_on: LocalDate | None = None
    execute_by_on: LocalDate | None = None
    comply_by_on: LocalDate | None = None
    night_authorised: bool = False
    nondisclosure_clause: bool = False
    categories: tuple[Category, ...] = ()
    court: PersonalLine | None = None
    docket: PersonalLine | None = None
    wording: PersonalText | None = None
    document: PersonalDocument | None = None


class CounselReviewRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="counsel-review-requested.v1"
):
    """Counsel was asked (R-08, R-79)."""

    COMMAND: ClassVar[str] = "request-counsel-review"
    counsel: PersonId
    due_on: LocalDate | None = None
    questions: PersonalText | None = None


# --- Decisions -------------------------------------------------------------------------------


class InstrumentDefectFound(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="instrument-defect-found.v1",
):
    """The paper lacks something (R-51). Blocks approvals that rest on it."""

    COMMAND: ClassVar[str] = "find-defect"
    instrument: RecordRef
    element: Literal[
        "judge-signature",
        "issuer",
        "finding",
        "scope",
        "date",
        "form",
        "certification",
        "review-notice",
        "authority",
    ]
    cure_requested: bool = False
    explanation: PersonalText | None = None


class CounselReviewCompleted(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="counsel-review-completed.v1",
):
    """Counsel answered: the outcome here, the privileged text in the advice stream."""

    COMMAND: ClassVar[str] = "complete-counsel-review"
    request: RecordRef
    outcome: Literal["comply", "narrow", "object", "refuse", "more-needed"]


class AdviceGiven(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="advice-given.v1"
):
    """Counsel's privileged text, for counsel and the director only."""

    COMMAND: ClassVar[str] = "give-advice"
    request: RecordRef
    advice: PersonalText | None = None


class ApprovalGranted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="approval-granted.v1"
):
    """A disclosure of these categories, on this basis, may be made (R-63…R-74, R-80)."""

    COMMAND: ClassVar[str] = "approve"
    request: RecordRef
    basis: Line
    instrument: RecordRef | None = None
    categories: Categories
    conditions: PersonalText | None = None


class DenialIssued(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="denial-issued.v1"
):
    """The request was refused (R-130, R-140); as weighty as a disclosure."""

    COMMAND: ClassVar[str] = "deny"
    request: RecordRef
    reason: Literal[
        "no-instrument",
        "instrument-not-sufficient",
        "instrument-defective",
        "no-records",
        "not-permitted",
        "withdrawn",
    ]
    response: PersonalText | None = None


class DisclosureMade(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="disclosure-made.v1"
):
    """Records left the library under an approval; what left is named by class and count only."""

    COMMAND: ClassVar[str] = "disclose"
    approval: RecordRef
    categories: Categories
    records: Count
    method: Literal["paper", "encrypted-file", "viewed-on-site", "by-word"]
    redacted: bool = False
    produced_sha256: Digest | None = None
    recipient: PersonalLine | None = None


# --- A warrant is executed -------------------------------------------------------------------


class WarrantExecutionStarted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-execution-started.v1"
):
    """Officers began to search; staff stand back (R-81, R-136)."""

    COMMAND: ClassVar[str] = "start-warrant-execution"
    instrument: RecordRef
    officers: Count = 1
    asked_to_wait: Literal["agreed", "refused", "not-asked"] = "not-asked"
    areas: PersonalText | None = None


class WarrantCopyRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-copy-requested.v1"
):
    """A copy was asked for (R-57, R-82); a refusal is recorded, not an error."""

    COMMAND: ClassVar[str] = "request-warrant-copy"
    instrument: RecordRef
    outcome: Literal["given", "refused", "promised"]


class ItemsTaken(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="items-taken.v1"):
    """What officers viewed, copied or seized, as staff saw it."""

    COMMAND: ClassVar[str] = "record-items"
    instrument: RecordRef
    action: Literal["viewed", "copied", "seized"]
    count: Count
    contested: bool = False
    items: PersonalText | None = None


class WarrantExecutionEnded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-execution-ended.v1"
):
    """The officers left; whether a receipt stayed behind (Fed. R. Crim. P. 41(f)(1)(C))."""

    COMMAND: ClassVar[str] = "end-warrant-execution"
    instrument: RecordRef
    receipt: Literal["given", "left", "none"]
    service_interrupted: bool = False
    condition: PersonalText | None = None


# --- Preservation ----------------------------------------------------------------------------


class PreservationRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="preservation-requested.v1"
):
    """An agency asked that records be kept; the period counts from this day (R-54, R-99)."""

    COMMAND: ClassVar[str] = "receive-preservation-request"
    level: AgencyLevel
    categories: tuple[Category, ...]
    requester: PersonalLine | None = None
    selectors: PersonalText | None = None


class HoldPlaced(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-placed.v1"
):
    """Destruction of these classes is suspended (R-86, R-124). The end is derived, never stored."""

    COMMAND: ClassVar[str] = "place-hold"
    request: RecordRef
    categories: Categories
    places: tuple[
        Literal["library-system", "terminal-logs", "backups", "vendor", "paper", "video"], ...
    ]
    selectors: PersonalText | None = None


class HoldExtended(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-extended.v1"
):
    """A renewal came in time (18 U.S.C. 2703(f)(2), R-87, R-100)."""

    COMMAND: ClassVar[str] = "extend-hold"
    hold: RecordRef
    renewal_received_on: LocalDate


class HoldReleased(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-released.v1"
):
    """This hold no longer keeps anything; other holds go on keeping."""

    COMMAND: ClassVar[str] = "release-hold"
    hold: RecordRef
    reason: Literal["period-ended", "request-withdrawn", "process-answered", "court-order"]


# --- Silence ---------------------------------------------------------------------------------


class GagServed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-served.v1"):
    """An order not to tell was served (R-55, R-133…R-135); honoured while its validity is
    contested.
    """

    COMMAND: ClassVar[str] = "record-gag"
    source: Literal[
        "national-security-letter", "fisa-order", "2705(b)-order", "court-order", "other"
    ]
    instrument: RecordRef | None = None
    certified: Answer = "cannot-tell"
    review_notice: Answer = "cannot-tell"
    until_on: LocalDate | None = None
    covers: PersonalText | None = None


class GagChallengeNotified(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-challenge-notified.v1"
):
    """The Government or a court was told that the library asks for review (18 U.S.C. 3511)."""

    COMMAND: ClassVar[str] = "notify-gag-challenge"
    gag: RecordRef
    route: Literal["reciprocal-notice", "petition"]
    received_on: LocalDate


class GagLifted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-lifted.v1"
):
    """The duty of silence ended, on written evidence; no clock ever lifts a gag."""

    COMMAND: ClassVar[str] = "lift-gag"
    gag: RecordRef
    evidence: Literal["court-order", "agency-letter", "face-date-passed"]
    evidence_on: LocalDate
    explanation: PersonalText | None = None


class AudienceMemberAdded(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audience-member-added.v1"
):
    """One more person may open this sealed matter; the duty was told (18 U.S.C. 2709(c)(2))."""

    COMMAND: ClassVar[str] = "add-audience-member"
    person: PersonId
    ground: Literal["needed-to-comply", "attorney", "otherwise-permitted"]
    gag: RecordRef | None = None
    duty_notice_at: Instant


# --- Life of a case --------------------------------------------------------------------------


class CaseKeptSealed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-kept-sealed.v1"
):
    """Triage kept the matter sealed, on a cited ground, with a date to look again (DESIGN §3)."""

    COMMAND: ClassVar[str] = "keep-sealed"
    reference: CaseReference
    ground: Literal["gag", "patron-safety", "investigation", "privilege"]
    citation: Citation
    review_on: LocalDate | None = None
    until_on: LocalDate | None = None
    scope: PersonalText | None = None


class OpeningProposed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="opening-proposed.v1"
):
    """One of two people holds that the sealed matter may be opened; another must assent."""

    COMMAND: ClassVar[str] = "propose-opening"
    citation: Citation
    grounds: PersonalText | None = None


class CaseOpened(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-opened.v1"
):
    """The matter stands in the open store, for the case staff."""

    COMMAND: ClassVar[str] = "open"
    reference: CaseReference


class CaseClosed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-closed.v1"
):
    """Nothing more is to be done."""

    COMMAND: ClassVar[str] = "close"
    outcome: Literal["disclosed", "partly-disclosed", "not-disclosed", "withdrawn", "executed"]


class EventCorrected(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="event-corrected.v1"
):
    """Fields of an earlier event were recorded wrongly; both versions stay visible (§5.5).

    `names` lists them, and may name `occurred_at`. The right values of personal fields stand in
    `personal_values` and those of all others in `values`, so that erasing a person leaves every
    corrected date and class as it was corrected.
    """

    COMMAND: ClassVar[str] = "correct"
    of: RecordRef
    names: tuple[FieldName, ...]
    values: Values | None = None
    personal_values: PersonalFields | None = None
    reason: PersonalText | None = None
