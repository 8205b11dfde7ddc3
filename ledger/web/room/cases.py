"""The list of cases and the page of one: its state, what is due, who is told, all that happened."""

from __future__ import annotations

from typing import Any

from starlette.responses import RedirectResponse, Response

from ledger.answering import Answering, case_answer, history_rows
from ledger.domain.calendar import local_date
from ledger.domain.fields import parse_reference
from ledger.errors import NotFound
from ledger.projections.definitions.deadlines import overdue
from ledger.projections.rosters import roster_lines
from ledger.register.kept import CaseFile
from ledger.register.proven import NOT_YET, standings
from ledger.register.reading import Reader
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.addresses import case_path, reference_at
from ledger.web.room.forms import label_of
from ledger.web.visit import Visit


def answering(visit: Visit) -> Answering:
    """What both doors tell, of this program's side."""
    return Answering(visit.site.home, visit.site.register, visit.site.clock)


def list_(visit: Visit) -> Response:
    """The cases that are open to the person, the newest first."""
    rows = answering(visit).cases(visit.reader())
    rows.sort(key=lambda row: str(row["last_at"]), reverse=True)
    cases = [{**row, "path": case_path(visit, row["reference"])} for row in rows]
    return render(visit, "room/cases.html", {"cases": cases})


def go(visit: Visit) -> Response:
    """Go to a case by the reference that somebody wrote. Raises: NotFound."""
    exact = parse_reference(visit.form.text("reference") or "")
    if exact is None:
        raise NotFound
    visit.reader().case(exact)
    return RedirectResponse(case_path(visit, exact), 303)


def page(visit: Visit) -> Response:
    """The page of a case. Raises: NotFound."""
    reader = visit.reader()
    file = reader.case(reference_at(visit))
    return render(visit, "room/case.html", page_data(visit, reader, file))


def page_data(visit: Visit, reader: Reader, file: CaseFile) -> dict[str, Any]:
    """What the page of a case shows."""
    proven = standings(visit.site.home, file)
    rows = history_rows(reader, file)
    path, told = case_path(visit, file.reference), case_answer(reader, file)
    today = local_date(visit.site.clock(), visit.site.home.config.zone)
    due = [{**row, "overdue": overdue(row, today)} for row in told["deadlines"]]
    return {
        **told,
        "deadlines": due,
        "reference": file.reference,
        "path": path,
        "is_sealed": file.sealed,
        "is_waiting": file.head is None,
        "visits": len(file.intakes),
        "history": [{**row, "standing": proven.get(str(row["ref"]), NOT_YET)} for row in rows],
        "roster": roster_lines(file.whole) if file.sealed else (),
        "label": label_of,
        "zone": visit.site.home.zone,
    }


DOORS = (
    Door("GET", "/cases", "read-cases", list_),
    Door("POST", "/cases", "read-cases", go),
    Door("GET", "/cases/{case}", "read-cases", page),
)
