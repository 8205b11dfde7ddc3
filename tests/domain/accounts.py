"""Ordinary events about telling, consenting, complaining, recordings and keeping house.

They go with `tests.domain.examples`: each takes the fields that a test wants otherwise, and no two
use the same person, count or date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from ledger.domain import events as e
from ledger.domain.codec import propose
from ledger.domain.fields import format_reference
from tests.domain.given import AUDITOR, DESIGNEE, STAFF

SomeEvent = TypeVar("SomeEvent", bound=e.Event)
LINKED = format_reference(555_666_777)


def _made(kind: type[SomeEvent], ordinary: dict[str, Any], changes: dict[str, Any]) -> SomeEvent:
    """Build an event as a door would, so that every example is a valid event."""
    return propose(kind, {**ordinary, **changes})


# --- Gags and rosters --------------------------------------------------------------------------


def extended(gag: str, **changes: Any) -> e.GagExtended:
    """A further order keeps the silence until 3 December 2026."""
    return _made(e.GagExtended, {"gag": gag, "until_on": date(2026, 12, 3)}, changes)


def reviewed(gag: str, **changes: Any) -> e.GagReviewed:
    """A court narrowed the gag on 2 January 2026."""
    ordinary = {
        "gag": gag,
        "outcome": "narrowed",
        "evidence": "court-order",
        "evidence_on": date(2026, 1, 2),
    }
    return _made(e.GagReviewed, ordinary, changes)


def removed(person: str, **changes: Any) -> e.AudienceMemberRemoved:
    """Somebody left the library."""
    ordinary = {"person": person, "reason": "left-the-library"}
    return _made(e.AudienceMemberRemoved, ordinary, changes)


# --- Notice and queries ------------------------------------------------------------------------


def notified(instrument: str | None, **changes: Any) -> e.PatronNotified:
    """Two patrons were written to by certified mail on Monday 5 January 2026."""
    ordinary = {
        "instrument": instrument,
        "patrons": 2,
        "method": "certified-mail",
        "sent_on": date(2026, 1, 5),
        "proof": "7021 0950 0001",
    }
    told = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
    return _made(e.PatronNotified, told, {})


def withheld(ground: str, **changes: Any) -> e.NoticeWithheld:
    """Nobody is told, on this ground."""
    return _made(e.NoticeWithheld, {"ground": ground}, changes)


def query(**changes: Any) -> e.PriorDisclosureQueryAnswered:
    """A patron asked at the desk, and was given the standard answer."""
    ordinary = {"asker": "patron", "mode": "in-person", "query": "Did anybody ask about me?"}
    return _made(e.PriorDisclosureQueryAnswered, ordinary, changes)


def answered_again(query: str, **changes: Any) -> e.QueryAnsweredAgain:
    """The asker was written to on 20 January 2026."""
    ordinary = {"query": query, "answered_on": date(2026, 1, 20), "mode": "mail"}
    return _made(e.QueryAnsweredAgain, ordinary, changes)


def standard_answer(version: int, **changes: Any) -> e.StandardAnswerSet:
    """Counsel's text."""
    ordinary = {"version": version, "wording": "The library says so to nobody, whoever asks."}
    return _made(e.StandardAnswerSet, ordinary, changes)


# --- Who is told ---------------------------------------------------------------------------------


def duty_notice(person: str, **changes: Any) -> e.DutyNoticeGiven:
    """Somebody who opens nothing was told of the duty on the evening of 4 January 2026."""
    told_at = datetime(2026, 1, 4, 19, 45, tzinfo=UTC)
    ordinary = {"person": person, "ground": "needed-to-comply", "duty_notice_at": told_at}
    return _made(e.DutyNoticeGiven, ordinary, changes)


def task_assigned(person: str, **changes: Any) -> e.TaskAssigned:
    """Somebody is to keep a backup, and was told of the duty at noon of 4 January 2026."""
    ordinary = {
        "person": person,
        "ground": "needed-to-comply",
        "duty_notice_at": datetime(2026, 1, 4, 19, 0, tzinfo=UTC),
        "task": "Keep backup set 12 until told otherwise.",
    }
    return _made(e.TaskAssigned, ordinary, changes)


def task_given(person: str, **changes: Any) -> e.TaskGiven:
    """The task as its person sees it."""
    ordinary = {"reference": LINKED, "person": person, "readers": ["maya"]}
    return _made(e.TaskGiven, ordinary, changes)


def task_reported(**changes: Any) -> e.TaskReported:
    """It was done."""
    return _made(e.TaskReported, {"outcome": "done"}, changes)


def task_ended(**changes: Any) -> e.TaskEnded:
    """It is needed no more."""
    return _made(e.TaskEnded, {"reason": "not-needed-any-more"}, changes)


def roster_given(gag: str, *people: str, **changes: Any) -> e.RosterGiven:
    """The agency asked on 9 January 2026, and was told these people on the 12th."""
    days = {"asked_on": date(2026, 1, 9), "given_on": date(2026, 1, 12)}
    ordinary = {"gag": gag, "people": people, "mode": "mail", **days}
    return _made(e.RosterGiven, ordinary, changes)


# --- Consent -----------------------------------------------------------------------------------


