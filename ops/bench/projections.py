"""Figures of projections: making all rows anew, beside reading and decoding the same records."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from figures import MIB, ROOT, STARTING, Figure, at_least
from ledgers import IN_A_CASE, Bench

from ledger.projections.definitions import DEFINITIONS

MOST_GROWTH = 1.3
"""How much more memory ten times the records may take."""

_PROGRAM = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from ledger import projecting
from ledger.home import Home
from ledger.leaves import open_streams
from ledger.projections.definitions import DEFINITIONS
from ledger.register.handle import Register
from ledger.register.records import read_stream, recorded

home = Home(Path(sys.argv[1]))
now = lambda: datetime.now(UTC)
start = time.process_time()
many = 0
if sys.argv[2] == "read":
    for store, stream, secrets in open_streams(home):
        many += len([recorded(one) for one in read_stream(home.origin, store, stream, secrets)])
else:
    running = projecting.runner(home, Register(home, now).reader(None), now)
    running.rebuild(DEFINITIONS)
    many = sum(one.behind == 0 for one in running.status())
taken = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": taken, "many": many, "peak": peak}))
"""


def projection_figures(scratch: Path, events: int, rounds: int) -> Iterator[Figure]:
    """All definitions over so many records, and how memory grows with the ledger.

    Each run is a program of its own; its processor's time counts, because how long it waits for the
    disk is the disk's affair.
    """
    small, large = scratch / "rows-small", scratch / "rows-large"
    _filled(small, max(1, events // 10))
    shown = _filled(large, events)
    figure = rebuild_figure(large, shown, rounds)
    yield figure
    most, least = (
        _run(one, "make", len(DEFINITIONS))["peak"] * 1024 / MIB for one in (large, small)
    )
    ratio, bound = most / least, f"<= {MOST_GROWTH:.2f}"
    told = "with a tenth of the records"
    yield Figure(
        f"{figure.name}: peak memory", most, "MiB", told, least, ratio, bound, ratio <= MOST_GROWTH
    )


def rebuild_figure(home: Path, shown: int, rounds: int) -> Figure:
    """All definitions over the records of a home, of which it shows so many."""
    turns = [
        (_run(home, "read", shown)["seconds"], _run(home, "make", len(DEFINITIONS))["seconds"])
        for _ in range(rounds)
    ]
    read, made = (median(column) / shown for column in zip(*turns, strict=True))
    name, against = f"projections, {shown:,} records made anew", "reading and decoding them"
    return at_least(name, made, against, read, 0.5)


def _filled(path: Path, events: int) -> int:
    """A ledger with about so many records in open cases."""
    ledger = Bench(path)
    for _ in range(max(1, events // IN_A_CASE)):
        reference = ledger.opened()
        for _ in range(IN_A_CASE - 3):
            ledger.act(reference)
    shown = ledger.home.open.last_position()
    ledger.close()
    return shown


def _run(home: Path, what: str, many: int) -> dict[str, float]:
    """Time one program; `many` is how many records or definitions it is to get done."""
    done = subprocess.run(
        [sys.executable, "-c", STARTING, "-c", _PROGRAM, str(home), what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    assert found["many"] == many, found
    return found
