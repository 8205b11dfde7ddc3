"""Figures of long times: a silence that is caught up, and a year's log in a stranger's hands.

A ledger has one of two clocks (DESIGN §4.5): a PC's ticks come daily and are large, a server's come
hourly and are small. What a tick holds besides covers changes nothing here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ceilings import Work, raw_hashes, side_by_side
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from figures import Figure, at_most
from ledgers import Bench
from packs import ORIGIN, Maker, seed

from ledger.evidence.schedule import Epoch, Schedule
from ledger.founding import Terms
from ledger.sequencer.ticks import Sequencer
from ledger.verify import verify

DAYS = 365
SILENT_DAYS = 60
SILENCE_SECONDS = 2.0
CLOCKS = {
    "PC": Terms(period_seconds=86_400, open=64, sealed=64, delay=2),
    "server": Terms(period_seconds=3_600, open=16, sealed=16, delay=24),
}
CHECKPOINT_BYTES = 100
SUBTREE_BYTES = 130


def long_figures(scratch: Path, days: int, rounds: int) -> Iterator[Figure]:
    """For each clock, so many days of silence and so many days of log."""
    for name, terms in CLOCKS.items():
        silent = min(SILENT_DAYS, days)
        taken = _caught_up(scratch / f"silent-{name}", terms, silent)
        share = taken / SILENCE_SECONDS
        yield Figure(
            *(f"catch-up after {silent} silent days, {name}", taken * 1e6, "us", "limit"),
            *(SILENCE_SECONDS * 1e6, share, "<= 1.00", share <= 1),
        )
        yield _verified(scratch / f"log-{name}", name, terms, days, rounds)


def _caught_up(path: Path, terms: Terms, days: int) -> float:
    """Seconds in which a timer catches up that has been silent since the founding."""
    ledger = Bench(path, terms)
    ledger.now += timedelta(days=days)
    sequencer = Sequencer(ledger.home, ledger.register.office().office.attesters())
    start = time.perf_counter()
    done = sequencer.run(ledger.now)
    taken = time.perf_counter() - start
    ledger.close()
    assert len(done) == days * 86_400 // terms.period_seconds
    return taken


def _verified(path: Path, name: str, terms: Terms, days: int, rounds: int) -> Figure:
    """A published log in which each tick was signed, beside its hashes and signatures alone.

    Both are processor's time: how long a file is waited for is the affair of the disk.
    """
    ticks = days * 86_400 // terms.period_seconds
    log, trust = _log(path, terms, ticks)

    def ours() -> None:
        report = verify(log, trust)
        assert report.exit_code == 0, report.headline

    kept, leaves = len([*(log / "checkpoints").iterdir()]), ticks * (terms.open + terms.sealed)
    signatures = _signatures(kept)

    def raw() -> None:
        raw_hashes(leaves)
        signatures()

    whole, bare = side_by_side(min(3, rounds), 1, (ours, raw))
    named, against = f"verify {days} days' log, {name}", "raw hashes and signatures"
    return at_most(named, whole.processor, against, bare.processor, 1.5)


def _log(path: Path, terms: Terms, ticks: int) -> tuple[Path, bytes]:
    """A published log of covers, with the checkpoint of each tick kept; and the trust in it."""
    maker = Maker(path, 0, terms.open + terms.sealed)
    maker.epoch = Epoch(0, maker.epoch.start, terms.period_seconds, terms.open, terms.sealed, 2)
    founded, schedule = maker.founded(), Schedule(ORIGIN, (maker.epoch,))
    while maker.tick <= ticks:
        maker.close()
        maker.put(f"log/checkpoints/{maker.tree.size}", maker.checkpoint(schedule))
    return path / "log", maker.finish(founded)


def _signatures(count: int) -> Work:
    """Check a signature of each kind so often."""
    plain = Ed25519PrivateKey.from_private_bytes(seed("key", "raw"))
    timed = MLDSA44PrivateKey.from_seed_bytes(seed("key", "raw"))
    text, message = bytes(CHECKPOINT_BYTES), bytes(SUBTREE_BYTES)
    signed, cosigned = plain.sign(text), timed.sign(message)
    one, other = plain.public_key(), timed.public_key()

    def work() -> None:
        for _ in range(count):
            one.verify(signed, text)
            other.verify(cosigned, message)

    return work
