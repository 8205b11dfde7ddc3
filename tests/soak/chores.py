"""What timers and administrators run: the command line, each command a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ledger.outcomes import NOT_NOW
from ledger.scenario.stage import THROW_AWAY
from tests.soak.clock import Clock
from tests.soak.people import Kept
from tests.soak.person import PATIENCE_SECONDS, GaveUp, World

LONGEST_SECONDS = 900
ROTATES_AT, ERASES_AT, BACKS_UP_AT = 3.0, 2.0, (3.6, 7.4)
"""At which hours of the soak: a director's keys, closed matters, the nightly copy."""
MOST_ERASED = 3
NEW_PASSPHRASE = "seven quiet herons by the weir"


@dataclass
class Office:
    """The command line of a home."""

    world: World
    home: Path

    def run(
        self, *words: str, by: str | None = None, new: str | None = None, clock: Clock | None = None
    ) -> str:
        """Run one command, again where it says "not now"; gives what it answered. `new` is the
        passphrase of new keys. What is timed is the whole program.

        Raises:
            GaveUp: it failed, which is counted.
        """
        kind = f"command: {' '.join(one for one in words[:2] if '/' not in one)}"
        started, tries = time.monotonic(), 0
        while True:
            tries += 1
            done = self._once(words, by, new, clock or self.world.clock)
            if done.returncode == 0:
                outcome = "at once" if tries == 1 else "repeated"
                self.world.tally.done(kind, outcome, time.monotonic() - started)
                return done.stdout
            if done.returncode != NOT_NOW or time.monotonic() > started + PATIENCE_SECONDS:
                self.world.tally.failed(
                    kind, f"exit {done.returncode}: {(done.stderr or done.stdout)[-300:]}"
                )
                raise GaveUp
            self.world.tally.met("in a moment again", f"{kind}: {done.stderr.strip()[:120]}")
            time.sleep(1)

    def _once(
        self, words: tuple[str, ...], by: str | None, new: str | None, clock: Clock
    ) -> subprocess.CompletedProcess[str]:
        given = [sys.executable, "-P", "-m", "ledger.cli", "--json", "--home", str(self.home)]
        pipes: list[int] = []
        if by is not None:
            given += ["--as", by]
            known = self.world.passphrases[by]
            if known != THROW_AWAY.decode():
                pipes.append(_told(known))
                given += ["--passphrase-fd", str(pipes[-1])]
        given += words
        if new is not None:
            pipes.append(_told(new))
            given += ["--new-passphrase-fd", str(pipes[-1])]
        try:
            return subprocess.run(
                given,
                capture_output=True,
                text=True,
                env=clock.environment(),
                pass_fds=pipes,
                timeout=LONGEST_SECONDS,
                check=False,
            )
        finally:
            for one in pipes:
                os.close(one)


def _told(passphrase: str) -> int:
    """A descriptor from which a passphrase is read."""
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as end:
        end.write(f"{passphrase}\n")
    return reads


def by_timer(office: Office, kept: Kept, folder: Path) -> None:
    """Each hour a tick and an examination; once the keys of a director; the nightly copies."""
    world, hour = office.world, 0
    backups = list(BACKS_UP_AT)
    rotates = True
    while not world.over.is_set():
        try:
            if world.clock.hours >= hour:
                hour += 1
                office.run("tick")
                _examine(office)
            if backups and world.clock.hours >= backups[0]:
                office.run("backup", str(folder / f"backup-{backups.pop(0)}"))
            if rotates and world.clock.hours >= ROTATES_AT:
                rotates = False
                rotate(office, "mara", "tom")
                kept.forget_repeats("mara")
        except GaveUp:
            continue
        finally:
            world.over.wait(min(1.0, world.clock.real_seconds(0.02)))


def by_two_people(office: Office, kept: Kept, random: Random) -> None:
    """Erase some matters that are closed: mara proposes, tom assents."""
    world = office.world
    while not world.over.is_set():
        world.rest(random, 10)
        if world.clock.hours < ERASES_AT or not kept.closed:
            continue
        try:
            while kept.closed and len(kept.erased) < MOST_ERASED:
                case = kept.closed.pop(0)
                with world.at_keys["mara"]:
                    office.run("erase", "propose", case, by="mara")
                office.run("erase", "assent", by="tom")
                kept.erased.append(case)
        except GaveUp:
            continue


def rotate(office: Office, name: str, second: str) -> None:
    """New keys, and a new passphrase, for somebody who enrols their own: as `key rotate` says.

    Raises:
        GaveUp: a step failed.
    """
    with office.world.at_keys[name]:
        office.run("key", "rotate", by=name, new=NEW_PASSPHRASE)
        office.run("person", "assent", name, by=second)
        office.run("key", "rotate", by=name, new=NEW_PASSPHRASE)
        office.world.passphrases[name] = NEW_PASSPHRASE
    office.world.tally.happened(f"the keys of the {name} were rotated")


def _examine(office: Office) -> None:
    """Scrape the doctor's figures, and count each problem that there is."""
    for line in office.run("doctor", "--metrics").splitlines():
        if line.startswith("ledger_problem{") and line.endswith(" 1"):
            code = line.partition('code="')[2].partition('"')[0]
            office.world.tally.met("doctor", f"problem: {code}")
