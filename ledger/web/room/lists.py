"""Lists of the room: holds, the register of what left, the office, the guard, reports, erasures."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.responses import Response

from ledger.domain.erasure_events import StreamErased
from ledger.domain.events import Event
from ledger.domain.log_events import EpochAnnounced
from ledger.domain.passkey_events import Passkey, PasskeyEnrolled
from ledger.errors import BadRequest
from ledger.evidence.grammar import format_instant, parse_instant
from ledger.guarding import held_openly
from ledger.home import OpenHome
from ledger.projecting import open_rows
from ledger.projections.definitions import DEFINITIONS, Definition
from ledger.projections.transparency.page import CAPTIONS, label
from ledger.reporting import kept, published
from ledger.sequencer.epochs import epoch_in, last_call, places_of
from ledger.web.addresses import case_path
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room import reports, steps
from ledger.web.room.gathering import Gathered
from ledger.web.room.wording import confidence_words, event_title, moment, plain
from ledger.web.visit import Visit

_BY_NAME = {one.name: one for one in DEFINITIONS}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a field of a table; with `path`, a link."""

    text: str
    path: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: its columns, and its rows; the first cell of each names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    none: str = "There are none."


def table_of(caption: str, columns: tuple[str, ...], rows: list[list[str | Cell]]) -> Table:
    """A table of texts and links."""
    made = (tuple(c if isinstance(c, Cell) else Cell(c) for c in row) for row in rows)
    return Table(caption, columns, tuple(made))


def page(visit: Visit, title: str, *tables: Table, note: str | None = None) -> Response:
    """A page of tables."""
    return render(visit, "room/tables.html", {"title": title, "tables": tables, "intro": note})


def more(visit: Visit) -> Response:
    """Every page that does not stand in the head."""
    return render(visit, "room/more.html")


def holds(visit: Visit) -> Response:
    """Every hold that the visitor may see, those that end first before others."""
    seen = Gathered(visit, visit.reader())
    found = sorted(seen.rows(_BY_NAME["holds"]), key=lambda r: (r["status"], r["until_on"] or ""))
    rows: list[list[str | Cell]] = [
        [
            Cell(row["reference"], case_path(visit, row["reference"])),
            row["status"],
            ", ".join(map(plain, row["categories"])),
            ", ".join(map(plain, row["places"])),
            row["until_on"] or "not known",
            row["nominal_on"] or "",
            f"{row['citation']} ({confidence_words(row['confidence'])})" if row["citation"] else "",
        ]
        for row in found
    ]
    columns = ("Case", "State", "What is kept", "Where", "Until", "Counted", "Source")
    return page(visit, "Holds", table_of("Holds", columns, rows))


def disclosures(visit: Visit) -> Response:
    """The register of what left and of what did not, the newest first."""
    seen = Gathered(visit, visit.reader())
    found = sorted(seen.rows(_BY_NAME["disclosures"]), key=lambda r: r["occurred_at"], reverse=True)
    rows: list[list[str | Cell]] = [
        [
            Cell(row["reference"], case_path(visit, row["reference"])),
            row["occurred_at"][:10],
            plain(row["kind"]),
            ", ".join(map(plain, row.get("categories") or ())) or plain(row.get("reason") or ""),
            row["basis"] or "",
            row["recorded_by"],
            row["pack"] or "",
        ]
        for row in found
    ]
    columns = ("Case", "Day", "What", "Classes, or why not", "Basis", "By", "Law")
    return page(visit, "Register of disclosures", table_of("What left", columns, rows))


