"""Lanes: how many entries each store may put into a tick, and what a receipt may promise.

Two lanes with fixed quotas; the sealed lane is shared by the vault and the desk's inbox, which has
a sub-quota of its own, so that how long a desk save waits depends on desk saves only (DESIGN §4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from ledger.evidence.schedule import Epoch, Schedule
from ledger.home import Home, OpenHome
from ledger.stores.pending import Pending
from ledger.stores.store import Slots, Store, Window

DESK_SHARE = 4
"""The inbox has one slot in four of the sealed lane; the vault has the rest."""
OPENING_SHARE = 4
"""One slot in four of the sealed lane is the vault's for nothing but openings: the ends of streams
that are opened, and what of them still waits. Who sees an opening must not see in its delay how
full the vault is.
"""

Elsewhere = Callable[[bytes, int], int | None]
"""Gives the tick of a record of another store: None while it waits, 0 when there is none."""
Choose = Callable[[Sequence[int]], int]
"""Picks one of several free ticks; at random, except where a test compares two worlds."""


def quota(store: str, epoch: Epoch) -> int:
    """How many entries of one tick the store may fill."""
    if store == "open":
        return epoch.open
    desk = min(epoch.sealed, max(1, epoch.sealed // DESK_SHARE))
    return {"inbox": desk, "vault": epoch.sealed - desk}[store]


def for_openings(store: str, epoch: Epoch) -> int:
    """How many entries of one tick a store keeps for the ends of streams that are opened."""
    own = quota(store, epoch) if store == "vault" else 0
    return min(own - 1, max(1, epoch.sealed // OPENING_SHARE)) if own else 0


def window(store: str, schedule: Schedule, at: datetime) -> Window:
    """Where an entry received at the instant `at` may be placed: the running tick to D after it."""
    return _window(store, schedule, schedule.running_tick(at), at)


def window_of(store: str, schedule: Schedule, running: int) -> Window:
    """The window of a running tick, as it is when that tick begins to run."""
    begins = schedule.due(running - 1) if running > 1 else schedule.epochs[0].start
    return _window(store, schedule, running, begins)


def _window(store: str, schedule: Schedule, running: int, issued_at: datetime) -> Window:
    quotas, ahead = _quotas(store, schedule, running)
    return Window(running, quotas, issued_at, at_random=store != "open", ahead=ahead)


@lru_cache(maxsize=64)
def _quotas(
    store: str, schedule: Schedule, running: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The quotas of a window's ticks, and what they keep for openings. All acts of a tick ask."""
    ticks = range(running, running + schedule.epoch_of(running).delay + 1)
    epochs = [schedule.epoch_of(tick) for tick in ticks]
    own = tuple(quota(store, epoch) for epoch in epochs)
    return own, tuple(for_openings(store, epoch) for epoch in epochs)


def slots(
    store: str, schedule: Schedule, choose: Choose, built: int, elsewhere: Elsewhere
) -> Slots:
    """What the lane of a store must know from outside it; `built` is the logbook's last tick."""
    return Slots(
        window=lambda running: window_of(store, schedule, running),
        elsewhere=elsewhere,
        choose=choose,
        built=built,
    )


def in_the_open(home: OpenHome) -> Elsewhere:
    """Where records of the open side stand. Any other may be sealed: what rests on one waits until
    the sequencer looks, since nobody asks the vault for an act in the open.
    """

    def tick_of(stream: bytes, seq: int) -> int | None:
        pending = pending_in((home.open, home.inbox), stream, seq)
        return None if pending is None else pending.tick

    return tick_of


def anywhere(home: Home) -> Elsewhere:
    """Where a record of any store stands. The open ones are asked first, so that nothing sealed is
    asked for what stands in the open.
    """

    def tick_of(stream: bytes, seq: int) -> int | None:
        pending = pending_in((home.open, home.inbox, home.vault), stream, seq)
        return 0 if pending is None else pending.tick

    return tick_of


def pending_in(stores: Iterable[Store], stream: bytes, seq: int) -> Pending | None:
    """The commitment of a record in the first of these stores that has it."""
    found = (store.pending(stream, seq) for store in stores)
    return next((one for one in found if one is not None), None)
