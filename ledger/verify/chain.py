"""V10: streams without gap, fork or double, up to their extents; and nothing unasked for.

Only what is proven in the log comes here. A stream whose records must all be shown is *whole*: the
office stream always, the subject streams of a case pack, every stream of a ledger pack. In other
streams single records may stand alone, and only what is shown can be compared.

Cites: FORMAT §1, §4 "Extent" and the end of "Receipt", §5, §6 V10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.evidence.acts import AUTHORITY_TYPES
from ledger.evidence.grammar import Malformed, format_position, parse_position
from ledger.evidence.pack import ErasedOpening, Manifest, extent_path, opening_path, read_path
from ledger.evidence.receipt import Extent
from ledger.evidence.schedule import Schedule
from ledger.verify.container import Container
from ledger.verify.leaves import Proven, ProvenRecord
from ledger.verify.log import Log, verify_note
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["Streams", "check_chain"]

CLOSED = "stream-closed.v1"


@dataclass(slots=True)
class Streams:
    """The proven records and tombstones, each at its one place."""

    records: dict[bytes, dict[int, ProvenRecord]] = field(default_factory=dict)
    """By stream, then by seq ascending."""
    tombstones: dict[tuple[bytes, int], tuple[int, ErasedOpening]] = field(default_factory=dict)
    """By (stream, seq): leaf index and opening."""
    seqs: dict[bytes, list[int]] = field(default_factory=dict)
    """Every seq of a stream that is shown or erased, ascending."""
    by_e: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """The seq of each (stream, envelope digest)."""
    office: bytes | None = None
    """The stream that begins with the founding record that the receiver trusts, if shown."""

    def at(self, stream: bytes, seq: int) -> ProvenRecord | None:
        """Return the record at a place, if it is shown."""
        return self.records.get(stream, {}).get(seq)

    def e_at(self, stream: bytes, seq: int) -> bytes | None:
        """Return the envelope digest at a place, shown or erased; None when neither."""
        one = self.at(stream, seq)
        if one is not None:
            return one.e
        erased = self.tombstones.get((stream, seq))
        return None if erased is None else erased[1].e

    def index_at(self, stream: bytes, seq: int) -> int | None:
        """Return the leaf index of a place, shown or erased; None when neither."""
        one = self.at(stream, seq)
        if one is not None:
            return one.index
        erased = self.tombstones.get((stream, seq))
        return None if erased is None else erased[0]

    def seq_of(self, stream: bytes, e: bytes) -> int | None:
        """Return the seq at which a stream has this envelope digest; None when not shown."""
        return self.by_e.get((stream, e))

    def all(self) -> Iterator[ProvenRecord]:
        """Give every record, stream by stream, in the order of seq."""
        for stream in sorted(self.records):
            yield from self.records[stream].values()


def check_chain(
    container: Container, manifest: Manifest, trust: Trust, log: Log, proven: Proven, tally: Tally
) -> Streams:
    """Run V10 and return the streams as they stand."""
    tally.ran("V10")
    streams = _arrange(proven, trust, tally)
    extents = _load_extents(container, trust, log, tally)
    needed = set(manifest.streams) | ({streams.office} if streams.office is not None else set())
    for stream in sorted(needed - extents.keys()):
        if extent_path(stream) not in container.files:
            sentence = "A stream has no extent, so its end is not known."
            tally.add("V10.extent-missing", sentence, extent_path(stream))
    for stream in sorted(streams.seqs.keys() | needed):
        is_whole = (
            manifest.scope == "ledger"
            or stream == streams.office
            or (manifest.scope == "case" and stream in manifest.streams)
        )
        _check_stream(streams, stream, extents.get(stream), is_whole, tally)
        _check_continued(streams, stream, manifest, tally)
    _check_successors(streams, tally)
    _check_subject(streams, manifest, tally)
    if log.schedule is not None:
        _check_order(streams, log.schedule, tally)
    return streams


def _arrange(proven: Proven, trust: Trust, tally: Tally) -> Streams:
    """Put each record at the place that it and its opening agree on, one record to a place."""
    streams = Streams()
    for one in proven.records:
        record = one.record
        place = (record.stream, record.seq)
        if record.origin != trust.origin:
            tally.add("V10.origin", "A record belongs to another ledger.", one.place)
        elif place != (one.opening.stream, one.opening.seq):
            sentence = "A record says another place than the one it was committed to."
            tally.add("V10.place-differs", sentence, opening_path(one.index))
        elif streams.at(*place) is not None:
            tally.add("V10.doubled", "Two records claim one place in a stream.", one.place)
        else:
            streams.records.setdefault(record.stream, {})[record.seq] = one
            streams.by_e[record.stream, one.e] = record.seq
            if one.e == trust.founded:
                streams.office = record.stream
    for index, tombstone in proven.tombstones.items():
        place = (tombstone.stream, tombstone.seq)
        if streams.index_at(*place) is not None:
            sentence = "A place in a stream is shown as erased and is also taken."
            tally.add("V10.doubled", sentence, format_position(*place))
        else:
            streams.tombstones[place] = (index, tombstone)
            streams.by_e[tombstone.stream, tombstone.e] = tombstone.seq
    for stream, seq in streams.tombstones:
        streams.seqs.setdefault(stream, []).append(seq)
    for stream, shown in streams.records.items():
        streams.records[stream] = dict(sorted(shown.items()))
        streams.seqs.setdefault(stream, []).extend(shown)
    for seqs in streams.seqs.values():
        seqs.sort()
    return streams


# ---- extents ----------------------------------------------------------------------------------


def _load_extents(
    container: Container, trust: Trust, log: Log, tally: Tally
) -> dict[bytes, Extent]:
    """Read the extents whose signature verifies; each is about its file's stream and this size."""
    extents: dict[bytes, Extent] = {}
    for path in sorted(container.files):
        name = read_path(path)
        if name.kind != "extent":
            continue
        try:
            extent = Extent.load(verify_note(container.files[path], trust.receipt))
        except Malformed as exc:
            sentence = f"An extent is not what the trusted key signed: {exc}."
            tally.add("V10.extent-refused", sentence, path)
            continue
        if (extent.origin, extent.stream) != (trust.origin, name.digest):
            sentence = "An extent is about another stream or ledger than its file's name says."
            tally.add("V10.extent-misplaced", sentence, path)
        elif extent.size != log.checkpoint.size:
            sentence = "An extent is about another size of the log than the pack's checkpoint."
            tally.add("V10.extent-size", sentence, path)
        else:
            extents[name.digest] = extent
    return extents


