"""What one of the two programs serves from: its side of a home, its sessions, its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Literal

from keys.keyring import Keyring
from ledger.home import Home, OpenHome
from ledger.register.handle import Register
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

    @cached_property
    def home(self) -> OpenHome:
        """This side of the home."""
        return OpenHome(self.home_path) if self.side == "desk" else Home(self.home_path)

    @cached_property
    def register(self) -> Register:
        """The register of this side; several threads may use it."""
        return Register(self.home, self.clock)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in here."""
        return Sessions(IDLE_SECONDS[self.side])

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
        if "home" in self.__dict__:
            self.home.close()
