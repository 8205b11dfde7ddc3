"""V7 and V8: which records the pack shows, each proven in the tree before it is read.

An opening and an envelope's digest give a commitment, and the commitment stands at its place in
the log or it does not. Only a record whose commitment stands there is parsed: what a stranger
slipped into a pack is never looked into. On the way each file is compared with the manifest (V1),
and what one record alone can show of its times and values is asked at once (V11, V12).

Leaves are read part by part, and each part gives a harvest, whoever reads it (`workers.py`).

Cites: FORMAT §3, §5, §6 V7, V8; "Check before parse".
"""

from __future__ import annotations

from binascii import unhexlify
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from ledger.evidence import envelope, record
from ledger.evidence.acts import concerns_authority
from ledger.evidence.commitment import commit, cover
from ledger.evidence.envelope import signing_input
from ledger.evidence.grammar import Malformed, format_position
from ledger.evidence.merkle import verify_inclusion
from ledger.evidence.pack import (
    MANIFEST,
    CoverOpening,
    Document,
    ErasedOpening,
    Opening,
    RecordOpening,
    load_opening,
    opening_path,
    record_path,
)
from ledger.evidence.record import Record, TreeHead
from ledger.verify.book import COVER, INDEX, Book, Harvest, Pending, brings_keys
from ledger.verify.container import LARGEST, Container
from ledger.verify.crypto import check_ed25519
from ledger.verify.facts import (
    ERASED,
    PENDING,
    SIGNED,
    Ground,
    Row,
    Tail,
    flags_of,
    ground_of,
)
from ledger.verify.listing import LeafKind, Leaves, entries_of
from ledger.verify.log import Log, is_prefix
from ledger.verify.moments import Moments
from ledger.verify.sources import Refused
from ledger.verify.trust import Trust
from ledger.verify.usual import Usual
from ledger.verify.values import check_values

__all__ = ["LeafReader"]

