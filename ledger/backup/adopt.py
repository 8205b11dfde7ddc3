"""Adopting the published log: what was published since a backup is part of the log for ever.

A restored logbook ends at the backup. Were the next tick built from it, the log would tell its
story a second time, and everybody who holds a newer checkpoint could prove it. So the published
entries are taken over as they were published, the signer's memory moves to the newest checkpoint,
and the lanes close the ticks that are past. What the entries stand for may be lost; that they were
there is not.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ledger.errors import BadRequest, EvidenceCorrupt
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed
from ledger.evidence.merkle import GrowingTree, root_of
from ledger.evidence.schedule import Schedule
from ledger.evidence.tiles import TileMissing, TileReader, files_for, publish
from ledger.home import ROW_STORES, Home
from ledger.logkeys import own_checkpoint, own_text
from ledger.register.lanes import anywhere, slots
from ledger.register.locks import exclusive
from ledger.sequencer.checkpoints import CheckpointSigner
from ledger.sequencer.ticks import LOCK
from ledger.stores.adopting import TickOf, misplaced, place_found
from ledger.stores.logbook import Tick

LOST_SEED = b""
"""In the logbook, for ticks whose cover seed was lost with the machine."""
_OTHER = "The published log tells another history than this backup. Stop, and call counsel."


@dataclass(frozen=True, slots=True)
class Known:
    """The newest checkpoint that is known, and its note."""

    checkpoint: Checkpoint
    note: bytes


def known_checkpoint(home: Home, *notes: bytes) -> Known | None:
    """The newest of some checkpoints, each of which this log must have signed.

    Raises:
        BadRequest: one of them is no checkpoint of this log.
    """
    try:
        found = [Known(own_checkpoint(home.origin, home.log_key_set, one), one) for one in notes]
    except Malformed as error:
        raise BadRequest("This is no checkpoint that this log's keys signed.") from error
    return max(found, key=lambda one: one.checkpoint.size, default=None)


def adopt_log(home: Home, folder: Path) -> int:
    """Take over what a copy of the published log has beyond this home's; gives the new ticks.

    Idempotent, and done whether or not there is anything new.

    Raises:
        BadRequest: the folder is no copy of this log, or not whole.
        EvidenceCorrupt: it tells another history than this home.
        Unavailable: a tick is being built meanwhile, or a file cannot be written.
    """
    with exclusive(home.path / LOCK, "publishing the log"):
        return _adopt_log(home, folder)


def _adopt_log(home: Home, folder: Path) -> int:
    try:
        note = (folder / "checkpoint").read_bytes()
        known = known_checkpoint(home, note)
        if known is None:
            raise BadRequest("The copy of the published log has no checkpoint.")
        entries = _entries(folder, known.checkpoint)
        schedule = _schedule(home, folder)
    except (OSError, TileMissing, Malformed) as error:
        raise BadRequest(
            "The copy of the published log cannot be read, or is not whole."
        ) from error
    own = home.logbook.entries(0, home.logbook.size())
    if own[: len(entries)] != tuple(entries[: len(own)]):
        raise EvidenceCorrupt(_OTHER)
    _publish(home, folder, known, entries)
    before = home.logbook.last_tick()
    last = schedule.last_tick(known.checkpoint.size)
    bounds = [schedule.size_after(tick) for tick in range(before, last + 1)]
    home.logbook.add_ticks(
        [
            Tick(tick, first, entries[first:end], LOST_SEED)
            for tick, (first, end) in enumerate(pairwise(bounds), start=before + 1)
        ]
    )
    signer = CheckpointSigner(home.path / "signer.json", home.origin, home.log_keys)
    signer.accept(note, home.logbook.root_at)
    _place(home, schedule)
    return max(0, last - before)


def tick_of(home: Home) -> TickOf:
    """Where a commitment stands in the log: its tick."""
    schedule, logbook = home.schedule, home.logbook

    def found(commitment: bytes) -> int | None:
        leaf = logbook.leaf_of(commitment)
        return None if leaf is None else schedule.tick_of(leaf)

    return found


def _entries(folder: Path, checkpoint: Checkpoint) -> list[bytes]:
    reader = TileReader(folder)
    entries = [reader.entry(index) for index in range(checkpoint.size)]
    if root_of(entries) != checkpoint.root:
        raise Malformed("the entries do not give the signed root")
    return entries


def _schedule(home: Home, folder: Path) -> Schedule:
    """The schedule of the copy, which may only have gone on from ours."""
    text = own_text(home.origin, home.log_key_set, (folder / "schedule").read_bytes())
    schedule, own = Schedule.load(text), home.schedule
    if schedule.epochs[: len(own.epochs)] != own.epochs[: len(schedule.epochs)]:
        raise EvidenceCorrupt(_OTHER)
    return schedule if len(schedule.epochs) >= len(own.epochs) else own


def _publish(home: Home, folder: Path, known: Known, entries: list[bytes]) -> None:
    """Publish here what was published there: tiles made anew, notes as they were signed."""
    own = home.newest_checkpoint()
    published = 0 if own is None else own.size
    size = known.checkpoint.size
    if size <= published:
        return
    tree = GrowingTree(0, None)
    for entry in entries:
        tree.append(entry)
    files = list(files_for(0, size, tree.hash_at, lambda index: entries[index]))
    for path in sorted((folder / "checkpoints").iterdir()):
        note = path.read_bytes()
        kept = known_checkpoint(home, note) if path.name.isdecimal() else None
        if kept is not None and kept.checkpoint.size <= size:
            if root_of(entries[: kept.checkpoint.size]) != kept.checkpoint.root:
                raise EvidenceCorrupt(_OTHER)
            # What is published here may have lines of witnesses that the copy lacks.
            if kept.checkpoint.size > published:
                files.append((f"checkpoints/{kept.checkpoint.size}", note))
    files.append(("schedule", (folder / "schedule").read_bytes()))
    files.append(("checkpoint", known.note))
    publish(home.log_directory, files)


def _place(home: Home, schedule: Schedule) -> None:
    """Close the lanes' past ticks; who had waited may have got a slot in one of them."""
    built, found = home.logbook.last_tick(), tick_of(home)
    for store in home.row_stores:
        place_found(store, found, lambda tick: schedule.due(tick).isoformat())
        if misplaced(store, built, found):
            raise EvidenceCorrupt(_OTHER)
    for name in ROW_STORES:
        store = home.store(name)
        outside = slots(name, schedule, secrets.choice, built, anywhere(home))
        store.close_ticks(range(built, built + 1), outside)
