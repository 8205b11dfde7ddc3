"""Benchmarks: each figure is a ratio to its raw ceiling, measured in the same run.

    python3 ops/go.py bench [RECORDS]

A ceiling is the same work without the product: one SQLite insert and commit of a row of the same
size, one Ed25519 signature, one SHA-256 a node. Times on a shared machine mean little; the ratios
mean something.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys.keyring import Keyring, create
from ledger.evidence.merkle import Frontier
from ledger.export import export_ledger
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.handle import Register
from ledger.sequencer.ticks import Sequencer
from ledger.verify import verify

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ROW_BYTES = 4_200
"""What one stored row takes: two padded parts (keys.rows)."""


@dataclass(frozen=True)
class Figure:
    """One result: how many a second, and how many the ceiling does."""

    name: str
    rate: float
    ceiling: str
    ceiling_rate: float

    def __str__(self) -> str:
        ratio = self.rate / self.ceiling_rate
        return (
            f"{self.name:<44} {self.rate:>10,.0f}/s   {ratio:>6.2f} of {self.ceiling}"
            f" ({self.ceiling_rate:,.0f}/s)"
        )


def rate(work: Callable[[], object], count: int) -> float:
    """How often a second `work` is done, over `count` times."""
    start = time.perf_counter()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - start)


def raw_insert(scratch: Path) -> float:
    """The ceiling of an append: insert one row and commit it durably."""
    connection = sqlite3.connect(scratch / "raw.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (n INTEGER PRIMARY KEY, state BLOB)")
    row = os.urandom(ROW_BYTES)
    found = rate(lambda: connection.execute("INSERT INTO rows (state) VALUES (?)", (row,)), 300)
    connection.close()
    return found


def raw_crypto() -> tuple[float, float, float]:
    """The ceilings of signing, verifying and hashing one tree node."""
    key = Ed25519PrivateKey.generate()
    message = os.urandom(900)
    signature = key.sign(message)
    public = key.public_key()
    node = os.urandom(65)
    return (
        rate(lambda: key.sign(message), 2_000),
        rate(lambda: public.verify(signature, message), 2_000),
        rate(lambda: sha256(node).digest(), 50_000),
    )


def founded(scratch: Path) -> tuple[Home, Keyring]:
    """A ledger that ticks hourly with room for many entries."""
    mara, tom = (create(name, b"", throw_away=True) for name in ("mara", "tom"))
    founders = ((mara, "director"), (tom, "counsel"))
    terms = Terms(period_seconds=3_600, open=4_096, sealed=64, delay=1)
    founding = Founding("ledger.bench.example", "America/Denver", "us-co/lcld", founders, terms)
    return found(scratch / "home", founding, START), mara


def appends(register: Register, person: Keyring, reference: str, count: int) -> float:
    """Acts a second: load, decide, sign, encrypt and append one fact each."""
    fact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    return rate(
        lambda: register.handle(person, Act("attempt-contact", fact, reference), vault=False), count
    )


def opened_case(register: Register, person: Keyring) -> str:
    """A fresh open case."""
    reference = register.handle(person, Act("intake", {})).case
    register.handle(person, Act("open", {}, reference))
    return reference


def main(records: int) -> None:
    """Measure, and print one line a figure."""
    scratch = Path(tempfile.mkdtemp(prefix="ledger-bench-"))
    try:
        for figure in figures(scratch, records):
            print(figure, flush=True)
    finally:
        shutil.rmtree(scratch)


def figures(scratch: Path, records: int) -> list[Figure]:
    """Every figure, in the order of the way of a record."""
    insert = raw_insert(scratch)
    sign, check, node = raw_crypto()
    home, mara = founded(scratch)
    clock = [START]
    register = Register(home, lambda: clock[0])
    small = appends(register, mara, opened_case(register, mara), 50)
    for _ in range(max(1, records // 50)):
        appends(register, mara, opened_case(register, mara), 50)
    large = appends(register, mara, opened_case(register, mara), 50)
    clock[0] += timedelta(hours=3)
    start = time.perf_counter()
    done = Sequencer(home, register.office().office.attesters()).run(clock[0])
    ticked = done[-1].size / (time.perf_counter() - start)
    shown = export_ledger(home, register.reader(mara), scratch / "pack")
    trust = (home.path / "trust.json").read_bytes()
    start = time.perf_counter()
    report = verify(scratch / "pack", trust)
    verified = shown / (time.perf_counter() - start)
    assert report.exit_code == 0, report.headline
    frontier = Frontier()
    grown = rate(lambda: frontier.append(bytes(32)), 20_000)
    home.close()
    raw = 1 / (1 / insert + 1 / sign)
    return [
        Figure("append, small ledger", small, "insert + sign", raw),
        Figure(f"append, after {records} records", large, "insert + sign", raw),
        Figure("append, large to small ledger", large, "the small one", small),
        Figure("tick, entries published", ticked, "two hashes an entry", node / 2),
        Figure("verify, records", verified, "one signature check", check),
        Figure("tree, entries appended", grown, "two hashes an entry", node / 2),
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
