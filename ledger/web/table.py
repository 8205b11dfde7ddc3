"""Every door of both programs: the one list of what answers."""

from __future__ import annotations

from ledger.web import front, passkeys, signing
from ledger.web.api import description, help, log
from ledger.web.desk import drills, inventory, linking, pads, visiting
from ledger.web.doors import Door
from ledger.web.room import (
    acting,
    asides,
    cases,
    confirming,
    counsel,
    documents,
    duedays,
    enacting,
    erased,
    erasing,
    laws,
    lists,
    now,
    reports,
)

DOORS: tuple[Door, ...] = (
    *front.DOORS,
    *signing.DOORS,
    *passkeys.DOORS,
    *(*visiting.DOORS, *inventory.DOORS, *linking.DOORS, *pads.DOORS, *drills.DOORS),
    *(*now.DOORS, *cases.DOORS, *acting.DOORS, *confirming.DOORS, *duedays.DOORS, *lists.DOORS),
    *(
        *counsel.DOORS,
        *asides.DOORS,
        *laws.DOORS,
        *documents.DOORS,
        *reports.DOORS,
        *enacting.DOORS,
        *erased.DOORS,
        *erasing.DOORS,
    ),
    *(*description.DOORS, *log.DOORS, *help.DOORS),
)
