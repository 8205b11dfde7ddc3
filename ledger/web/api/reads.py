"""Reading through the API: which ledger this is, cases, what is due, rows, reports, the office."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

from starlette.responses import Response

from ledger.answering import (
    Answering,
    case_answer,
    history_rows,
    office_answer,
    projection_answer,
    projections_answer,
)
from ledger.errors import NotFound, NotPermitted
from ledger.evidence.grammar import format_instant
from ledger.projections.definitions import DEFINITIONS, Definition
from ledger.projections.definitions.definition import spell
from ledger.projections.feeds.tables import as_csv
from ledger.register.exposure import READING_ROLES
from ledger.register.kept import version_of
from ledger.reporting import NO_DRAFT, draft, kept, published
from ledger.web.api import shapes
from ledger.web.api.asking import Row, answer, part_of
from ledger.web.api.operations import AFTER, LIMIT, LINK, REFERENCE, Operation, Parameter
from ledger.web.api.rows import PROJECTIONS
from ledger.web.doors import Door
from ledger.web.problems import etag_of
from ledger.web.visit import Visit

ETAG = {"ETag": "Which version this is: send it in If-Match with an act. It is opaque."}
PERIOD = Parameter("period", "path", "A year or a quarter: 2026 or 2026-Q3.", required=True)


def answering(visit: Visit) -> Answering:
    """What this program's side has to tell."""
    return Answering(visit.site.home, visit.site.register, visit.site.clock)


def ledger(visit: Visit) -> Response:
    """Which ledger this is, and the zone in which its days are counted."""
    home = visit.site.home
    told = {"origin": home.origin, "zone": home.config.zone, "fingerprint": home.fingerprint}
    return answer({**told, "now": format_instant(visit.site.clock())})


def cases(visit: Visit) -> Response:
    """The cases that are open to the person, by their references."""
    part = part_of(visit, answering(visit).cases(visit.reader()), lambda row: [row["reference"]])
    return answer({"cases": part.rows}, headers=part.headers)


def case(visit: Visit) -> Response:
    """A case, with its version. Raises: NotFound."""
    reader = visit.reader()
    file = reader.case(visit.request.path_params["reference"])
    return answer(case_answer(reader, file), headers={"ETag": etag_of(version_of(file))})


def history(visit: Visit) -> Response:
    """Everything that was recorded in a case, in its order. Raises: NotFound."""
    reader = visit.reader()
    file = reader.case(visit.request.path_params["reference"])
    rows = history_rows(reader, file)
    place = {row["ref"]: f"{at:09d}" for at, row in enumerate(rows)}
    part = part_of(visit, rows, lambda row: [place[row["ref"]]])
    return answer({"reference": file.reference, "history": part.rows}, headers=part.headers)


def deadlines(visit: Visit) -> Response:
    """What is due in the cases that are open to the person, earliest first."""
    rows = answering(visit).deadlines(visit.reader())
    part = part_of(visit, rows, _by_day)
    return answer({"deadlines": part.rows}, headers=part.headers)


def projection(definition: Definition, visit: Visit) -> Response:
    """Rows of a projection: for a person those that are open to them, for a program what stands
    open.
    """
    told = answering(visit)
    is_machine = visit.signed_in is None
    rows = told.stored(definition) if is_machine else told.rows(visit.reader(), definition)
    part = part_of(visit, rows, _by_subject)
    return answer(projection_answer(definition, [*map(dict, part.rows)]), headers=part.headers)


def table(definition: Definition, visit: Visit) -> Response:
    """The stored rows of a projection as CSV, of which no spreadsheet takes a cell for a formula
    (threats T-50).
    """
    headers = {"Content-Disposition": f'attachment; filename="{definition.name}.csv"'}
    text = as_csv(answering(visit).stored(definition))
    return Response(text.encode(), 200, headers, "text/csv; charset=utf-8")


def calendar(visit: Visit) -> Response:
    """The open deadlines of open cases as an iCalendar, which says nothing of any case."""
    return Response(answering(visit).calendar(), media_type="text/calendar; charset=utf-8")


def projections(_visit: Visit) -> Response:
    """The projections that there are."""
    return answer(projections_answer())


def office(visit: Visit) -> Response:
    """The people and desks with their roles, and the version of the office."""
    view = visit.site.register.office()
    return answer(office_answer(view.office), headers={"ETag": etag_of(view.version)})


