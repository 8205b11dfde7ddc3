"""One run of the command line: which home, which person, and how to answer.

Words go to standard error, data to standard output; with `--json` the data is one object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keys.files import is_open_to_others
from keys.passphrase import from_descriptor, from_prompt
from ledger.errors import BadRequest, NotPermitted, Unavailable

if TYPE_CHECKING:
    from keys.keyring import Keyring
    from ledger.domain.vault_events import LookReason
    from ledger.home import Home, OpenHome
    from ledger.register.handle import Register
    from ledger.register.reading import Reader

HELD: dict[Path, Keyring] = {}
"""The keyring that this process holds unlocked, by its file; only the vault's process has one."""
ADMINISTRATORS = frozenset({"custodian", "director"})
"""Who says which programs are told what."""
BEAT_SECONDS = 2.0
"""Enough to try some two thousand sealed keys, visits of the desk among them."""
THROW_AWAY = b"throw-away"
"""The passphrase of every throw-away keyring, which protects nothing and says so."""


def now() -> datetime:
    """Read the machine's clock; the one place where the command line does."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Session:
    """What the global options said."""

    home_path: Path
    person: str | None = None
    as_json: bool = False
    vault: bool | None = None
    passphrase_fd: int | None = None
    started: float = field(default_factory=time.monotonic)
    is_paced: bool = False

    @cached_property
    def home(self) -> OpenHome:
        """The ledger's home, its open side."""
        # Stores and keys are imported when they are used: asking for help must not wait for them.
        from ledger.home import OpenHome

        return OpenHome(self.home_path)

    @cached_property
    def vault_home(self) -> Home:
        """The vault's side: for who looks among sealed matters, and for the administrator."""
        from ledger.home import Home

        self.is_paced = self.person is not None and not self._is_cleared
        return Home(self.home_path, self.home)

    @cached_property
    def register(self) -> Register:
        """The register: of the vault's side for who is cleared by role or asks for it (`--vault`),
        of the open side for everybody else.
        """
        return self.vault_register if self.vault or self._is_cleared else self._open_register

    @cached_property
    def vault_register(self) -> Register:
        """The register of the vault's side, for what is always looked for there."""
        from ledger.register.handle import Register

        # The office stands on the open side, where it was read to tell who is cleared.
        return Register(self.vault_home, self.now, self._open_register.office_fold)

    @cached_property
    def _open_register(self) -> Register:
        from ledger.register.handle import Register

        return Register(self.home, self.now)

    @cached_property
    def _is_cleared(self) -> bool:
        from ledger.register.handle import CLEARED_ROLES

        if self.person is None:
            return False
        office = self._open_register.office().office
        return bool(CLEARED_ROLES & office.roles_of(self.person))

    @cached_property
    def keyring(self) -> Keyring:
        """The unlocked keyring of the acting person.

        Raises:
            BadRequest: nobody was named, or there is no such keyring here.
            KeysError: wrong passphrase, or a damaged file.
        """
        if self.person is None:
            raise BadRequest("Say who you are: disclosure-ledger --as NAME …")
        return unlock_at(self.home.keyring_path(self.person), self.person, self.passphrase_fd)

    def now(self) -> datetime:
        """The current instant in UTC, in whole seconds."""
        return now()

    def reader(self, reason: LookReason = "duty", *, glass: str | None = None) -> Reader:
        """Read as the acting person; each look among sealed matters is recorded for counsel.
        `glass` is why they look outside of their ordinary course, if they do.

        Raises:
            NotPermitted: the person holds no role that reads cases.
        """
        from ledger.register.exposure import READING_ROLES

        roles = self.register.office().office.roles_of(self.keyring.person)
        if not READING_ROLES & roles:
            raise NotPermitted("Your role does not read cases.")
        return self.register.looking(self.keyring, reason, vault=self.vault, glass=glass)

    def check_administers(self) -> None:
        """See that the acting person looks after the doors: who is told what, who logs where.

        Raises:
            NotPermitted: they are neither director nor custodian, or their key is not enrolled.
        """
        self.register.reader(self.keyring, vault=False)
        if not ADMINISTRATORS & self.register.office().office.roles_of(self.keyring.person):
            raise NotPermitted("Only the director or the custodian does this.")

    def on_the_beat(self) -> None:
        """Let who looks among sealed matters without being cleared by a role wait for the beat: to
        find theirs every sealed key is tried, and how long that takes would tell how many there
        are.
        """
        if self.is_paced:
            time.sleep(-(time.monotonic() - self.started) % BEAT_SECONDS)

    def answer(self, data: Mapping[str, Any], lines: Sequence[str]) -> None:
        """Print one answer: the object for programs, or the lines for people.

        Raises: as `write_answer` does.
        """
        self.on_the_beat()
        if self.as_json:
            write_answer(json_line(data))
        else:
            write_answer("\n".join([*map(_harmless, lines), ""]))

    def say(self, sentence: str) -> None:
        """Tell the person something that is not data."""
        self.on_the_beat()
        print(_harmless(sentence), file=sys.stderr)

    def close(self) -> None:
        """Close what was opened."""
        for side in ("vault_home", "home"):
            if side in self.__dict__:
                self.__dict__[side].close()


