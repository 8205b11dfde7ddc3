"""Cases: the list of those that are open to the visitor, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from ledger.domain.events import OpeningProposed
from ledger.domain.fields import parse_reference
from ledger.domain.law.deadlines import Deadline
from ledger.domain.office import Office
from ledger.errors import BadRequest, NotFound
from ledger.projections.definitions import CASES, Told
from ledger.projections.rosters import CLAUSES, Line, roster_lines
from ledger.register.aside import tasks_of
from ledger.register.kept import version_of
from ledger.register.passkeys import to_confirm
from ledger.register.reading import CaseFile, Reader
from ledger.register.roster import COUNSEL, without
from ledger.web.access import may
from ledger.web.addresses import case_path, reference_of
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room import steps
from ledger.web.room.dates import Due, due_of
from ledger.web.room.gathering import Gathered
from ledger.web.room.timeline import Entry, entries, proofs_of
from ledger.web.room.wording import moment, plain, state_words
from ledger.web.visit import Visit

ON_A_PAGE = 50
RECORDS_ON_A_PAGE = 100
"""So many records a page of a case has at most: about 40 kB."""
NO_REFERENCE = "That is no reference of a case. It looks like 7K3M-9QF2-X."


class Listed(Struct, frozen=True):
    """A case as its line in the list shows it; days are ISO 8601, local."""

    path: str
    reference: str
    state: str
    holders: str
    next: str | None
    next_on: str | None
    is_late: bool
    last_on: str
    last_by: str


@dataclass(frozen=True)
class CaseView:
    """A case as its page shows it; each part once folded."""

    path: str
    file: CaseFile
    told: Told
    entries: Sequence[Entry]
    waiting: Sequence[Sequence[Entry]]
    due: Sequence[Due]

    @property
    def number(self) -> dict[str, int]:
        """The number on the page of each record, by its reference."""
        return {one.ref: one.number for one in self.entries}

    @cached_property
    def history(self) -> list[Entry]:
        """What happened, without counsel's advice on it."""
        return [one for one in self.entries if not one.is_advice]

    def page(self, first: int | None = None) -> range:
        """The numbers of the records on the page that begins with one of them; without it those
        that happened last.
        """
        end = len(self.history) + 1
        begin = min(max(1, end - RECORDS_ON_A_PAGE if first is None else first), max(1, end - 1))
        return range(begin, min(begin + RECORDS_ON_A_PAGE, end))

    def place(self, number: int) -> str:
        """The address of a record; advice stands on every page."""
        is_paged = number <= len(self.history) > RECORDS_ON_A_PAGE
        return f"{self.path}{f'?from={number}' if is_paged else ''}#r{number}"


