"""A store with a lane and a schedule of its own: tick n is due at hour n."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ledger.stores.store import Condition, Entry, Placing, Row, Slots, Store, Terms, Window

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def new_stream() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


@dataclass
class Lane:
    """Appends with commitments, and closes ticks. `elsewhere` are records of other stores."""

    store: Store
    quota: int = 2
    delay: int = 2
    at_random: bool = False
    built: int = 0
    elsewhere: Mapping[tuple[bytes, int], int | None] = field(default_factory=dict)

    def window(self, running: int) -> Window:
        """The window of a running tick."""
        begins = START + timedelta(hours=running - 1)
        return Window(running, (self.quota,) * (self.delay + 1), begins, self.at_random)

    def choose(self, free: Sequence[int]) -> int:
        """Pick the last free tick, which is neither the first nor random."""
        return free[-1]

    @property
    def slots(self) -> Slots:
        """What the lane is told from outside."""
        return Slots(self.window, lambda *one: self.elsewhere.get(one, 0), self.choose, self.built)

    def append(
        self,
        running: int,
        *places: tuple[bytes, int],
        after: tuple[tuple[bytes, int], ...] = (),
        **terms: object,
    ) -> None:
        """Append a row for each place, as they come in the running tick."""
        rows = [Row(stream, seq, b"state") for stream, seq in places]
        entries = [Entry(os.urandom(32), after) for _ in places]
        placing = Placing(entries, self.window(running), self.slots)
        self.store.append(rows, Terms(placing=placing, **terms))  # type: ignore[arg-type]  # as given

    def close(self, tick: int) -> tuple[bytes, ...]:
        """Close a tick, as the sequencer does."""
        return self.store.close_ticks(range(tick, tick + 1), self.slots)[0]

    def tick(self, stream: bytes, seq: int = 1) -> int | None:
        """Where a record's commitment stands."""
        pending = self.store.pending(stream, seq)
        assert pending is not None
        return pending.tick


def at(stream: bytes, seq: int) -> Condition:
    """The condition that a stream's last record is still this one."""
    return Condition(stream, seq)
