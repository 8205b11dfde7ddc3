"""A story: moves that follow from a seed alone, and how it is told, replayed and made shorter.

Each move has a number, from which its chance follows: a story from which moves were taken away
tells the others as before.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from ledger.errors import LedgerError
from tests.faults import Crash
from tests.noninterference.play import MEMORY
from tests.noninterference.steps import HIDDEN, OPEN
from tests.noninterference.worlds import Hidden, Step, World, founded, living, play
from tests.simulator import oracle
from tests.simulator.disk import FAULTS, meanwhile
from tests.simulator.library import WEEKLY, Simulated, simulated
from tests.simulator.moves import NOW_AND_THEN, OFTEN, WITH_OTHERS, Done
from tests.simulator.remembered import remembered

MOVES: dict[str, Done] = {**OFTEN, **NOW_AND_THEN, **WITH_OTHERS}
BESIDE = (*OFTEN, *WITH_OTHERS, "repeat", "look", "save_backup")
"""What another program may do in the middle of an act."""
ALONE = frozenset({"go_back", "put_back_the_log"})
"""Moves beside which nobody works: the machine is lost, or stands still."""
PROLOGUE = tuple(
    Step(*one)
    for one in (("save", 0), ("open_visit", 0), ("paper", 0), ("hold", 0), ("save", 0), ("save", 1))
)
HIDDEN_BEFORE: Hidden = {
    3: (Step("visit", 0), Step("visit", 1), Step("seal", 0), Step("admit", 0, 3)),
}
"""What there is when a story begins: an open case with a paper and a hold, visits that wait, a
matter under an order of silence.
"""
LAST_STEP = 9
"""The highest number of a durable step that fails; few acts have as many."""
ENOUGH = 2
"""After so many ticks everything that waits is published."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move, what becomes of its nth durable step, if anything, or what another program does
    before its nth write.
    """

    number: int
    name: str
    which: int = 0
    many: int = 1
    fault: str | None = None
    beside: str | None = None
    nth: int = 1


Story = tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """How a story ended: what broke, if anything; a digest of all that it left behind."""

    broke: str | None
    moves: int
    digest: str
    answers: tuple[str, ...]
    accepted: frozenset[str]


def story(seed: int, moves: int) -> Story:
    """The story of a seed."""
    random = Random(f"story {seed}")
    return tuple(_move(number, random) for number in range(moves))


def _move(number: int, random: Random) -> Move:
    kind = random.choice((OFTEN, OFTEN, WITH_OTHERS, WITH_OTHERS, WITH_OTHERS, NOW_AND_THEN))
    move = Move(number, random.choice(sorted(kind)), random.randrange(2**16), random.randint(1, 9))
    chance = random.random()
    if chance < 0.25:
        fault = random.choice(sorted(FAULTS))
        return replace(move, fault=fault, nth=random.randint(1, LAST_STEP))
    if chance < 0.4 and move.name not in ALONE:
        return replace(move, beside=random.choice(BESIDE), nth=random.randint(1, LAST_STEP))
    return move


@contextmanager
def founding() -> Iterator[World]:
    """The founded library from which all stories begin, in memory where there is some to spare."""
    with remembered(), TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        world = founded(Path(place) / "template", WEEKLY)
        with living(world):
            play(world, PROLOGUE, HIDDEN_BEFORE, OPEN, HIDDEN)
            world.tick(weeks=1)
        yield world


def tell(template: World, story: Story, *, wholly: int = 1, ends: bool = True) -> Told:
    """Tell a story. Everything is checked after each move, but that the views and the offline
    verifier are asked after every `wholly` moves, and at the end, when all is published. Without
    `ends` it breaks off before that.
    """
    with TemporaryDirectory(dir=template.path.parent) as place:
        world = simulated(template, Path(place) / "home")
        answers: list[str] = []
        broke, told = None, 0
        with world.sources.injected():
            world.open()
            try:
                for told, move in enumerate(story, start=1):
                    answers.append(_move_on(world, move))
                    oracle.check(world)
                    if told % wholly == 0:
                        oracle.check_views(world)
                        oracle.check_offline(world)
                if ends:
                    _end(world)
            except Exception as error:
                broke = _said(error)
            digest = _digest(world)
            world.home.close()
        return Told(broke, told, digest, tuple(answers), frozenset(world.accepted))


def _end(world: Simulated) -> None:
    """Let the timer run with a clock and a disk that are right: all that was acknowledged comes
    into the log, and is what it was.
    """
    with world.sources.act("the end"):
        for _ in range(ENOUGH):
            world.tick(weeks=1)
        oracle.check(world, behind=False)
        oracle.check_views(world)
        oracle.check_offline(world)


def _said(error: Exception) -> str:
    """What went wrong, and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    words = "; ".join(str(error).splitlines()[:4])
    return f"{type(error).__name__} in {where.name}, line {where.lineno}: {words}"


