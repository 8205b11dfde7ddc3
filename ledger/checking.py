"""Checking what a ledger is kept in: each store, and the log's root over the logbook.

It says nothing about a case: whether records are what people signed, `verify` tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import LedgerError
from ledger.evidence.merkle import root_of
from ledger.home import Home
from ledger.stores.checking import Checked, Problem, check_store
from ledger.stores.opening import migrate_database
from ledger.stores.place import STORE_NAMES, StoreName

_OTHER_ROOT = (
    "The logbook's entries do not give the root that was published. Stop writing and call counsel."
)
_SHORT = "The logbook has fewer entries than were published. Stop writing and call counsel."


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """The newest checkpoint, held against the logbook: sizes, and the root in hex over as many
    entries as the checkpoint has. `problem` is what speaks against it.
    """

    published: int
    kept: int
    root: str | None = None
    problem: Problem | None = None


def check_stores(home: Home) -> tuple[Checked, ...]:
    """Look at every store, whatever is wrong with the others."""
    return tuple(check_store(home.where(name), name) for name in STORE_NAMES)


def check_log(home: Home) -> CheckedLog:
    """Hold the logbook's entries against the newest checkpoint."""
    try:
        newest = home.newest_checkpoint()
        kept = home.logbook.size()
        published = 0 if newest is None else newest.size
        if newest is None or kept < published:
            problem = Problem("log-short", "corrupt", _SHORT) if kept < published else None
            return CheckedLog(published, kept, None, problem)
        root = root_of(home.logbook.entries_below(published))
        problem = None if root == newest.root else Problem("log-root", "corrupt", _OTHER_ROOT)
        return CheckedLog(published, kept, root.hex(), problem)
    except LedgerError as error:
        return CheckedLog(0, 0, None, Problem("log-unread", "unusable", str(error)))


def migrate_stores(home: Home) -> tuple[StoreName, ...]:
    """Bring the tables of every store up to date. Idempotent.

    Raises:
        Unavailable: a store is missing, is newer than this program, or cannot be changed now.
    """
    for name in STORE_NAMES:
        migrate_database(home.where(name), name)
    return STORE_NAMES
