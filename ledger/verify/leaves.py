"""V7 and V8: which records the pack shows, each proven in the tree before it is read.

An opening and an envelope's digest give a commitment, and the commitment stands at its place in
the log or it does not. Only a record whose commitment stands there is parsed: what a stranger
slipped into a pack is never looked into. All later checks see the records that passed here.

Cites: FORMAT §3, §5, §6 V7, V8; "Check before parse".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.evidence import envelope, record
from ledger.evidence.commitment import commit, cover
from ledger.evidence.envelope import Envelope
from ledger.evidence.grammar import Malformed, format_position
from ledger.evidence.merkle import verify_inclusion
from ledger.evidence.pack import (
    CoverOpening,
    ErasedOpening,
    Opening,
    RecordOpening,
    load_opening,
    opening_path,
    read_path,
    record_path,
)
from ledger.evidence.record import Record
from ledger.verify.container import Container
from ledger.verify.log import Log
from ledger.verify.report import Tally

__all__ = ["Proven", "ProvenRecord", "open_leaves"]


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record whose commitment is in the tree; whether it is right is asked later."""

    index: int
    e: bytes
    envelope: Envelope
    record: Record
    opening: RecordOpening

    @property
    def place(self) -> str:
        """Where it claims to stand: `stream:seq`."""
        return format_position(self.record.stream, self.record.seq)


@dataclass(slots=True)
class Proven:
    """What stands behind the leaves that the pack opens."""

    records: list[ProvenRecord] = field(default_factory=list)
    """By ascending leaf index."""
    covers: dict[int, CoverOpening] = field(default_factory=dict)
    tombstones: dict[int, ErasedOpening] = field(default_factory=dict)
    stood: set[int] = field(default_factory=set)
    """The leaves whose commitment was opened, whatever the record behind it is worth."""
    commitments: dict[bytes, int] = field(default_factory=dict)
    """The leaf of each opened commitment."""


def open_leaves(container: Container, log: Log, tally: Tally) -> Proven:
    """Prove each opened leaf, and then read the records among them."""
    tally.ran("V7", "V8")
    proven = Proven()
    envelopes = _numbered(container, "record")
    openings = _numbered(container, "opening")
    for index in sorted(envelopes.keys() | openings.keys()):
        if index not in openings:
            sentence = "A record has no opening, so nothing ties it to the log."
            tally.add("V7.opening-missing", sentence, record_path(index))
            continue
        opening = _load(openings[index], index, tally)
        if opening is None:
            continue
        if isinstance(opening, RecordOpening):
            _prove_record(proven, log, index, envelopes.get(index), opening, tally)
        elif index in envelopes:
            sentence = "A leaf is opened as cover or erased, and yet has a record."
            tally.add("V7.opening-and-record", sentence, record_path(index))
        elif _stands(proven, log, index, opening, _commitment(opening), tally):
            _keep(proven, log, index, opening, tally)
    return proven


def _numbered(container: Container, kind: str) -> dict[int, bytes]:
    """Return the files of a kind by leaf index."""
    named = {path: read_path(path) for path in container.files}
    return {
        named[path].number: data
        for path, data in container.files.items()
        if named[path].kind == kind
    }


def _load(data: bytes, index: int, tally: Tally) -> Opening | None:
    try:
        return load_opening(data)
    except Malformed as exc:
        sentence = f"An opening is malformed: {exc}."
        tally.add("V7.opening-malformed", sentence, opening_path(index))
        return None


def _commitment(opening: CoverOpening | ErasedOpening) -> bytes:
    if isinstance(opening, CoverOpening):
        return cover(opening.blind, opening.k)
    return commit(opening.blind, opening.stream, opening.seq, opening.e)


def _stands(
    proven: Proven, log: Log, index: int, opening: Opening, commitment: bytes, tally: Tally
) -> bool:
    """Tell whether a commitment stands at its leaf, and say so if not."""
    place = opening_path(index)
    path = opening.path if isinstance(opening, RecordOpening) else None
    if log.entries is not None:
        # The root was recomputed from these entries, so a path would be a second, idle word.
        if path is not None:
            tally.add("V7.path-not-asked", "An opening of this scope has a path.", place)
        entries = log.entries.entries
        stands = index < len(entries) and entries[index] == commitment
    elif path is None:
        tally.add("V7.path-missing", "An opening has no path to the root.", place)
        return False
    else:
        size, root = log.checkpoint.size, log.checkpoint.root
        stands = verify_inclusion(commitment, index, size, path, root)
    if not stands:
        sentence = "What is shown for a leaf of the log is not what the log holds there."
        tally.add("V7.not-in-log", sentence, place)
        return False
    proven.stood.add(index)
    proven.commitments.setdefault(commitment, index)
    return True


def _prove_record(
    proven: Proven,
    log: Log,
    index: int,
    data: bytes | None,
    opening: RecordOpening,
    tally: Tally,
) -> None:
    if data is None:
        sentence = "A leaf is opened as a record, but the record is missing."
        tally.add("V7.record-missing", sentence, opening_path(index))
        return
    e = envelope.digest(data)
    commitment = commit(opening.blind, opening.stream, opening.seq, e)
    if not _stands(proven, log, index, opening, commitment, tally):
        return
    # V8: from here on the bytes are those that the log holds, and may be read.
    try:
        wrapped = envelope.load(data)
    except Malformed as exc:
        sentence = f"An envelope does not have its one spelling: {exc}."
        tally.add("V8.envelope-malformed", sentence, record_path(index))
        return
    try:
        found = record.load(wrapped.payload)
    except Malformed as exc:
        sentence = f"A record does not have its one spelling: {exc}."
        tally.add("V8.record-malformed", sentence, record_path(index))
        return
    if wrapped.keyid != found.key:
        sentence = "The envelope names another key than the record inside it."
        tally.add("V8.keyid-differs", sentence, record_path(index))
    proven.records.append(ProvenRecord(index, e, wrapped, found, opening))


def _keep(
    proven: Proven,
    log: Log,
    index: int,
    opening: CoverOpening | ErasedOpening,
    tally: Tally,
) -> None:
    if isinstance(opening, ErasedOpening):
        proven.tombstones[index] = opening
        return
    proven.covers[index] = opening
    if log.schedule is None:
        return
    tick = log.schedule.tick_of(index)
    if opening.tick != tick or opening.k >= log.schedule.epoch_of(tick).entries:
        sentence = "A cover is shown in another tick than the one that it was made for."
        tally.add("V7.cover-misplaced", sentence, opening_path(index))
