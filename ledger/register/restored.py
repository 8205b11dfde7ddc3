"""A restored ledger records nothing until a person has said so in its office.

A restore draws a new incarnation. Until a `ledger-restored` record of that incarnation stands in
the office, every act is refused and no tick is built: nobody goes on from an old state without
knowing it, and the restore itself is part of what the ledger shows for ever (threats.md T-17).
"""

from __future__ import annotations

import json
from typing import Any

from ledger.domain.office import Office
from ledger.domain.office_events import LedgerRestored
from ledger.errors import BadRequest, Unavailable
from ledger.home import OpenHome

CONFIRM = LedgerRestored.COMMAND
RESTORED = "restored.json"
"""In a restored home until it is confirmed: what the confirmation will say."""


def what_was_found(home: OpenHome) -> dict[str, Any]:
    """What the restore of this home found out, and its confirmation says.

    Raises:
        BadRequest: nothing waits for it, or the published log is known to be longer than this one.
    """
    try:
        kept: dict[str, Any] = json.loads((home.path / RESTORED).read_bytes())
    except (OSError, ValueError) as error:
        raise BadRequest("This ledger was not restored, or its restore was confirmed.") from error
    if kept["known_size"] > home.logbook.size():
        raise BadRequest(
            f"The published log is known to have {kept['known_size']} entries, this one has"
            f" {home.logbook.size()}. Bring the published log first: disclosure-ledger restore log"
            " FOLDER"
        )
    return kept


def check_found(home: OpenHome, event: LedgerRestored) -> None:
    """See that a confirmation says what the restore found out, by whatever door it comes.

    Another incarnation than this home's would stop the ledger for good, and an invented size would
    let the log tell its story twice.

    Raises:
        BadRequest: it does not, or as `what_was_found`.
    """
    kept = what_was_found(home)
    said = {name: getattr(event, name) for name in kept}
    if {**said, "lost": list(event.lost)} != kept or kept["incarnation"] != home.config.incarnation:
        raise BadRequest("Confirm a restore with: disclosure-ledger --as NAME restore confirm")


def check_confirmed(home: OpenHome, office: Office) -> None:
    """See that this home was never restored, or that its restore was confirmed.

    Raises:
        Unavailable: it waits for its confirmation.
    """
    incarnation = home.config.incarnation
    if incarnation is not None and office.incarnation != incarnation:
        raise Unavailable(
            "This ledger was restored from a backup. Nothing is recorded or published until a"
            " person confirms it: disclosure-ledger --as NAME restore confirm"
        )
