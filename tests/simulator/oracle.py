"""What must hold after every step, whatever happened: asked of the disk, not of the program.

1. Every stream opens, chained without gap, each commitment is in its place, and the log is the one
   that was signed (`check_as_it_is`).
2. No record that was acknowledged is lost: it is there, or its tombstone is; the newest act
   answers its repetition with the same receipt.
3. What was published stays published, to the byte.
4. What is sealed stands open to nobody who was never told; what was erased has no key and no row.
5. The stored views are what follows from the records.
6. The offline verifier finds nothing, with all openings, receipts, the oldest checkpoint that there
   is, and every decision put before the rules again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import partial

from ledger import projecting
from ledger.errors import NotFound
from ledger.evidence.grammar import format_position, parse_position
from ledger.export import export_ledger, export_openings
from ledger.projections.checking import first_difference
from ledger.projections.definitions import DEFINITIONS
from ledger.register.reading import Reader, Stream
from ledger.verify import verify
from tests.register.ledgers import check_as_it_is
from tests.simulator.library import Simulated

NOT_TOLD = "abe"
"""The auditor is on no roster (`fields.STAFF`)."""
Streams = Mapping[tuple[str, bytes], Stream]


def check(world: Simulated, *, behind: bool = True) -> None:
    """Check all that is there at once; with `behind`, in the middle of a story."""
    streams = check_as_it_is(world.as_ledger(), made_up=True, behind=behind)
    check_acknowledged(world, streams)
    check_published(world)
    check_sealed(world)
    check_erased(world, streams)


def check_acknowledged(world: Simulated, streams: Streams) -> None:
    """See that nothing that was acknowledged is lost."""
    found = {record.ref: record.e for one in streams.values() for record in one.records}
    for store in world.home.row_stores:
        for mark in store.erased.marks():
            for one in store.erased.tombstones(mark.stream):
                found[format_position(one.stream, one.seq)] = one.e.hex()
    lost = {ref for ref, digest in world.kept.items() if found.get(ref) != digest}
    assert not lost, f"lost: {sorted(lost)}"
    for asked, receipt in world.acknowledged[-1:]:
        if asked.act.document is None:
            again = world.register.handle(asked.keyring, asked.act, vault=asked.vault)
            told = [(one.ref, one.e) for one in again.records]
            assert told == [(one.ref, one.e) for one in receipt.records], "another receipt"


def check_published(world: Simulated) -> None:
    """See that no checkpoint is gone or another one."""
    folder = world.home.log_directory / "checkpoints"
    published = {one.name: one.read_bytes() for one in folder.iterdir()} if folder.exists() else {}
    changed = [one for one, data in world.checkpoints.items() if published.get(one) != data]
    assert not changed, f"published otherwise: {changed}"
    world.checkpoints = published


def check_sealed(world: Simulated) -> None:
    """See that nobody finds a sealed matter who was never told of it, nor does the open side."""
    told = world.register.reader(world.people[NOT_TOLD], vault=True)
    for reader in (told, world.register.reader(None)):
        found = [one for one in sorted(world.shut) if _finds(reader, one)]
        assert not found, f"stands open: {len(found)}"


def _finds(reader: Reader, reference: str) -> bool:
    try:
        reader.case(reference)
    except NotFound:
        return False
    return True


def check_erased(world: Simulated, streams: Streams) -> None:
    """See that of what is fenced off there is no key, and of what was erased whole no row."""
    for stream, scope in world.home.keystore.scopes().items():
        wrap = world.home.keystore.wrap(stream)
        if scope == "both":
            assert wrap is None, "a key came back"
            assert not any(one == stream for _, one in streams), "a row came back"
        else:
            assert wrap is None or not wrap.personal, "a personal key came back"


def check_views(world: Simulated) -> None:
    """See that the stored views, caught up, are what follows from the records."""
    service, home = world.register.reader(None), world.home
    projecting.runner(home, service, lambda: world.now).catch_up()
    differs = first_difference(projecting.source(home, service), home.projected, DEFINITIONS)
    assert differs is None, differs.sentence


def check_offline(world: Simulated) -> None:
    """Let the offline verifier judge everything that is published."""
    if world.home.newest_checkpoint() is None:
        return
    pack = world.path.with_name(f"{world.path.name}-pack")
    openings = pack.with_name(f"{pack.name}-openings")
    mara, reader = world.people["mara"], partial(world.register.reader, vault=True)
    try:
        export_ledger(world.home, pack, reveal=True, documents=True)
        export_openings(world.home, reader(mara), mara, pack, openings, reveal=True)
        report = verify(
            pack,
            (world.path / "trust.json").read_bytes(),
            openings=openings,
            receipts=[
                note.encode() for ref, note in world.notes.items() if not _missed(world, ref)
            ],
            pinned=next(iter(world.checkpoints.values()), None),
            replay=True,
        )
        # What was not sealed to Mara stays closed.
        assert {one.code for one in report.faults} <= {"V13.unopened"}, report.text()
    finally:
        for folder in (pack, openings):
            shutil.rmtree(folder, ignore_errors=True)


def _missed(world: Simulated, ref: str) -> bool:
    """Whether a record's tick was built while the vault, which has it, could not be read: then its
    promise is broken, openly, and it comes into a later one (ADR 0019).
    """
    pending = world.home.vault.pending(*parse_position(ref))
    if pending is None or pending.tick is None or pending.tick > world.home.logbook.last_tick():
        return False
    leaf = world.home.logbook.leaf_of(pending.commitment)
    return leaf is None or world.home.schedule.tick_of(leaf) > pending.tick
