"""Which rules judge which decision, in the order in which a refusal lists them.

The table holds every version of every rule that ever judged a released decision: the law that a
record pins says which of them judged it, so what was decided under an older law can be judged again
by the rules of that law. A new version joins the table beside the one before it; nothing is taken
out. A rule begins to judge another type of decision with a new version, and so it ends.
"""

from collections.abc import Mapping
from functools import cache

from ledger.domain import erasure_events as x
from ledger.domain import events as e
from ledger.domain import log_events as g
from ledger.domain import office_events as o
from ledger.domain import passkey_events as k
from ledger.domain import vault_events as v
from ledger.domain.context import Rule
from ledger.domain.law.pack import Law
from ledger.domain.law.rules import (
    activation,
    authority,
    conflict,
    consent,
    contests,
    disclosure,
    erasure,
    exigent,
    identity,
    minors,
    notice,
    passkeys,
    preservation,
    query,
    redress,
    reports,
    sealing,
    silence,
    tasks,
    upkeep,
    video,
)

_HOLD = (authority.custodian_decides_v1, preservation.hold_active_v1)
_DIRECTORATE = (authority.directorate_v1,)
_REQUEST = (
    authority.custodian_decides_v1,
    authority.designee_answers_requesters_v1,
    silence.case_not_closed_v1,
    disclosure.request_known_v1,
)
_PAPER = (authority.custodian_or_counsel_v1, disclosure.instrument_known_v1)
_COMPLAINT = (authority.custodian_or_counsel_v1, redress.complaint_known_v1)