_AT_ONCE: Final = 128
"""Records that are proven, and then checked, and then read; so many stay in a fast memory."""
_IDLE: Final = 512
"""Records one after the other without a key, after which no more are looked through for keys."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)

_Read = tuple[Ground, str, bytes, int, int, TreeHead, bytes]
"""Of a record: ground, type, prev, recorded_at and occurred_at in seconds, head, written tail."""


class LeafReader:
    """Reads the leaves of a pack, and of the openings that a receiver brought, if any."""

    def __init__(
        self,
        containers: tuple[Container, ...],
        log: Log | None,
        trust: Trust,
        shares: int,
        promised: frozenset[bytes],
    ) -> None:
        """Stand on a verified log; without one, files are compared with the manifest only."""
        self._sides = [(one.source, one.listing) for one in containers if one.listing is not None]
        self._log, self._origin, self._founded = log, trust.origin, trust.founded
        self._shares, self._promised = shares, promised
        self._size = 0 if log is None else log.checkpoint.size
        self._moments: Moments | None = None
        if log is not None and log.schedule is not None:
            pack = containers[0]
            self._moments = Moments(
                log.schedule, trust.tolerance, lambda head: is_prefix(pack, log, head) is True
            )
        self.book = Book(shares)
        self._usual = None
        if log is not None and log.entries is not None and self._moments is not None:
            self._usual = Usual(log.entries, trust, self._moments, self.book, promised)
        self._out = Harvest()

    def parts(self) -> list[tuple[int, int]]:
        """Return the parts to be read, as container and number."""
        return [
            (side, number)
            for side, (_, listing) in enumerate(self._sides)
            for number in range(len(listing.parts))
        ]

    def read(self, side: int, number: int) -> Harvest:
        """Read one part. Total."""
        self._out = Harvest()
        source, listing = self._sides[side]
        part = listing.parts[number]
        with source.open(MANIFEST, LARGEST["manifest"]) as file:
            openings = {
                int(path[9:-5]): unhexlify(digest)
                for block in entries_of(file, part.openings)
                for path, digest in block
            }
            for block in entries_of(file, part.records):
                for at in range(0, len(block), _AT_ONCE):
                    self._read_some(side, block[at : at + _AT_ONCE], openings)
        for index, expected in openings.items():
            opening = self._fetch(side, "opening", index, expected)
            if not any(
                one is not listing and one.leaves.has("record", index) for _, one in self._sides
            ):
                self._prove(index, None, opening)
        return self._out

    def _read_some(
        self, side: int, block: list[tuple[bytes, bytes]], openings: dict[int, bytes]
    ) -> None:
        """Read some records with their openings, which are taken out of those to be read."""
        source, listing = self._sides[side]
        leaves, is_whole = listing.leaves, listing.leaves.is_whole
        records = [(int(path[8:-10]), unhexlify(digest)) for path, digest in block]
        taken: set[int] = set()
        # In the openings that are brought a leaf may be the pack's too: that needs a closer look.
        if self._usual is not None and side == 0:
            asked = [
                (index, digest, openings[index])
                for index, digest in records
                if index in openings and is_whole(index)
            ]
            taken = set(self._usual.take(self._out, source, asked))
        for index, digest in records:
            if index in taken:
                del openings[index]
                continue
            data, opening = self._fetch(side, "record", index, digest), None
            if index in openings:
                opening = self._fetch(side, "opening", index, openings.pop(index))
            self._pair(side, leaves, index, data, opening)

    def learn(self, most: int) -> None:
        """Meet the keys that the first leaves of the log bring, before everything is read.

        A ledger begins with its founding, and nearly all that follows is signed with keys of its
        first leaves; without them every signature read before would have to wait. After many
        records that bring none, others hardly will.
        """
        idle = 0
        for index in range(min(most, self._size)):
            data = self._borrow(0, index, "record")
            if data is None:
                continue
            if brings_keys(data):
                self._out, idle = Harvest(), 0
                self._prove(index, data, self._borrow(0, index))
            elif (idle := idle + 1) == _IDLE:
                break
        self._out = Harvest()
        self.book.forget()

    def verify_pending(self, pending: list[Pending]) -> list[int]:
        """Return the leaves among these whose signature does not fit the key that is known now."""
        return [
            index
            for index, key, payload, signature in pending
            if key in self.book.keys
            and not check_ed25519(self.book.keys[key], signing_input(payload), signature)
        ]

    def _fetch(self, side: int, kind: LeafKind, index: int, expected: bytes) -> bytes | None:
        """Read a file that is there and compare it with the manifest."""
        source, listing = self._sides[side]
        if not listing.leaves.has(kind, index):
            return None
        path = record_path(index) if kind == "record" else opening_path(index)
        try:
            data = source.read(path, LARGEST[kind])
        except Refused as refused:
            self._add(index, refused.code, refused.sentence, path)
        except OSError:
            self._add(index, "V1.unreadable", "A file cannot be read.", path)
        else:
            if sha256(data).digest() != expected:
                sentence = "A file differs from what the manifest says."
                self._add(index, "V1.differs", sentence, path)
            return data
        return None

    def _pair(
        self, side: int, leaves: Leaves, index: int, data: bytes | None, opening: bytes | None
    ) -> None:
        """Prove a record with its opening, which may lie in the other container."""
        if side:
            first = self._sides[0][1].leaves
            if first.has("record", index):
                return  # It is in both, which V1 has said; the pack's own counts.
            if first.has("opening", index):
                opening = self._borrow(0, index)
        elif opening is None and not leaves.has("opening", index):
            opening = self._borrow(1, index)
        self._prove(index, data, opening)

    def _borrow(self, side: int, index: int, kind: LeafKind = "opening") -> bytes | None:
        """Read a file that is compared with its manifest elsewhere."""
        if side >= len(self._sides) or not self._sides[side][1].leaves.has(kind, index):
            return None
        path = record_path(index) if kind == "record" else opening_path(index)
        try:
            return self._sides[side][0].read(path, LARGEST[kind])
        except (Refused, OSError):
            return None

    def _prove(self, index: int, data: bytes | None, opening: bytes | None) -> None:
        """Prove what a leaf is shown to be, if the log is known."""
        log = self._log
        if log is None:
            return
        if opening is None:
            if data is not None:
                sentence = "A record has no opening, so nothing ties it to the log."
                self._add(index, "V7.opening-missing", sentence, record_path(index))
            return
        try:
            shown = load_opening(opening)
        except Malformed as exc:
            sentence = f"An opening is malformed: {exc}."
            self._add(index, "V7.opening-malformed", sentence, opening_path(index))
            return
        if isinstance(shown, RecordOpening):
            self._prove_record(log, index, data, shown)
        elif data is not None:
            sentence = "A leaf is opened as cover or erased, and yet has a record."
            self._add(index, "V7.opening-and-record", sentence, record_path(index))
        elif isinstance(shown, CoverOpening):
            if self._stands(log, index, shown, cover(shown.blind, shown.k)):
                self._keep_cover(log, index, shown)
        elif self._stands(log, index, shown, commit(shown.blind, shown.stream, shown.seq, shown.e)):
            self._keep_tombstone(index, shown)

    def _stands(self, log: Log, index: int, opening: Opening, commitment: bytes) -> bool:
        """Tell whether a commitment stands at its leaf, and say so if not."""
        path = opening.path if isinstance(opening, RecordOpening) else None
        if log.entries is not None:
            # The root was recomputed from these entries, so a path would be a second, idle word.
            if path is not None:
                sentence = "An opening of this scope has a path."
                self._add(index, "V7.path-not-asked", sentence, opening_path(index))
            stands = log.entries.holds(index, commitment)
        elif path is None:
            sentence = "An opening has no path to the root."
            self._add(index, "V7.path-missing", sentence, opening_path(index))
            return False
        else:
            stands = verify_inclusion(commitment, index, self._size, path, log.checkpoint.root)
        if not stands:
            sentence = "What is shown for a leaf of the log is not what the log holds there."
            self._add(index, "V7.not-in-log", sentence, opening_path(index))
            return False
        self._out.stood += INDEX.pack(index)
        if commitment in self._promised:
            self._out.promised.append((commitment, index))
        return True

    # ---- covers and tombstones ---------------------------------------------------------------

    def _keep_cover(self, log: Log, index: int, opening: CoverOpening) -> None:
        self._out.covers += COVER.pack(index, opening.tick, opening.k)
        if log.schedule is None:
            return
        tick = log.schedule.tick_of(index)
        if opening.tick != tick or opening.k >= log.schedule.epoch_of(tick).entries:
            sentence = "A cover is shown in another tick than the one that it was made for."
            self._add(index, "V7.cover-misplaced", sentence, opening_path(index))

    def _keep_tombstone(self, index: int, opening: ErasedOpening) -> None:
        self._out.tombstones += 1
        self._out.weighty.add(opening.erased[0])
        tail = format_position(*opening.erased).encode("ascii")
        self.book.keep(
            self._out,
            Row(opening.e, bytes(32), opening.stream, opening.seq, index, 0, 0, 0, ERASED, tail),
        )

    # ---- records -----------------------------------------------------------------------------

    def _prove_record(
        self, log: Log, index: int, data: bytes | None, opening: RecordOpening
    ) -> None:
        if data is None:
            sentence = "A leaf is opened as a record, but the record is missing."
            self._add(index, "V7.record-missing", sentence, opening_path(index))
            return
        e = sha256(data).digest()
        commitment = commit(opening.blind, opening.stream, opening.seq, e)
        if not self._stands(log, index, opening, commitment):
            return
        # V8: from here on the bytes are those that the log holds, and may be read.
        wrapped = self._unwrap(index, data)
        if wrapped is None:
            return
        payload, keyid, signature = wrapped
        read = self._strict(index, payload, opening)
        if read is None:
            return
        ground, kind, prev, recorded_at, occurred_at, head, tail = read
        if keyid != ground.key:
            sentence = "The envelope names another key than the record inside it."
            self._add(index, "V8.keyid-differs", sentence, record_path(index))
        if self._moments is not None:
            for code, sentence in self._moments.check(index, head, recorded_at, occurred_at):
                self._add(index, code, sentence, format_position(opening.stream, opening.seq))
        if e == self._founded:
            self._out.office = opening.stream
        flags = flags_of(kind) | self._signed(index, ground.key, payload, signature)
        number, place = self.book.number(self._out, ground), (opening.stream, opening.seq)
        row = Row(e, prev, *place, index, number, recorded_at, head.size, flags, tail)
        self.book.keep(self._out, row)

    def _unwrap(self, index: int, data: bytes) -> tuple[bytes, str, bytes] | None:
        """Return payload, key id in hex and signature of an envelope; None when it has none."""
        try:
            wrapped = envelope.load(data)
        except Malformed as exc:
            sentence = f"An envelope does not have its one spelling: {exc}."
            self._add(index, "V8.envelope-malformed", sentence, record_path(index))
            return None
        return wrapped.payload, wrapped.keyid.hex(), wrapped.signature

    def _strict(self, index: int, payload: bytes, opening: RecordOpening) -> _Read | None:
        """Read any record; None when it is not one, or stands where it does not belong."""
        try:
            one = record.load(payload)
        except Malformed as exc:
            sentence = f"A record does not have its one spelling: {exc}."
            self._add(index, "V8.record-malformed", sentence, record_path(index))
            return None
        self._out.records += 1
        self._out.types[one.type] += 1
        # The first questions of V10: what stands elsewhere is no part of any stream here.
        if one.origin != self._origin:
            place = format_position(one.stream, one.seq)
            self._add(index, "V10.origin", "A record belongs to another ledger.", place)
            return None
        if (one.stream, one.seq) != (opening.stream, opening.seq):
            sentence = "A record says another place than the one it was committed to."
            self._add(index, "V10.place-differs", sentence, opening_path(index))
            return None
        for found in check_values(index, opening, one.personal):
            if isinstance(found, Document):
                self._out.documents.add((found.sha256, found.size))
            else:
                self._add(index, *found)
        event = one.event if concerns_authority(one.type) else {}
        at = (one.occurred_at - _EPOCH) // _SECOND
        tail = Tail(one.type, event, one.actor, at, one.under, one.head.size, one.continues)
        recorded_at = (one.recorded_at - _EPOCH) // _SECOND
        written = (
            self.book.tail(self._out, one.stream, one.recorded_by, tail)
            if _is_special(one)
            else b""
        )
        return ground_of(one), one.type, one.prev, recorded_at, at, one.head, written

    def _signed(self, index: int, key: str, payload: bytes, signature: bytes) -> int:
        """Check a signature if its key is known; the key tells who signed, later."""
        public = self.book.keys.get(key)
        if public is None:
            self._out.pending.append((index, key, payload, signature))
            return PENDING
        return SIGNED if check_ed25519(public, signing_input(payload), signature) else 0

    def _add(self, index: int, code: str, sentence: str, place: str) -> None:
        self._out.findings.append((index, code, sentence, place))


def _is_special(one: Record) -> bool:
    """Tell whether a record says more than its row has room for."""
    return (
        one.actor != one.recorded_by
        or one.under is not None
        or bool(one.continues)
        or concerns_authority(one.type)
    )
