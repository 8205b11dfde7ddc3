"""The stage: a ledger, its clock and its cast, with throw-away keys.

A ledger of a scenario is a real one. It is founded, its people are enrolled with two persons'
signatures, and its log ticks on its schedule; only its clock is the file's and its keys protect
nothing.
"""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys.files import write_private
from keys.keyring import Keyring, create
from keys.recovery import RecoveryIdentity
from ledger.domain.office import Office
from ledger.errors import Unavailable
from ledger.founding import ONE_PC, Founding, Recovery, Terms, found
from ledger.home import Home
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.scenario.file import DESK, Person, Scenario, ScenarioUnusable
from ledger.sequencer.freeze import frozen
from ledger.sequencer.ticks import Sequencer

ORIGIN = "ledger.scenario.example"
THROW_AWAY = b"throw-away"
"""The passphrase of every keyring of a kept scenario; it says what it is worth."""
DAY = timedelta(days=1)
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it, for us alone.


class SceneClock:
    """The file's clock: it stands still until somebody sets it. Call it for the instant, in UTC."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)


@dataclass
class Stage:
    """A ledger with its people. `keyrings` grows as people are enrolled."""

    home: Home
    register: Register
    keyrings: dict[str, Keyring]
    clock: SceneClock

    @property
    def office(self) -> Office:
        """The office now."""
        return self.register.office().office

    def advance(self, at: datetime) -> None:
        """Set the clock, and let the log tick up to then, as its timer would have; a frozen log
        does not.
        """
        self.clock.now = at
        try:
            Sequencer(self.home, self.office.attesters()).run(self.clock())
        except Unavailable:
            if frozen(self.home) is None:
                raise

    @property
    def founders(self) -> tuple[str, str]:
        """The two people who founded the ledger.

        Raises:
            ScenarioUnusable: a founder's keyring is not at hand, so nobody can be enrolled.
        """
        founded = self.office.founded
        names = [one.person for one in founded.founders] if founded is not None else []
        missing = [name for name in names if name not in self.keyrings]
        if missing:
            raise ScenarioUnusable(
                f"The keyring of {missing[0]}, who founded this ledger, is missing."
            )
        return names[0], names[1]

    def enrol(self, person: Person) -> None:
        """Enrol a person who is not here yet, and give the roles that are not held yet.

        Raises:
            ScenarioUnusable: the person is here, and the keyring is not at hand.
        """
        if self.office.key_of(person.name) is None:
            self._enrol_key(person)
        elif person.name not in self.keyrings:
            raise ScenarioUnusable(
                f"The keyring of {person.name}, who is enrolled here, is missing."
            )
        for role in person.roles:
            if role not in self.office.roles_of(person.name):
                self._give(person.name, role)

    def _enrol_key(self, person: Person) -> None:
        keyring = self.keyrings.get(person.name) or new_keyring(person.name)
        self.keyrings[person.name] = keyring
        self.home.keystore.put_public_keys(person.name, keyring.public.dump())
        key = b64encode(keyring.public.signing).decode()
        kind = DESK if DESK in person.roles else "person"
        self._by_two("enrol-key", {"person": person.name, "key": key, "principal": kind})

    def _give(self, name: str, role: str) -> None:
        if role == "designee":
            first = self.keyrings[self.founders[0]]
            self.register.handle(first, Act("appoint-designee", {"person": name}, OFFICE))
        else:
            self._by_two("grant-role", {"person": name, "role": role})

    def _by_two(self, command: str, fields: dict[str, object]) -> None:
        """One founder proposes, the other assents: so keys and roles come to hold."""
        first, second = (self.keyrings[name] for name in self.founders)
        receipt = self.register.handle(first, Act(command, fields, OFFICE))
        self.register.handle(second, Act("assent", {"of": receipt.records[0].e}, OFFICE))


@contextmanager
def throw_away_place() -> Iterator[Path]:
    """A folder for a ledger that is not kept; in memory, where the system offers that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        yield Path(place) / "home"


def new_keyring(name: str) -> Keyring:
    """Make a keyring that protects nothing."""
    return create(name, THROW_AWAY, throw_away=True)


def found_for(
    scenario: Scenario, path: Path, *, store: str | None = None, origin: str = ORIGIN
) -> Stage:
    """Found a ledger for one file, at `path`, on the day before the first step.

    `store` is as for a founding; on a server each ledger needs an origin of its own.

    Raises:
        BadRequest: the folder is not empty, or the server has a ledger of this origin.
    """
    first, second = scenario.people[:2]
    keyrings = {person.name: new_keyring(person.name) for person in (first, second)}
    own = next(role for role in second.roles if role != "designee")
    clock = SceneClock(scenario.steps[0].at - DAY)
    terms = Terms(
        period_seconds=scenario.tick_days * int(DAY.total_seconds()),
        open=ONE_PC.open,
        sealed=ONE_PC.sealed,
        delay=ONE_PC.delay,
    )
    founding = Founding(
        origin,
        scenario.zone,
        scenario.pack,
        ((keyrings[first.name], "director"), (keyrings[second.name], own)),
        terms,
        # Sealed as in a library, with a slot for recovery; nobody keeps the capsules of a stage.
        Recovery(RecoveryIdentity.draw().public, holders=3, needed=2),
        store,
    )
    home = found(path, founding, clock())
    return Stage(home, Register(home, clock), keyrings, clock)


def keep_keyrings(stage: Stage) -> None:
    """Lay the keyrings into the home, under the passphrase `throw-away`."""
    for name, keyring in stage.keyrings.items():
        write_private(stage.home.keyring_path(name), keyring.dump(THROW_AWAY))
