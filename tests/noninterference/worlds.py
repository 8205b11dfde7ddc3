"""Worlds: one story that everybody may know, told twice with different sealed matters in between.

A story is a row of open steps. Before each of them a world may do hidden ones: they are done by
people who are cleared, or at the desk, and nobody else may ever notice. Time passes in open steps
only. Each open act has the same chance in every world (`sources`), so that what may not differ is
equal to the byte.

What worlds must agree on (DESIGN §4.9) is told in open steps: a sealed matter that is there in
every world, and is opened in some stories.
"""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from keys.files import write_private
from keys.keyring import Keyring, create
from ledger.cli import session as sessions
from ledger.errors import LedgerError
from ledger.feeding import feed_log, webhooks
from ledger.founding import Founding, Terms, found
from ledger.home import Home
from ledger.outcomes import failure_of
from ledger.projecting import runner
from ledger.projections.feeds.log import FEEDS
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.handle import Register
from ledger.sequencer.ticks import Sequencer
from tests.noninterference.sources import Sources

ORIGIN = "ledger.fern.example"
START = datetime(2026, 9, 30, 16, 5, tzinfo=UTC)
"""Late in a month, so that most stories end in the next: there is a key for each."""
ROOMY = Terms(period_seconds=3_600, open=24, sealed=128, delay=2)
"""No tick of the desk's or the vault's lane fills up here, whatever a hidden step does."""
NARROW = Terms(period_seconds=3_600, open=24, sealed=16, delay=2)
"""Four desk saves an hour and twelve records of the vault are enough to fill a tick here."""
PEOPLE = {
    "mara": ("director",),
    "tom": ("counsel",),
    "kim": ("staff",),
    "ola": ("staff",),
    "ines": ("staff", "designee"),
    "abe": ("auditor",),
    "front": (),
}
"""Mara is custodian too, and the front is a desk."""
UNCLEARED = ("kim", "abe", "front")
"""Who must not notice. They save no hidden visit, and are on no roster."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name in `open_steps.OPEN` or `hidden_steps.HIDDEN`, and what it varies in."""

    name: str
    which: int = 0
    many: int = 1


Story = tuple[Step, ...]
Hidden = Mapping[int, Sequence[Step]]
"""Hidden steps by the number of the open step before which they are done."""


@dataclass
class World:
    """A home with its people, its clock, its chance, and what is known of its matters."""

    path: Path
    people: dict[str, Keyring]
    sources: Sources = field(default_factory=Sources)
    name: str = "base"
    now: datetime = START
    cases: list[str] = field(default_factory=list)
    """References of open cases, and of visits that wait to be opened."""
    waiting: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    """Sealed matters that every world has, agreed by two people to be opened."""
    matters: list[str] = field(default_factory=list)
    """Sealed matters of this world alone."""
    secret: list[str] = field(default_factory=list)
    """Records of them, stream:seq."""
    refused: list[str] = field(default_factory=list)
    """Hidden steps that were refused."""
    answers: list[str] = field(default_factory=list)
    """How each open step ended."""
    receipts: list[str] = field(default_factory=list)
    """Receipts that people without clearance were given."""
    steps: int = 0
    home: Home = field(init=False)
    register: Register = field(init=False)

    def open(self) -> World:
        """Open the home as a program that starts."""
        self.home = Home(self.path)
        self.register = Register(self.home, lambda: self.now)
        return self

    def fork(self, path: Path, name: str) -> World:
        """The same world once more, in a folder of its own; this one is closed meanwhile."""
        self.home.close()
        shutil.copytree(self.path, path)
        return replace(
            self,
            path=path,
            name=name,
            cases=list(self.cases),
            waiting=list(self.waiting),
            declared=list(self.declared),
            matters=list(self.matters),
            secret=list(self.secret),
            refused=list(self.refused),
            answers=list(self.answers),
            receipts=list(self.receipts),
        )

    def discard(self) -> None:
        """Take a closed world away."""
        shutil.rmtree(self.path)

    def act(self, by: str, command: str, case: str | None, fields: Mapping[str, object]) -> Receipt:
        """Act as a person, looking wherever the person can."""
        vault = by not in UNCLEARED
        return self.register.handle(self.people[by], Act(command, fields, case), vault=vault)

    def answered(self, act: Callable[[], object]) -> None:
        """Do an open step and keep how it ended."""
        try:
            ended = act()
        except LedgerError as error:
            ended = failure_of(error)
        if isinstance(ended, Receipt):
            self.receipts += [one.note for one in ended.records if one.note is not None]
        self.answers.append(str(ended))

    def tick(self, **span: float) -> str:
        """Turn the clock and let the sequencer run, and webhooks be sent."""
        self.now += timedelta(**span)
        attesters = self.register.office().office.attesters()
        done = Sequencer(self.home, attesters).run(self.now)
        sender = webhooks(self.home, self.register.reader(None))
        sender.send(self.home.logbook.last_tick(), self.now)
        return json.dumps([(one.tick, one.size, str(one.due)) for one in done])


