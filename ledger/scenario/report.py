"""What a played scenario came to: every mismatch, named so that its writer finds the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that came out otherwise. `where` is the step or check by its number and id."""

    where: str
    expected: str
    got: str

    def __str__(self) -> str:
        expected, got = self.expected.rstrip("."), self.got.rstrip(".")
        return f"{self.where}: expected {expected}; got {got}."


@dataclass(frozen=True, slots=True)
class Played:
    """One file, played into one ledger. `cases` gives each local name its real reference."""

    mismatches: tuple[Mismatch, ...]
    cases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """One file, played in a ledger of its own. `home` is where that was kept, if it was kept."""

    title: str
    mismatches: tuple[Mismatch, ...]
    home: Path | None = None
    people: Mapping[str, Keyring] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.mismatches


def listed(items: Iterable[str]) -> str:
    """Write a list as a sentence does; an empty one is *nothing*."""
    return "; ".join(items) or "nothing"
