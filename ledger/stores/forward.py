"""What goes ahead of all others in a lane draws after it what it rests on and still waits.

An opening would show how full the vault is, if it had to wait until the matter's own last records
have their slots: they take what is left of the share that is kept for openings (ADR 0021).
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.stores.database import Cursor
from ledger.stores.lane import Reference, Slots, Window, bounds_of, place, see, to_see


def bring_forward(
    cursor: Cursor, slots: Slots, window: Window, references: Iterable[Reference]
) -> bool:
    """Let those that wait, and that records rest on which are to go ahead, have any slot that is
    left; tells whether any of them waited.
    """
    waiting: dict[int, int] = {}
    asked = list(references)
    while asked:
        one = asked.pop()
        cursor.execute(
            "SELECT position, not_before FROM commitments WHERE stream = ? AND seq = ?"
            " AND tick IS NULL",
            (one[0].hex(), one[1]),
        )
        for position, not_before in cursor.fetchall():
            if position not in waiting:
                waiting[position] = not_before
                cursor.execute("SELECT stream, seq FROM waits WHERE position = ?", (position,))
                asked += [(bytes.fromhex(stream), seq) for stream, seq in cursor.fetchall()]
    if not waiting:
        return False
    (found,) = cursor.together([to_see(window.first, window.last)])
    seen = see(found, window.first, window.last, {})
    for position in sorted(waiting):
        bounds = bounds_of(cursor, slots, position)
        known = [one for one in bounds if one is not None]
        tick = seen.forward(slots, window, max((waiting[position], *known)))
        if tick is not None and len(known) == len(bounds):
            seen.take(tick)
            place(cursor, window, tick, position)
    return True
