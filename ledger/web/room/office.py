"""The office: who holds which role and key, who is away, and what waits for another's assent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from ledger.domain.office import Office, Recorded
from ledger.domain.office_events import StreamErased
from ledger.errors import BadRequest
from ledger.register.acts import OFFICE, Act
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.forms import label_of
from ledger.web.visit import Visit


@dataclass(frozen=True)
class Person:
    """Somebody who is enrolled, or a desk."""

    name: str
    roles: tuple[str, ...]
    keys: int
    away_until: datetime | None


def page(visit: Visit) -> Response:
    """The office as it stands."""
    view, zone = visit.site.register.office(), visit.site.home.zone
    data = {
        "people": _people(view.office, visit.site.clock()),
        "custodian": view.office.custodian,
        "designees": sorted(view.office.designees),
        "absences": view.office.absences,
        "awaited": [_awaited(one, visit) for one in view.office.awaiting_assent],
        "law": view.law.layers[-1],
        "fingerprint": visit.site.home.fingerprint,
        "closed_on": sorted(view.office.closed_on),
        "zone": zone,
    }
    return render(visit, "room/office.html", data)


def assent(visit: Visit) -> Response:
    """Agree to what somebody else proposed. Raises: BadRequest; as `Register.handle`."""
    digest = visit.form.text("of")
    office = visit.site.register.office().office
    if digest is None or all(one.e != digest for one in office.awaiting_assent):
        raise BadRequest("Nothing waits for your assent under this digest.")
    visit.act(Act("assent", {"of": digest}, OFFICE))
    return RedirectResponse("/office", 303)


def _people(office: Office, now: datetime) -> list[Person]:
    live = [key.person for key in office.keys if not key.revoked]
    return [
        Person(
            name,
            tuple(sorted(office.roles_of(name))),
            live.count(name),
            next((a.until for a in office.absences if a.person == name and a.covers(now)), None),
        )
        for name in sorted(set(live))
    ]


def _awaited(one: Recorded, visit: Visit) -> dict[str, object]:
    """What a second person must know of a proposal; an erasure is assented to where it is seen."""
    about = getattr(one.event, "person", "")
    return {
        "e": one.e,
        "what": label_of(one.type.partition(".")[0]),
        "about": about,
        "role": getattr(one.event, "role", ""),
        "by": one.recorded_by,
        "is_mine": one.recorded_by == visit.person.person,
        "is_erasure": isinstance(one.event, StreamErased),
    }


DOORS = (
    Door("GET", "/office", "read-office", page),
    Door("POST", "/office/assents", "decide", assent),
)
