"""Every door of both programs: the one list of what answers."""

from __future__ import annotations

from ledger.web import front, signing
from ledger.web.doors import Door
from ledger.web.room import acting, asides, cases, counsel, duedays, laws, lists, now

DOORS: tuple[Door, ...] = (
    *front.DOORS,
    *signing.DOORS,
    *(*now.DOORS, *cases.DOORS, *acting.DOORS, *duedays.DOORS, *lists.DOORS),
    *(*counsel.DOORS, *asides.DOORS, *laws.DOORS),
)