def office(visit: Visit) -> Response:
    """Who holds which role and key, who stands in, who is away, and what waits for assent."""
    view, site = visit.site.register.office(), visit.site
    keys = _stored(visit, _BY_NAME["keys"])
    authority = _stored(visit, _BY_NAME["authority"])
    now = format_instant(site.clock())
    me = visit.person.person
    people: list[list[str | Cell]] = [
        [name, ", ".join(sorted(view.office.roles_of(name))) or "no role"]
        for name in sorted({key.person for key in view.office.keys if not key.revoked})
    ]
    absences: list[list[str | Cell]] = [
        [
            row["person"],
            _local(visit, row["from_at"]),
            _local(visit, row["until_at"]),
            "over" if row["until_at"] <= now else "now or to come",
        ]
        for row in authority
        if row["kind"] == "absence"
    ]
    held: list[list[str | Cell]] = [
        [
            row["person"],
            row["sha256"][:16],
            _local(visit, row["enrolled_at"]),
            _local(visit, row["revoked_at"]) if row["revoked_at"] else "",
        ]
        for row in keys
    ]
    told = {
        "title": "The office",
        "tables": (
            table_of("People and desks", ("Who", "Roles"), people),
            table_of("Absences", ("Who", "From", "Until", ""), absences),
            table_of("Keys", ("Whose", "Key", "Enrolled", "Revoked"), held),
        ),
        "custodian": view.office.custodian,
        "designees": sorted(view.office.designees),
        "waiting": [
            {
                "e": one.e,
                "title": event_title(one.type),
                "by": one.recorded_by,
                "whom": _whom(one.event, visit.site.home),
                "is_late": _is_late(one.event, visit),
                "is_mine": one.recorded_by == me,
            }
            for one in view.office.awaiting_assent
            if not isinstance(one.event, StreamErased)
        ],
        "version": view.version.hex(),
        "steps": steps.for_office(),
    }
    return render(visit, "room/office.html", told)


def _whom(event: Event, home: OpenHome) -> str:
    """Whom a record of the office is about, and as what; of a passkey, by what it is known; of the
    log's places, how many and from when on.
    """
    if isinstance(event, EpochAnnounced):
        epoch = epoch_in(event)
        until = moment(last_call(home.schedule, epoch), home.zone)
        since = moment(epoch.start, home.zone)
        return f"places of the log, {places_of(epoch)}, from {since}; to be agreed before {until}"
    if isinstance(event, PasskeyEnrolled):
        return f"{event.person}, {Passkey(event).digest[:16]}"
    return ", ".join(
        str(named) for name in ("person", "role") if (named := getattr(event, name, None))
    )


def _is_late(event: Event, visit: Visit) -> bool:
    """Whether agreeing changes nothing any more: places of the log need thirty days' notice."""
    if not isinstance(event, EpochAnnounced):
        return False
    return visit.site.clock() >= last_call(visit.site.home.schedule, epoch_in(event))


def _local(visit: Visit, at: str) -> str:
    return moment(parse_instant(at), visit.site.home.zone)


def _stored(visit: Visit, definition: Definition) -> list[dict[str, str]]:
    site = visit.site
    return open_rows(site.home, site.register.reader(None), definition, site.clock)


def guard(visit: Visit) -> Response:
    """Which programs may ask the guard, and how much of what stands open it retains."""
    site = visit.site
    agents: list[list[str | Cell]] = [
        [name, _local(visit, since)] for name, _, since in site.home.guard.agents()
    ]
    tokens = len(held_openly(site.home, site.register.reader(None), site.clock))
    note = f"Records retained for holds of open cases: {tokens}. What is sealed is not counted."
    table = table_of("Programs that may ask", ("Program", "Since"), agents)
    return page(visit, "The guard", table, note=note)


def statistics(visit: Visit) -> Response:
    """The figures of a period as a report would have them now; the reports that went out.

    Raises:
        BadRequest: that is no period, or no band was chosen yet.
    """
    site = visit.site
    service = site.register.reader(None)
    asked = visit.request.query_params.get("period")
    every = published(service)
    out: list[list[str | Cell]] = [
        [
            Cell(one.period, f"/statistics?period={one.period}&published=yes"),
            moment(one.at, site.home.zone),
            one.sha256_hex,
        ]
        for one in every
    ]
    told: dict[str, object] = {
        "reports": table_of("Published", ("Period", "When", "SHA-256"), out),
        "asked": asked,
        "report": None,
        "captions": CAPTIONS,
        "label": label,
        "is_draft": True,
        "found": None,
        "said": None,
    }
    if asked is not None and "published" in visit.request.query_params:
        found = next((one for one in every if one.period == asked), None)
        if found is None:
            raise BadRequest("No report of that period was published.")
        told |= {"report": json.loads(kept(site.home, service, found)), "is_draft": False}
    elif asked is not None:
        told |= reports.drafted(visit, asked)
    return render(visit, "room/statistics.html", told)


DOORS = (
    Door("GET", "/more", "read-office", more),
    Door("GET", "/holds", "read-cases", holds),
    Door("GET", "/register", "read-cases", disclosures),
    Door("GET", "/office", "read-office", office),
    Door("GET", "/guard", "administer", guard, sides=frozenset({"room"})),
    Door("GET", "/statistics", "read-statistics", statistics),
)
