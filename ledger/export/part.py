"""One case or one record as evidence, with only those personal values laid open that are named.

A part pack brings the path from each of its leaves to the signed root instead of the log, and the
ledger's signed word on how far each of its streams reaches. What counsel advised is no part of it,
and nothing that is not published yet.

Cites: FORMAT §5; ADR 0032.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keys.files import private
from ledger import leaves
from ledger.claiming import claims
from ledger.domain.codec import PERSONAL_NAMES
from ledger.errors import BadRequest, NotFound, Unavailable
from ledger.evidence.act_types import LogAttested, LogKeysAnnounced
from ledger.evidence.acts import CLOSED, concerns_authority, parse_event
from ledger.evidence.archive import write_zip
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import Malformed, format_position, parse_position
from ledger.evidence.merkle import Tree
from ledger.evidence.pack import (
    CHECKPOINT,
    README,
    SCHEDULE,
    TIME_STAMP,
    Scope,
    consistency_path,
    dump_consistency,
    extent_path,
)
from ledger.evidence.receipt import Extent
from ledger.evidence.tiles import TileReader
from ledger.export.container import (
    Container,
    Leaving,
    Put,
    Reveal,
    empty_folder,
    to_nobody,
    whole_container,
)
from ledger.export.guide import guide
from ledger.home import OpenHome
from ledger.logkeys import own_checkpoint, receipt_note
from ledger.register.locks import exclusive
from ledger.register.reading import Stream
from ledger.register.seal import Unsealed
from ledger.sequencer.ticks import LOCK

ZIP = ".zip"
NOT_YET = "is not in the published log yet. Export it after the next ticks."
Place = tuple[bytes, int]


@dataclass(frozen=True, slots=True)
class Exported:
    """What left the house: whoever keeps a register of exports enters this.

    `records` are shown, those of the office among them; `waiting` of the case were not published
    yet and are not.
    `sha256` (32 bytes) is that of the manifest, which names everything in the pack.
    """

    scope: Scope
    subject: tuple[str, ...]
    records: int
    waiting: int
    sha256: bytes


def export_case(
    home: OpenHome,
    office: Stream,
    streams: Sequence[Stream],
    target: Path,
    *,
    reveal: Reveal = False,
    documents: bool = False,
    pinned: int = 0,
    leaving: Leaving = to_nobody,
) -> Exported:
    """Write a pack of the case that these streams are, oldest first, into an empty folder, or into
    a new zip where the name ends in `.zip`. What is written is whole or not there. `pinned` is the
    size of a checkpoint that the receiver holds: the proof from it goes in.

    Raises:
        BadRequest: the place is taken, a field of that name exists nowhere, or nothing of the case
            is published yet.
        EvidenceCorrupt: the log is not what was published.
    """
    with _writing(home, target, reveal, documents) as pack:
        pack.prove(pinned)
        shown = [(one, pack.published(one)) for one in streams]
        subject = {one.id: records for one, records in shown if records}
        if not subject:
            raise BadRequest(f"This case {NOT_YET}")
        pack.add_office(office)
        for one, records in shown:
            pack.add_records(one, records)
            pack.add_extent(one.id, records)
        held = {**subject, office.id: pack.published(office)}
        continues = {stream: rows[0][0].record.continues for stream, rows in subject.items()}
        read = {stream: [opened for opened, _ in rows] for stream, rows in held.items()}
        for name, data in claims(home, continues, read.__getitem__):
            pack.container.add(name, data)
        waiting = sum(len(one.unsealed) - len(records) for one, records in shown)
        done = pack.finish("case", tuple(sorted(one.hex() for one in subject)), waiting)
        leaving(done.sha256)
        return done


def export_event(
    home: OpenHome,
    office: Stream,
    streams: Sequence[Stream],
    place: Place,
    target: Path,
    *,
    reveal: Reveal = False,
    documents: bool = False,
    pinned: int = 0,
    leaving: Leaving = to_nobody,
) -> Exported:
    """Write a pack of one record of the case that these streams are; see `export_case`.

    Of the case it also shows what the record's signer acted under, and assents and other records of
    authority, because without them nobody could judge the signature.

    Raises: as `export_case`; NotFound: the case has no such record.
    """
    with _writing(home, target, reveal, documents) as pack:
        pack.prove(pinned)
        found = {
            (opened.record.stream, opened.record.seq): (one, opened, leaf)
            for one in streams
            for opened, leaf in pack.published(one)
        }
        if place not in found:
            if any(one.id == place[0] and 0 < place[1] <= len(one.unsealed) for one in streams):
                raise BadRequest(f"This record {NOT_YET}")
            raise NotFound
        pack.add_office(office)
        chosen = _relied_on(place, {at: opened for at, (_, opened, _) in found.items()})
        for at in sorted(one for one in chosen if one[0] != office.id):
            one, opened, leaf = found[at]
            pack.add_records(one, [(opened, leaf)])
        if place[0] != office.id:
            (stream,) = [one for one in streams if one.id == place[0]]
            pack.add_extent(stream.id, pack.published(stream))
        done = pack.finish("event", (format_position(*place),), 0)
        leaving(done.sha256)
        return done


def _relied_on(place: Place, records: Mapping[Place, Unsealed]) -> set[Place]:
    """The records that whoever judges one record must see of its case, and itself."""
    chosen = {place} | {
        at
        for at, one in records.items()
        if concerns_authority(one.record.type) and one.record.type != CLOSED
    }
    named = list(chosen)
    while named:
        under = records[named.pop()].record.under
        at = None if under is None else parse_position(under)
        if at is not None and at in records and at not in chosen:
            chosen.add(at)
            named.append(at)
    if any(stream != place[0] for stream, _ in chosen):
        # Rights pass from a stream to those that continue it, which their first records say.
        chosen |= {at for at in records if at[1] == 1}
    return chosen


class _Part:
    """A part pack that is being written, at one state of the log."""

    def __init__(self, home: OpenHome, container: Container) -> None:
        self.container = container
        self._home = home
        log = home.log_directory
        note = (log / CHECKPOINT).read_bytes()
        self._checkpoint: Checkpoint = own_checkpoint(home.origin, home.log_key_set, note)
        self._tree = Tree(TileReader(log).hash_at)
        self._proven: set[int] = set()
        self._shown = 0
        container.add(CHECKPOINT, note)
        container.add(SCHEDULE, (log / SCHEDULE).read_bytes())
        stamp = log / f"checkpoints/{self._checkpoint.size}.tsr"
        if stamp.exists():
            container.add(TIME_STAMP, stamp.read_bytes())

    def published(self, stream: Stream) -> list[tuple[Unsealed, int]]:
        """The records of a stream that are in this state of the log, each with its leaf."""
        found: list[tuple[Unsealed, int]] = []
        for one in stream.unsealed:
            leaf = leaves.leaf_of(self._home, stream.secrets, stream.id, one.record.seq, one.e)
            if leaf is None or leaf >= self._checkpoint.size:
                break
            found.append((one, leaf))
        return found

    def add_office(self, office: Stream) -> None:
        """Write the office whole; nothing about a matter is in it."""
        records = self.published(office)
        self.add_records(office, records)
        self.add_extent(office.id, records)

    def add_records(self, stream: Stream, records: Iterable[tuple[Unsealed, int]]) -> None:
        """Write records with their paths, and the proofs of the states of the log they name."""
        for opened, leaf in records:
            path = self._tree.inclusion_proof(leaf, self._checkpoint.size)
            self.container.add_record(stream.store, stream.secrets, opened, leaf, path)
            self._shown += 1
            for size in _states(opened):
                self.prove(size)

    def prove(self, size: int) -> None:
        """Write the proof that the log only grew since this size, once; none for 0."""
        if 0 < size < self._checkpoint.size and size not in self._proven:
            self._proven.add(size)
            proof = self._tree.consistency_proof(size, self._checkpoint.size)
            self.container.add(consistency_path(size), dump_consistency(proof))

    def add_extent(self, stream: bytes, records: Sequence[tuple[Unsealed, int]]) -> None:
        """Write how far a stream reaches, signed."""
        if records:
            last = records[-1][0]
            origin, size = self._home.origin, self._checkpoint.size
            extent = Extent(origin, stream, last.record.seq, last.e, size).dump()
            note = receipt_note(origin, self._home.log_key_set, extent)
            self.container.add(extent_path(stream), note)

    def finish(self, scope: Scope, subject: tuple[str, ...], waiting: int) -> Exported:
        """Write what closes the pack."""
        text = guide(self._home.origin, scope, self._shown, self._checkpoint.size)
        self.container.add(README, text)
        manifest = self.container.finish(scope, subject)
        return Exported(scope, subject, self._shown, waiting, manifest)


def _states(opened: Unsealed) -> Iterator[int]:
    """The sizes of the log of which a record says what its root was."""
    yield opened.record.head.size
    said = parse_event(opened.record.type, opened.record.event)
    if isinstance(said, LogKeysAnnounced):
        yield said.trusted.size
    if isinstance(said, LogAttested):
        yield said.size


@contextmanager
def _writing(home: OpenHome, target: Path, reveal: Reveal, documents: bool) -> Iterator[_Part]:
    """Begin a pack in a folder or a zip that appears when the block has ended well."""
    home.published()
    check_fields(reveal)
    # No tick comes meanwhile: tiles, checkpoint and records must be of one moment.
    with exclusive(home.path / LOCK, "publishing the log"), _place(target) as put:
        try:
            yield _Part(home, Container(home, put, reveal=reveal, documents=documents))
        except Malformed as error:
            raise BadRequest("The published log cannot be read here. Run: store check") from error


def check_fields(reveal: Reveal) -> None:
    """See that the fields that are to be laid open exist.

    Raises:
        BadRequest: no event has a personal field of this name.
    """
    unknown = sorted(reveal - PERSONAL_NAMES) if not isinstance(reveal, bool) else []
    if unknown:
        raise BadRequest(
            f"No record has a personal field {unknown[0]}. There are:"
            f" {', '.join(sorted(PERSONAL_NAMES))}."
        )


@contextmanager
def _place(target: Path) -> Iterator[Put]:
    if target.suffix != ZIP:
        with whole_container(target) as partial:
            yield empty_folder(partial)
        return
    files: dict[str, bytes] = {}

    def put(name: str, pieces: Iterable[bytes]) -> None:
        files[name] = b"".join(pieces)

    if target.exists():
        raise BadRequest(f"{target} is there already; nothing is written over.")
    yield put
    partial = target.with_name(f".{target.name}.partial")
    try:
        with open(partial, "wb", opener=private) as file:
            write_zip(file, files)
        os.rename(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(f"{target} cannot be written: {error.strerror}.") from error
    except Malformed as error:
        partial.unlink(missing_ok=True)
        raise BadRequest("This is too much for a zip. Choose a folder.") from error
