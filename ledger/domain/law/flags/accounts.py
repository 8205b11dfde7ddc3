"""What jars about telling, consenting and complaining."""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.events import FindingRecorded
from ledger.domain.law.deadlines import Reading
from ledger.domain.law.deadlines.query import answered_in_silence
from ledger.domain.law.flags.flag import Flag, flag, house_flag
from ledger.domain.parts import Complaint, Gag


def of_notices(case: Case, reading: Reading) -> Iterator[Flag]:
    """Notices that were not sent as the law has it, and what a lifted gag leaves to be told."""
    for notice in case.notices:
        method = reading.then(notice).find("notice.method")
        if method is not None and notice.event.method != method.word:
            yield flag("notice-not-by-required-method", notice.ref, method)
    for gag in case.gags:
        if gag.lifted_on is not None:
            yield from _after_silence(case, gag, reading)
    for query, ended, met_by in answered_in_silence(case, reading.zone):
        if met_by is None:
            row = reading.then(ended).value("notice.after_silence")
            yield flag("query-to-be-answered-again", query.ref, row)


def _after_silence(case: Case, gag: Gag, reading: Reading) -> Iterator[Flag]:
    row = reading.then(gag).value("notice.after_silence")
    for one in case.withheld:
        if one.event.gag == gag.ref and not any(told.at > one.at for told in case.notices):
            yield flag("deferred-notice-due", one.ref, row)


def of_consents(case: Case, reading: Reading) -> Iterator[Flag]:
    """Consents that nothing may rest on."""
    for consent in case.consents:
        then = reading.then(consent)
        holder = then.find("consent.holder")
        if holder is not None and consent.event.grantor != holder.word:
            yield flag("consent-not-by-holder", consent.ref, holder)
        in_any_form = any(one.rests_on == "consent" for one in then.law.bases_on(then.on))
        if not consent.event.written and not in_any_form:
            yield house_flag(
                "consent-not-written",
                consent.ref,
                "Only a written consent supports a disclosure here; what somebody does implies"
                " none.",
                "domain §1.10 (R-153)",
            )


def of_complaints(case: Case, reading: Reading) -> Iterator[Flag]:
    """Claims whose clock this ledger cannot compute, and violations that were found."""
    for complaint in case.complaints:
        yield from _of_claim(complaint, reading)
        found = None if complaint.finding is None else complaint.finding.event
        if isinstance(found, FindingRecorded) and found.outcome in ("violation", "partly"):
            yield house_flag(
                "violation-found",
                complaint.ref,
                "The investigation found a violation. A mark of good faith takes nothing of it"
                " back.",
                "domain §5.4.2 no. 51 and 60",
            )


def _of_claim(complaint: Complaint, reading: Reading) -> Iterator[Flag]:
    then = reading.then(complaint)
    from_knowledge = then.find("remedy.limitation_days")
    if from_knowledge is not None and from_knowledge.measured_from == "knowledge":
        yield flag("claim-runs-from-knowledge", complaint.ref, from_knowledge)
    days = then.find("remedy.complaint_days")
    if days is not None and complaint.event.alleged_on is None:
        yield flag("claim-start-not-known", complaint.ref, days)


def of_conflicts(case: Case, reading: Reading) -> Iterator[Flag]:
    """Approvals by somebody who has no part in the matter, as it turned out later."""
    for approval in case.approvals:
        if approval.by in case.recused:
            yield house_flag(
                "approved-by-recused",
                approval.ref,
                "Who approved this has no part in the matter. Somebody else looks at it again.",
                "domain §5.5.2",
            )


def of_purges(case: Case, reading: Reading) -> Iterator[Flag]:
    """What was due to be destroyed while it was held, and is held no more."""
    for recorded in case.blocked_purges:
        category = getattr(recorded.event, "category", None)
        if not any(h.released is None and category in h.event.categories for h in case.holds):
            yield house_flag(
                "purge-due-at-once",
                recorded.ref,
                "No hold keeps these records any more, and their period has ended: they are"
                " destroyed at once.",
                "domain §6, scenario 8",
            )
