"""Throw-away ledgers for the bench: a small one, and stores and logs of any size."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ceilings import ROW_BYTES

from keys.keyring import create
from ledger.evidence.schedule import Epoch, Schedule
from ledger.evidence.tiles import publish
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.logkeys import schedule_note
from ledger.register.acts import Act
from ledger.register.handle import Register
from ledger.sequencer.ticks import Sequencer
from ledger.stores import lane
from ledger.stores.append import INSERT_COMMAND, INSERT_ROW, TOPIC

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PERIOD = timedelta(hours=1)
USUAL = Terms(period_seconds=3_600, open=64, sealed=64, delay=2)
CROWDED = Terms(period_seconds=3_600, open=8_192, sealed=64, delay=1)
IN_A_CASE = 20
"""How many records a usual case has."""
AT_ONCE = 250
"""How many cases of others are stored with one commit."""
FOUNDING = 64
"""So many slots of the first tick are left for what the ledger begins with."""
FACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


class Bench:
    """A founded ledger with one open case, its register warm, and a clock."""

    def __init__(
        self,
        path: Path,
        terms: Terms = CROWDED,
        first_tick: int = 0,
        server: str | None = None,
    ) -> None:
        """With `first_tick` the first tick of the log alone has so many entries; see `grown`.
        `server` is the address of the one that keeps the stores; without it they are files.
        """
        self.now = START
        self.mara, tom = (create(name, b"", throw_away=True) for name in ("mara", "tom"))
        founders = ((self.mara, "director"), (tom, "counsel"))
        founding = Founding(
            "ledger.bench.example", "America/Denver", "us-co/lcld", founders, terms, store=server
        )
        self.home = found(path, founding, self.now)
        if first_tick:
            _announce(self.home, first_tick, terms)
        self.register = Register(self.home, lambda: self.now)
        self.reference = self.opened()

    @property
    def log(self) -> Path:
        """The folder of the published log."""
        return self.home.log_directory

    def opened(self) -> str:
        """A new open case."""
        reference = self.register.handle(self.mara, Act("intake", {})).case
        self.register.handle(self.mara, Act("open", {}, reference))
        return reference

    def act(self, reference: str | None = None) -> None:
        """Record one fact in an open case, as its director does."""
        self.register.handle(self.mara, Act("attempt-contact", FACT, reference or self.reference))

    def tick(self, count: int = 1) -> None:
        """Turn the clock by so many ticks, and let them be built and published."""
        self.now += count * PERIOD
        done = Sequencer(self.home, self.register.office().office.attesters()).run(self.now)
        assert len(done) == count

    def published(self) -> tuple[int, bytes]:
        """Size and root of the newest checkpoint."""
        newest = self.home.newest_checkpoint()
        assert newest is not None
        return newest.size, newest.root

    def close(self) -> None:
        """Close the files."""
        self.home.close()


def grown(path: Path, leaves: int) -> Bench:
    """A ledger whose log has about so many leaves, each that of a stored record, but for the covers
    of one tick; from there on it ticks as any other does.

    The leaves come with one tick of that size, through the real sequencer. What the records hold
    is drawn and nobody's: they are there to be in the way of those that follow.
    """
    ledger = Bench(path, USUAL, first_tick=leaves)
    _store(ledger.home, leaves - USUAL.sealed - FOUNDING)
    ledger.tick()
    return ledger


def _store(home: Home, records: int) -> None:
    """Store so many records in cases of their own, as they stand once they have their slots in the
    first tick: row, commitment, and the answer to their command.
    """
    while records > 0:
        many = min(records, AT_ONCE * IN_A_CASE)
        places = [
            (stream, seq)
            for stream in (os.urandom(16).hex() for _ in range(AT_ONCE))
            for seq in range(1, IN_A_CASE + 1)
        ][:many]
        slot = (1, 0, 1, 1 + USUAL.delay, START.isoformat())
        with home.open.database.writing() as cursor:
            cursor.write([
                (INSERT_ROW, [(*place, TOPIC, os.urandom(ROW_BYTES)) for place in places]),
                (lane.INSERT, [(*place, os.urandom(32), *slot) for place in places]),
                (INSERT_COMMAND, [(os.urandom(16).hex(), bytes(32), bytes(150)) for _ in places]),
            ])  # fmt: skip
        records -= many


def _announce(home: Home, first_tick: int, terms: Terms) -> None:
    """Give the schedule a first epoch of one large tick, before anything is in the log.

    No verifier would take it, because no office record announces the second epoch; the bench asks
    none about these logs.
    """
    begun = home.schedule.epochs[0].start
    large = Epoch(0, begun, terms.period_seconds, max(1, first_tick - 64), 64, terms.delay)
    usual = Epoch(
        *(large.entries, begun + PERIOD, terms.period_seconds, terms.open, terms.sealed),
        terms.delay,
    )
    text = Schedule(home.origin, (large, usual)).dump()
    publish(home.log_directory, [("schedule", schedule_note(home.origin, home.log_key_set, text))])