def consent_paper(**changes: Any) -> e.InstrumentReceived:
    """A signed form of the user."""
    ordinary = {"kind": "written-consent", "issuer": "subject", "level": "not-law-enforcement"}
    return _made(e.InstrumentReceived, ordinary, changes)


def consent(instrument: str | None, **changes: Any) -> e.ConsentGiven:
    """The user lets circulation records go to an insurer, until 15 January 2026."""
    ordinary = {
        "grantor": "subject",
        "categories": ["circulation", "registration"],
        "instrument": instrument,
        "expires_on": date(2026, 1, 15),
    }
    told = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
    return _made(e.ConsentGiven, told, {})


def consent_changed(consent: str, outcome: str, **changes: Any) -> e.ConsentChanged:
    """Something became of a consent."""
    return _made(e.ConsentChanged, {"consent": consent, "outcome": outcome}, changes)


# --- Requests ----------------------------------------------------------------------------------


def parents_request(**changes: Any) -> e.RequestReceived:
    """A parent asks what a child borrowed."""
    ordinary = {"requester": "parent-or-guardian", "categories": ["circulation"]}
    return _made(e.RequestReceived, ordinary, changes)


def circumstances(request: str, **changes: Any) -> e.CircumstancesRecorded:
    """What the answer turns on."""
    return _made(e.CircumstancesRecorded, {"request": request}, changes)


# --- Video -------------------------------------------------------------------------------------


def video(**changes: Any) -> e.VideoLocated:
    """A recording of Monday 5 May 2025."""
    return _made(e.VideoLocated, {"recorded_on": date(2025, 5, 5)}, changes)


def accessed(video: str, **changes: Any) -> e.VideoAccessed:
    """A claim is looked into."""
    ordinary = {"video": video, "reason": "claim", "person": "D. Ash, insurer"}
    told = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
    return _made(e.VideoAccessed, told, {})


# --- Complaints --------------------------------------------------------------------------------


def complaint(**changes: Any) -> e.ComplaintReceived:
    """A patron complains of the designee."""
    ordinary = {
        "complainant": "patron",
        "allegation": "disclosure",
        "alleged_on": date(2025, 12, 22),
        "respondent": DESIGNEE,
    }
    told = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
    return _made(e.ComplaintReceived, told, {})


def investigation(complaint: str, **changes: Any) -> e.InvestigationOpened:
    """The auditor looks into it."""
    ordinary = {"complaint": complaint, "investigator": AUDITOR}
    return _made(e.InvestigationOpened, ordinary, changes)


def finding(complaint: str, **changes: Any) -> e.FindingRecorded:
    """There was a violation."""
    return _made(e.FindingRecorded, {"complaint": complaint, "outcome": "violation"}, changes)


def reply(complaint: str, **changes: Any) -> e.ComplaintAnswered:
    """The complainant is answered in the library's own words."""
    ordinary = {"complaint": complaint, "kind": "answer", "mode": "mail", "wording": "We found…"}
    told = {name: value for name, value in {**ordinary, **changes}.items() if value is not None}
    return _made(e.ComplaintAnswered, told, {})


def good_faith(of: str, **changes: Any) -> e.GoodFaithComplianceMarked:
    """Staff acted as policy has it."""
    ordinary = {"of": of, "person": STAFF, "basis": "PUB 06-04, III.3"}
    return _made(e.GoodFaithComplianceMarked, ordinary, changes)


# --- The matter itself, and the office ---------------------------------------------------------


def recusal(person: str, **changes: Any) -> e.RecusalRecorded:
    """Somebody is related to the subject."""
    return _made(e.RecusalRecorded, {"person": person, "reason": "relative"}, changes)


def note(of: str) -> e.EventAnnotated:
    """A remark on a record."""
    return _made(e.EventAnnotated, {"of": of, "note": "Said while silence was ordered."}, {})


def link(**changes: Any) -> e.CaseLinked:
    """Another matter has the same facts."""
    return _made(e.CaseLinked, {"to": LINKED, "relation": "same-facts"}, changes)


def audit(**changes: Any) -> e.AuditPerformed:
    """The last quarter of 2025 was looked at."""
    ordinary = {"from_on": date(2025, 10, 1), "to_on": date(2025, 12, 31), "checks": ["chain"]}
    return _made(e.AuditPerformed, ordinary, changes)


def purge(**changes: Any) -> e.PurgeRunCompleted:
    """Circulation records were destroyed."""
    ordinary = {
        "purged": [{"category": "circulation", "count": 412}],
        "method": "deleted",
        "schedule": "PUB 06-04, II.4",
        "backups": "expire-by-themselves",
    }
    return _made(e.PurgeRunCompleted, ordinary, changes)


def purge_blocked(hold: str, **changes: Any) -> e.PurgeBlockedByHold:
    """Terminal logs were due on 3 January 2026, and are held."""
    ordinary = {"hold": hold, "category": "computer-use", "due_on": date(2026, 1, 3)}
    return _made(e.PurgeBlockedByHold, ordinary, changes)


def drill(**changes: Any) -> e.DrillHeld:
    """Six people practised a warrant."""
    ordinary = {"kind": "warrant", "participants": 6, "result": "as-written"}
    return _made(e.DrillHeld, ordinary, changes)