@contextmanager
def living(world: World) -> Iterator[World]:
    """Let a world go on: its chance and its clock are the product's."""
    with world.sources.injected(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "now", lambda: world.now)
        try:
            yield world.open()
        finally:
            world.home.close()


Steps = Mapping[str, Callable[[World, Step], object]]


def play(world: World, story: Story, hidden: Hidden, opened: Steps, unseen: Steps) -> None:
    """Tell a story in a living world, with its hidden steps."""
    for number, step in enumerate((*story, None)):
        for which, one in enumerate(hidden.get(number, ())):
            label = ("hidden", world.name, world.steps, which)
            with world.sources.act(label):
                try:
                    unseen[one.name](world, one)
                except LedgerError as error:
                    # A hidden event as well; whether it is one is for the example to say.
                    world.refused.append(f"{one}: {error}")
        if step is None:
            break
        with world.sources.act(("open", world.steps)):
            world.now += timedelta(minutes=1)
            world.answered(partial(opened[step.name], world, step))
        world.steps += 1
    _look(world)


def _look(world: World) -> None:
    """Bring the open views and feeds up to date, as everybody does who looks at a list: how far
    they are tells that somebody looked, whoever it was.
    """
    service = world.register.reader(None)
    runner(world.home, service, lambda: world.now).catch_up()
    for feed in FEEDS:
        feed_log(world.home, service).catch_up(feed)


def founded(
    path: Path, terms: Terms = ROOMY, *, store: str | None = None, origin: str = ORIGIN
) -> World:
    """A founded library with its people, of which nobody has done anything yet. On a server
    (`store`) each needs an origin of its own.
    """
    world = World(path, {})
    with world.sources.injected(), world.sources.act("founding"):
        people = {name: create(name, b"", throw_away=True) for name in PEOPLE}
        founders = ((people["mara"], "director"), (people["tom"], "counsel"))
        founding = Founding(origin, "America/Denver", "us-co/lcld", founders, terms, store=store)
        found(path, founding, START).close()
    world.people = people
    for name, ring in people.items():
        write_private(path / "people" / f"{name}.keyring", ring.dump(sessions.THROW_AWAY))
    with living(world):
        for name, roles in list(PEOPLE.items())[2:]:
            with world.sources.act(("enrol", name)):
                _enrol(world, name, roles)
    return world


def _enrol(world: World, name: str, roles: Sequence[str]) -> None:
    ring = world.people[name]
    world.home.keystore.put_public_keys(name, ring.public.dump())
    key, kind = b64encode(ring.public.signing).decode(), "person" if roles else "desk"
    asked = [
        world.act("mara", "enrol-key", OFFICE, {"person": name, "key": key, "principal": kind})
    ]
    for role in roles:
        if role == "designee":
            world.act("mara", "appoint-designee", OFFICE, {"person": name})
        else:
            fields = {"person": name, "role": role}
            asked.append(world.act("mara", "grant-role", OFFICE, fields))
    for one in asked:
        world.act("tom", "assent", OFFICE, {"of": one.records[0].e})
