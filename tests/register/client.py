"""A process with several clients, which act and are acknowledged until their input ends.

    python client.py HOME FILE ACTING SAVING

ACTING threads have a register of their own each and work for Kim, at the desk, and for Pat, in a
case of their own. SAVING threads append rows with a command number to a store beside the ledger's,
on the same servers: a command of the register costs some 8 ms of this process, one of theirs less
than one. What ends with "not now" is repeated under the same command number until it is
acknowledged: nothing else brings anybody over a failover. A line is written to FILE for every
acknowledged command:

    WHO COMMAND REF E CASE TRIES UNCERTAIN

`TRIES` counts how often it was begun, `UNCERTAIN` how often its outcome was not known. For a saving
thread WHO is `store` and REF its stream.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from keys.keyring import Keyring, unlock
from ledger.errors import OutcomeUnknown, Unavailable
from ledger.home import Home
from ledger.register.acts import Act, Receipt
from ledger.register.handle import Register
from ledger.stores.place import Place, schema_of
from ledger.stores.store import CommandRow, Row, Store, Terms
from tests.register.ledgers import Clock

T = TypeVar("T")
VISITS = 10
"""One act of so many is a visit at the desk; the others are facts in a case."""
CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
PATIENCE = 60
"""How often a command is begun before a client gives up."""


def again_and_again(do: Callable[[], T]) -> tuple[T, int, int]:
    """Do what can be repeated until it is done; tells how often it was begun and not certain."""
    uncertain = 0
    for tries in range(1, PATIENCE + 1):
        try:
            return do(), tries, uncertain
        except OutcomeUnknown:
            uncertain += 1
        except Unavailable:
            continue
    raise SystemExit("it was not acknowledged")


class Saver:
    """One thread that appends to a store."""

    def __init__(self, store: Store, file: int) -> None:
        self._store = store
        self._file = file

    def work(self, ends: threading.Event) -> None:
        """Append until told to stop, each command to its end."""
        while not ends.is_set():
            stream, command = os.urandom(16), os.urandom(16).hex()
            row = CommandRow(command, b"asked", stream)
            _, tries, uncertain = again_and_again(partial(self._save, stream, row))
            line = f"store {command} {stream.hex()} - - {tries} {uncertain}\n"
            os.write(self._file, line.encode())

    def _save(self, stream: bytes, row: CommandRow) -> None:
        if self._store.answer(row.command) is not None:
            self._store.confirm()
            return
        self._store.append([Row(stream, 1, bytes(600))], Terms(command=row))


class Client:
    """One thread that acts through a register."""

    def __init__(self, home: Home, people: dict[str, Keyring], file: int) -> None:
        self._clock = Clock()
        built = home.logbook.last_tick()
        if built:
            self._clock.now = home.schedule.due(built)
        self._register = Register(home, self._clock)
        self._people = people
        self._file = file

    def work(self, ends: threading.Event) -> None:
        """Act until told to stop, each act to its end."""
        case = self._do("kim", "intake", None, {"mode": "in-person"}).case
        self._do("mara", "open", case, {})
        number = 0
        while not ends.is_set():
            number += 1
            if number % VISITS:
                self._do("pat", "attempt-contact", case, CONTACT)
            else:
                self._do("kim", "intake", None, {"mode": "in-person"})

    def _do(self, person: str, command: str, case: str | None, fields: dict[str, str]) -> Receipt:
        act = Act(command, fields, case, command_id=os.urandom(16))
        handle = partial(self._register.handle, self._people[person], act)
        receipt, tries, uncertain = again_and_again(handle)
        one = receipt.records[-1]
        line = (
            f"{person} {act.command_id.hex()} {one.ref} {one.e} {case or '-'} {tries} {uncertain}\n"
        )
        os.write(self._file, line.encode())
        return receipt


def main(path: Path, file: Path, acting: int, saving: int) -> None:
    """Let the threads work until standard input ends."""
    people = {one.stem: unlock(one.read_bytes(), b"") for one in (path / "people").iterdir()}
    home, ends = Home(path), threading.Event()
    store = Store(beside(home))
    acknowledged = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    clients: list[Client | Saver] = [Client(home, people, acknowledged) for _ in range(acting)]
    clients += [Saver(store, acknowledged) for _ in range(saving)]
    working = [threading.Thread(target=one.work, args=(ends,)) for one in clients]
    for one in working:
        one.start()
    sys.stdin.read()
    ends.set()
    for one in working:
        one.join()
    store.close()
    home.close()


def beside(home: Home) -> Place:
    """Where the store beside a ledger on a server is."""
    place = home.where("inbox")
    if not isinstance(place, Place):
        raise TypeError("a ledger in files")
    return replace(place, schema=schema_of("beside"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
