"""Which rules judge which decision, in the order in which a refusal lists them.

The table holds every version of every rule that ever judged a released decision: the law that a
record pins says which of them judged it, so what was decided under an older law can be judged again
by the rules of that law. A new version joins the table beside the one before it; nothing is taken
out. A rule begins to judge another type of decision with a new version, and so it ends.
"""

from collections.abc import Mapping
from functools import cache

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.context import Rule
from ledger.domain.law.pack import Law
from ledger.domain.law.rules import (
    activation,
    authority,
    disclosure,
    erasure,
    preservation,
    silence,
)

_HOLD = (authority.custodian_decides_v1, preservation.hold_active_v1)
_DIRECTORATE = (authority.directorate_v1,)
_REQUEST = (
    authority.custodian_decides_v1,
    authority.designee_answers_requesters_v1,
    disclosure.request_known_v1,
)

RULES: Mapping[type[e.Decision], tuple[Rule, ...]] = {
    e.InstrumentDefectFound: (authority.custodian_or_counsel_v1, disclosure.instrument_known_v1),
    e.CounselReviewCompleted: (authority.counsel_answers_v1, authority.review_exists_v1),
    e.AdviceGiven: (authority.counsel_answers_v1, authority.review_exists_v1),
    e.ApprovalGranted: (
        *_REQUEST,
        disclosure.basis_in_law_v1,
        disclosure.instrument_known_v1,
        disclosure.instrument_satisfies_basis_v1,
        disclosure.instrument_without_defect_v1,
        disclosure.counsel_was_heard_v1,
        disclosure.counsel_on_process_v1,
    ),
    e.DenialIssued: (*_REQUEST, disclosure.counsel_was_heard_v1),
    e.DisclosureMade: (
        authority.custodian_decides_v1,
        authority.designee_answers_requesters_v1,
        disclosure.approval_live_v1,
        disclosure.within_scope_v1,
    ),
    e.HoldPlaced: (authority.custodian_decides_v1, preservation.hold_answers_request_v1),
    e.HoldExtended: (
        *_HOLD,
        preservation.extensions_left_v1,
        preservation.renewal_in_time_v1,
    ),
    e.HoldReleased: (
        authority.custodian_or_counsel_v1,
        preservation.hold_active_v1,
        preservation.not_released_early_v1,
    ),
    e.GagChallengeNotified: (authority.custodian_or_counsel_v1, silence.gag_known_v1),
    e.GagLifted: (
        authority.custodian_or_counsel_v1,
        silence.gag_known_v1,
        silence.gag_ends_on_paper_v1,
    ),
    e.AudienceMemberAdded: (
        authority.custodian_decides_v1,
        silence.kept_sealed_v1,
        silence.gag_known_v1,
        silence.audience_fits_v1,
    ),
    e.CaseKeptSealed: (
        authority.custodian_decides_v1,
        silence.sealing_is_bounded_v1,
        silence.not_open_yet_v1,
    ),
    e.OpeningProposed: (authority.custodian_or_counsel_v1, silence.kept_sealed_v1),
    e.CaseOpened: (
        authority.custodian_decides_v1,
        silence.no_gag_binds_v1,
        silence.opening_takes_two_v1,
    ),
    e.CaseClosed: (authority.custodian_decides_v1, silence.nothing_pending_v1),
    e.EventCorrected: (authority.custodian_or_counsel_v1, silence.correction_fits_v1),
    o.KeyEnrolled: (*_DIRECTORATE, authority.key_is_new_v1),
    o.KeyRevoked: _DIRECTORATE,
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
    o.LogKeysAnnounced: _DIRECTORATE,
    o.RecoveryAnnounced: (*_DIRECTORATE, authority.recovery_is_shared_v1),
    o.RecoveryProposed: (authority.recovery_proposed_v1,),
    o.Reattested: (authority.counsel_reattests_v1,),
    o.StreamErased: (*_DIRECTORATE, erasure.no_hold_covers_v1, erasure.matter_is_ended_v1),
    o.LedgerRestored: _DIRECTORATE,
    o.Assented: (authority.second_person_v1, erasure.no_hold_covers_v1),
    o.StreamClosed: (authority.custodian_decides_v1,),
}


READS_PERSONAL = frozenset({"correction_fits"})
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


def _known() -> set[tuple[str, int]]:
    return {_named(rule) for rules in RULES.values() for rule in rules}


@cache
def _named(rule: Rule) -> tuple[str, int]:
    """A rule's name and version, as a law pins them."""
    name, _, version = rule.__name__.rpartition("_v")
    return name, int(version)
