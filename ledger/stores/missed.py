"""Slots that were missed: ticks were built while a lane's store could not be read.

What had its slot there is due in the next tick that has room, in its old order. Nothing is noted of
it: the log tells what it holds, and since what is due goes first, all that is left of a lane is the
end of what had slots in the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, takewhile

from ledger.stores.store import Store

LeafOf = Callable[[bytes], int | None]
"""The leaf of a commitment in the log; None when it is not there."""

_BEFORE = (
    "SELECT commitment FROM commitments WHERE tick < ? ORDER BY tick DESC, position DESC"
    " LIMIT ? OFFSET ?"
)
_PAGE = 64


def overdue(store: Store, tick: int, leaf_of: LeafOf) -> tuple[bytes, ...]:
    """The commitments of a lane with a slot before `tick` that the log does not hold, in order.

    Raises:
        Unavailable: the store cannot be read.
    """
    missing = takewhile(lambda one: leaf_of(one) is None, _backwards(store, tick))
    return tuple(reversed(tuple(missing)))


def _backwards(store: Store, tick: int) -> Iterator[bytes]:
    for page in count():
        # Mostly the first one is in the log.
        size, offset = (_PAGE, 1 + (page - 1) * _PAGE) if page else (1, 0)
        found = store.database.ask(_BEFORE, (tick, size, offset))
        yield from (bytes(row[0]) for row in found)
        if len(found) < size:
            return