def _move_on(world: Simulated, move: Move) -> str:
    """Do one move with its fault; what was interrupted by it is repeated."""
    with world.sources.act(("move", move.number)):
        world.now += timedelta(minutes=1)
        try:
            with _fault(world, move):
                answer = _done(world, move.name, move)
        except Crash:
            answer = "killed"
            world.reopen()
    with world.sources.act(("after", move.number)):
        return " ".join([answer, *world.recover()])


def _done(world: Simulated, name: str, move: Move) -> str:
    try:
        MOVES[name](world, Step(name, move.which, move.many))
    except LedgerError as error:
        return type(error).__name__
    return "done"


@contextmanager
def _fault(world: Simulated, move: Move) -> Iterator[None]:
    with ExitStack() as stack:
        if move.fault is not None:
            stack.enter_context(FAULTS[move.fault](move.nth, Random(move.which)))
        if move.beside is not None:
            stack.enter_context(meanwhile(move.nth, partial(_other, world, move.beside, move)))
        yield


def _other(world: Simulated, name: str, move: Move) -> None:
    """Another program, which opens the same home, does one move and ends."""
    home, register = world.home, world.register
    world.open()
    try:
        _done(world, name, replace(move, which=move.which // 7))
    finally:
        world.home.close()
        world.home, world.register = home, register


def _digest(world: Simulated) -> str:
    """A digest of all rows and of the log: in hex."""
    found = sha256()
    for store in world.home.row_stores:
        for _, row in store.page(0, 100_000):
            found.update(row.stream + row.seq.to_bytes(8, "big") + row.state)
    for entry in world.home.logbook.entries(0, world.home.logbook.size()):
        found.update(entry)
    return found.hexdigest()


# --- Shorter -----------------------------------------------------------------------------------


def shrunk(template: World, story: Story, wholly: int = 1) -> Story:
    """A shorter story that breaks as well: no single move of it can be left out, and no fault."""
    story = story[: tell(template, story, wholly=wholly).moves]
    pieces = len(story) // 2
    while pieces:
        start = 0
        while start < len(story):
            fewer = story[:start] + story[start + pieces :]
            if fewer and tell(template, fewer).broke is not None:
                story = fewer
            else:
                start += pieces
        pieces //= 2
    for place, move in enumerate(story):
        plain = (*story[:place], replace(move, fault=None, beside=None), *story[place + 1 :])
        if plain != story and tell(template, plain).broke is not None:
            story = plain
    return story


def sentence(seed: int, moves: int, told: Told, short: Sequence[Move]) -> str:
    """What a failing seed prints: a line that replays it, and the shortest story that was found."""
    lines = [f"    {one!r}," for one in short]
    return "\n".join(
        [
            f"seed {seed} broke at move {told.moves}: {told.broke}",
            f"replay: python -m tests.simulator {seed} --moves {moves}",
            *lines,
        ]
    )
