"""What each event does to a case. What is not in the table changes only the case's history."""

from collections.abc import Callable, Mapping

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.case import Case
from ledger.domain.folds import (
    answers,
    consent,
    desk,
    matter,
    notice,
    papers,
    preservation,
    redress,
    silence,
    video,
)

Fold = Callable[..., Case]
"""fold(case, recorded, event): gives the case after one record as it is shown. Pure. Total."""

FOLDS: Mapping[type[e.Event], Fold] = {
    e.RequestReceived: desk.request_received,
    e.CircumstancesRecorded: desk.circumstances_recorded,
    e.CounselReviewRequested: desk.counsel_review_requested,
    e.CounselReviewCompleted: desk.counsel_review_completed,
    o.CustodianNotReached: desk.custodian_not_reached,
    e.InstrumentReceived: papers.instrument_received,
    e.InstrumentDefectFound: papers.instrument_defect_found,
    e.WarrantCopyRequested: papers.warrant_copy_requested,
    e.WarrantExecutionStarted: papers.warrant_execution_started,
    e.WarrantExecutionEnded: papers.warrant_execution_ended,
    e.ApprovalGranted: answers.approval_granted,
    e.DenialIssued: answers.denial_issued,
    e.DisclosureMade: answers.disclosure_made,
    e.PreservationRequested: preservation.preservation_requested,
    e.HoldPlaced: preservation.hold_placed,
    e.HoldExtended: preservation.hold_extended,
    e.HoldReleased: preservation.hold_released,
    e.GagServed: silence.gag_served,
    e.GagChallengeNotified: silence.gag_challenge_notified,
    e.GagExtended: silence.gag_extended,
    e.GagReviewed: silence.gag_reviewed,
    e.GagLifted: silence.gag_lifted,
    e.AudienceMemberAdded: silence.audience_member_added,
    e.AudienceMemberRemoved: silence.audience_member_removed,
    o.AccessRecovered: silence.audience_member_added,
    e.PatronNotified: notice.patron_notified,
    e.NoticeWithheld: notice.notice_withheld,
    e.PriorDisclosureQueryAnswered: notice.prior_disclosure_query_answered,
    e.ConsentGiven: consent.consent_given,
    e.ConsentChanged: consent.consent_changed,
    e.ComplaintReceived: redress.complaint_received,
    e.InvestigationOpened: redress.investigation_opened,
    e.FindingRecorded: redress.finding_recorded,
    e.ComplaintAnswered: redress.complaint_answered,
    e.RecusalRecorded: redress.recusal_recorded,
    e.VideoLocated: video.video_located,
    e.VideoAccessed: video.video_accessed,
    e.EventAnnotated: matter.event_annotated,
    e.PurgeBlockedByHold: matter.purge_blocked_by_hold,
    e.IntakeSaved: matter.intake_saved,
    e.CaseKeptSealed: matter.case_kept_sealed,
    e.CaseOpened: matter.case_opened,
    e.CaseClosed: matter.case_closed,
    o.StreamClosed: matter.stream_closed,
}
