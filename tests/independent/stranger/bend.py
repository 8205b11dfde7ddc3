"""Bends good packs by single bytes, and names the bent ones that passed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.independent.stranger.mutate import Files, Mutant, judge, make_zip, read_samples, split


def one_byte(files: Files, stride: int) -> Iterator[tuple[str, Files]]:
    """Make mutants of single bytes: in each file one byte in `stride` has one bit turned."""
    for number, (name, data) in enumerate(sorted(files.items())):
        for at in range(number % stride, len(data), stride):
            bent = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            yield f"{name} at {at}", {**files, name: bent}


def mutants(name: str, files: Files, stride: int) -> Iterator[Mutant]:
    """Make every such mutant of a sample, of a zip of it and of openings brought beside it.

    One at a time: all of them at once would be as many packs as a pack has bytes.
    """
    for what, new in one_byte(files, stride):
        yield Mutant(new, f"{name}: {what}", "")
    if name != "published-log":
        for what, new in one_byte({"zip": make_zip(files)}, stride):
            yield Mutant(files, f"{name}: {what}", "", zipped=new["zip"])
    if name == "ledger-pack":
        base, brought = split(files)
        for what, new in one_byte(brought, stride):
            yield Mutant(base, f"openings: {what}", "", brought=new)


def pass_with_one_byte(samples: Path, stride: int, share: int = 0, shares: int = 1) -> list[str]:
    """Judge every mutant of every sample, or one `share` of so many `shares`; give those that
    passed. A crash ends it.
    """
    every = (
        (one, trust)
        for name, files, trust in {one[0]: one for one in read_samples(samples)}.values()
        for one in mutants(name, files, stride)
    )
    return [one.what for one, trust in islice(every, share, None, shares) if judge(one, trust) == 0]
