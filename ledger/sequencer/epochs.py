"""Epochs that follow others: how many places each tick of the log has from a later day on.

    announce (first person) ─► assent (second) ─► the assent is published: the schedule has it

What the schedule says holds for good, and whoever records something reads from it which ticks a
receipt may promise. So it gets a line more only while no tick of the new epoch can be promised yet;
an announcement that comes too late for that lapses, and the log goes on as it was.

Cites: FORMAT §4 "Schedule", §6 V9; ADR 0040.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from msgspec import structs

from keys.keyring import Keyring
from ledger.domain.events import Event
from ledger.domain.log_events import EpochAnnounced
from ledger.domain.office import Office, Recorded
from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.grammar import Malformed, format_instant
from ledger.evidence.schedule import NOTICE, Epoch, Schedule
from ledger.evidence.tiles import publish
from ledger.home import Home, OpenHome
from ledger.logkeys import schedule_note
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register
from ledger.register.reading import Reader
from ledger.sequencer.agreed import leaf_of_assent

LEAST, MOST = 4, 4096
"""Places of a lane in one tick. With less than four sealed ones desk, vault and openings do not
each have one; with more than the most a log on one PC grows by gigabytes.
"""
SHORTEST = 60
"""Seconds between two ticks."""
FOR_THE_SECOND = timedelta(days=10)
"""How long a second person has for the assent, where nobody says from when on."""
FURTHEST = timedelta(days=366)

State = Literal["waits", "agreed", "due", "published", "lapsed"]
"""An announcement waits for a second person, then for its tick; then it is due to be published. One
that came too late, or no longer fits the schedule, has lapsed.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for; whatever is None stays as it is. `start` is aware."""

    open: int | None = None
    sealed: int | None = None
    period_seconds: int | None = None
    delay: int | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement by its digest E, and before which instant a second person must assent."""

    e: str
    epoch: Epoch
    until: datetime


def announce(
    home: OpenHome, register: Register, keyring: Keyring, asked: Asked, now: datetime
) -> Announced:
    """Announce other places in the office; gives the announcement that waits, if it says the same.

    Raises:
        BadRequest: they are no other places, or too few, too many, too soon or too late; or others
            are agreed and not published yet.
        RequestRefused, NotPermitted: the person may not.
    """
    office, schedule = register.office().office, home.schedule
    epochs = Epochs(home, register.reader(None))
    if any(epochs.state(one, now) in ("agreed", "due") for one in office.epochs):
        raise BadRequest("Other places are agreed. Wait for the next tick, then repeat this.")
    epoch = following(schedule, asked, now)
    for one in waiting(office):
        known = epoch_in(one.event)
        until = last_call(schedule, known)
        is_meant = known.start == epoch.start if asked.start else now < until
        if is_meant and _terms(known) == _terms(epoch):
            return Announced(one.e, known, until)
    fields = {**asdict(epoch), "start": format_instant(epoch.start)}
    done = register.handle(keyring, Act("announce-epoch", {"epoch": fields}, OFFICE))
    return Announced(done.records[0].e, epoch, last_call(schedule, epoch))


def waiting(office: Office) -> tuple[Recorded, ...]:
    """The announcement of places that waits for a second person, if there is one."""
    return tuple(one for one in office.awaiting_assent if isinstance(one.event, EpochAnnounced))


