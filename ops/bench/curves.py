"""Curves: what an act, a tick and a proof cost in ledgers of growing size, each beside its ceiling.

All ledgers stand beside each other and take turns with their ceilings, round by round: what else
the machine does falls on all of them alike.
"""

from __future__ import annotations

import math
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ceilings import Work, evidence, raw_insert, raw_proof, raw_tick, taken
from figures import ACTS, Figure, at_least, at_most, of_curve
from ledgers import USUAL, Bench, grown

from ledger.evidence.merkle import Tree, verify_inclusion
from ledger.evidence.tiles import TILE_WIDTH, TileReader, entries_path, tile_path

PROOFS = 200
MOST_GROWTH = 1.2
"""How much more a command may cost in the largest ledger than in the smallest."""


class Costs(NamedTuple):
    """Seconds for one of each, in one round or as the median of many."""

    append: float
    append_processor: float
    tick: float
    proof: float
    raw_append: float
    raw_tick: float
    raw_proof: float


def log_figures(scratch: Path, sizes: Sequence[int], rounds: int) -> Iterator[Figure]:
    """Append, tick and proof in logs of each size, beside their ceilings and beside the smallest.

    A proof reads four or five small files and does nothing else but hash. How long it waits for
    those is the affair of the disk and of who else uses it, and hid the growth: so its processor's
    time is shown. That should grow as the tree does in height, because each level costs a sibling;
    in steps, because a sibling inside a tile is hashed from the tile's lowest level.
    """
    ledgers = [grown(scratch / f"log-{size}", size) for size in sizes]
    bare = scratch / "log-raw"
    bare.mkdir()
    connection, insert = raw_insert(bare)
    raw = (insert, evidence(), raw_tick(bare / "tick", USUAL.open + USUAL.sealed))
    draw = random.Random(7)
    rows: list[list[Costs]] = [[] for _ in ledgers]
    for _ in range(rounds + 1):
        for ledger, row in zip(ledgers, rows, strict=True):
            row.append(_costs(ledger, draw, *raw))
    connection.close()
    for ledger in ledgers:
        ledger.close()
        shutil.rmtree(ledger.home.path)
    # The first round warms the caches.
    medians = [Costs(*map(median, zip(*row[1:], strict=True))) for row in rows]
    for size, costs in zip(sizes, medians, strict=True):
        yield from _beside_ceilings(size, costs)
    for size, costs in zip(sizes[1:], medians[1:], strict=True):
        yield from _beside_smallest(size, costs, sizes[0], medians[0])


def _costs(ledger: Bench, draw: random.Random, insert: Work, proving: Work, raw: Work) -> Costs:
    """One round in one ledger, each work followed by its ceiling."""
    append = taken(ledger.act, ACTS)
    raw_append = taken(insert, ACTS).wall + taken(proving, ACTS).wall
    tick, bare_tick = taken(ledger.tick, 1).wall, taken(raw, 1).wall
    size, root = ledger.published()
    # Places drawn anew each time, so that no ledger's proofs are known by heart.
    places = [draw.randrange(size) for _ in range(PROOFS)]
    proof = _proof(ledger.log, places, size, root)
    return Costs(
        append=append.wall,
        append_processor=append.processor,
        tick=tick,
        proof=proof,
        raw_append=raw_append,
        raw_tick=bare_tick,
        raw_proof=_raw_proof(ledger.log, places, size),
    )


def _beside_ceilings(size: int, costs: Costs) -> Iterator[Figure]:
    for work, ours, against, ceiling in (
        ("append", costs.append, "raw durable insert + cryptography", costs.raw_append),
        ("tick", costs.tick, "raw insert, hashes, signatures, files", costs.raw_tick),
        ("proof", costs.proof, "reading its files, a hash a level", costs.raw_proof),
    ):
        figure = at_least(f"{work}, log of {size:,} leaves", ours, against, ceiling)
        yield of_curve(figure, work, size)


def _beside_smallest(size: int, large: Costs, least: int, small: Costs) -> Iterator[Figure]:
    against, log = f"at {least:,} leaves", f"at {size:,} leaves"
    alone = f"{against}, processor alone"
    yield at_most(f"append {log}", large.append, against, small.append, MOST_GROWTH)
    grew, less = large.append_processor, small.append_processor
    yield at_most(f"append {log}, processor alone", grew, alone, less, MOST_GROWTH)
    yield at_most(f"tick {log}", large.tick, against, small.tick, MOST_GROWTH)
    height = math.log2(size) / math.log2(least)
    yield at_most(f"proof {log}", large.proof, alone, small.proof, height)


def _proof(log: Path, places: Sequence[int], size: int, root: bytes) -> float:
    """Processor's seconds for one inclusion proof out of the published tiles.

    Each is made once before the clock runs, so that its files are in the system's memory in a large
    log as in a small one, and verified afterwards.
    """
    proofs = [_proven(log, place, size) for place in places]
    start = time.process_time()
    for place in places:
        _proven(log, place, size)
    each = (time.process_time() - start) / len(places)
    for place, (entry, proof) in zip(places, proofs, strict=True):
        assert verify_inclusion(entry, place, size, proof, root)
    return each


def _proven(log: Path, place: int, size: int) -> tuple[bytes, tuple[bytes, ...]]:
    """An entry and its proof, by a reader of its own: nothing is held from the one before."""
    reader = TileReader(log)
    return reader.entry(place), Tree(reader.hash_at).inclusion_proof(place, size)


def _raw_proof(log: Path, places: Sequence[int], size: int) -> float:
    """Processor's seconds for the ceiling of the same proofs."""
    height = (size - 1).bit_length()
    works = [raw_proof(list(_files(log, place, size)), height) for place in places]
    start = time.process_time()
    for work in works:
        work()
    return (time.process_time() - start) / len(places)


def _files(log: Path, place: int, size: int) -> Iterator[Path]:
    """The bundle with an entry, and on each level of the tiles the one that is above it.

    Unfinished tiles at the end of the log, of which a proof reads one or the other besides, are
    left out: a ceiling may ask too much of us, not too little.
    """
    found = [entries_path(place // TILE_WIDTH, TILE_WIDTH)]
    level, index, hashes = 0, place // TILE_WIDTH, size
    while hashes:
        found.append(tile_path(level, index, TILE_WIDTH))
        level, index, hashes = level + 1, index // TILE_WIDTH, hashes // TILE_WIDTH
    yield from (log / name for name in found if (log / name).is_file())
