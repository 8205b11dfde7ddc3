"""Slots that were missed: a tick was built while this lane's store could not be read.

The commitments that had their slots there are moved to the next free ones, in their old order, and
those behind them move on where there is no room left. What was promised for them stays promised:
receipts are given once. So a promise is kept as long as the store is read again in time for it.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.stores.database import Cursor
from ledger.stores.lane import Slots
from ledger.stores.store import Store

LeafOf = Callable[[bytes], int | None]
"""The leaf of a commitment in the log; None when it is not there."""


def place_again(store: Store, slots: Slots, leaf_of: LeafOf) -> None:
    """Move what missed its slot, before the next tick is closed. Idempotent.

    Raises:
        Unavailable: the store cannot be written; nothing moved.
    """
    closed = store.last_closed()
    if closed >= slots.built:
        return
    with store.database.writing() as cursor:
        cursor.execute(
            "SELECT position, tick, commitment FROM commitments WHERE tick > ?"
            " ORDER BY tick, position",
            (closed,),
        )
        waiting = [
            (position, tick)
            for position, tick, commitment in cursor.fetchall()
            # What stands in the log already came there before this store was put back.
            if tick > slots.built or leaf_of(bytes(commitment)) is None
        ]
        _move(cursor, slots, waiting)
        cursor.execute("UPDATE lane SET closed = ?", (slots.built,))


def _move(cursor: Cursor, slots: Slots, waiting: list[tuple[int, int]]) -> None:
    """Give each of the entries (position, tick) the next slot that those before it leave."""
    at, left = slots.built, 0
    for position, tick in waiting:
        while left <= 0 or at < tick:
            at += 1
            left = slots.window(at).quotas[0]
        left -= 1
        if at != tick:
            cursor.execute("UPDATE commitments SET tick = ? WHERE position = ?", (at, position))
