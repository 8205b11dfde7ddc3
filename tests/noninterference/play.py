"""Base worlds, from which every example starts, and the comparison of two that went on from them.

A base is a story that was told once with some hidden steps; examples go on from copies of it. Two
bases may be compared because their stories are one story.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ledger.cli import session as sessions
from ledger.founding import Terms
from tests.noninterference.observer import (
    Knock,
    Known,
    Spoil,
    answers,
    differences,
    known_of,
    shown,
)
from tests.noninterference.steps import HIDDEN, OPEN, command
from tests.noninterference.worlds import ROOMY, Hidden, Step, Story, World, founded, living, play
from tests.passphrases import cheap_passphrases

LINK = command("link-case")
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of the test's own is made in it.

PROLOGUE: Story = tuple(
    Step(*one)
    for one in (
        *(
            ("absence", 1),
            ("declare", 0),
            ("save", 0),
            ("open_visit", 0),
            ("call", 0),
            ("tick", 0),
            ("hold", 0),
        ),
        *(("save", 1), ("open_visit", 0), ("close", 1), ("save", 2), ("tick", 0, 2), ("save", 3)),
    )
)


def _steps(*given: tuple[str, int, int]) -> tuple[Step, ...]:
    return tuple(Step(*one) for one in given)


BASES: Mapping[str, Hidden] = {
    "nothing": {},
    "a visit": {3: _steps(("visit", 0, 1))},
    "a letter": {
        1: _steps(("visit", 0, 3), ("seal", 0, 0), ("admit", 0, 0), ("admit", 0, 1)),
        6: _steps(("advise", 0, 1), ("leave", 0, 1), ("read", 0, 1), ("lift", 0, 1)),
        9: _steps(("agree", 0, 0), ("go_on", 0, LINK), ("take_away", 0, 1)),
    },
    "a roster": {2: _steps(("visit", 0, 1), ("seal", 0, 0), ("admit", 0, 2))},
    "many": {
        0: _steps(*(("visit", n, 9) for n in range(3)), *(("seal", n, 0) for n in range(3))),
        4: _steps(("burst", 0, 9), ("visit", 4, 1), ("seal", 3, 1), ("fail", 0, 1)),
        7: _steps(("lift", 1, 1), ("burst", 1, 5), ("read", 2, 3), ("read", 1, 5)),
    },
    "an erasure": {
        2: _steps(("visit", 2, 2), ("seal", 0, 0), ("admit", 0, 0)),
        5: _steps(("erase_sealed", 0, 1)),
        8: _steps(("visit", 2, 40), ("seal", 1, 0), ("admit", 1, 0), ("erase_sealed", 1, 3)),
    },
}
"""Sealed matters that there were before an example begins, by the steps of the prologue."""


@dataclass
class Bases:
    """The bases of one kind of ledger, each made when it is first asked for."""

    folder: Path
    template: World
    prologue: Story
    made: dict[str, World] = field(default_factory=dict, repr=False)
    copies: int = 0

    def fork(self, name: str, world: str) -> World:
        """A copy of a base, which goes on as a world of this name."""
        if name not in self.made:
            base = self.template.open().fork(self.folder / f"base-{len(self.made)}", name)
            with living(base):
                play(base, self.prologue, BASES[name], OPEN, HIDDEN)
            self.made[name] = base
        self.copies += 1
        return self.made[name].open().fork(self.folder / f"world-{self.copies}", world)


@contextmanager
def bases(terms: Terms = ROOMY, prologue: Story = PROLOGUE) -> Iterator[Bases]:
    """A new ledger's bases, in memory where the machine has some to spare."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        folder = Path(place)
        yield Bases(folder, founded(folder / "template", terms), prologue)


@dataclass(frozen=True, slots=True)
class Tale:
    """One story with two or more sealed worlds: the base of each, and what is hidden in each."""

    story: Story
    worlds: tuple[tuple[str, Hidden], ...]


def compared(
    made: Bases,
    tale: Tale,
    knocks: Iterable[Knock] = (),
    *,
    exactly: bool = False,
    spoil: Spoil | None = None,
) -> list[str]:
    """Tell a story in each world and look at all that lies there; knock at doors in the first two.

    Gives what differs from the first world; with `exactly`, the hidden steps that were refused too.
    With `spoil`, that is done to the second before somebody knocks where the open side serves.
    """
    worlds = [once(made, tale, number) for number in range(len(tale.worlds))]
    refused = [one for world in worlds for one in world.refused]
    if exactly and refused:
        return refused
    try:
        first, second, *_ = worlds
        lying = shown(first)
        found = [one for other in worlds[1:] for one in differences(lying, shown(other))]
        known = known_of(first, second)
        for knock in knocks:
            spoilt = spoil if knock.is_open else None
            found += differences(
                knocked(first, knock, known), knocked(second, knock, known, spoilt)
            )
        return found
    finally:
        for world in worlds:
            world.discard()


def once(made: Bases, tale: Tale, number: int) -> World:
    """Tell a tale in one of its worlds; closed at the end."""
    base, hidden = tale.worlds[number]
    world = made.fork(base, f"world {number}")
    with living(world):
        play(world, tale.story, hidden, OPEN, HIDDEN)
    return world


def knocked(world: World, knock: Knock, known: Known, spoil: Spoil | None = None) -> dict[str, str]:
    """What a call at a door gives in a closed world, which may be spoilt before."""
    with world.sources.injected(), pytest.MonkeyPatch.context() as patch, cheap_passphrases():
        patch.setattr(sessions, "now", lambda: world.now)
        with world.sources.act("knock"), TemporaryDirectory(dir=world.path.parent) as scratch:
            return answers(world, knock, known, Path(scratch), spoil)