def statistics(visit: Visit) -> Response:
    """The statistics of a period as a report on it would have them now; of what stands open only.

    Raises: BadRequest; NotPermitted, for who reads no cases: they read what was published.
    """
    if not READING_ROLES & visit.standings:
        raise NotPermitted(NO_DRAFT)
    service = visit.site.register.reader(None)
    return _spelt(draft(visit.site.home, service, visit.request.path_params["period"]))


def reports(visit: Visit) -> Response:
    """The transparency reports that were published."""
    return answer({"reports": answering(visit).reports()})


def report(visit: Visit) -> Response:
    """A published report, in the bytes that were digested. Raises: NotFound."""
    service = visit.site.register.reader(None)
    period = visit.request.path_params["period"]
    found = next((one for one in published(service) if one.period == period), None)
    if found is None:
        raise NotFound
    return _spelt(kept(visit.site.home, service, found))


def _spelt(data: bytes) -> Response:
    return Response(data, media_type="application/json")


def _by_day(row: Row) -> list[str]:
    return [str(row[name]) for name in ("effective_on", "reference", "rule", "id", "rolled_on")]


def _by_subject(row: Row) -> list[str]:
    """By case and by when it was recorded, as far as a row says so; then by what it is."""
    named = (str(row.get(name, "")) for name in ("reference", "recorded_at", "ref"))
    return [*named, sha256(spell(dict(row)).encode()).hexdigest()]


_LIST = (LIMIT, AFTER)
OPERATIONS = (
    Operation(
        Door("GET", "/api", "look-around", ledger, "data"),
        "Which ledger this is, and the library's zone.",
        shapes.Ledger,
    ),
    Operation(
        Door("GET", "/api/cases", "read-cases", cases, "data"),
        "List the cases that are open to you.",
        shapes.Cases,
        parameters=_LIST,
        headers=LINK,
    ),
    Operation(
        Door("GET", "/api/cases/{reference}", "read-cases", case, "data"),
        "Show a case.",
        shapes.OneCase,
        parameters=(REFERENCE,),
        fails=(404,),
        headers=ETAG,
    ),
    Operation(
        Door("GET", "/api/cases/{reference}/history", "read-cases", history, "data"),
        "Show what was recorded in a case.",
        shapes.History,
        parameters=(REFERENCE, *_LIST),
        fails=(404,),
        headers=LINK,
    ),
    Operation(
        Door("GET", "/api/deadlines", "read-cases", deadlines, "data"),
        "List what is due, earliest first.",
        shapes.Deadlines,
        parameters=_LIST,
        headers=LINK,
    ),
    Operation(
        Door("GET", "/api/projections", "read-cases", projections, "data"),
        "List the projections.",
        shapes.Projections,
    ),
    *(
        Operation(
            Door(
                *("GET", f"/api/projections/{one.name}", "read-projection"),
                *(partial(projection, one), "data"),
                of=one.name,
            ),
            f"Rows of the projection {one.name}, version {one.version}.",
            PROJECTIONS[one.name],
            parameters=_LIST,
            headers=LINK,
        )
        for one in DEFINITIONS
    ),
    *(
        Operation(
            Door(
                *("GET", f"/api/tables/{one.name}.csv", "read-projection"),
                *(partial(table, one), "data"),
                of=one.name,
            ),
            f"The stored rows of the projection {one.name} as a table.",
            media=("text/csv",),
        )
        for one in DEFINITIONS
    ),
    Operation(
        Door("GET", "/api/calendar.ics", "read-projection", calendar, "data", of="deadlines"),
        "The open deadlines of open cases as a calendar.",
        media=("text/calendar",),
    ),
    Operation(
        Door("GET", "/api/office", "read-office", office, "data"),
        "Show who holds which role.",
        shapes.Office,
        headers=ETAG,
    ),
    Operation(
        Door("GET", "/api/statistics/{period}", "read-statistics", statistics, "data"),
        "The statistics of a period, in bands, as a report would have them now.",
        shapes.TransparencyReport,
        parameters=(PERIOD,),
    ),
    Operation(
        Door("GET", "/api/reports", "read-statistics", reports, "data"),
        "List the transparency reports.",
        shapes.Reports,
    ),
    Operation(
        Door("GET", "/api/reports/{period}", "read-statistics", report, "data"),
        "Show a transparency report as it went out.",
        shapes.TransparencyReport,
        parameters=(PERIOD,),
        fails=(404,),
    ),
)
