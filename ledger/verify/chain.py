"""V10: streams without gap, fork or double, up to their extents; and nothing unasked for.

Only what is proven in the log comes here, stream by stream. A stream whose records must all be
shown is *whole*: the office stream always, the subject streams of a case pack, every stream of a
ledger pack. In other streams single records may stand alone, and only what is shown can be
compared. What one stream says of another is kept until all were seen.

Cites: FORMAT §1, §4 "Extent" and the end of "Receipt", §5, §6 V10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ledger.evidence.grammar import Malformed, format_position, parse_position
from ledger.evidence.pack import Manifest, extent_path, read_path
from ledger.evidence.receipt import Extent
from ledger.evidence.record import ZERO_HASH, ZERO_STREAM, Continued
from ledger.verify.container import Container
from ledger.verify.facts import AUTHORITY, CLOSING, ERASED, Row, load_tail
from ledger.verify.log import Log, verify_note
from ledger.verify.moments import FIRST_SECOND, Clock
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["Chain", "Head", "load_extents"]

Place = tuple[bytes, int]

_NOTHING: Final = Row(ZERO_HASH, ZERO_HASH, ZERO_STREAM, 0, 0, 0, FIRST_SECOND, 0, 0, b"")
"""Stands before the first row of a stream; nothing can be said against what follows it."""


@dataclass(frozen=True, slots=True)
class Head:
    """A record that another stream continues."""

    seq: int
    index: int
    is_closing: bool


@dataclass(slots=True)
class Chain:
    """Looks at one stream after the other, and at the end at what lies between them."""

    manifest: Manifest
    office: bytes | None
    extents: dict[bytes, Extent]
    clock: Clock | None
    tally: Tally
    wanted: dict[bytes, set[bytes]]
    """By stream, the E that other streams name as its head."""
    under: dict[Place, int | None]
    """Places that records act under, with their leaf once they were seen."""
    office_leaves: dict[int, int] = field(default_factory=dict)
    """The leaf of each record of the office."""
    heads: dict[tuple[bytes, bytes], Head] = field(default_factory=dict)
    """The records that other streams continue, by stream and E."""
    continued: dict[bytes, tuple[int, tuple[Continued, ...]]] = field(default_factory=dict)
    """What a stream continues, and the leaf of its first record."""
    seen: set[bytes] = field(default_factory=set)
    """The streams that others continue or that the pack is about, as far as they are shown."""
    doubled: set[int] = field(default_factory=set)
    """Leaves whose place was taken: nothing else is asked of them."""
    _shown: dict[Place, tuple[bool, str | None]] = field(default_factory=dict)
    """In part packs: whether a record may come along anyway, and what it acts under."""
    _relied_streams: set[bytes] = field(init=False)
    """The streams in which records stand that others act under."""
    _early: dict[int, str] = field(default_factory=dict)
    _unders: list[tuple[int, Place, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Gather the streams whose places matter."""
        self._relied_streams = {stream for stream, _ in self.under}

    @property
    def needed(self) -> set[bytes]:
        """The streams whose end must be known."""
        office = set() if self.office is None else {self.office}
        return {*self.manifest.streams, *office}

    def see(self, stream: bytes, rows: Iterable[Row], office_seqs: dict[int, int]) -> list[Row]:
        """Check one stream by itself; return its rows, one to a place.

        `office_seqs` gives for the number of a ground the office's seq that it names.
        """
        kept = self._arrange(rows)
        extent, is_whole = self.extents.get(stream), self._is_whole(stream)
        if stream in self.wanted or stream in self.needed:
            self.seen.add(stream)
        heads = self.wanted.get(stream, ())
        is_relied = stream in self._relied_streams
        is_noted = stream == self.office or self.manifest.scope != "ledger"
        # Of nearly every row nothing is to be said. Whether there is, is asked here in few steps.
        before = latest = _NOTHING
        for row in kept:
            e, prev, _, seq, leaf, ground, recorded_at, head_size, flags, tail = row
            if is_whole and seq > before.seq + 1:
                self._add_gap(stream, before.seq, seq)
            if (
                prev != before.e
                or (before.leaf > leaf and self._is_earlier(leaf, before.leaf))
                or before.flags & CLOSING
            ):
                self._follow(row, before)
            if heads and e in heads:
                self.heads[stream, e] = Head(seq, leaf, bool(flags & CLOSING))
            if is_relied and (stream, seq) in self.under:
                self.under[stream, seq] = leaf
            if not flags & ERASED:
                if is_noted or tail or self.office_leaves.get(office_seqs[ground], 0) > leaf:
                    self._note(row, office_seqs[ground])
                if recorded_at < latest.recorded_at or head_size < latest.head_size:
                    self._check_falling(row, latest)
                latest = row
            before = row
        self._compare(stream, kept, extent, is_whole=is_whole)
        return kept

    def _check_falling(self, row: Row, before: Row) -> None:
        """V11: neither the times nor the states of the log that a stream names ever fall."""
        if self.clock is None:
            return
        if row.recorded_at < before.recorded_at:
            sentence = "A record claims to be written before the one that it follows."
            self.tally.add("V11.recorded-at-falls", sentence, row.place)
        if row.head_size < before.head_size:
            sentence = "A record names an older state of the log than the one that it follows."
            self.tally.add("V11.head-falls", sentence, row.place)

    def _arrange(self, rows: Iterable[Row]) -> list[Row]:
        kept: list[Row] = []
        for row in rows:
            if kept and kept[-1].seq == row.seq:
                self.doubled.add(row.leaf)
                what = "A place is shown as erased and is also taken." if row.flags & ERASED else (
                    "Two records claim one place in a stream."
                )  # fmt: skip
                self.tally.add("V10.doubled", what, row.place)
            else:
                kept.append(row)
        return kept

    def _is_whole(self, stream: bytes) -> bool:
        return (
            self.manifest.scope == "ledger"
            or stream == self.office
            or (self.manifest.scope == "case" and stream in self.manifest.streams)
        )

    def _follow(self, row: Row, before: Row) -> None:
        """Check a row against the one that is shown before it."""
        is_next = before.seq + 1 == row.seq
        if is_next and row.prev != before.e and not row.flags & ERASED:
            sentence = "A record does not follow the one that stands before it in its stream."
            self.tally.add("V10.prev-differs", sentence, row.place)
        if before.flags & CLOSING:
            self.tally.add("V10.after-closing", "A stream goes on after its closing.", row.place)
        if is_next and not row.flags & ERASED:
            self._check_order(row, before.leaf)

    def _note(self, row: Row, office_seq: int) -> None:
        """Keep what is compared with other streams."""
        if row.stream == self.office:
            self.office_leaves[row.seq] = row.leaf
        if self.office_leaves.get(office_seq, 0) > row.leaf:
            self._check_order(row, self.office_leaves[office_seq])
        under = None
        if row.tail:
            tail = load_tail(row.tail)
            under = tail.under
            if tail.continues:
                self.continued[row.stream] = (row.leaf, tail.continues)
            if under is not None:
                self._unders.append((row.leaf, parse_position(under), row.place))
        if self.manifest.scope != "ledger":
            comes_along = bool(row.flags & AUTHORITY) or row.seq == 1
            self._shown[row.stream, row.seq] = (comes_along, under)

    def _check_order(self, row: Row, earlier: int) -> None:
        """Check that a record is in no earlier tick than a leaf that it follows or relies on."""
        if earlier > row.leaf and self._is_earlier(row.leaf, earlier):
            self._early[row.leaf] = row.place

    def _is_earlier(self, index: int, other: int) -> bool:
        clock = self.clock
        return clock is not None and clock.tick_of(index) < clock.tick_of(other)

    def _compare(
        self, stream: bytes, rows: list[Row], extent: Extent | None, *, is_whole: bool
    ) -> None:
        """Compare the end of a stream with its extent."""
        if extent is None:
            return
        last = rows[-1].seq if rows else 0
        if last > extent.seq:
            sentence = "A stream has records beyond its extent: the ledger promised that it ends."
            self.tally.add("V10.beyond-extent", sentence, format_position(stream, last))
        elif is_whole and last < extent.seq:
            self._add_gap(stream, last, extent.seq + 1)
        named = next((row for row in rows if row.seq == extent.seq), None)
        if named is not None and named.e != extent.last:
            sentence = "The last record of a stream is not the one that its extent names."
            self.tally.add("V10.extent-differs", sentence, named.place)

    def _add_gap(self, stream: bytes, before: int, after: int) -> None:
        count = after - before - 1
        what = "One record is" if count == 1 else f"{count} records are"
        place = format_position(stream, before + 1)
        self.tally.add("V10.gap", f"{what} missing from a stream that must be shown whole.", place)

    # ---- between the streams -----------------------------------------------------------------

    def finish(self) -> None:
        """Check what lies between the streams, once all were seen."""
        for stream in sorted(self.needed - self.seen):
            self._compare(stream, [], self.extents.get(stream), is_whole=self._is_whole(stream))
        self._check_continued()
        self._check_subject()
        for index, place, name in self._unders:
            other = self.under.get(place)
            if other is not None and self._is_earlier(index, other):
                self._early[index] = name
        for _, name in sorted(self._early.items()):
            sentence = "A record is in the log before one that it follows or relies on."
            self.tally.add("V10.order", sentence, name)

    def _check_continued(self) -> None:
        """Check that what a stream continues exists, and that a closing has one successor."""
        taken: set[tuple[bytes, bytes]] = set()
        for stream, (index, continues) in sorted(self.continued.items()):
            place = format_position(stream, 1)
            for one in continues:
                head = self.heads.get((one.stream, one.head))
                if head is None:
                    whole = self.manifest.scope == "ledger" or one.stream in self.manifest.streams
                    if self.manifest.scope != "event" and whole and one.stream in self.seen:
                        sentence = (
                            "A stream continues a record that the other stream does not have."
                        )
                        self.tally.add("V10.continues-nothing", sentence, place)
                    continue
                if self._is_earlier(index, head.index):
                    self._early[index] = place
                if (one.stream, one.head) in taken and head.is_closing:
                    sentence = "Two streams continue the same closing."
                    self.tally.add("V10.two-successors", sentence, place)
                taken.add((one.stream, one.head))

    def _check_subject(self) -> None:
        """Check that the pack shows what it is about, what that relies on, and nothing else."""
        manifest = self.manifest
        if manifest.scope == "ledger":
            return
        for place in manifest.records:
            if place not in self._shown:
                sentence = "The record that the pack is about is not shown."
                self.tally.add("V10.subject-missing", sentence, format_position(*place))
        past, relied = self._past(), self._relied()
        for place, (comes_along, _) in sorted(self._shown.items()):
            is_fit = (
                place[0] == self.office
                or (manifest.scope == "case" and place[0] in manifest.streams)
                or place in relied
                or (place[0] in past and comes_along)
            )
            if not is_fit:
                sentence = "A record is shown that the pack is not about."
                self.tally.add("V10.beyond-subject", sentence, format_position(*place))

    def _past(self) -> set[bytes]:
        """Return the subject's streams and all that they continue, as far as is shown."""
        past: set[bytes] = set()
        waiting = list(self.manifest.streams)
        while waiting:
            stream = waiting.pop()
            if stream not in past:
                past.add(stream)
                waiting += [one.stream for one in self.continued.get(stream, (0, ()))[1]]
        return past

    def _relied(self) -> set[Place]:
        """Return the records of the subject and those that they act under, step by step."""
        waiting = list(self.manifest.records)
        if self.manifest.scope == "case":
            waiting += [place for place in self._shown if place[0] in self.manifest.streams]
        relied: set[Place] = set()
        while waiting:
            place = waiting.pop()
            under = self._shown.get(place, (False, None))[1]
            if place not in relied and under is not None:
                waiting.append(parse_position(under))
            relied.add(place)
        return relied


def load_extents(
    container: Container, trust: Trust, log: Log, needed: set[bytes], tally: Tally
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
    for stream in sorted(needed - extents.keys()):
        if extent_path(stream) not in container.files:
            sentence = "A stream has no extent, so its end is not known."
            tally.add("V10.extent-missing", sentence, extent_path(stream))
    return extents
