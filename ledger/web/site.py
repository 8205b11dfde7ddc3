"""What one of the two programs serves from: its side of a home, its sessions, its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, RLock
from typing import Literal

from keys.keyring import Keyring
from ledger.home import Home, OpenHome
from ledger.register.handle import Register
from ledger.web.ceremonies import Ceremonies
from ledger.web.limiting import Limits
from ledger.web.sessions import Sessions

Side = Literal["desk", "room"]
IDLE_SECONDS: dict[Side, float] = {"desk": 30 * 60.0, "room": 15 * 60.0}
"""After so long without a request a person signs in again (threats §4)."""


def machine_clock() -> datetime:
    """The machine's clock, in whole seconds of UTC."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Site:
    """One program: `side` says which. The desk's is made of an open home and knows no vault.

    `address` and `other` are the origins of this program and of the other one, such as
    `http://localhost:8410`; `aliases` are other origins under which this one is reached. `desk` is
    the keyring that signs what is saved at the desk page.
    """

    side: Side
    home_path: Path
    address: str
    other: str
    aliases: frozenset[str] = frozenset()
    desk: Keyring | None = None
    clock: Callable[[], datetime] = machine_clock
    limits: Limits = field(default_factory=Limits)
    ending: Event = field(default_factory=Event)
    """Set when the program is to end: answers that go on for ever look at it, and end too."""

    ceremonies: Ceremonies = field(default_factory=Ceremonies)
    """What passkeys are asked to sign."""
    sessions: Sessions = field(init=False)
    """Who is signed in here."""
    _opening: RLock = field(init=False, default_factory=RLock, repr=False)
    _home: OpenHome | None = field(init=False, default=None, repr=False)
    _register: Register | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.sessions = Sessions(IDLE_SECONDS[self.side])

    @property
    def home(self) -> OpenHome:
        """This side of the home, opened once by whoever asks first. Raises: Unavailable."""
        with self._opening:
            if self._home is None:
                kind = OpenHome if self.side == "desk" else Home
                self._home = kind(self.home_path)
            return self._home

    @property
    def register(self) -> Register:
        """The register of this side; several threads may use it. Raises: Unavailable."""
        with self._opening:
            if self._register is None:
                self._register = Register(self.home, self.clock)
            return self._register

    @property
    def origins(self) -> frozenset[str]:
        """Every origin under which browsers know this program."""
        return self.aliases | {self.address}

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by TLS, and not at their own machine."""
        return self.address.startswith("https:")

    def close(self) -> None:
        """Forget every keyring and close what was opened."""
        self.sessions.end_all()
        with self._opening:
            if self._home is not None:
                self._home.close()
