"""The first page of who is signed in: what needs somebody now, each with one next step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from ledger.domain.office_events import KeyEnrolled, RoleGranted, StreamErased
from ledger.register.exposure import READING_ROLES
from ledger.register.reading import Reader
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.addresses import case_path
from ledger.web.room.cases import answering
from ledger.web.visit import Visit


@dataclass(frozen=True)
class Duty:
    """Something that waits for a person: what, by when, and where it is done."""

    words: str
    path: str
    step: str
    by: str = ""
    is_late: bool = False


def start(visit: Visit) -> Response:
    """What needs a decision now."""
    if visit.signed_in is None:
        return RedirectResponse("/sign-in", 303)
    if not READING_ROLES & visit.person.roles:
        return RedirectResponse("/board", 303)
    reader = visit.reader()
    duties = [*_waiting(visit, reader), *_due(visit, reader), *_assents(visit)]
    return render(visit, "room/start.html", {"duties": duties})


def _waiting(visit: Visit, reader: Reader) -> Iterator[Duty]:
    """Visits on which nobody decided yet."""
    for reference in reader.sealed_references():
        file = reader.case(reference)
        if file.intakes and file.case.task is None:
            at = file.intakes[0].last.record.recorded_at.astimezone(visit.site.home.zone)
            words = f"{reference}: a visit of {at:%d %b %Y, %H:%M} waits to be decided on"
            yield Duty(words, case_path(visit, reference), "Look at it, then open or seal")


def _due(visit: Visit, reader: Reader) -> Iterator[Duty]:
    """What the law wants done, the earliest first."""
    for row in answering(visit).deadlines(reader):
        if row["kind"] == "act":
            yield Duty(
                f"{row['reference']}: {row['sentence']}",
                case_path(visit, row["reference"]),
                "Open the case",
                row["effective_on"],
                is_late=row["overdue"],
            )


def _assents(visit: Visit) -> Iterator[Duty]:
    """What one person proposed and another must agree to."""
    for one in visit.site.register.office().office.awaiting_assent:
        if one.recorded_by == visit.person.person:
            continue
        match one.event:
            case KeyEnrolled() | RoleGranted():
                words = f"{one.recorded_by} proposes {one.event.person}: agree, or let it be"
            case StreamErased():
                words = f"{one.recorded_by} proposes an erasure"
            case _:
                words = f"{one.recorded_by} proposes something in the office"
        yield Duty(words, "/office", "Look at it")


DOORS = (Door("GET", "/start", "see-duties", start),)
