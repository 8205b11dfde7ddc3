"""The feeds: what happened in the open store, in the order in which it was accepted, for others.

    cases    records of cases that stand open          office    authority, law, keys

Each feed is a log of its own with dense positions from 1; nothing of a sealed matter is in any. A
record has its entry once its case can be seen: what is opened tells its history then, in order and
with its own dates. Rows that were copied for an opening that broke off have none.

    what was dropped is said ─► read a page of the store ─► add its entries and move on

Any number of programs may do this at once: entries and how far the store was read change in one
transaction, which holds only where the feed still ends where it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from keys.feeds import FeedKeys
from ledger.errors import AppendConflict, EvidenceCorrupt, NotFound
from ledger.evidence.grammar import parse_position
from ledger.projections.feeds.entries import Telling, drop_of, entry_of
from ledger.stores.feeds import Entry, FeedRows, Head
from ledger.stores.store import Row, Store

Feed = Literal["cases", "office"]
FEEDS: tuple[Feed, ...] = ("cases", "office")

PAGE = 500
_TRIES = 100
_LOST = "A record that a feed should tell of is missing. Stop writing and call counsel."


@dataclass(frozen=True, slots=True)
class OpenRecords:
    """What the service reads: the office's records, and those of a case in reading order.

    `case` raises NotFound for a case that does not stand open.
    """

    office_stream: bytes
    office: Callable[[], Sequence[Telling]]
    case: Callable[[str], Sequence[Telling]]


@dataclass
class _Batch:
    """Entries on their way into a feed."""

    keys: FeedKeys
    feed: Feed
    head: Head
    entries: list[Entry] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    def tell(self, reference: str | None, telling: Telling) -> None:
        self._add(entry_of(self.keys, self.feed, self.head, reference, telling))
        self.sources.add(telling.recorded.ref)

    def drop(self, reference: str) -> None:
        self._add(drop_of(self.keys, self.feed, self.head, reference))

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.head = Head(entry.position, entry.chain)


class FeedLog:
    """Keeps the feeds of one ledger up to date."""

    def __init__(self, store: Store, rows: FeedRows, records: OpenRecords, keys: FeedKeys) -> None:
        self.store = store
        self.rows = rows
        self.records = records
        self.keys = keys

    def catch_up(self, feed: Feed) -> None:
        """Add an entry for whatever is new.

        Raises:
            EvidenceCorrupt: a record cannot be read; the feed stays before it.
            AppendConflict: others were quicker again and again.
            Unavailable: the store cannot be written now.
        """
        for _ in range(_TRIES):
            try:
                while self._step(feed):
                    continue
            except AppendConflict:
                # Somebody else went on from here, or what was read is open no more: look again.
                continue
            return
        raise AppendConflict("the feed")

    def _step(self, feed: Feed) -> bool:
        """Add what comes next; False when there is nothing."""
        head, read_to = self.rows.head(feed), self.rows.read_to(feed)
        batch = _Batch(self.keys, feed, head)
        untold = self.rows.untold(feed)
        if untold:
            self._tell_drop(batch, untold[0], read_to)
            self.rows.add(feed, head, read_to, batch.entries, told=untold[0])
            return True
        page = self.store.page(read_to, PAGE)
        if page:
            self._tell(batch, [row for _, row in page])
            self.rows.add(feed, head, page[-1][0], batch.entries)
        return bool(page)

    def _tell_drop(self, batch: _Batch, reference: str, read_to: int) -> None:
        """Say that a case was dropped; then tell again what still stands of it and was told."""
        batch.drop(reference)
        head = self.store.labelled(reference)
        if head is None or not self.store.seq_at(head, read_to):
            return
        for one in self.case(reference):
            stream, seq = parse_position(one.recorded.ref)
            if seq <= self.store.seq_at(stream, read_to):
                batch.tell(reference, one)

    # ---- a page of the store ----

    def _tell(self, batch: _Batch, rows: Sequence[Row]) -> None:
        if batch.feed == "office":
            self._tell_office(batch, rows)
        else:
            self._tell_cases(batch, rows)

    def _tell_office(self, batch: _Batch, rows: Sequence[Row]) -> None:
        own = [row.seq for row in rows if row.stream == self.records.office_stream]
        if own:
            told = self.records.office()
            for seq in own:
                batch.tell(None, told[seq - 1])

    def _tell_cases(self, batch: _Batch, rows: Sequence[Row]) -> None:
        known: dict[str, dict[str, Telling]] = {}
        labels = {stream: self.store.label_of(stream) for stream in {row.stream for row in rows}}
        for row in rows:
            reference = labels[row.stream]
            # A stream without a label is the office's, or of a case that does not stand open yet.
            if reference is not None:
                if reference not in known:
                    known[reference] = {one.recorded.ref: one for one in self.case(reference)}
                for one in self._brought(row, known[reference]):
                    if not self._is_told(batch, one.recorded.ref):
                        batch.tell(reference, one)

    def _brought(self, row: Row, records: Mapping[str, Telling]) -> Sequence[Telling]:
        """What a row of a case brings into the feed: its record; and where it is the first of its
        stream, all that went before in the streams which that one continues.
        """
        own = f"{row.stream.hex()}:{row.seq}"
        if own in records:
            before = takewhile(lambda ref: ref != own, records) if row.seq == 1 else ()
            return [records[ref] for ref in (*before, own)]
        if records and self.store.erased.mark(row.stream) is None:
            raise EvidenceCorrupt(_LOST)
        return ()

    def _is_told(self, batch: _Batch, source: str) -> bool:
        return source in batch.sources or self.rows.has(batch.feed, source)

    def case(self, reference: str) -> Sequence[Telling]:
        """The records of a case; none when it was erased, or stands open no more."""
        stream = self.store.labelled(reference)
        if stream is None or self.store.erased.mark(stream) is not None:
            return ()
        try:
            return self.records.case(reference)
        except NotFound:
            if self.store.labelled(reference) is not None:
                raise
            # It was sealed in this very moment.
            return ()
