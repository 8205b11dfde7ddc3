"""What happens in a story: what people do, what upkeep does, and what becomes of the clock.

The open and the hidden steps of noninterference are moves here, too; so is any command at all.
"""

from __future__ import annotations

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from keys.keyring import create
from ledger import projecting
from ledger.backup.make import back_up
from ledger.backup.office import copy_office
from ledger.backup.restore import Brought, Restored, confirm, restore
from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.office_events import OFFICE_ONLY
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.note import SignedNote
from ledger.evidence.receipt import Receipt
from ledger.register.access import Access
from ledger.register.acts import OFFICE
from ledger.register.erasure import VAULT_OFFICE
from ledger.register.reading import CaseFile
from ledger.sequencer import announcing
from ledger.sequencer.epochs import Asked
from ledger.sequencer.epochs import announce as announce_places
from tests.noninterference import steps
from tests.noninterference.worlds import Step
from tests.register.ledgers import open_streams
from tests.simulator.fields import Known, drawn
from tests.simulator.library import OPENING, SHUTTING, Simulated

Done = Callable[[Simulated, Step], object]
ACTING = ("mara", "mara", "mara", "tom", "kim", "ola", "ines")
"""Who tries things, the custodian most."""
_COMMANDS = sorted(
    name for name, kind in codec.COMMANDS.items() if not issubclass(kind, e.IntakeSaved)
)
IN_OFFICE = tuple(one for one in _COMMANDS if codec.COMMANDS[one] in OFFICE_ONLY)
IN_CASES = tuple(one for one in _COMMANDS if one not in IN_OFFICE)
ZONE = ZoneInfo("America/Denver")
WEEK = timedelta(days=7)


# --- People ------------------------------------------------------------------------------------


def in_a_case(world: Simulated, step: Step) -> object:
    """Somebody tries a command in a case, open or sealed, with fields that may fit."""
    random = Random(f"{step.which} {step.many}")
    there = [*world.cases, *world.matters, *world.declared]
    reference = random.choice(there) if there else "7K3M-9Q2D-X"
    by = random.choice(ACTING)
    command = IN_CASES[step.which % len(IN_CASES)]
    file = _file(world, reference)
    known = Known(() if file is None else file.case.records, there)
    return world.act(by, command, reference, drawn(command, known, random))


def in_the_office(world: Simulated, step: Step) -> object:
    """Somebody tries a command of the office."""
    random = Random(f"{step.which} {step.many}")
    command = IN_OFFICE[step.which % len(IN_OFFICE)]
    records = world.register.reader(None).office_stream().records
    return world.act(
        random.choice(ACTING), command, OFFICE, drawn(command, Known(records, ()), random)
    )


def repeat(world: Simulated, step: Step) -> object:
    """An act that was acknowledged comes once more, under its own number: the same answer."""
    if not world.acknowledged:
        return "nothing to repeat"
    asked, receipt = world.acknowledged[step.which % len(world.acknowledged)]
    if asked.act.document is not None:
        return "its document is gone"
    again = world.register.handle(asked.keyring, asked.act, vault=asked.vault)
    assert [(one.ref, one.e) for one in again.records] == [
        (one.ref, one.e) for one in receipt.records
    ]
    return again


def erase_open(world: Simulated, step: Step) -> object:
    """Mara closes an open case and proposes to erase it, and Tom assents."""
    if not world.cases:
        return "none is open"
    reference = world.cases[step.which % len(world.cases)]
    file = world.register.reader(world.people["mara"]).case(reference)
    if not file.case.closed:
        world.act("mara", "close", reference, {"outcome": "withdrawn"})
    return _erased(world, OFFICE, file, step)


def erase_matter(world: Simulated, step: Step) -> object:
    """The same for a sealed matter, in the vault's office."""
    if not world.matters:
        return "none is sealed"
    reference = world.matters[step.which % len(world.matters)]
    file = world.register.reader(world.people["mara"], vault=True).case(reference)
    if not file.case.closed:
        world.act("mara", "close", reference, {"outcome": "withdrawn"})
    return _erased(world, VAULT_OFFICE, file, step)


