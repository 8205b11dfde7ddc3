"""The proven records once more, stream by stream and in the domain's words.

V7 to V12 have read every record and kept a short row of it. Here those that are wanted are read
again, and only if they are still the bytes that were proven. What cannot be read so is `Unknown`,
with a reason for the report; it is never passed over as if it were not there.

Cites: FORMAT §6 V15.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.domain.codec import BadFields, UnknownEvent, join
from ledger.domain.office import Recorded
from ledger.evidence import envelope, jcs, record
from ledger.evidence.commitment import personal_digest
from ledger.evidence.grammar import Malformed, format_position
from ledger.evidence.jcs import Json
from ledger.evidence.pack import RecordOpening, load_opening, opening_path, record_path
from ledger.evidence.record import Continued, Record
from ledger.verify.container import LARGEST, Container
from ledger.verify.facts import ERASED, Row, Rows
from ledger.verify.listing import LeafKind
from ledger.verify.report import Tally
from ledger.verify.sources import Refused

__all__ = ["Entry", "Erased", "NotShown", "Streams", "Unknown"]

PARTLY = "a stream is not shown whole"


class Unknown(Exception):
    """Something that replaying needs cannot be had; the text says what, and quotes nothing."""


class NotShown(Unknown):
    """It is in a stream of which nothing is shown here."""

    def __init__(self) -> None:
        super().__init__("a stream that others rest on is not shown")


class Erased(Unknown):
    """It was erased, and its tombstones are shown."""

    def __init__(self) -> None:
        super().__init__("a stream that others rest on was erased")


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is replayed."""

    record: Record
    recorded: Recorded
    is_whole: bool
    """Whether every personal value of it is laid open."""


@dataclass(slots=True)
class _Line:
    """Where the records of a stream are, and what proven bytes they have."""

    leaves: array[int] = field(default_factory=lambda: array("Q"))
    digests: bytearray = field(default_factory=bytearray)
    is_whole: bool = True
    is_erased: bool = False


class Streams:
    """Reads streams of which every record was proven."""

    def __init__(self, sides: Sequence[Container], rows: Rows, tally: Tally) -> None:
        """Note where each stream's records are."""
        self._sides, self._tally = sides, tally
        self._told: set[str] = set()
        self._lines = {
            stream: _line(found)
            for share in range(rows.shares)
            for stream, found in rows.streams(share).items()
        }

    def shown(self) -> list[bytes]:
        """Return every stream of which a record is shown, in order."""
        return sorted(stream for stream, line in self._lines.items() if line.leaves)

    def has(self, stream: bytes) -> bool:
        """Tell whether a record of the stream is shown."""
        return stream in self._lines and bool(self._lines[stream].leaves)

    def is_erased(self, stream: bytes) -> bool:
        """Tell whether tombstones stand for the stream."""
        return stream in self._lines and self._lines[stream].is_erased

    def is_in_pack(self, stream: bytes) -> bool:
        """Tell whether the stream begins in the pack itself, not in openings that were brought."""
        listing = self._sides[0].listing
        return listing is not None and listing.leaves.has("record", self._lines[stream].leaves[0])

    def continues(self, stream: bytes) -> tuple[Continued, ...]:
        """Return the heads that a stream continues; none where its beginning is not shown."""
        line = self._lines.get(stream)
        if line is None or not line.leaves or not line.is_whole:
            return ()
        return self._record(line, 0)[0].continues

    def first_type(self, stream: bytes) -> str:
        """Return the type of the first record that is shown of a stream.

        Raises: Unknown.
        """
        return self._record(self._lines[stream], 0)[0].type

    def read(self, stream: bytes) -> list[Entry]:
        """Return the records of a stream, from the first to the last one shown.

        Raises: Unknown.
        """
        line = self._lines.get(stream)
        if line is None:
            raise NotShown
        if line.is_erased:
            raise Erased
        if not line.is_whole:
            raise Unknown(PARTLY)
        return [self._entry(line, number) for number in range(len(line.leaves))]

    def _entry(self, line: _Line, number: int) -> Entry:
        found, e = self._record(line, number)
        values = self._values(line.leaves[number], found) if found.personal else {}
        place = format_position(found.stream, found.seq)
        try:
            event = join(found.type, found.event, values)
        except UnknownEvent:
            raise Unknown("this program does not know a type of record") from None
        except BadFields:
            if place not in self._told:
                self._told.add(place)
                sentence = "The fields of a record are not those of its type."
                self._tally.add("V15.event-malformed", sentence, place)
            raise Unknown("the fields of a record are not those of its type") from None
        recorded = Recorded(
            ref=place,
            e=e.hex(),
            event=event,
            type=found.type,
            occurred_at=found.occurred_at,
            recorded_at=found.recorded_at,
            actor=found.actor,
            recorded_by=found.recorded_by,
            role=found.role,
            under=found.under,
            law=found.law.hex(),
            basis=found.basis,
            precision=found.occurred_precision,
        )
        return Entry(found, recorded, values.keys() == found.personal.keys())

    def _record(self, line: _Line, number: int) -> tuple[Record, bytes]:
        """Read a record and its E, if it is still what was proven.

        Raises: Unknown.
        """
        data = self._bytes("record", line.leaves[number])
        e = sha256(data).digest()
        if e != bytes(line.digests[32 * number : 32 * number + 32]):
            raise Unknown("a file was changed while it was verified")
        return record.load(envelope.load(data).payload), e

    def _values(self, leaf: int, found: Record) -> Mapping[str, Json]:
        """Return the personal values that are laid open and are those that were recorded."""
        try:
            opening = load_opening(self._bytes("opening", leaf))
        except (Unknown, Malformed):
            return {}
        if not isinstance(opening, RecordOpening):
            return {}
        return {
            name: one.value
            for name, one in opening.personal.items()
            if personal_digest(one.salt, jcs.dump(one.value)) == found.personal.get(name)
        }

    def _bytes(self, kind: LeafKind, leaf: int) -> bytes:
        """Read a file of a leaf from the pack, or from the openings.

        Raises: Unknown.
        """
        path = record_path(leaf) if kind == "record" else opening_path(leaf)
        for side in self._sides:
            if side.listing is not None and side.listing.leaves.has(kind, leaf):
                try:
                    return side.source.read(path, LARGEST[kind])
                except (Refused, OSError):
                    continue
        raise Unknown("a file cannot be read any more")


def _line(rows: Sequence[Row]) -> _Line:
    line, last = _Line(), 0
    for row in rows:
        if row.flags & ERASED:
            line.is_erased = True
        elif row.seq > last:
            # What follows a gap is shown, and nothing of the stream can be folded. Of two records
            # at one place, which V10 names, the first counts.
            line.is_whole &= row.seq == last + 1
            line.leaves.append(row.leaf)
            line.digests += row.e
            last = row.seq
    return line
