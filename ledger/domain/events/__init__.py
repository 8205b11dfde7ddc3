"""The events of a case: what happened, in the law's words.

Glossary (one word for one thing):
  case         everything about one request; a set of streams
  intake       what one save at the desk recorded; triaged into a case
  encounter    an agent came, called or wrote
  request      somebody asks for records; an *instrument* is the paper that may support it
  referral     the agent was sent to the custodian; lawful even when unanswered (R-77)
  decision     an approval or a denial; a *disclosure* is what then left the building
  objection    the library tells the requester that it will not produce; a *motion* asks a court
  waiver       in an emergency records leave before the papers come
  execution    a search warrant is carried out by officers; it is not a disclosure (R-81)
  hold         records are kept from destruction (18 U.S.C. 2703(f), R-99); forbids no disclosure
  gag          an order not to tell; its audience is a roster of people
  notice       the patron is told; a *standstill* runs from its mailing, in which nothing leaves
  consent      somebody who may, allows a disclosure; taking it back works from then on
  complaint    somebody says that the library broke its duty; a matter of its own
  task         what somebody is to do for a sealed matter of which they learn nothing
  sealed       kept from everybody but the roster

An event proposes itself: the fields that a person fills in at a door are the event's own fields,
and `decide` says whether it may happen now (ADR 0002). `Fact` is what happened and is always
recordable; `Decision` is gated. On disk an event is its tag and its fields; a released field is
never renamed, re-typed or removed: a changed event gets a new tag and a new class.
"""

from ledger.domain.events.answers import (
    ApprovalGranted,
    DenialIssued,
    DisclosureMade,
    DisclosureRecalled,
    DisclosureRefused,
    ScopeLimited,
)
from ledger.domain.events.base import Decision, Event, Fact
from ledger.domain.events.consent import ConsentChanged, ConsentGiven
from ledger.domain.events.contests import (
    InstrumentRuledOn,
    InstrumentWithdrawn,
    MotionFiled,
    ObjectionServed,
)
from ledger.domain.events.copies import CopyDestroyed, CopyExported, CopyKept
from ledger.domain.events.counsel import AdviceGiven, CounselReviewCompleted, CounselReviewRequested
from ledger.domain.events.desk import (
    AgentEncounterRecorded,
    AgentReferred,
    Call,
    CircumstancesRecorded,
    ContactAttempted,
    IntakeSaved,
    RequestReceived,
    ServiceDeclined,
)
from ledger.domain.events.exigent import (
    ExigentPapersReceived,
    ExigentRequestAsserted,
    ExigentReviewConcluded,
    WaiverAuthorised,
)
from ledger.domain.events.identity import GuardianshipProofAccepted, RequesterVerified
from ledger.domain.events.matter import (
    CaseClosed,
    CaseKeptSealed,
    CaseLinked,
    CaseOpened,
    EventAnnotated,
    EventCorrected,
    OpeningProposed,
    RecusalRecorded,
)
from ledger.domain.events.notice import (
    NoticeWithheld,
    PatronNotified,
    PriorDisclosureQueryAnswered,
    QueryAnsweredAgain,
    StandardAnswerSet,
)
from ledger.domain.events.papers import (
    DefectResolved,
    DocumentAttached,
    InstrumentAuthenticated,
    InstrumentDefectFound,
    InstrumentReceived,
)
from ledger.domain.events.preservation import (
    FreezeAttested,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    PreservationRequested,
    System,
)
from ledger.domain.events.redress import (
    ComplaintAnswered,
    ComplaintReceived,
    FindingRecorded,
    GoodFaithComplianceMarked,
    InvestigationOpened,
)
from ledger.domain.events.reports import ReportBandChosen, ReportPublished
from ledger.domain.events.sealing import PaperFileNoted, SealingConfirmed
from ledger.domain.events.silence import (
    AudienceMemberAdded,
    AudienceMemberRemoved,
    DutyNoticeGiven,
    GagChallengeNotified,
    GagExtended,
    GagLifted,
    GagReviewed,
    GagServed,
    RosterGiven,
    ToldGround,
)
from ledger.domain.events.tasks import TaskAssigned, TaskEnded, TaskGiven, TaskReported
from ledger.domain.events.upkeep import (
    AuditPerformed,
    DrillHeld,
    PaperPadIssued,
    PaperSheetsEnded,
    PurgeBlockedByHold,
    PurgeRunCompleted,
)
from ledger.domain.events.video import VideoAccessed, VideoLocated
from ledger.domain.events.warrants import (
    ItemsTaken,
    ReceiptObtained,
    ScopeExceeded,
    WarrantCopyRequested,
    WarrantExecutionEnded,
    WarrantExecutionStarted,
    WarrantReturnNoted,
)

__all__ = [
    "AdviceGiven",
    "AgentEncounterRecorded",
    "AgentReferred",
    "ApprovalGranted",
    "AudienceMemberAdded",
    "AudienceMemberRemoved",
    "AuditPerformed",
    "Call",
    "CaseClosed",
    "CaseKeptSealed",
    "CaseLinked",
    "CaseOpened",
    "CircumstancesRecorded",
    "ComplaintAnswered",
    "ComplaintReceived",
    "ConsentChanged",
    "ConsentGiven",
    "ContactAttempted",
    "CopyDestroyed",
    "CopyExported",
    "CopyKept",
    "CounselReviewCompleted",
    "CounselReviewRequested",
    "Decision",
    "DefectResolved",
    "DenialIssued",
    "DisclosureMade",
    "DisclosureRecalled",
    "DisclosureRefused",
    "DocumentAttached",
    "DrillHeld",
    "DutyNoticeGiven",
    "Event",
    "EventAnnotated",
    "EventCorrected",
    "ExigentPapersReceived",
    "ExigentRequestAsserted",
    "ExigentReviewConcluded",
    "Fact",
    "FindingRecorded",
    "FreezeAttested",
    "GagChallengeNotified",
    "GagExtended",
    "GagLifted",
    "GagReviewed",
    "GagServed",
    "GoodFaithComplianceMarked",
    "GuardianshipProofAccepted",
    "HoldExtended",
    "HoldPlaced",
    "HoldReleased",
    "InstrumentAuthenticated",
    "InstrumentDefectFound",
    "InstrumentReceived",
    "InstrumentRuledOn",
    "InstrumentWithdrawn",
    "IntakeSaved",
    "InvestigationOpened",
    "ItemsTaken",
    "MotionFiled",
    "NoticeWithheld",
    "ObjectionServed",
    "OpeningProposed",
    "PaperFileNoted",
    "PaperPadIssued",
    "PaperSheetsEnded",
    "PatronNotified",
    "PreservationRequested",
    "PriorDisclosureQueryAnswered",
    "PurgeBlockedByHold",
    "PurgeRunCompleted",
    "QueryAnsweredAgain",
    "ReceiptObtained",
    "RecusalRecorded",
    "ReportBandChosen",
    "ReportPublished",
    "RequestReceived",
    "RequesterVerified",
    "RosterGiven",
    "ScopeExceeded",
    "ScopeLimited",
    "SealingConfirmed",
    "ServiceDeclined",
    "StandardAnswerSet",
    "System",
    "TaskAssigned",
    "TaskEnded",
    "TaskGiven",
    "TaskReported",
    "ToldGround",
    "VideoAccessed",
    "VideoLocated",
    "WaiverAuthorised",
    "WarrantCopyRequested",
    "WarrantExecutionEnded",
    "WarrantExecutionStarted",
    "WarrantReturnNoted",
]
