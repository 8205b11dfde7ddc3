"""Bends good packs by single bytes, and names the bent ones that passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.independent.stranger.mutate import Files, Mutant, judge, make_zip, read_samples, split


def one_byte(files: Files, stride: int) -> Iterator[tuple[str, Files]]:
    """Make mutants of single bytes: in each file one byte in `stride` has one bit turned."""
    for number, (name, data) in enumerate(sorted(files.items())):
        for at in range(number % stride, len(data), stride):
            bent = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            yield f"{name} at {at}", {**files, name: bent}


def pass_with_one_byte(samples: Path, stride: int) -> list[str]:
    """Judge every such mutant of every sample, of a zip and of brought openings; give those that
    passed. A crash ends it.
    """
    passed = []
    for name, files, trust in {one[0]: one for one in read_samples(samples)}.values():
        tried = [Mutant(new, f"{name}: {what}", "") for what, new in one_byte(files, stride)]
        if name != "published-log":
            zipped = {"zip": make_zip(files)}
            tried += [
                Mutant(files, f"{name}: {what}", "", zipped=new["zip"])
                for what, new in one_byte(zipped, stride)
            ]
        if name == "ledger-pack":
            base, brought = split(files)
            tried += [
                Mutant(base, f"openings: {what}", "", brought=new)
                for what, new in one_byte(brought, stride)
            ]
        passed += [one.what for one in tried if judge(one, trust) == 0]
    return passed