def following(schedule: Schedule, asked: Asked, now: datetime) -> Epoch:
    """The epoch that follows the last one of a schedule as it is asked for. Pure.

    Raises:
        BadRequest: as `announce`.
    """
    last, earliest = schedule.epochs[-1], earliest_start(schedule, now)
    wanted = asked.start or earliest + FOR_THE_SECOND
    if wanted < earliest:
        raise BadRequest(
            f"Other places need 30 days' notice in the log: from {format_instant(earliest)} on."
        )
    if wanted > now + FURTHEST:
        raise BadRequest("Other places are announced for a day within the next year.")
    period = timedelta(seconds=last.period_seconds)
    ticks = max(1, -((last.start - wanted) // period))
    epoch = Epoch(
        last.first_size + ticks * last.entries,
        last.start + ticks * period,
        asked.period_seconds or last.period_seconds,
        last.open if asked.open is None else asked.open,
        last.sealed if asked.sealed is None else asked.sealed,
        asked.delay or last.delay,
    )
    if not _is_sound(epoch):
        raise BadRequest(f"A lane has from {LEAST} to {MOST} places in each tick.")
    if _terms(epoch) == _terms(last):
        raise BadRequest("These are the places that the log has. Say which others it shall have.")
    return epoch


def earliest_start(schedule: Schedule, now: datetime) -> datetime:
    """The first start for which an assent of now is in time, whichever tick it comes into. Pure."""
    running = schedule.running_tick(now)
    return schedule.due(running + schedule.epoch_of(running).delay) + NOTICE


def last_call(schedule: Schedule, epoch: Epoch) -> datetime:
    """Before which instant the assent to an epoch must be recorded, to be in time. Pure."""
    if epoch.start < schedule.due(1) + NOTICE:
        return schedule.epochs[0].start  # Made by hand: it was too late before the log began.
    return schedule.due(schedule.running_tick(epoch.start - NOTICE) - 1)


def check_in_time(schedule: Schedule, event: Event, now: datetime) -> None:
    """See that an assent of now to an announcement still counts.

    Raises:
        BadRequest: it would come too late.
    """
    if now >= last_call(schedule, epoch_in(event)):
        raise BadRequest("It is too late to assent to these places. Announce them anew.")


def epoch_in(event: Event) -> Epoch:
    """The epoch that an announcement names. Pure.

    Raises:
        EvidenceCorrupt: the event is none.
    """
    if not isinstance(event, EpochAnnounced):
        raise EvidenceCorrupt("What was agreed of the log's places is no announcement of them.")
    return Epoch(**structs.asdict(event.epoch))


def places_of(epoch: Epoch) -> str:
    """Say how many places an epoch has. Pure."""
    every = {86_400: "each day", 3_600: "each hour"}
    ticks = every.get(epoch.period_seconds, f"every {epoch.period_seconds} seconds")
    return f"{epoch.open} open and {epoch.sealed} sealed {ticks}"


class Epochs:
    """The epochs of one home's schedule: those that it has, and those that may follow."""

    def __init__(self, home: OpenHome, reader: Reader) -> None:
        """`reader` reads the office. On the vault's side its lane is asked, too."""
        self._home = home
        self._reader = reader

    def put_in_force(self, now: datetime) -> None:
        """Add to the published schedule what two people agreed on and the log shows. Idempotent.

        Under the sequencer's lock, between two ticks.

        Raises:
            OSError: the published folder cannot be written; the next tick does it.
            Unavailable, EvidenceCorrupt: a store cannot be read; likewise.
        """
        home = self._home
        for one in self._reader.office().office.epochs:
            epoch = epoch_in(one.event)
            longer = self._longer(epoch)
            if longer is not None and self.state(one, now) == "due":
                note = schedule_note(home.origin, home.log_key_set, longer.dump())
                publish(home.log_directory, [("schedule", note)])

    def state(self, one: Recorded, now: datetime) -> State:
        """How far an assented announcement came."""
        home, epoch = self._home, epoch_in(one.event)
        schedule = home.schedule
        if epoch in schedule.epochs:
            return "published"
        longer = self._longer(epoch)
        running = max(schedule.running_tick(now), home.logbook.last_tick() + 1, *self._lanes())
        promised = running + schedule.epoch_of(running).delay
        # A receipt may promise such a tick already, with the places that it has without this epoch.
        if longer is None or longer.tick_of(epoch.first_size) <= promised:
            return "lapsed"
        leaf, newest = leaf_of_assent(home, self._reader, one), home.newest_checkpoint()
        if leaf is None or newest is None or leaf >= newest.size:
            return "agreed"
        is_in_time = epoch.start - schedule.due(schedule.tick_of(leaf)) >= NOTICE
        return "due" if is_in_time else "lapsed"

    def _lanes(self) -> Iterator[int]:
        """What ran when something was placed last: a clock may have been ahead."""
        home = self._home
        stores = home.row_stores if isinstance(home, Home) else (home.open, home.inbox)
        return (store.running() for store in stores)

    def _longer(self, epoch: Epoch) -> Schedule | None:
        """The schedule with an epoch as its last; None where that does not follow, or is none that
        a log could live with: whoever announces by hand may ask for anything.
        """
        schedule = self._home.schedule
        try:
            longer = Schedule(schedule.origin, (*schedule.epochs, epoch))
        except Malformed:
            return None
        return longer if _is_sound(epoch) else None


def _is_sound(epoch: Epoch) -> bool:
    """Whether each lane has places, ticks come at a time, and no promise outlasts the notice."""
    longest = timedelta(seconds=(epoch.delay + 1) * epoch.period_seconds)
    return (
        all(LEAST <= number <= MOST for number in (epoch.open, epoch.sealed))
        and epoch.period_seconds >= SHORTEST
        and epoch.delay >= 1
        and longest < NOTICE
    )


def _terms(epoch: Epoch) -> tuple[int, ...]:
    return epoch.period_seconds, epoch.open, epoch.sealed, epoch.delay