def _erased(world: Simulated, place: str, file: CaseFile, step: Step) -> object:
    fields = {"stream": file.streams[-1].id.hex(), "secrets": ("both", "personal")[step.many % 2]}
    proposed = world.act("mara", "erase-stream", place, fields)
    world.act("tom", "assent", place, {"of": proposed.records[0].e})
    world.recover()
    return proposed


def _file(world: Simulated, reference: str) -> CaseFile | None:
    try:
        return world.register.reader(world.people["mara"], vault=True).case(reference)
    except NotFound:
        return None


# --- Keys --------------------------------------------------------------------------------------


def new_key(world: Simulated, step: Step) -> object:
    """Somebody's key is replaced by two people, and a colleague wraps what is sealed anew."""
    name = ("kim", "ola", "ines", "mara")[step.which % 4]
    ring = create(name, b"", throw_away=True)
    world.home.keystore.put_public_keys(name, ring.public.dump())
    world.coming[name] = ring
    key = b64encode(ring.public.signing).decode()
    asked = world.act("mara", "enrol-key", OFFICE, {"person": name, "key": key})
    done = world.act("tom", "assent", OFFICE, {"of": asked.records[0].e})
    world.take_keys()
    Access(world.home, world.register, lambda: world.now).rewrap(world.people["tom"])
    return done


def roll_over(world: Simulated, step: Step) -> object:
    """The log's keys are replaced: announced, agreed on, and in the end the old ones destroyed."""
    mara = world.people["mara"]
    if world.home.log_key_set.previous is not None:
        announcing.finish(world.home, world.register, mara)
        return "the old ones are gone"
    announced = announcing.announce(world.home, world.register, mara, "rotation")
    if announced.assented:
        return "they wait for a tick"
    return world.act("tom", "assent", OFFICE, {"of": announced.e})


def other_places(world: Simulated, step: Step) -> object:
    """The log gets more places, or fewer: announced and agreed on, thirty days ahead."""
    asked = Asked(open=(12, 24, 48)[step.which % 3], sealed=(8, 16, 40)[step.many % 3])
    mara = world.people["mara"]
    done = announce_places(world.home, world.register, mara, asked, world.now)
    return world.act("tom", "assent", OFFICE, {"of": done.e})


# --- The timer and the clock -------------------------------------------------------------------


def tick(world: Simulated, step: Step) -> object:
    """The timer runs, a week or some weeks later."""
    return world.tick(weeks=1 + step.many % 3)


def late_tick(world: Simulated, step: Step) -> object:
    """The timer runs, and nothing is due, or what was missed."""
    return world.tick(hours=step.many)


def wait(world: Simulated, step: Step) -> object:
    """Hours or days pass in which not even the timer runs."""
    world.now += timedelta(days=step.many, hours=step.which % 24)
    return world.now


def day_back(world: Simulated, step: Step) -> None:
    """The clock is a day behind."""
    world.put_clock(timedelta(days=-1))


def year_ahead(world: Simulated, step: Step) -> None:
    """The clock is a year ahead."""
    world.put_clock(timedelta(days=365))


def put_right(world: Simulated, step: Step) -> None:
    """Somebody puts the clock right."""
    world.put_clock(timedelta())


def hour_changes(world: Simulated, step: Step) -> object:
    """The night comes in which the hour of the library's zone changes."""
    offset = world.now.astimezone(ZONE).utcoffset()
    at = datetime(world.now.year, world.now.month, world.now.day, 7, 30, tzinfo=UTC)
    while at <= world.now or at.astimezone(ZONE).utcoffset() == offset:
        at += timedelta(hours=1)
    world.now = at - timedelta(minutes=30 * (step.which % 2))
    return world.now


# --- Upkeep ------------------------------------------------------------------------------------


def restart(world: Simulated, step: Step) -> None:
    """The program ends and starts again."""
    world.reopen()


def look(world: Simulated, step: Step) -> object:
    """Somebody looks at a list, so that the views catch up."""
    service = world.register.reader(None)
    return projecting.runner(world.home, service, lambda: world.now).catch_up()


def save_backup(world: Simulated, step: Step) -> object:
    """A backup is made."""
    target = world.path.with_name(f"{world.path.name}-backup-{len(world.backups)}")
    back_up(world.home, target, world.now)
    world.backups.append(target)
    return target.name


