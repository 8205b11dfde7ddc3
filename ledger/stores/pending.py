"""Commitments on their way into the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

PENDING = (
    "SELECT stream, seq, commitment, tick, promised, issued_at FROM commitments WHERE stream = ?"
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A commitment on its way into the log: the tick reserved and promised, once they are."""

    stream: bytes
    seq: int
    commitment: bytes
    tick: int | None
    promised: int | None
    issued_at: datetime | None


def read_pending(row: Sequence[object]) -> Pending:
    """The commitment that a row of `PENDING` tells of."""
    stream, seq, commitment, tick, promised, issued_at = row
    return Pending(
        bytes.fromhex(str(stream)),
        int(str(seq)),
        bytes(commitment),  # type: ignore[call-overload]  # a BLOB column
        None if tick is None else int(str(tick)),
        None if promised is None else int(str(promised)),
        None if issued_at is None else datetime.fromisoformat(str(issued_at)),
    )
