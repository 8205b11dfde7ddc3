"""The first page of the room: what needs a decision now, by duty, each with one next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.responses import RedirectResponse, Response

from ledger.domain.erasure_events import StreamErased
from ledger.domain.passkey_events import is_asked_of
from ledger.home import Home
from ledger.projections.definitions import CASES, DEADLINES
from ledger.register.exposure import READING_ROLES
from ledger.register.glass import glass_of
from ledger.register.passkeys import held_up
from ledger.register.reading import CaseFile
from ledger.web.addresses import case_path
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.dates import Due, due_of_row
from ledger.web.room.gathering import Gathered
from ledger.web.room.wording import day, event_title, moment, state_words
from ledger.web.visit import Visit

SOON = timedelta(days=14)
SEES_LOOKS = frozenset({"counsel", "custodian"})


@dataclass(frozen=True)
class Item:
    """Something that waits for somebody: what it is, and the one step that comes next."""

    what: str
    path: str
    step: str
    more: str = ""
    due: Due | None = None
    is_late: bool = False


@dataclass(frozen=True)
class Duty:
    """What waits of one kind, the most urgent first."""

    title: str
    items: list[Item] = field(default_factory=list)


def first(visit: Visit) -> Response:
    """What waits for the person who is signed in; whoever reads no cases gets their own pages."""
    if visit.signed_in is None:
        return RedirectResponse("/sign-in", 303)
    if not READING_ROLES & visit.person.roles:
        return RedirectResponse("/board" if "auditor" in visit.person.roles else "/tasks", 303)
    seen = Gathered(visit, visit.reader())
    duties = [
        Duty("Visits that wait for a first decision", list(_visits(visit, seen))),
        Duty("Questions to counsel", list(_questions(visit, seen))),
        Duty("Deadlines", list(_deadlines(visit, seen))),
        Duty("Sealings to look at again", list(_reviews(visit, seen))),
        Duty("Waiting for a second person", list(_assents(visit, seen))),
        Duty("Waiting for your passkey", list(_confirmations(visit, seen))),
        Duty("Looks that somebody answers for", list(_glass(visit))),
        Duty("Your tasks", list(_tasks(visit, seen))),
    ]
    told = {"duties": [one for one in duties if one.items], "damaged": seen.damaged}
    return render(visit, "room/now.html", told)


def _visits(visit: Visit, seen: Gathered) -> Iterator[Item]:
    zone = visit.site.home.zone
    for file in seen.sealed:
        for stream in file.intakes:
            at = moment(stream.records[0].recorded_at, zone)
            what = f"{file.reference}: a visit of {at}"
            path = case_path(visit, file.reference)
            more = "It belongs to a case that goes on." if file.head else "It is sealed."
            yield Item(what, path, "Read it, then open it or keep it sealed", more)


def _questions(visit: Visit, seen: Gathered) -> Iterator[Item]:
    zone, me = visit.site.home.zone, visit.person.person
    shown = set()
    for file in seen.sealed:
        for review in file.case.reviews:
            if not review.answered:
                shown.add(file.reference)
                step = "Answer it" if review.event.counsel == me else "Wait for the answer"
                what = f"{file.reference}: {review.event.counsel} was asked"
                at = f"Asked {moment(review.at, zone)}."
                yield Item(what, case_path(visit, file.reference), step, at)
    for row in seen.rows(CASES):
        if row["state"] == "under-counsel-review" and row["reference"] not in shown:
            step = "Answer it" if me in row["with"] else "Wait for the answer"
            what = f"{row['reference']}: {', '.join(row['with'])} was asked"
            yield Item(what, case_path(visit, row["reference"]), step)


def _deadlines(visit: Visit, seen: Gathered) -> Iterator[Item]:
    until = (date.fromisoformat(seen.today) + SOON).isoformat()
    rows = [row for row in seen.rows(DEADLINES) if row["status"] == "open"]
    rows = [row for row in rows if row["kind"] in ("act", "keep") and row["effective_on"] <= until]
    rows.sort(key=lambda row: (row["effective_on"], row["reference"], row["rule"]))
    for row in rows:
        due = due_of_row(row)
        if due.kind == "keep" and due.effective < seen.today:
            continue
        is_late = due.is_late(seen.today)
        step = "A hold ends: renew or release it" if due.kind == "keep" else "Do it, or record it"
        path = case_path(visit, row["reference"])
        yield Item(f"{row['reference']}: {due.rule}", path, step, "", due, is_late)


def _reviews(visit: Visit, seen: Gathered) -> Iterator[Item]:
    """Sealings whose day of review has come, or that counsel has not looked at."""
    for file in seen.sealed:
        seal = file.case.sealed
        if seal is None or file.case.closed is not None:
            continue
        path, on = case_path(visit, file.reference), seal.event.review_on
        if on is not None and on.isoformat() <= seen.today:
            what = f"{file.reference}: to be looked at again on {day(on)}"
            yield Item(what, path, "Open it, or keep it sealed anew", is_late=True)
        elif seal.confirmed is None and "counsel" in visit.standings:
            yield Item(f"{file.reference}: sealed by {seal.by}", path, "Confirm, or advise opening")


def _assents(visit: Visit, seen: Gathered) -> Iterator[Item]:
    office, me = seen.reader.office().office, visit.person.person
    for one in office.awaiting_assent:
        if one.recorded_by != me:
            kind = "/erasures" if isinstance(one.event, StreamErased) else "/office"
            what = f"{event_title(one.type)}, by {one.recorded_by}"
            yield Item(what, kind, "Check who it is, then assent", is_late=False)
    for file in seen.sealed:
        yield from _corrections(visit, file, me)


def _corrections(visit: Visit, file: CaseFile, me: str) -> Iterator[Item]:
    for one in file.case.waiting:
        if one.recorded_by != me:
            what = f"{file.reference}: a correction by {one.recorded_by}"
            yield Item(what, case_path(visit, file.reference), "Read both, then assent")


_HAS_APPROVALS = frozenset({"approved", "disclosed", "warrant-in-execution"})
"""States of a case in which an approval may wait to be confirmed."""


def _confirmations(visit: Visit, seen: Gathered) -> Iterator[Item]:
    """Approvals of this person's on which nothing leaves before their passkey confirmed them."""
    office, me = seen.reader.office().office, visit.person.person
    if not is_asked_of(office.passkeys, me):
        return
    zone, sealed = visit.site.home.zone, {file.reference: file for file in seen.sealed}
    rows = (row for row in seen.rows(CASES) if row["state"] in _HAS_APPROVALS)
    for reference in sorted({row["reference"] for row in rows}):
        file = sealed.get(reference) or seen.reader.case(reference)
        for one in held_up(office, file.case, me):
            what = f"{reference}: {event_title(one.type)}, {moment(one.recorded_at, zone)}"
            more = "Nothing leaves before you confirm it."
            yield Item(what, case_path(visit, reference), "Confirm with your passkey", more)


def _glass(visit: Visit) -> Iterator[Item]:
    home = visit.site.home
    if not isinstance(home, Home) or not SEES_LOOKS & visit.person.roles:
        return
    now = visit.site.clock()
    for one in glass_of(home, visit.site.register.custody, visit.person.keyring):
        state = one.state(now)
        if state in ("awaited", "overdue") and one.record.recorded_by != visit.person.person:
            what = f"{one.record.recorded_by} looked outside of their ordinary course"
            more = f"To be answered by {moment(one.due_at, home.zone)}."
            yield Item(what, "/looks", "Read why, then answer", more, is_late=state == "overdue")


def _tasks(visit: Visit, seen: Gathered) -> Iterator[Item]:
    for file in seen.sealed:
        task = file.case.task
        if task is not None and not task.ended and task.event.person == visit.person.person:
            given = state_words(task.reported or "given")
            yield Item(f"A task, {given}", "/tasks", "Do it, then say what became of it")


DOORS = (Door("GET", "/", "look-around", first, sides=frozenset({"room"})),)