def go_back(world: Simulated, step: Step) -> object:
    """The machine is lost, and the newest backup restored, with the published log, the office copy
    and all receipts: what is lost is said, record by record.
    """
    if not world.backups:
        return "there is no backup"
    given = Brought(
        log=world.home.log_directory,
        office=copy_office(world.home, world.now),
        receipts=tuple(one.encode() for one in world.notes.values()),
    )
    target = world.path.with_name(f"{world.path.name}-again")
    done = restore(world.backups[-1], target, world.path / "master.key", given, world.now)
    world.home.close()
    world.path = target
    world.open()
    confirm(world.home, world.register, world.people["mara"], None)
    return lose(world, done)


def lose(world: Simulated, done: Restored) -> object:
    """Forget what a restore said that it lost, and nothing else."""
    held = {one.ref for s in open_streams(world.as_ledger()).values() for one in s.records}
    stones = {
        f"{one.stream.hex()}:{one.seq}"
        for store in world.home.row_stores
        for mark in store.erased.marks()
        for one in store.erased.tombstones(mark.stream)
    }
    for ref, note in list(world.notes.items()):
        if ref not in held | stones:
            assert Receipt.load(SignedNote.parse(note.encode()).text).commitment in done.lost, ref
            del world.notes[ref]
    gone = world.kept.keys() - held - stones
    world.kept = {ref: digest for ref, digest in world.kept.items() if ref not in gone}
    for asked, receipt in reversed(world.acknowledged):
        # What was sealed since stands open again, and the other way round; the runbook says so.
        if not gone & {made.ref for made in receipt.records}:
            continue
        if asked.act.command in SHUTTING:
            world.shut.discard(receipt.case)
        if asked.act.command == OPENING:
            world.shut.add(receipt.case)
    world.acknowledged = [
        one for one in world.acknowledged if not gone & {made.ref for made in one[1].records}
    ]
    return len(gone)


def put_back_the_log(world: Simulated, step: Step) -> object:
    """Somebody puts the logbook of a backup in the place of the newer one: nothing is signed."""
    published = world.home.published()
    newest = (world.home.log_directory / "checkpoint").read_bytes()
    old = next((one / "ledger" / "log.db" for one in world.backups), None)
    if old is None or world.home.schedule.size_after(_last_tick(old)) >= published.size:
        return "there is no older one"
    world.home.close()
    place = world.path / "log.db"
    aside = place.with_name("log.db.aside")
    shutil.copy(place, aside)
    shutil.copy(old, place)
    world.open()
    before = world.now
    try:
        world.tick(weeks=1)
        raise AssertionError("a log was signed that lacks what was published")
    except EvidenceCorrupt:
        assert (world.home.log_directory / "checkpoint").read_bytes() == newest
    finally:
        world.now = before
        world.home.close()
        aside.replace(place)
        world.open()
    return "refused"


def _last_tick(path: object) -> int:
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
        (found,) = database.execute("SELECT COALESCE(MAX(tick), 0) FROM ticks").fetchone()
        return int(found)


OFTEN: Mapping[str, Done] = {one.__name__: one for one in (in_a_case, in_the_office, tick)}
NOW_AND_THEN: Mapping[str, Done] = {
    one.__name__: one
    for one in (
        *(repeat, erase_open, erase_matter, new_key, roll_over, late_tick, wait, day_back),
        *(year_ahead, put_right, hour_changes, restart, look, save_backup, go_back),
        *(put_back_the_log, other_places),
    )
}
_OPEN = (
    *("call", "save", "open_visit", "declare", "disclose_matter", "seal_late", "hold", "absence"),
    *("decide", "close", "paper", "attach_scan", "again"),
)
_HIDDEN = (
    *("visit", "seal", "burst", "same_number", "same_paper", "same_scan", "attach_sealed"),
    *("admit", "leave", "lift", "advise", "agree", "retain"),
)
WITH_OTHERS: Mapping[str, steps.Done] = {
    **{name: steps.OPEN[name] for name in _OPEN},
    **{name: steps.HIDDEN[name] for name in _HIDDEN},
}
