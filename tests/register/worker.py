"""A process that acts, seals late, and erases, in a ledger until it is killed.

    python worker.py HOME FILE

The parent asks for a worker with a line on standard input, the seed of its acts, and reads the
worker's process id. The worker is forked, so that nobody waits for imports, and writes a line to
FILE when an act was acknowledged, and when a tick was published. It never ends by itself: where the
stores are on a server that is killed, it repeats what was not acknowledged.
"""

from __future__ import annotations

import importlib
import os
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from keys.keyring import Keyring, unlock
from ledger.home import Home
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.eraser import finish
from ledger.register.handle import Register
from ledger.sequencer.ticks import Published, Sequencer
from tests.register.client import again_and_again
from tests.register.ledgers import Clock

SEALING = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2030-01-01"}


def main(home: Path, file: Path) -> None:
    """Fork a worker for each line that comes in, and wait for its end."""
    people = {path.stem: unlock(path.read_bytes(), b"") for path in (home / "people").iterdir()}
    if Home(home).config.store is not None:
        importlib.import_module("ledger.stores.postgresql.database")
    for line in sys.stdin:
        worker = os.fork()
        if not worker:
            work(home, people, Random(int(line)), file)
        print(worker, flush=True)
        os.waitpid(worker, 0)
        print("gone", flush=True)


def work(path: Path, people: dict[str, Keyring], random: Random, file: Path) -> None:
    """Save visits, triage them, state facts, and let the log tick, for ever."""
    home = Home(path)
    clock = Clock()
    built, _, _ = again_and_again(lambda: home.logbook.last_tick())
    if built:
        clock.now = home.schedule.due(built)
    register = Patient(home, clock) if home.config.store is not None else Register(home, clock)
    acknowledged = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    open_cases: list[str] = []
    while True:
        person, act = next_act(random, open_cases)
        act = Act(act.command, act.fields, act.case, command_id=random.randbytes(16))
        receipt = register.handle(people[person], act)
        for one in receipt.records:
            os.write(acknowledged, f"{person} {act.command_id.hex()} {one.ref} {one.e}\n".encode())
        if act.command == "intake":
            triage = Act(*random.choice((("open", {}), ("keep-sealed", SEALING))), receipt.case)
            receipt = register.handle(people["mara"], triage)
            for one in receipt.records:
                line = f"mara {triage.command_id.hex()} {one.ref} {one.e}\n"
                os.write(acknowledged, line.encode())
            if triage.command == "open":
                open_cases.append(receipt.case)
        if open_cases and random.random() < 0.2:
            gone = open_cases.pop(0)
            erase(register, people, home, clock, gone)
            os.write(acknowledged, f"erased {gone} - -\n".encode())
        if open_cases and random.random() < 0.1:
            shut = open_cases.pop(0)
            register.handle(people["mara"], Act("keep-sealed", SEALING, shut))
            os.write(acknowledged, f"sealed {shut} - -\n".encode())
        if random.random() < 0.5:
            clock.now += timedelta(days=1, minutes=1)
            for published in tick(home, register, clock):
                os.write(acknowledged, f"tick {published.tick} {published.root.hex()} -\n".encode())


def erase(
    register: Register, people: dict[str, Keyring], home: Home, clock: Clock, reference: str
) -> None:
    """Close a case, and erase it by Mara and Tom."""
    mara, tom = people["mara"], people["tom"]
    register.handle(mara, Act("close", {"outcome": "not-disclosed"}, reference))
    digests = []
    file, _, _ = again_and_again(lambda: register.reader(mara).case(reference))
    for stream in file.streams:
        fields = {"stream": stream.id.hex(), "secrets": "both"}
        done = register.handle(mara, Act("erase-stream", fields, OFFICE))
        digests.append(done.records[0].e)
    for digest in digests:
        register.handle(tom, Act("assent", {"of": digest}, OFFICE))
    again_and_again(lambda: finish(home, register.office(), None, clock()))


def tick(home: Home, register: Register, clock: Clock) -> tuple[Published, ...]:
    """Let the log tick; where the stores are on a server, until it has."""

    def run() -> tuple[Published, ...]:
        return Sequencer(home, register.office().office.attesters()).run(clock())

    return run() if home.config.store is None else again_and_again(run)[0]


class Patient(Register):
    """A register whose server may be away for a while. An act is begun again as a whole: within its
    look at the store a lost connection stays lost.
    """

    def handle(
        self,
        keyring: Keyring,
        act: Act,
        *,
        vault: bool | None = None,
        expected: bytes | None = None,
    ) -> Receipt:
        """Carry out one act, however often it takes."""
        again = partial(super().handle, keyring, act, vault=vault, expected=expected)
        return again_and_again(again)[0]


def next_act(random: Random, open_cases: list[str]) -> tuple[str, Act]:
    """A visit by Kim, or a fact in an open case by Pat."""
    if not open_cases or random.random() < 0.6:
        return "kim", Act("intake", {"mode": "in-person"})
    fact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    return "pat", Act("attempt-contact", fact, random.choice(open_cases))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
