"""Complaints: who looks into them, and what an answer may not tell.

Sources: the Missouri library's policy II.5 (R-19, R-95, R-107); domain §5.4.2 no. 49 to 51, 60.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import (
    ComplaintAnswered,
    FindingRecorded,
    GoodFaithComplianceMarked,
    InvestigationOpened,
)

_COMPLAINTS = "Disclosure ledger, domain §5.4.2 no. 49 to 51"


def complaint_known_v1(
    case: Case,
    event: InvestigationOpened | FindingRecorded | ComplaintAnswered,
    context: Context,
) -> Broken | None:
    """A complaint of this case is looked into and answered, as long as it was not."""
    found = case.complaint(event.complaint)
    if found is not None and found.answered is None:
        return None
    return broken_house_rule(
        "complaint_known_v1",
        "There is no unanswered complaint under this reference in the case.",
        _COMPLAINTS,
    )


def investigator_is_apart_v1(
    case: Case, event: InvestigationOpened, context: Context
) -> Broken | None:
    """Nobody investigates a complaint about themselves, or their own."""
    if event.investigator not in case.recused:
        return None
    return broken_house_rule(
        "investigator_is_apart_v1",
        "Whoever is recused, complained of or complaining does not investigate this complaint.",
        _COMPLAINTS,
    )


def finding_follows_investigation_v1(
    case: Case, event: FindingRecorded, context: Context
) -> Broken | None:
    """A finding comes from an investigation that was opened."""
    found = case.complaint(event.complaint)
    if found is None or found.investigation is not None:
        return None
    return broken_house_rule(
        "finding_follows_investigation_v1",
        "Nobody was told to look into this complaint. Open an investigation first.",
        _COMPLAINTS,
    )


def answer_reveals_no_gag_v1(
    case: Case, event: ComplaintAnswered, context: Context
) -> Broken | None:
    """While a gag binds, a complainant is answered in the standard words only."""
    if event.standard_words and event.wording is None:
        return None
    if not case.live_gags():
        return None
    return broken_house_rule(
        "answer_reveals_no_gag_v1",
        "While a duty of silence binds, answer in the standard words and add nothing.",
        "Disclosure ledger, domain §5.4.2 no. 51; 18 U.S.C. 2709(c)(1)",
    )


def mark_names_record_v1(
    case: Case, event: GoodFaithComplianceMarked, context: Context
) -> Broken | None:
    """Good faith is marked for a record of this case, by somebody else than who acted."""
    if case.record(event.of) is not None and event.person != context.recorded_by:
        return None
    return broken_house_rule(
        "mark_names_record_v1",
        "Name a record of this case and who acted; nobody marks their own good faith.",
        "Disclosure ledger, domain §5.4.2 no. 60 (R-117)",
    )
