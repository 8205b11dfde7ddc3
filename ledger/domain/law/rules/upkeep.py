"""Audits and purges.

Sources: the Missouri library's policy II.4 and II.5 (R-96, R-101 to R-104); 18 U.S.C. 2703(f);
domain §5.4.2 no. 52 and 53, §5.5.8.
"""

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import AuditPerformed, PurgeRunCompleted


def auditor_audits_v1(case: Case, event: AuditPerformed, context: Context) -> Broken | None:
    """An auditor audits, and nobody who works on cases in that role."""
    if context.role == "auditor":
        return None
    return broken_house_rule(
        "auditor_audits_v1",
        "Only an auditor records an audit. Use that role.",
        "Disclosure ledger, domain §5.4.2 no. 52",
    )


def audit_looks_back_v1(case: Case, event: AuditPerformed, context: Context) -> Broken | None:
    """An audit is of days that have passed, in their order."""
    if event.from_on <= event.to_on <= context.on:
        return None
    return broken_house_rule(
        "audit_looks_back_v1",
        "An audit is of a period that has ended: give its first and its last day.",
        "Disclosure ledger, domain §5.4.2 no. 52",
    )


def holds_were_checked_v1(case: Case, event: PurgeRunCompleted, context: Context) -> Broken | None:
    """A purge run follows a look at the holds, of the same day and not later than the run."""
    checked_at = event.holds_checked_at
    same_day = checked_at is not None and local_date(checked_at, context.zone) == context.on
    if checked_at is not None and checked_at <= context.at and same_day:
        return None
    return broken_house_rule(
        "holds_were_checked_v1",
        "Holds are checked on the day of the run, before it. A run without a check is an exception"
        " that an audit records.",
        "Disclosure ledger, domain §5.4.2 no. 53; 18 U.S.C. 2703(f)",
    )