def index(visit: Visit) -> Response:
    """The cases that are open to the visitor, those with the nearest duty first."""
    seen = Gathered(visit, visit.reader())
    rows = seen.rows(CASES)
    rows.sort(key=lambda row: (row["next_on"] or "9999", row["last_at"], row["reference"]))
    first = page_of(visit) * ON_A_PAGE
    today = seen.today
    shown = [
        Listed(
            path=case_path(visit, row["reference"]),
            reference=row["reference"],
            state=state_words(row["state"]),
            holders=", ".join(row["with"]),
            next=row["next_duty"] and plain(row["next_duty"]),
            next_on=row["next_on"],
            is_late=bool(row["next_on"]) and row["next_on"] < today,
            last_on=row["last_at"][:10],
            last_by=row["last_by"],
        )
        for row in rows[first : first + ON_A_PAGE]
    ]
    more = {"page": first // ON_A_PAGE, "is_last": first + ON_A_PAGE >= len(rows)}
    return render(visit, "room/cases.html", {"rows": shown, "count": len(rows), **more})


def page_of(visit: Visit) -> int:
    """Which page of a list is asked for, from 0 on."""
    asked = visit.request.query_params.get("page", "0")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0


def find(visit: Visit) -> Response:
    """Go to a case by its reference, which stands in the form and in no address of the room.

    Raises:
        BadRequest: it is no reference.
        NotFound: nothing of that reference is open to the visitor.
    """
    exact = parse_reference(visit.form.text("reference") or "")
    if exact is None:
        raise BadRequest(NO_REFERENCE)
    reader = visit.reader()
    file = reader.case(exact)
    kind = "/tasks" if file.case.task is not None else case_path(visit, file.reference)
    return RedirectResponse(kind, 303)


def show(visit: Visit) -> Response:
    """The page of a case. Raises: NotFound."""
    reader = visit.reader()
    view = view_of(visit, reader, _file(visit, reader))
    return render(visit, "room/case.html", told_of(visit, reader, view))


def _file(visit: Visit, reader: Reader) -> CaseFile:
    """The case that the address names. Raises: NotFound, for a task as for nothing."""
    file = reader.case(reference_of(visit))
    if file.case.task is not None:
        raise NotFound
    return file


def view_of(visit: Visit, reader: Reader, file: CaseFile) -> CaseView:
    """A case folded and told, with everything that its pages share."""
    home, reading = visit.site.home, reader.reading()
    told = Told.folded(file.reference, file.case, reading)
    waiting = () if file.head is None else file.intakes
    office = reader.office().office
    shown = (*file.streams, *waiting, *file.advice)
    proofs = proofs_of(home, shown, is_cleared=visit.is_cleared)
    advice = tuple(one for stream in file.advice for one in stream.records)
    return CaseView(
        path=case_path(visit, file.reference),
        file=file,
        told=told,
        entries=entries(told, advice, proofs, office),
        waiting=[
            entries(Told(file.reference, one.records, reading), (), proofs, office)
            for one in waiting
        ],
        due=[due_of(one) for one in told.deadlines],
    )


def told_of(visit: Visit, reader: Reader, view: CaseView) -> dict[str, object]:
    """What the template of the case page knows."""
    file, office = view.file, reader.office().office
    row = CASES.rows(view.told)[file.reference]
    by_office = without(office.holders(COUNSEL), file.whole, office) if file.sealed else ()
    opened = next((d for d in view.told.deadlines if _is_next(d)), None)
    return {
        "view": view,
        "reference": file.reference,
        "is_sealed": file.sealed,
        "is_waiting": file.head is None,
        "is_damaged": bool(file.damaged),
        "sealed": file.case.sealed,
        "state": state_words(row["state"]),
        "with": row["with"],
        "next": None if opened is None else due_of(opened),
        "flags": view.told.flags,
        "people": [_person(visit, one) for one in roster_lines(file.case)],
        "by_office": [one for one in by_office if one not in file.case.audience],
        "tasks": [t.case.task for t in tasks_of(reader, file.case)] if _has_tasks(file) else [],
        "steps": steps.for_case(file, visit.standings),
        "page": _page(visit, view),
        "on_a_page": RECORDS_ON_A_PAGE,
        "version": version_of(file).hex(),
        "can_erase": file.case.closed is not None and _may_erase(visit),
        "to_agree": _to_agree(visit, view),
        "to_confirm": _to_confirm(visit, view, office),
    }


def _page(visit: Visit, view: CaseView) -> range:
    """The page of the history that is asked for."""
    asked = visit.request.query_params.get("from", "")
    return view.page(
        int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else None
    )


def _to_agree(visit: Visit, view: CaseView) -> list[Entry]:
    """What waits for a second person, who may be this visitor."""
    case, me = view.file.case, visit.person.person
    agreed = {of for of, _ in case.assents}
    waiting = {one.ref for one in case.waiting if one.recorded_by != me}
    if case.sealed is not None:
        waiting |= {
            one.ref
            for one in case.records
            if isinstance(one.event, OpeningProposed) and one.recorded_by != me
        }
    return [one for one in view.entries if one.ref in waiting and one.e not in agreed]


def _to_confirm(visit: Visit, view: CaseView, office: Office) -> list[Entry]:
    """What this visitor decided and may confirm with a passkey; that is done at the room alone."""
    if visit.site.side == "desk":
        return []
    waiting = {one.ref for one in to_confirm(office, view.file.case, visit.person.person)}
    return [one for one in view.entries if one.ref in waiting]


def _may_erase(visit: Visit) -> bool:
    """Whether this visitor proposes erasures; that is done at the room alone."""
    return visit.site.side == "room" and may(visit.standings, "administer")


def _has_tasks(file: CaseFile) -> bool:
    return any(member.task is not None for member in file.case.roster)


def _is_next(one: Deadline) -> bool:
    return one.status == "open" and one.kind in ("act", "keep")


def _person(visit: Visit, one: Line) -> dict[str, str | None]:
    zone = visit.site.home.zone
    ground = None if one.ground is None else f"{CLAUSES[one.ground]} {plain(one.ground)}"
    told = one.duty_notice_at
    return {
        "person": one.person,
        "how": one.how,
        "since": moment(one.since, zone),
        "until": None if one.until is None else moment(one.until, zone),
        "ground": ground,
        "told": None if told is None else moment(told, zone),
    }


DOORS = (
    Door("GET", "/cases", "read-cases", index),
    Door("POST", "/cases/find", "read-cases", find),
    Door("GET", "/cases/{case}", "read-cases", show),
)
