"""What a report counts: requests of open cases, as they stood when its period ended. Pure.

A record counts from the moment at which it could be seen in the open store: when it was recorded
there; or, for what was sealed before, when it was opened. So a matter that was opened today is
counted in today's period, and never in the one in which it happened. Nothing of a sealed case comes
here at all, and drills are no cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import get_args

from ledger.domain.calendar import local_date
from ledger.domain.events import CaseKeptSealed, CaseOpened, RequestReceived
from ledger.domain.fields import InstrumentKind
from ledger.domain.office import Recorded
from ledger.domain.reporting import Period
from ledger.projections.definitions.counts import COUNTS
from ledger.projections.definitions.definition import Row
from ledger.projections.definitions.told import Told

REQUESTERS: tuple[str, ...] = get_args(RequestReceived.__annotations__["requester"])
INSTRUMENTS: tuple[str, ...] = ("none", *get_args(InstrumentKind), "several")
DECIDED = ("disclosed", "narrowed-by-court", "narrowed-by-library", "denied", "approved")
UNDECIDED = ("referred", "unanswered")
DAYS: Mapping[str, int] = {
    "same-day": 0,
    "1-to-3-days": 3,
    "4-to-10-days": 10,
    "11-to-30-days": 30,
    "31-to-90-days": 90,
}
"""Bands of the time to a decision, with the last day of each."""
TIMES = (*DAYS, "more-than-90-days")
NOT_DECIDED = "not-decided"
BEFORE = "decided-before"
WHEN = ("of-this-period", "now-reportable")


@dataclass(frozen=True, slots=True)
class Counted:
    """One request: its row of `counts` at the end of the period, and its outcome at the beginning,
    None where nobody could see it then.
    """

    row: Row
    before: str | None

    @property
    def is_new(self) -> bool:
        """Whether it became reportable in the period."""
        return self.before is None

    @property
    def is_answered_later(self) -> bool:
        """Whether an earlier period ended without what has become of it now."""
        left = (*UNDECIDED, "approved")
        return self.before in left and outcome(self.row) not in (self.before, *UNDECIDED)


def counted(cases: Iterable[Told], period: Period) -> Iterator[Counted]:
    """Every request of these cases that could be seen at the end of a period."""
    for told in cases:
        rows = COUNTS.rows(_seen_before(told, period.last + timedelta(days=1)))
        known = COUNTS.rows(_seen_before(told, period.first))
        for key, row in rows.items():
            yield Counted(row, outcome(known[key]) if key in known else None)


def _seen_before(told: Told, day: date) -> Told:
    """A case by the records that could be seen before a day of the library's calendar."""
    seen = zip(told.records, _seen_at(told.records), strict=True)
    zone = told.reading.zone
    left = (one for one, at in seen if at is not None and local_date(at, zone) < day)
    return replace(told, records=tuple(left))


def _seen_at(records: Sequence[Recorded]) -> Iterator[datetime | None]:
    """Since when each record of a case can be seen in the open store; None where it cannot."""
    events = [one.event for one in records]
    sealed = max((n for n, one in enumerate(events) if isinstance(one, CaseKeptSealed)), default=-1)
    opened = [n for n, one in enumerate(events) if isinstance(one, CaseOpened)]
    born_open = {records[n].stream for n in opened}
    for place, one in enumerate(records):
        if place > sealed and one.stream in born_open:
            yield one.recorded_at
        else:
            after = (records[n].recorded_at for n in opened if n > max(place, sealed))
            yield next(after, None)


# --- What is said of one request ------------------------------------------------------------------


def outcome(row: Row) -> str:
    """One of `DECIDED` or `UNDECIDED`."""
    match row["outcome"]:
        case "disclosed" | "partly-disclosed" as made:
            by = row["narrowed_by"] or ("library" if made == "partly-disclosed" else None)
            return f"narrowed-by-{by}" if by else "disclosed"
        case "undecided":
            return "referred" if row["referred"] else "unanswered"
        case other:
            return str(other)


def instrument(row: Row) -> str:
    """One of `INSTRUMENTS`."""
    kinds = row["instruments"]
    return "several" if len(kinds) > 1 else next(iter(kinds), "none")


def time_to_decide(row: Row) -> str:
    """One of `TIMES`, or that nothing was decided."""
    days = row["days_to_decide"]
    if days is None:
        return NOT_DECIDED
    return next((name for name, last in DAYS.items() if days <= last), TIMES[-1])


def when(row: Row, period: Period) -> str:
    """One of `WHEN`: what was received before the period has become reportable in it."""
    return WHEN[date.fromisoformat(row["received_on"]) < period.first]