_OF_A_CASE: Mapping[type[e.Decision], tuple[Rule, ...]] = {
    e.InstrumentDefectFound: _PAPER,
    e.DefectResolved: (
        *_PAPER,
        contests.defect_open_v1,
        contests.defect_resolved_on_ground_v1,
    ),
    e.InstrumentAuthenticated: (*_PAPER, contests.asked_by_own_way_v1),
    e.ObjectionServed: (*_PAPER, contests.not_settled_yet_v1),
    e.MotionFiled: (*_PAPER, contests.counsel_files_v1, contests.not_settled_yet_v1),
    e.InstrumentRuledOn: (
        *_PAPER,
        contests.not_settled_yet_v1,
        contests.ruling_by_order_v1,
        contests.modification_narrows_v1,
    ),
    e.CounselReviewCompleted: (authority.counsel_answers_v1, authority.review_exists_v1),
    e.AdviceGiven: (authority.counsel_answers_v1, authority.review_exists_v1),
    e.ApprovalGranted: (
        *_REQUEST,
        identity.requester_verified_v1,
        identity.guardianship_proven_v1,
        disclosure.basis_in_law_v1,
        exigent.exigent_path_v1,
        disclosure.instrument_known_v1,
        disclosure.instrument_satisfies_basis_v1,
        disclosure.instrument_without_defect_v1,
        contests.instrument_stands_v1,
        disclosure.within_request_v1,
        disclosure.within_ruling_v1,
        minors.basis_answers_requester_v1,
        minors.parent_has_standing_v1,
        minors.child_is_young_enough_v1,
        minors.circumstances_hold_v1,
        minors.within_reach_v1,
        consent.consent_known_v1,
        consent.user_asked_or_consented_v1,
        consent.consent_by_holder_v1,
        consent.consent_by_holder_v2,
        consent.consent_stands_v1,
        consent.consent_stands_v2,
        video.hold_comes_first_v1,
        disclosure.custodian_says_why_v1,
        disclosure.counsel_was_heard_v1,
        disclosure.counsel_was_heard_v2,
        disclosure.counsel_on_process_v1,
        disclosure.counsel_on_process_v2,
    ),
    e.DenialIssued: (
        *_REQUEST,
        minors.mandatory_is_not_denied_v1,
        minors.mandatory_is_not_denied_v2,
        video.hold_comes_first_v1,
        disclosure.counsel_was_heard_v1,
        disclosure.counsel_was_heard_v2,
    ),
    e.DisclosureMade: (
        authority.custodian_decides_v1,
        authority.designee_answers_requesters_v1,
        silence.case_not_closed_v1,
        disclosure.approval_live_v1,
        passkeys.approval_confirmed_by_passkey_v1,
        disclosure.basis_still_in_law_v1,
        identity.requester_verified_v1,
        identity.guardianship_proven_v1,
        contests.no_contest_open_v1,
        disclosure.within_scope_v1,
        disclosure.within_ruling_v1,
        consent.consent_known_v1,
        consent.user_asked_or_consented_v1,
        consent.consent_stands_v1,
        consent.consent_stands_v2,
        consent.consent_names_recipient_v1,
        consent.consent_names_recipient_v2,
        notice.patron_was_notified_v1,
        notice.standstill_is_over_v1,
        notice.ferpa_notice_came_first_v1,
        notice.ferpa_log_names_party_v1,
        disclosure.counsel_was_heard_v1,
        disclosure.counsel_was_heard_v2,
    ),
    e.ScopeLimited: (
        authority.custodian_or_counsel_v1,
        disclosure.approval_known_v1,
        disclosure.limited_before_it_left_v1,
    ),
    e.DisclosureRecalled: (
        authority.custodian_or_counsel_v1,
        disclosure.disclosure_known_v1,
    ),
    e.WaiverAuthorised: (
        *_REQUEST,
        identity.requester_verified_v1,
        exigent.exigency_asserted_v1,
        disclosure.basis_in_law_v1,
        exigent.exigent_path_v1,
        exigent.threat_in_law_v1,
        exigent.officer_is_sworn_v1,
        exigent.officer_believes_v1,
        exigent.order_is_impractical_v1,
        disclosure.within_request_v1,
        exigent.exigent_scope_cap_v1,
        exigent.exigent_barred_categories_v1,
        disclosure.instrument_known_v1,
        disclosure.instrument_without_defect_v1,
        contests.instrument_stands_v1,
        exigent.counsel_advised_waiver_v1,
    ),
    e.ExigentReviewConcluded: (
        authority.custodian_or_counsel_v1,
        exigent.waiver_under_review_v1,
        exigent.escalated_to_somebody_v1,
    ),
    e.HoldPlaced: (authority.custodian_decides_v1, preservation.hold_answers_request_v1),
    e.HoldExtended: (
        *_HOLD,
        preservation.extensions_left_v1,
        preservation.extension_within_period_v1,
        preservation.renewal_in_time_v1,
    ),
    e.HoldReleased: (
        authority.custodian_or_counsel_v1,
        preservation.hold_active_v1,
        preservation.process_came_v1,
        preservation.not_released_early_v1,
    ),
    e.GagChallengeNotified: (authority.custodian_or_counsel_v1, silence.gag_known_v1),
    e.GagReviewed: (
        authority.custodian_or_counsel_v1,
        silence.gag_known_v1,
        silence.gag_reviewed_on_paper_v1,
        silence.evidence_is_at_hand_v1,
    ),
    e.GagLifted: (
        authority.custodian_or_counsel_v1,
        silence.gag_known_v1,
        silence.gag_ends_on_paper_v1,
        silence.evidence_is_at_hand_v1,
    ),
    e.AudienceMemberAdded: (
        authority.custodian_decides_v1,
        silence.kept_sealed_v1,
        silence.gag_known_v1,
        silence.duty_was_told_v1,
        silence.audience_fits_v1,
        silence.has_a_part_v1,
    ),
    e.AudienceMemberRemoved: (
        authority.custodian_decides_v1,
        silence.kept_sealed_v1,
        silence.on_the_roster_v1,
        silence.on_the_roster_v2,
    ),
    e.TaskAssigned: (
        authority.custodian_decides_v1,
        silence.kept_sealed_v1,
        silence.gag_known_v1,
        silence.duty_was_told_v1,
        silence.has_a_part_v1,
        tasks.task_has_a_person_v1,
    ),
    e.TaskEnded: (authority.custodian_or_counsel_v1, tasks.task_goes_on_v1),
    e.RosterGiven: (
        authority.custodian_or_counsel_v1,
        tasks.roster_names_its_people_v1,
        tasks.roster_was_given_v1,
    ),
    e.PatronNotified: (
        authority.custodian_decides_v1,
        disclosure.instrument_known_v1,
        notice.no_gag_forbids_notice_v1,
        notice.notice_is_proven_v1,
        notice.notice_follows_paper_v1,
    ),
    e.NoticeWithheld: (
        authority.custodian_or_counsel_v1,
        disclosure.instrument_known_v1,
        notice.notice_withheld_on_ground_v1,
    ),
    e.QueryAnsweredAgain: (
        authority.custodian_decides_v1,
        query.query_waits_v1,
        silence.no_gag_binds_v1,
    ),
    e.VideoAccessed: (
        authority.custodian_decides_v1,
        video.video_known_v1,
        video.video_after_first_year_v1,
    ),
    e.InvestigationOpened: (*_COMPLAINT, redress.investigator_is_apart_v1),
    e.FindingRecorded: (*_COMPLAINT, redress.finding_follows_investigation_v1),
    e.ComplaintAnswered: (*_COMPLAINT, redress.answer_reveals_no_gag_v1),
    e.GoodFaithComplianceMarked: (
        authority.custodian_or_counsel_v1,
        redress.mark_names_record_v1,
    ),
    e.CaseLinked: (authority.custodian_decides_v1, silence.linked_to_another_v1),
    e.CaseKeptSealed: (
        authority.custodian_or_stand_in_v1,
        silence.sealing_is_bounded_v1,
        silence.not_open_yet_v1,
        silence.not_open_yet_v2,
        tasks.no_task_v1,
    ),
    e.PaperFileNoted: (
        authority.custodian_or_counsel_v1,
        silence.kept_sealed_v1,
        sealing.counsel_keeps_paper_out_v1,
        sealing.paper_file_has_keeper_v1,
        sealing.paper_file_known_v1,
    ),
    e.SealingConfirmed: (sealing.counsel_confirms_v1, sealing.sealing_holds_v1),
    e.OpeningProposed: (authority.custodian_or_counsel_v1, silence.kept_sealed_v1),
    e.CaseOpened: (
        authority.custodian_or_stand_in_v1,
        silence.no_gag_binds_v1,
        silence.opening_takes_two_v1,
        tasks.no_task_v1,
    ),
    e.CaseClosed: (
        authority.custodian_or_stand_in_v1,
        silence.case_not_closed_v1,
        silence.nothing_pending_v1,
    ),
    e.EventCorrected: (authority.custodian_or_counsel_v1, silence.correction_fits_v1),
    o.StreamClosed: (authority.custodian_decides_v1,),
}

