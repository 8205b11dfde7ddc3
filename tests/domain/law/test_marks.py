"""How sure we are: what domain.md marks as general knowledge is nowhere shown as settled."""

import pytest

from ledger.domain.law.pack import names, resolve

UNVERIFIED = {
    "us": (
        *("provider.ecs_status", "provider.no_cause_of_action", "subpoena.cost_reimbursement"),
        *("notice.delay_days", "notice.delay_extension_days", "gag.nsl_binds_libraries"),
        *("gag.breach_max_years", "gag.fisa_tangible_things_until", "statistics.period_days"),
        *("warrant.delayed_notice_days", "warrant.delayed_notice_extension_days"),
        *("gag.grand_jury_subpoena_is_gag", "subpoena.federal_notice_to_parties"),
        *("subpoena.federal_clawback", "ferpa.log_required", "ferpa.log_exceptions"),
        *("ferpa.emergency_standard", "ferpa.access_days", "ferpa.rights_pass_years"),
        *("reference.childrens_online_privacy", "reference.video_privacy"),
    ),
    "us-co": ("warrant.state_execution_days",),
    "us-mo": ("warrant.state_execution_days",),
    "us-ca": (
        *("warrant.state_execution_days", "warrant.state_daytime_from"),
        *("warrant.state_daytime_until", "public_records.response_days"),
        *("public_records.extension_days", "us-ca-general"),
    ),
    "us-ny": (
        *("warrant.state_execution_days", "warrant.state_daytime_from"),
        *("warrant.state_daytime_until", "subpoena.state_quash_when", "us-ny-general"),
    ),
    "us-il": ("warrant.state_execution_hours", "us-il-general"),
    "us-tx": ("public_records.ag_referral_working_days", "us-tx-general"),
    "us-wi": ("warrant.state_execution_days", "us-wi-general"),
    "us-mi": ("us-mi-general",),
    "us-oh": (
        *("warrant.state_execution_days", "warrant.state_daytime_from"),
        *("warrant.state_daytime_until", "us-oh-general"),
    ),
}
"""Every value and rule of time that domain §2 marks [M], and what it leaves to the product."""


@pytest.mark.parametrize("name", sorted(UNVERIFIED))
def test_general_knowledge_is_unverified(name: str) -> None:
    """Every [M] of domain.md stands in its pack, and stands there as unverified."""
    law = resolve(name)
    own = {row.id: row.confidence for row in law.values if row.layer == name}
    own |= {row.id: row.confidence for row in law.time_rules if row.layer == name}
    marks = {id: own[id] for id in UNVERIFIED[name]}
    assert marks == dict.fromkeys(UNVERIFIED[name], "unverified")


@pytest.mark.parametrize("name", names())
def test_a_deadline_is_no_surer_than_what_it_counts(name: str) -> None:
    """A deadline on a number that nobody confirmed does not call itself verified."""
    law = resolve(name)
    marks = {row.id: row.confidence for row in law.values}
    for row in law.all_deadlines:
        if any(marks[id] == "unverified" for id in row.counts):
            assert row.confidence == "unverified", f"{row.layer}: {row.id}"