def json_line(data: Mapping[str, Any]) -> str:
    """An object in one line, for programs. Where words of others would steer a terminal, all that
    is not ASCII is spelt by its number (T-52).
    """
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return f"{text if text.isprintable() else json.dumps(data, sort_keys=True)}\n"


def _harmless(line: str) -> str:
    """A line that may hold words of others, which are not to steer somebody's terminal (T-52)."""
    if line.isprintable():
        return line
    from ledger.web.texts import shown

    return shown(line)


def write_answer(text: str) -> None:
    """Write data to standard output, all of it now.

    Raises: BrokenPipeError, where nobody reads on; Unavailable, where it cannot be written.
    """
    try:
        print(text, end="", flush=True)
    except OSError as error:
        # At its end Python would write the rest once more, and fail once more: that goes nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            raise
        raise Unavailable(f"The answer cannot be written: {error.strerror}.") from error


def unlock_at(path: Path, person: str, descriptor: int | None) -> Keyring:
    """Unlock a keyring file, asking for the passphrase unless the keyring is a throw-away one.

    Raises:
        BadRequest: there is no such file.
        KeysError: wrong passphrase, or a damaged file.
        Unavailable: others may read the file.
    """
    from keys.keyring import is_throw_away, unlock

    held = HELD.get(path.resolve())
    if held is not None:
        return held
    try:
        if is_open_to_others(path):
            raise Unavailable(f"Others may read the keyring of {person}. Run: chmod 600 {path}")
        data = path.read_bytes()
    except OSError as error:
        raise BadRequest(f"There is no keyring of {person} on this machine.") from error
    if is_throw_away(data):
        return unlock(data, THROW_AWAY)
    return unlock(data, passphrase(f"Passphrase of {person}: ", descriptor))


def passphrase(question: str, descriptor: int | None, *, confirm: bool = False) -> bytes:
    """A passphrase from a file descriptor, or else from the person at the keyboard."""
    if descriptor is not None:
        return from_descriptor(descriptor)
    return from_prompt(question, confirm=confirm)


def read_fields(given: str | None) -> dict[str, object]:
    """The fields of an act: JSON as given, `@file`, or `-` for standard input.

    Raises:
        BadRequest: it cannot be read, or is not one JSON object.
    """
    if given is None:
        return {}
    try:
        if given == "-":
            text = sys.stdin.read()
        elif given.startswith("@"):
            text = Path(given[1:]).read_text(encoding="utf-8")
        else:
            text = given
        value = json.loads(text)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadRequest("--with takes a JSON object, @FILE or - for standard input.") from error
    if not isinstance(value, dict):
        raise BadRequest('--with takes one JSON object, such as \'{"mode": "in-person"}\'.')
    return value
