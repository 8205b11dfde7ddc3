"""Adopting: what a restored store takes over from outside, without changing a byte of it.

After a restore the log may know more than the stores (ticks were published since), and a copy of
the office more than the open store. Both are taken over as they were, so that the log never tells
two stories.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ledger.stores.append import TOPIC
from ledger.stores.store import Store

TickOf = Callable[[bytes], int | None]
"""The tick in which a commitment stands in the log; None when it does not."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """One row with its commitment and what was promised for it, as another store had them."""

    stream: bytes
    seq: int
    state: bytes
    commitment: bytes
    received: int
    not_before: int
    tick: int | None
    promised: int | None
    issued_at: str | None


def rows_with_places(store: Store, stream: bytes) -> tuple[Adopted, ...]:
    """A stream's rows as they can be adopted elsewhere, in order."""
    with store.database.reading() as cursor:
        cursor.execute(
            "SELECT seq, state, commitment, received, not_before, tick, promised, issued_at"
            " FROM commitments JOIN stored_events"
            " ON originator_id = stream AND originator_version = seq"
            " WHERE stream = ? ORDER BY seq",
            (stream.hex(),),
        )
        return tuple(Adopted(stream, *row) for row in cursor.fetchall())


def adopt_rows(store: Store, rows: Sequence[Adopted], tick_of: TickOf, built: int) -> None:
    """Append rows with the places that their commitments have. `built` is the log's last tick.

    A slot in a tick that was built without the commitment is no longer to be had: it waits.
    """
    with store.database.writing() as cursor:
        for row in rows:
            tick = tick_of(row.commitment)
            if tick is None and row.tick is not None and row.tick > built:
                tick = row.tick
            promised, issued_at = (row.promised, row.issued_at) if tick else (None, None)
            cursor.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
                " VALUES (?,?,?,?)",
                (UUID(bytes=row.stream).hex, row.seq, TOPIC, row.state),
            )
            cursor.execute(
                "INSERT INTO commitments (stream, seq, commitment, received, not_before, tick,"
                " promised, issued_at) VALUES (?,?,?,?,?,?,?,?)",
                (
                    *(row.stream.hex(), row.seq, row.commitment, row.received, row.not_before),
                    *(tick, promised, issued_at),
                ),
            )


def place_found(store: Store, tick_of: TickOf, issued_at: Callable[[int], str]) -> int:
    """Give those that wait the slot that they were given after the backup; tells how many.

    What was promised for them is not known any more; it was kept by the tick itself.
    """
    with store.database.writing() as cursor:
        cursor.execute("SELECT position, commitment FROM commitments WHERE tick IS NULL")
        found = [(row[0], tick_of(bytes(row[1]))) for row in cursor.fetchall()]
        placed = [(position, tick) for position, tick in found if tick is not None]
        for position, tick in placed:
            cursor.execute(
                "UPDATE commitments SET tick = ?, promised = ?, issued_at = ? WHERE position = ?",
                (tick, tick, issued_at(tick), position),
            )
            cursor.execute("DELETE FROM waits WHERE position = ?", (position,))
    return len(placed)


def misplaced(store: Store, built: int, tick_of: TickOf) -> int:
    """How many commitments have a slot in a tick that was built without them.

    In the vault's lane they may stand later, or be due still: see `ledger.stores.missed`.
    """
    with store.database.reading() as cursor:
        cursor.execute("SELECT commitment, tick FROM commitments WHERE tick <= ?", (built,))
        found = [(tick_of(bytes(row[0])), row[1]) for row in cursor.fetchall()]
    if store.name == "vault":
        return sum(one is not None and one < slot for one, slot in found)
    return sum(one != slot for one, slot in found)


def commitments_of(store: Store) -> frozenset[bytes]:
    """Every commitment that the records of this store made."""
    return frozenset(
        bytes(one) for (one,) in store.database.ask("SELECT commitment FROM commitments")
    )
