"""Guarding as the service does it: each night for what stands in the open, and for sealed matters
when somebody who is cleared is there.

A purge asks before it destroys, and what it could not destroy is recorded where the hold is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256

from keys.keyring import Keyring
from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.events import PurgeBlockedByHold, PurgeRunCompleted
from ledger.domain.office import Recorded
from ledger.errors import BadRequest, LedgerError
from ledger.evidence.grammar import format_instant
from ledger.guard.keeping import Guard
from ledger.home import OpenHome
from ledger.projecting import open_rows
from ledger.projections.definitions.holds import HOLDS
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.handle import Register
from ledger.register.reading import Reader

Clock = Callable[[], datetime]
Run = tuple[Recorded, PurgeRunCompleted]


def held_openly(home: OpenHome, service: Reader, clock: Clock) -> tuple[str, ...]:
    """The references of open cases with a hold, released or not; `service` reads for nobody."""
    rows = open_rows(home, service, HOLDS, clock)
    return tuple(dict.fromkeys(str(row["reference"]) for row in rows))


def renew_tonight(home: OpenHome, service: Reader, clock: Clock) -> bool:
    """Put the list right for open cases and write it anew, once a day; says whether it did.

    Raises:
        EvidenceCorrupt: the list, a case or a projection was altered.
        Unavailable: a store or the master key cannot be used.
    """
    guard = Guard(home, clock)
    if guard.is_renewed:
        return False
    reconcile(guard, service, held_openly(home, service, clock))
    guard.renew()
    return True


def reconcile(guard: Guard, reader: Reader, references: Iterable[str]) -> tuple[str, ...]:
    """Let the list say what these cases say of their holds; gives the tokens without a place.

    One that cannot be read hinders no other.

    Raises: as `renew_tonight`, and NotFound, when all that can be done is done.
    """
    lacking: list[str] = []
    failed: LedgerError | None = None
    for reference in references:
        try:
            lacking += guard.reconcile(partial(_case, reader, reference))
        except LedgerError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return tuple(dict.fromkeys(lacking))


def _case(reader: Reader, reference: str) -> Case:
    return reader.case(reference).case


def reconcile_unseen(home: OpenHome, register: Register, keyring: Keyring, clock: Clock) -> None:
    """Let the list say what the sealed matters say that a person opens, who is shown nothing of it,
    so that it is no look. Raises: as `reconcile`.
    """
    reader = register.reader(keyring)
    reconcile(Guard(home, clock), reader, reader.sealed_references())


def record_purge_run(
    home: OpenHome,
    register: Register,
    keyring: Keyring,
    fields: Mapping[str, object],
    clock: Clock,
) -> tuple[Receipt, int]:
    """Look at the holds, and record a purge run with the moment at which that was done; then, in
    each open case whose hold stopped something of it, that it did. Gives how many of these, too.

    Raises:
        BadRequest: the moment of the look is given; it is this one.
        NotPermitted, RequestRefused, Unavailable, EvidenceCorrupt: as `Register.handle`.
    """
    if "holds_checked_at" in fields:
        raise BadRequest("Holds are looked at by this command, at the moment of the run.")
    service = register.reader(None)
    references = held_openly(home, service, clock)
    checked = {**fields, "holds_checked_at": format_instant(clock())}
    done = register.handle(keyring, Act("record-purge-run", checked, OFFICE))
    return done, record_blocked(home, register, keyring, service, references)


def record_blocked(
    home: OpenHome,
    register: Register,
    keyring: Keyring,
    reader: Reader,
    references: Iterable[str],
) -> int:
    """Record in these cases each purge that their holds stopped and of which they do not say so
    yet; gives how many. Doing it again records nothing twice.

    Raises: as `Register.handle`.
    """
    count, runs = 0, tuple(_runs(register.reader(None).office_stream().records))
    for reference in references:
        for run, event in blocked(reader.case(reference).case, runs, home.config.zone):
            fields = {
                "hold": event.hold,
                "category": event.category,
                "due_on": event.due_on.isoformat(),
            }
            name = f"purge-blocked {run.e} {event.hold} {event.category}".encode()
            act = Act("record-purge-blocked", fields, reference, command_id=_number(name))
            register.handle(keyring, act)
            count += 1
    return count


def blocked(
    case: Case, runs: Iterable[Run], zone: str
) -> Iterator[tuple[Recorded, PurgeBlockedByHold]]:
    """What a case does not say yet of purges that its holds stop: once for each hold and class, by
    the first run after the hold was placed, on the day of that run. Pure.
    """
    events = (one.event for one in case.blocked_purges)
    said = {(one.hold, one.category) for one in events if isinstance(one, PurgeBlockedByHold)}
    active = [hold for hold in case.holds if hold.released is None]
    for run, event in runs:
        due_on = local_date(run.occurred_at, zone)
        for hold in (one for one in active if one.at <= run.occurred_at):
            for category in (one.category for one in event.purged):
                if category in hold.event.categories and (hold.ref, category) not in said:
                    said.add((hold.ref, category))
                    yield run, PurgeBlockedByHold(hold=hold.ref, category=category, due_on=due_on)


def _runs(records: Iterable[Recorded]) -> Iterator[Run]:
    for one in records:
        if isinstance(one.event, PurgeRunCompleted):
            yield one, one.event


def _number(name: bytes) -> bytes:
    """The number of a command that is the same whoever repeats it."""
    return sha256(b"disclosure-ledger/v1/guard\0" + name).digest()[:16]
