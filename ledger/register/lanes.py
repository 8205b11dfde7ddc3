"""Lanes: how many entries each store may put into a tick, and what a receipt may promise.

Two lanes with fixed quotas; the sealed lane is shared by the vault and the desk's inbox, which has
a sub-quota of its own, so that how long a desk save waits depends on desk saves only (DESIGN §4.5).
"""

from __future__ import annotations

from datetime import datetime

from ledger.evidence.schedule import Epoch, Schedule
from ledger.stores.store import Window

DESK_SHARE = 4
"""The inbox has one slot in four of the sealed lane; the vault has the rest."""


def quota(store: str, epoch: Epoch) -> int:
    """How many entries of one tick the store may fill."""
    desk = max(1, epoch.sealed // DESK_SHARE)
    match store:
        case "open":
            return epoch.open
        case "inbox":
            return desk
        case "vault":
            return epoch.sealed - desk
        case _:
            raise ValueError(store)


def window(store: str, schedule: Schedule, at: datetime) -> Window:
    """Where an entry received at the instant `at` may be placed: the running tick to D after it."""
    running = schedule.running_tick(at)
    return window_from(store, schedule, running, at)


def window_from(store: str, schedule: Schedule, running: int, at: datetime) -> Window:
    """The same, for a known running tick."""
    epoch = schedule.epoch_of(running)
    return Window(
        first=running,
        last=running + epoch.delay,
        quota=quota(store, epoch),
        issued_at=at,
        at_random=store != "open",
    )
