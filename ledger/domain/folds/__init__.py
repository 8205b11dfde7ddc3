"""What each event does to a case. What is not in the table changes only the case's history."""

from collections.abc import Callable, Mapping

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.case import Case
from ledger.domain.folds import (
    answers,
    contests,
    desk,
    exigent,
    matter,
    papers,
    preservation,
    silence,
)

Fold = Callable[..., Case]
"""fold(case, recorded, event): gives the case after one record as it is shown. Pure. Total."""

FOLDS: Mapping[type[e.Event], Fold] = {
    e.RequestReceived: desk.request_received,
    e.RequesterVerified: desk.requester_verified,
    e.GuardianshipProofAccepted: desk.guardianship_proof_accepted,
    e.CounselReviewRequested: desk.counsel_review_requested,
    e.CounselReviewCompleted: desk.counsel_review_completed,
    o.CustodianNotReached: desk.custodian_not_reached,
    e.InstrumentReceived: papers.instrument_received,
    e.InstrumentDefectFound: papers.instrument_defect_found,
    e.DefectResolved: papers.defect_resolved,
    e.InstrumentAuthenticated: papers.instrument_authenticated,
    e.ObjectionServed: contests.contested,
    e.MotionFiled: contests.contested,
    e.InstrumentRuledOn: contests.instrument_ruled_on,
    e.InstrumentWithdrawn: contests.instrument_withdrawn,
    e.ReceiptObtained: papers.receipt_obtained,
    e.WarrantCopyRequested: papers.warrant_copy_requested,
    e.WarrantExecutionStarted: papers.warrant_execution_started,
    e.WarrantExecutionEnded: papers.warrant_execution_ended,
    e.ApprovalGranted: answers.approval_granted,
    e.ScopeLimited: answers.scope_limited,
    e.ExigentRequestAsserted: exigent.exigent_request_asserted,
    e.WaiverAuthorised: exigent.waiver_authorised,
    e.ExigentPapersReceived: exigent.exigent_papers_received,
    e.ExigentReviewConcluded: exigent.exigent_review_concluded,
    e.DenialIssued: answers.denial_issued,
    e.DisclosureMade: answers.disclosure_made,
    e.PreservationRequested: preservation.preservation_requested,
    e.HoldPlaced: preservation.hold_placed,
    e.HoldExtended: preservation.hold_extended,
    e.HoldReleased: preservation.hold_released,
    e.GagServed: silence.gag_served,
    e.GagChallengeNotified: silence.gag_challenge_notified,
    e.GagLifted: silence.gag_lifted,
    e.AudienceMemberAdded: silence.audience_member_added,
    o.AccessRecovered: silence.audience_member_added,
    e.IntakeSaved: matter.intake_saved,
    e.CaseKeptSealed: matter.case_kept_sealed,
    e.CaseOpened: matter.case_opened,
    e.CaseClosed: matter.case_closed,
    o.StreamClosed: matter.stream_closed,
}
