"""Complaints, and how far the library has come with them."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    ComplaintAnswered,
    ComplaintReceived,
    FindingRecorded,
    InvestigationOpened,
    RecusalRecorded,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Complaint, Investigation, change, origin


def complaint_received(case: Case, recorded: Recorded, event: ComplaintReceived) -> Case:
    """One more complaint; who is complained of, and who complains, has no part in the matter."""
    complaint = Complaint(event=event, **origin(recorded))
    people = [one for one in (event.respondent, event.by_person) if one is not None]
    case = replace(case, complaints=(*case.complaints, complaint))
    return _without(case, *people)


def investigation_opened(case: Case, recorded: Recorded, event: InvestigationOpened) -> Case:
    """Somebody looks into it."""
    investigation = Investigation(event=event, **origin(recorded))
    return _changed(case, event.complaint, investigation=investigation)


def finding_recorded(case: Case, recorded: Recorded, event: FindingRecorded) -> Case:
    """What was found; a later finding takes the place of an earlier one."""
    return _changed(case, event.complaint, finding=recorded)


def complaint_answered(case: Case, recorded: Recorded, event: ComplaintAnswered) -> Case:
    """The complainant was written to; an answer says all that an acknowledgement does."""
    found = case.complaint(event.complaint)
    if found is None:
        return case
    acknowledged = found.acknowledged or recorded.ref
    if event.kind == "acknowledgement":
        return _changed(case, found.ref, acknowledged=acknowledged)
    answered = found.answered or recorded.ref
    return _changed(case, found.ref, acknowledged=acknowledged, answered=answered)


def recusal_recorded(case: Case, recorded: Recorded, event: RecusalRecorded) -> Case:
    """This person has no part in the matter."""
    return _without(case, event.person)


def _without(case: Case, *people: str) -> Case:
    return replace(case, recused=tuple(dict.fromkeys((*case.recused, *people))))


def _changed(case: Case, ref: str, **changes: object) -> Case:
    return replace(case, complaints=change(case.complaints, ref, **changes))
