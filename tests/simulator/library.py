"""The simulated library: a world whose clock, chance, disk and programs a story has in its hand.

It remembers what was acknowledged, and to whom: that is what may never be lost. Everything else is
read from the disk when it is checked.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from keys.keyring import Keyring
from ledger.errors import LedgerError, Unavailable
from ledger.evidence.grammar import to_base64
from ledger.founding import Terms
from ledger.home import Home, OpenHome
from ledger.register import eraser
from ledger.register.acts import Act, Receipt
from ledger.register.handle import Clock, Register
from tests.faults import Crash
from tests.noninterference.worlds import World
from tests.register.ledgers import Clock as Stopped
from tests.register.ledgers import Ledger

WEEKLY = Terms(period_seconds=604_800, open=8, sealed=8, delay=2)
"""Few ticks a year and few entries in each: the whole log is verified again and again."""


SHUTTING, OPENING = ("intake", "keep-sealed"), "open"
"""The commands by which a matter is not to be found any more, and by which it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An act as its person asked for it, under its own number."""

    keyring: Keyring
    act: Act
    vault: bool | None


@dataclass
class Simulated(World):
    """A world that is verified after every step."""

    shut: set[str] = field(default_factory=set)
    """References of what is sealed, as far as was acknowledged: visits that wait, and matters."""
    kept: dict[str, str] = field(default_factory=dict)
    """Each record that was acknowledged, by its place: its digest E."""
    notes: dict[str, str] = field(default_factory=dict)
    """The receipt of each."""
    acknowledged: list[tuple[Asked, Receipt]] = field(default_factory=list)
    interrupted: list[Asked] = field(default_factory=list)
    """Acts whose answer never came."""
    accepted: set[str] = field(default_factory=set)
    """Commands that were carried out at least once."""
    retired: dict[str, Keyring] = field(default_factory=dict)
    """Keyrings that were in use once; what was sealed to them opens to them."""
    coming: dict[str, Keyring] = field(default_factory=dict)
    """New keyrings, until they are enrolled."""
    backups: list[Path] = field(default_factory=list)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    """What the log published, by its size."""
    skew: timedelta = timedelta()
    """How far the clock is off."""

    def open(self) -> Simulated:
        """Open the home as a program that starts."""
        self.home = Home(self.path)
        self.register = Noting(self.home, lambda: self.now, self)
        return self

    def reopen(self) -> None:
        """End the program and start it again."""
        self.home.close()
        self.open()

    def as_ledger(self) -> Ledger:
        """The same ledger as the checks of other rooms take it."""
        everybody = {**self.people, **self.retired}
        clock = Stopped(self.now)
        return Ledger(self.path, everybody, clock, self.home, Register(self.home, clock))

    def put_clock(self, skew: timedelta) -> None:
        """Let the clock be off by so much."""
        self.now += skew - self.skew
        self.skew = skew

    def take_keys(self) -> None:
        """Let people act with their new keys, as soon as these are enrolled."""
        office = self.register.office().office
        for name, ring in list(self.coming.items()):
            key = office.key_of(name)
            if key is not None and key.key == to_base64(ring.public.signing):
                self.retired[f"{name}-{len(self.retired)}"] = self.people[name]
                self.people[name] = self.coming.pop(name)

    def note(self, asked: Asked, receipt: Receipt) -> None:
        """Keep what was acknowledged."""
        self.acknowledged.append((asked, receipt))
        self.accepted.add(asked.act.command)
        if asked.act.command in SHUTTING:
            self.shut.add(receipt.case)
        if asked.act.command == OPENING:
            self.shut.discard(receipt.case)
        for one in receipt.records:
            self.kept[one.ref] = one.e
            if one.note is not None:
                self.notes[one.ref] = one.note

    def recover(self) -> Sequence[str]:
        """Repeat what was interrupted, as its people would; gives how each of it ended."""
        waiting, self.interrupted = self.interrupted, []
        ended = []
        for one in waiting:
            try:
                self.register.handle(one.keyring, one.act, vault=one.vault)
                ended.append("done")
            except Unavailable:
                raise
            except LedgerError as error:
                ended.append(type(error).__name__)
        self.take_keys()
        mara = self.people["mara"]
        eraser.finish(self.home, self.register.office(), mara, self.now)
        return ended


class Noting(Register):
    """A register that tells a story what it acknowledged, and what it never answered."""

    def __init__(self, home: OpenHome, clock: Clock, told: Simulated) -> None:
        super().__init__(home, clock)
        self._told = told

    def handle(
        self,
        keyring: Keyring,
        act: Act,
        *,
        vault: bool | None = None,
        expected: bytes | None = None,
    ) -> Receipt:
        """Carry out one act; a document is not there any more when it would be repeated."""
        asked = Asked(keyring, act, vault)
        try:
            receipt = super().handle(keyring, act, vault=vault, expected=expected)
        except (Unavailable, Crash):
            if act.document is None:
                self._told.interrupted.append(asked)
            raise
        self._told.note(asked, receipt)
        return receipt


def simulated(template: World, path: Path) -> Simulated:
    """A library of a story's own: a copy of a founded one, which is closed."""
    shutil.copytree(template.path, path)
    return Simulated(
        path,
        dict(template.people),
        name=path.name,
        now=template.now,
        cases=list(template.cases),
        waiting=list(template.waiting),
        matters=list(template.matters),
        shut={*template.waiting, *template.matters},
    )
