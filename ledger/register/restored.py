"""A restored ledger records nothing until a person has said so in its office.

A restore draws a new incarnation. Until a `ledger-restored` record of that incarnation stands in
the office, every act is refused and no tick is built: nobody goes on from an old state without
knowing it, and the restore itself is part of what the ledger shows for ever (threats.md T-17).
"""

from __future__ import annotations

from ledger.domain.office import Office
from ledger.domain.office_events import LedgerRestored
from ledger.errors import Unavailable
from ledger.home import Home

CONFIRM = LedgerRestored.COMMAND


def check_confirmed(home: Home, office: Office) -> None:
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
