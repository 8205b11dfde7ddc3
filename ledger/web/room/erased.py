"""What was decided to be erased: how far each is, and the record that it is carried out."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from ledger.erasing import carry_out, standings
from ledger.register.destroyed import event_of
from ledger.register.erasure import erasures
from ledger.register.reading import Reader
from ledger.web.doors import Door
from ledger.web.room.wording import moment
from ledger.web.site import Side
from ledger.web.visit import Visit

ROOM: frozenset[Side] = frozenset({"room"})
WANTED = frozenset({"decided", "destroyed"})
"""What waits for somebody who carries it out, or says that it is done."""


def told(visit: Visit, reader: Reader) -> list[dict[str, object]]:
    """Every erasure that was decided and the visitor may know of, the newest first."""
    site = visit.site
    office = erasures(reader.office(), reader)
    zone = site.home.config.zone
    return [
        {
            "at": moment(one.erasure.recorded_at, site.home.zone),
            "by": one.erasure.recorded_by,
            "scope": event_of(one.erasure).secrets,
            "said": one.said(zone),
            "is_wanted": one.state in WANTED,
        }
        for one in reversed(standings(site.home, office, reader, site.clock()))
    ]


def finish(visit: Visit) -> Response:
    """Carry out what was decided, as far as the visitor can, and record that it is done.

    Raises: as `carry_out`.
    """
    site, person = visit.site, visit.person
    carry_out(site.home, site.register, person.keyring, site.clock())
    return RedirectResponse("/erasures", 303)


DOORS = (Door("POST", "/erasures/finish", "act", finish, sides=ROOM),)
