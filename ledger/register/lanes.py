"""Lanes: how many entries each store may put into a tick, and what a receipt may promise.

Two lanes with fixed quotas; the sealed lane is shared by the vault and the desk's inbox, which has
a sub-quota of its own, so that how long a desk save waits depends on desk saves only (DESIGN §4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ledger.evidence.schedule import Epoch, Schedule
from ledger.home import ROW_STORES, Home
from ledger.stores.store import Slots, Store, Window

DESK_SHARE = 4
"""The inbox has one slot in four of the sealed lane; the vault has the rest."""
OPENING_SHARE = 4
"""One slot in four of the sealed lane is the vault's for nothing but openings: the ends of streams
that are opened, and what of them still waits. Who sees an opening must not see in its delay how
full the vault is.
"""

Choose = Callable[[Sequence[int]], int]
"""Picks one of several free ticks; at random, except where a test compares two worlds."""


def quota(store: str, epoch: Epoch) -> int:
    """How many entries of one tick the store may fill."""
    desk = min(epoch.sealed, max(1, epoch.sealed // DESK_SHARE))
    return {"open": epoch.open, "inbox": desk, "vault": epoch.sealed - desk}[store]


def for_openings(store: str, epoch: Epoch) -> int:
    """How many entries of one tick a store keeps for the ends of streams that are opened."""
    own = quota(store, epoch)
    return min(own - 1, max(1, epoch.sealed // OPENING_SHARE)) if store == "vault" and own else 0


def window(store: str, schedule: Schedule, at: datetime) -> Window:
    """Where an entry received at the instant `at` may be placed: the running tick to D after it."""
    return _window(store, schedule, schedule.running_tick(at), at)


def window_of(store: str, schedule: Schedule, running: int) -> Window:
    """The window of a running tick, as it is when that tick begins to run."""
    begins = schedule.due(running - 1) if running > 1 else schedule.epochs[0].start
    return _window(store, schedule, running, begins)


def _window(store: str, schedule: Schedule, running: int, issued_at: datetime) -> Window:
    last = running + schedule.epoch_of(running).delay
    ticks = range(running, last + 1)
    return Window(
        first=running,
        quotas=tuple(quota(store, schedule.epoch_of(tick)) for tick in ticks),
        issued_at=issued_at,
        at_random=store != "open",
        ahead=tuple(for_openings(store, schedule.epoch_of(tick)) for tick in ticks),
    )


def slots(home: Home, store: Store, schedule: Schedule, choose: Choose, built: int) -> Slots:
    """What the lane of a store must know from outside it; `built` is the logbook's last tick."""

    def elsewhere(stream: bytes, seq: int) -> int | None:
        # In this order, so that nothing sealed is asked for what stands in the open.
        for name in ROW_STORES:
            if name != store.name:
                pending = home.store(name).pending(stream, seq)
                if pending is not None:
                    return pending.tick
        return 0

    return Slots(
        window=lambda running: window_of(store.name, schedule, running),
        elsewhere=elsewhere,
        choose=choose,
        built=built,
    )
