"""Every door of both programs: the one list of what answers."""

from __future__ import annotations

from ledger.web import front, signing
from ledger.web.api import description, help, log
from ledger.web.doors import Door

DOORS: tuple[Door, ...] = (
    *front.DOORS,
    *signing.DOORS,
    *description.DOORS,
    *log.DOORS,
    *help.DOORS,
)
