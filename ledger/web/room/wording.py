"""Names as people read them: of events, commands, fields and choices; instants of the library.

What has no words of its own here is told by its name in the ledger, which is plain English with
hyphens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

LABELS: Mapping[str, str] = {
    "because": "Why",
    "basis": "On what basis",
    "by": "By whom",
    "categories": "Classes of record",
    "comply_by_on": "To be obeyed by",
    "excluded": "Classes that stay here",
    "execute_by_on": "To be carried out by",
    "exposed_others": "Who else knows",
    "instrument": "The paper",
    "judge_signed": "Signed by a judge",
    "not_to_director": "Kept from the director",
    "of": "Which record",
    "presents": "What they have",
    "records": "How many records",
    "review_on": "Look again on",
    "until_on": "Sealed until",
    "wants": "What they want",
    "words": "In their words",
}
"""What a field is called where its name alone would not do."""
COMMANDS: Mapping[str, str] = {
    "add-audience-member": "Let one more person in",
    "approve": "Approve",
    "assign-task": "Give somebody a task",
    "complete-counsel-review": "Answer as counsel",
    "confirm-sealing": "Confirm the sealing, as counsel",
    "correct": "Correct a record",
    "deny": "Deny",
    "disclose": "Record what was handed over",
    "find-defect": "Record what a paper lacks",
    "give-advice": "Give advice",
    "keep-sealed": "Keep sealed",
    "limit-scope": "Limit what leaves",
    "open": "Open to the staff",
    "place-hold": "Place a hold",
    "record-recusal": "Record that somebody has no part",
    "remove-audience-member": "Let a person go from the roster",
    "request-counsel-review": "Ask counsel",
}
STATES: Mapping[str, str] = {
    "received": "waits for a first decision",
    "under-decision": "waits for a decision",
    "under-counsel-review": "counsel was asked",
    "warrant-in-execution": "a warrant is being carried out",
}
CONFIDENCE: Mapping[str, str] = {
    "verified": "confirmed",
    "partly": "confirmed in part",
    "unverified": "nobody confirmed it yet",
}


def plain(name: str) -> str:
    """A name of the ledger as words: `under-counsel-review` becomes `under counsel review`."""
    return name.replace("-", " ").replace("_", " ")


def titled(name: str) -> str:
    """The same, as the beginning of a line."""
    words = plain(name)
    return words[:1].upper() + words[1:]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def event_title(tag: str) -> str:
    """An event's name by its tag: `intake-saved.v1` becomes `Intake saved`."""
    return titled(tag.rpartition(".v")[0])


@cache
def label_of(field: str) -> str:
    """What a field is called."""
    if field in LABELS:
        return LABELS[field]
    stem = field.removesuffix("_on").removesuffix("_at")
    return titled(stem) + (" on" if field.endswith("_on") else "")


def command_title(command: str) -> str:
    """What a command does, in a few words."""
    return COMMANDS.get(command) or titled(command)


def state_words(state: str) -> str:
    """Where a case stands."""
    return STATES.get(state) or plain(state)


def confidence_words(confidence: str) -> str:
    """How sure we are of a rule."""
    return CONFIDENCE.get(confidence) or plain(confidence)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the library's clocks show it: `19 Jun 2026, 14:05`."""
    local = at.astimezone(zone)
    return f"{day(local)}, {local.hour:02}:{local.minute:02}"


def day(on: date) -> str:
    """A day: `19 Jun 2026`."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year:04}"