# ---- one stream -------------------------------------------------------------------------------


def _check_stream(
    streams: Streams, stream: bytes, extent: Extent | None, is_whole: bool, tally: Tally
) -> None:
    """Check chain, gaps, closing and extent of one stream."""
    seqs = streams.seqs.get(stream, [])
    before = 0
    for seq in seqs:
        if is_whole and seq > before + 1:
            _add_gap(stream, before, seq, tally)
        one, prev = streams.at(stream, seq), streams.e_at(stream, seq - 1)
        if one is not None and prev is not None and one.record.prev != prev:
            sentence = "A record does not follow the one that stands before it in its stream."
            tally.add("V10.prev-differs", sentence, one.place)
        closed = streams.at(stream, before)
        if closed is not None and closed.record.type == CLOSED:
            sentence = "A stream goes on after its closing."
            tally.add("V10.after-closing", sentence, format_position(stream, seq))
        before = seq
    if extent is None:
        return
    if before > extent.seq:
        sentence = "A stream has records beyond its extent: the ledger promised that it ends."
        tally.add("V10.beyond-extent", sentence, format_position(stream, before))
    elif is_whole and before < extent.seq:
        _add_gap(stream, before, extent.seq + 1, tally)
    last = streams.e_at(stream, extent.seq)
    if last is not None and last != extent.last:
        sentence = "The last record of a stream is not the one that its extent names."
        tally.add("V10.extent-differs", sentence, format_position(stream, extent.seq))


def _add_gap(stream: bytes, before: int, after: int, tally: Tally) -> None:
    count = after - before - 1
    what = "One record is" if count == 1 else f"{count} records are"
    place = format_position(stream, before + 1)
    tally.add("V10.gap", f"{what} missing from a stream that must be shown whole.", place)


