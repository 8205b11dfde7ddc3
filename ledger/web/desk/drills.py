"""Practice: what was saved as a drill, and how long it took from opening the page to saving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from starlette.responses import Response

from ledger.domain.events import IntakeSaved
from ledger.web.desk.visiting import told_time
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.site import Side
from ledger.web.visit import Visit

ROOM: frozenset[Side] = frozenset({"room"})
AIM_SECONDS = 90
"""A visit should be logged in less (ecosystem §5.4, 10)."""


@dataclass(frozen=True)
class Drill:
    """One save of a drill; `seconds` is how long it took."""

    opened_at: datetime
    seconds: int
    initials: str | None
    calls: int


def drills(visit: Visit) -> tuple[Drill, ...]:
    """Every drill that the visitor opens, the newest first; the look at them is recorded."""
    firsts = (one.records[0] for one in visit.reader().streams_shown() if one.records)
    found = [
        Drill(
            one.occurred_at,
            int((one.recorded_at - one.occurred_at).total_seconds()),
            one.event.initials,
            len(one.event.calls or ()),
        )
        for one in firsts
        if isinstance(one.event, IntakeSaved) and one.event.drill
    ]
    return tuple(sorted(found, key=lambda one: one.opened_at, reverse=True))


def listed(visit: Visit) -> Response:
    """The drills and their times."""
    found = drills(visit)
    shown = {
        "drills": [(told_time(visit, one.opened_at), one) for one in found],
        "median": None if not found else round(median(one.seconds for one in found)),
        "aim": AIM_SECONDS,
    }
    return render(visit, "desk/drills.html", shown)


DOORS = (Door("GET", "/desk/drills", "decide", listed, sides=ROOM),)
