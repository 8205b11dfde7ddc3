"""Figures: what the product does, each against its ceiling."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import median

from ceilings import (
    PlainLibrary,
    cores,
    evidence,
    raw_checks,
    raw_hashes,
    raw_insert,
    side_by_side,
)
from ledgers import Bench
from packs import make_pack

from ledger.evidence.merkle import root_of

ROOT = Path(__file__).resolve().parents[2]
ACTS = 25
MIB = 1024 * 1024
LIMIT_MIB = 300
MOST_CHECKS = 50_000
"""So many raw signatures are enough to know what one takes."""


@dataclass(frozen=True)
class Figure:
    """One result. `ratio` is what counts; `bound` is what it should reach, or stay below.

    `value` and `ceiling` are in `unit`, and mean little on a machine that does other things too.
    One of a curve says of which `work`, and in a ledger of what `size`; another program's says by
    whom it was done.
    """

    name: str
    value: float
    unit: str
    against: str
    ceiling: float
    ratio: float
    bound: str = ""
    holds: bool | None = None
    work: str = ""
    size: int = 0
    by: str = ""


def at_least(
    name: str, ours: float, against: str, ceiling: float, least: float | None = None
) -> Figure:
    """A figure of speed: seconds of ours, seconds of the ceiling, and the least share of it."""
    ratio = ceiling / ours
    bound = "" if least is None else f">= {least:.2f}"
    holds = None if least is None else ratio >= least
    return Figure(name, ours * 1e6, "us", against, ceiling * 1e6, ratio, bound, holds)


def at_most(name: str, large: float, against: str, small: float, most: float) -> Figure:
    """A figure of growth: seconds in a large log, seconds in a small one, and how often as much."""
    ratio = large / small
    return Figure(
        name, large * 1e6, "us", against, small * 1e6, ratio, f"<= {most:.2f}", ratio <= most
    )


def of_curve(figure: Figure, work: str, size: int) -> Figure:
    """The same figure, as one of a curve."""
    return replace(figure, work=work, size=size)


def append_figures(scratch: Path, rounds: int) -> Iterator[Figure]:
    """One fact in an open case through `Register.handle`, beside what the library does alone.

    How much of an append is waiting for the disk is the disk's affair, and hides what the product
    costs: so the processor's time is shown as well. What it spends of that, as parts of what
    `app.save` does, which is 100 (Python 3.11, the median of turns, on a machine that did other
    things too):

    the transaction 88: commit 37, inserts 13, tick and conditions 15, its turn and all the rest 23
    · evidence 74: record spelled, signed, hashed and committed to 34, two parts encrypted 11,
    receipt spelled and signed 29
    · the case 42: act and form 9, what is known looked at 11, and kept 8, record filled in 9, law,
    right and guard 5
    · one answer to one command 16: asked before 9, its row 7
    · the log 15: where it stands 8, a place in a tick 7 · passing it on 27.

    Nothing is done twice. Evidence alone takes more than the 43 parts that 0.7 leaves besides what
    the library does too; so the bound can be kept only where the disk takes most of the time.
    """
    ledger, library = Bench(scratch / "append"), PlainLibrary.in_file(scratch)
    connection, insert = raw_insert(scratch)
    as_long = library.writer(is_long=True)
    works = (ledger.act, library.save, as_long, insert, evidence())
    ours, save, as_much, raw, proving = side_by_side(rounds, ACTS, works)
    for closing in (ledger, library, connection):
        closing.close()
    one, cryptography = "app.save of one event", " + cryptography"
    yield at_least("append", ours.wall, one, save.wall, 0.7)
    yield at_least("append", ours.wall, one + cryptography, save.wall + proving.wall)
    many = "app.save of as many bytes" + cryptography
    yield at_least("append", ours.wall, many, as_much.wall + proving.wall)
    bare = "raw durable insert" + cryptography
    yield at_least("append", ours.wall, bare, raw.wall + proving.wall)
    yield at_least("append, processor alone", ours.processor, one, save.processor)
    both = save.processor + proving.processor
    yield at_least("append, processor alone", ours.processor, one + cryptography, both)


def case_figures(scratch: Path, rounds: int, length: int) -> Iterator[Figure]:
    """One more fact in a long case beside one in a short case, both known to the process."""
    ledger = Bench(scratch / "long")
    long, short = ledger.reference, ledger.opened()
    for _ in range(length):
        ledger.act(long)
    grew, small = side_by_side(rounds, ACTS, (lambda: ledger.act(long), lambda: ledger.act(short)))
    ledger.close()
    yield at_most(
        f"append, case of {length:,} records", grew.wall, "in a new case", small.wall, 1.3
    )


def root_figure(leaves: int, rounds: int) -> Figure:
    """A Merkle root over so many entries, beside the bare calls of SHA-256, for each entry; by the
    processor's time, because nothing here waits.
    """
    entries = [sha256(str(number).encode()).digest() for number in range(leaves)]
    ours, bare = side_by_side(rounds, 1, (lambda: root_of(entries), lambda: raw_hashes(leaves)))
    name = f"root of {leaves:,} leaves"
    figure = at_least(
        name, ours.processor / leaves, "raw SHA-256 calls", bare.processor / leaves, 0.5
    )
    return of_curve(figure, "root", leaves)


def verify_figures(scratch: Path, records: int, rounds: int) -> Iterator[Figure]:
    """The offline verifier, as a program of its own, over a ledger of so many records: with
    `cryptography` alone, and with ed25519-dalek, which the [fast] extra brings. The ceiling is that
    of `cryptography` for both. It needs no disk: so the pack's files are read once before a turn.

    What it spends, as parts of what one raw verification takes the processor, which is 100 (one
    process, 20,000 records, Debian's Python 3.11, the best of turns):

    signatures 100, or 54 with libsodium · two files opened, read and closed 8 · digests, opening,
    commitment, envelope 8 · the record read and its row written 9 · the manifest's share and the
    digests in it 2; before and after that, by one process alone: manifest and directory 3, tree
    1.5, rows read again, chains and authority 3, all the rest 3.

    With two cores what one does alone counts twice, so that all that is no signature is about 50
    parts. Of those 27 that are shared, 13 are calls of the system, SHA-256, base64 and expressions;
    the rest is Python. With a Python that was built without a profile, as pyenv builds it, a
    verification took 8 parts more, and 14 with libsodium.
    """
    place = scratch / f"verify-{records}"
    place.mkdir()
    shown = make_pack(records, place)
    os.sync()
    pack, trust = place / "pack", place / "trust.json"
    turns = [
        (
            raw_checks(min(MOST_CHECKS, max(2_000, shown))),
            _verified(pack, trust, "alone"),
            _verified(pack, trust),
        )
        for _ in range(rounds)
    ]
    raw = median(one for one, _, _ in turns)
    name, against = f"verify, {shown:,} records", f"raw Ed25519 on {cores()} cores"
    for what, least, runs in (
        (name, 0.75, [one for _, one, _ in turns]),
        (f"{name} [fast]", 1.2, [one for _, _, one in turns]),
    ):
        seconds = median(one["seconds"] for one in runs) / shown
        figure = at_least(what, seconds, against, raw, least)
        yield of_curve(figure, "verify", records) if what == name else figure
    peak = max(one["peak_mib"] for _, *both in turns for one in both)
    share = peak / LIMIT_MIB
    yield Figure(
        f"{name}: peak memory", peak, "MiB", "limit", LIMIT_MIB, share, "<= 1.00", share <= 1
    )
    shutil.rmtree(place)


STARTING = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"
"""A small program that starts another one, because a process counts the memory of the one that
started it as its own.
"""
_VERIFIER = """
import json, resource, sys, time
if "alone" in sys.argv:
    sys.modules["vodozemac"] = None
from ledger.verify import verify
start = time.perf_counter()
report = verify(sys.argv[1], open(sys.argv[2], "rb").read())
taken = time.perf_counter() - start
whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
peaks = [resource.getrusage(one).ru_maxrss for one in whose]
said = {"exit": report.exit_code, "said": report.headline, "seconds": taken, "peaks": peaks}
print(json.dumps(said))
"""


def _verified(pack: Path, trust: Path, *words: str) -> dict[str, float]:
    """Run the verifier on a pack, "alone" without ed25519-dalek; gives its seconds, and its peak
    memory with its largest helper.

    The seconds are those of the verification, without the start of Python.
    """
    for path in pack.rglob("*"):
        # A machine may let go of files that nobody has read for a while.
        if path.is_file():
            path.read_bytes()
    arguments = [sys.executable, "-c", STARTING, "-c", _VERIFIER, str(pack), str(trust), *words]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["exit"] == 0, found["said"]
    return {"seconds": found["seconds"], "peak_mib": sum(found["peaks"]) * 1024 / MIB}