def _check_continued(streams: Streams, stream: bytes, manifest: Manifest, tally: Tally) -> None:
    """Check that what a stream continues exists, where the pack shows that stream whole."""
    first = streams.at(stream, 1)
    for continued in first.record.continues if first is not None else ():
        whole = manifest.scope == "ledger" or continued.stream in manifest.streams
        shown = manifest.scope != "event" and whole and continued.stream in streams.seqs
        if shown and streams.seq_of(continued.stream, continued.head) is None:
            sentence = "A stream continues a record that the other stream does not have."
            tally.add("V10.continues-nothing", sentence, format_position(stream, 1))


def _check_successors(streams: Streams, tally: Tally) -> None:
    """Check that at most one stream continues a closing, so that a matter has one future."""
    closings = {one.e for one in streams.all() if one.record.type == CLOSED}
    taken: set[bytes] = set()
    for one in streams.all():
        for continued in one.record.continues:
            if continued.head in taken and continued.head in closings:
                sentence = "Two streams continue the same closing."
                tally.add("V10.two-successors", sentence, one.place)
            taken.add(continued.head)


# ---- what the pack is about -------------------------------------------------------------------


def _check_subject(streams: Streams, manifest: Manifest, tally: Tally) -> None:
    """Check that the pack shows what it is about, what that relies on, and nothing else."""
    if manifest.scope == "ledger":
        return
    for stream, seq in manifest.records:
        if streams.at(stream, seq) is None:
            sentence = "The record that the pack is about is not shown."
            tally.add("V10.subject-missing", sentence, format_position(stream, seq))
    past = _past_of(streams, manifest.streams)
    relied = _relied_on(streams, manifest)
    for one in streams.all():
        record = one.record
        carries_authority = record.type in AUTHORITY_TYPES or record.seq == 1
        is_fit = (
            record.stream == streams.office
            or (manifest.scope == "case" and record.stream in manifest.streams)
            or (record.stream, record.seq) in relied
            or (record.stream in past and carries_authority)
        )
        if not is_fit:
            sentence = "A record is shown that the pack is not about."
            tally.add("V10.beyond-subject", sentence, one.place)


def _past_of(streams: Streams, subject: tuple[bytes, ...]) -> set[bytes]:
    """Return the subject's streams and all that they continue, as far as is shown."""
    past: set[bytes] = set()
    waiting = list(subject)
    while waiting:
        stream = waiting.pop()
        if stream not in past:
            past.add(stream)
            first = streams.at(stream, 1)
            waiting += [one.stream for one in first.record.continues] if first is not None else []
    return past


def _relied_on(streams: Streams, manifest: Manifest) -> set[tuple[bytes, int]]:
    """Return the records of the subject and those that they act under, step by step."""
    if manifest.scope == "event":
        waiting = list(manifest.records)
    else:
        waiting = [
            (stream, seq) for stream in manifest.streams for seq in streams.seqs.get(stream, ())
        ]
    relied: set[tuple[bytes, int]] = set()
    while waiting:
        place = waiting.pop()
        one = streams.at(*place)
        if place not in relied and one is not None and one.record.under is not None:
            waiting.append(parse_position(one.record.under))
        relied.add(place)
    return relied


def _check_order(streams: Streams, schedule: Schedule, tally: Tally) -> None:
    """Check that no record is in an earlier tick than what it follows or relies on."""
    for one in streams.all():
        record = one.record
        earlier = [(record.stream, record.seq - 1)]
        if streams.office is not None:
            earlier.append((streams.office, record.office.seq))
        if record.under is not None:
            earlier.append(parse_position(record.under))
        for continued in record.continues:
            seq = streams.seq_of(continued.stream, continued.head)
            earlier += [] if seq is None else [(continued.stream, seq)]
        indices = [streams.index_at(*place) for place in earlier]
        tick = schedule.tick_of(one.index)
        if any(index is not None and schedule.tick_of(index) > tick for index in indices):
            sentence = "A record is in the log before one that it follows or relies on."
            tally.add("V10.order", sentence, one.place)
