"""Hostile packs about counsel's attestations: wrong ones, late ones, and none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.forge import Files
from tests.verify.attesting import Attesting, part
from tests.verify.test_attested import DATED, OPENED, WRONG, parted

Told = tuple[str, str, frozenset[str], Mapping[str, Files], bytes]
"""Name, why, codes, `pack` and perhaps `openings`, and trust."""
PARTS = ("attested-root", "attested-period", "attested-by-the-director", "attested-in-a-case")
WHOLES = ("heads-follow", "heads-differ")


def attested() -> Iterator[Told]:
    """Every such pack."""
    for name in PARTS:
        yield _part(name, *WRONG[name])
    for name, (why, code, _, ledger) in DATED.items():
        yield _part(name, why, code, ledger)
    for name in WHOLES:
        why, code, ledger = OPENED[name]
        world = ledger.build()
        pack, openings = parted(world)
        parts = {"pack": pack, "openings": openings}
        yield name, why, frozenset(code.split()), parts, world.trust()


def _part(name: str, why: str, code: str, ledger: Attesting) -> Told:
    world = ledger.build()
    return name, why, frozenset(code.split()), {"pack": part(world)}, world.trust()