_OF_THE_OFFICE: Mapping[type[e.Decision], tuple[Rule, ...]] = {
    e.AuditPerformed: (upkeep.auditor_audits_v1, upkeep.audit_looks_back_v1),
    e.PurgeRunCompleted: (authority.custodian_decides_v1, upkeep.holds_were_checked_v1),
    e.StandardAnswerSet: (query.counsel_owns_answer_v1, query.next_version_v1),
    e.ReportBandChosen: (
        reports.band_by_counsel_and_custodian_v1,
        reports.band_chosen_once_v1,
        reports.band_in_law_v1,
    ),
    e.ReportPublished: (
        reports.report_by_custodian_v1,
        reports.report_names_its_band_v1,
        reports.period_is_over_v1,
        reports.period_comes_next_v1,
    ),
    o.KeyEnrolled: (*_DIRECTORATE, authority.key_is_new_v1),
    o.KeyRevoked: _DIRECTORATE,
    k.PasskeyEnrolled: (passkeys.own_new_passkey_v1,),
    k.PasskeyRevoked: _DIRECTORATE,
    k.PasskeyApproved: (passkeys.approved_once_by_own_passkey_v1,),
    o.RoleGranted: (*_DIRECTORATE, authority.role_by_its_own_act_v1),
    o.RoleEnded: _DIRECTORATE,
    o.CustodianDesignated: _DIRECTORATE,
    o.DesigneeAppointed: _DIRECTORATE,
    o.LibraryClosed: _DIRECTORATE,
    o.PackActivated: (
        *_DIRECTORATE,
        activation.activation_reviewed_v1,
        activation.activation_shows_difference_v1,
    ),
    g.LogKeysAnnounced: _DIRECTORATE,
    g.EpochAnnounced: _DIRECTORATE,
    o.RecoveryAnnounced: (*_DIRECTORATE, authority.recovery_is_shared_v1),
    o.RecoveryProposed: (authority.recovery_proposed_v1,),
    o.Reattested: (authority.counsel_reattests_v1,),
    x.StreamErased: (
        conflict.has_part_in_matter_v1,
        *_DIRECTORATE,
        erasure.no_hold_covers_v1,
        erasure.matter_is_ended_v1,
    ),
    v.LogAttested: (authority.counsel_attests_v1,),
    v.GlassConfirmed: (authority.another_answers_for_glass_v1,),
    o.LedgerRestored: _DIRECTORATE,
    o.Assented: (
        conflict.has_part_in_matter_v1,
        authority.second_person_v1,
        erasure.no_hold_covers_v1,
    ),
}

RULES: Mapping[type[e.Decision], tuple[Rule, ...]] = {
    **{kind: (conflict.has_part_in_matter_v1, *rules) for kind, rules in _OF_A_CASE.items()},
    **_OF_THE_OFFICE,
}


READS_PERSONAL = frozenset(
    {
        "answer_reveals_no_gag",
        "consent_names_recipient",
        "correction_fits",
        "custodian_says_why",
        "ferpa_log_names_party",
        "mandatory_is_not_denied",
        "notice_is_proven",
        "video_after_first_year",
    }
)
"""Rules that look at personal values. Where those were erased or are withheld, nobody can say later
what such a rule said."""


class NoSuchRule(LookupError):
    """A law asks for a rule that this program does not have, or has no rule for an act."""


def rule_versions() -> dict[str, int]:
    """Every rule by name with its newest version, as the resolved law pins it."""
    return dict(sorted(_known()))


def rules_under(kind: type[e.Decision], law: Law) -> tuple[Rule, ...]:
    """The rules that judge a type of decision under a law: of each the version that the law pins.

    A rule that the law does not name was none when the law was resolved. Nothing is decided that
    no rule judges.

    Raises: NoSuchRule.
    """
    if not law.rules.items() <= _known():
        raise NoSuchRule("The law in force is newer than this program. Install the newer version.")
    found = tuple(rule for rule in RULES[kind] if _named(rule) in law.rules.items())
    if not found:
        raise NoSuchRule("The law in force is older than this act. Activate the newer law first.")
    return found


@cache
def _known() -> frozenset[tuple[str, int]]:
    return frozenset(_named(rule) for rules in RULES.values() for rule in rules)


@cache
def _named(rule: Rule) -> tuple[str, int]:
    """A rule's name and version, as a law pins them."""
    name, _, version = rule.__name__.rpartition("_v")
    return name, int(version)
