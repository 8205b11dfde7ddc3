"""How a figure is printed, and whether what is printed gives a small one away. Pure.

Every figure is 0, "fewer than 5", or a band of five: 5 to 9, 10 to 14. So it is with totals too,
and no figure depends on which other ones are small. Nobody can therefore subtract printed figures
from each other and be left with one number, but where all figures of a table stand at the edge of
their bands. `gives_away` finds those from the printed figures alone, so that even who knows this
program learns nothing from a table that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SMALL = 5
"""Below this, but for 0, a figure is small (threats §1.3)."""
_STEP = 5
_ENDLESS = 10**9
"""More than any library will ever count."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader knows of a figure: it is at least this, and at most that."""

    least: int = 0
    most: int = _ENDLESS

    @property
    def is_small(self) -> bool:
        """Whether it prints as "fewer than 5"."""
        return self.least < self.most < SMALL

    @property
    def text(self) -> str:
        """As it is printed."""
        if self.is_small:
            return f"fewer than {SMALL}"
        return "0" if self.most == 0 else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Sum:
    """That some figures make another one, by their names."""

    whole: str
    parts: tuple[str, ...]


def cell(count: int, *, shows_zero: bool = True) -> Cell:
    """What is printed of a count; without `shows_zero`, 0 is "fewer than 5" like 1."""
    if count == 0 and shows_zero:
        return Cell(0, 0)
    if count < SMALL:
        return Cell(1 if shows_zero else 0, SMALL - 1)
    least = count - count % _STEP
    return Cell(least, least + _STEP - 1)


def gives_away(printed: Mapping[str, Cell], sums: Iterable[Sum]) -> bool:
    """Whether some small figure can have one value only, for who knows all that is printed.

    Exact where no two sums have more than one figure in common, and none are in a ring.
    """
    known = dict(printed)
    every = tuple(sums)
    while any(_narrow(known, one) for one in every):
        pass
    return any(one.is_small and _is_one(known[name]) for name, one in printed.items())


def _is_one(found: Cell) -> bool:
    return found.least == found.most


def _narrow(known: dict[str, Cell], one: Sum) -> bool:
    """Draw from a sum what it says of each of its figures; tells whether anything was learnt."""
    parts = {name: known.setdefault(name, Cell()) for name in one.parts}
    whole = known.setdefault(one.whole, Cell())
    least, most = (sum(p.least for p in parts.values()), sum(p.most for p in parts.values()))
    found = {one.whole: Cell(max(whole.least, least), min(whole.most, most))}
    whole = found[one.whole]
    for name, part in parts.items():
        found[name] = Cell(
            max(part.least, whole.least - (most - part.most)),
            min(part.most, whole.most - (least - part.least)),
        )
    learnt = any(known[name] != now for name, now in found.items())
    known.update(found)
    return learnt
