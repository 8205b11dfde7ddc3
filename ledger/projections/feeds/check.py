"""A feed is made again from the records, and the first cell that differs is named.

Of what was dropped only the digest is left; that it is still the one that was told shows in the
chain. Who keeps the chain of a page finds out whether the ledger's feed is still the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.evidence import jcs
from ledger.evidence.grammar import Malformed
from ledger.projections.feeds.entries import Telling, chained, drop_of, entry_of
from ledger.projections.feeds.log import PAGE, Feed, FeedLog
from ledger.stores.feeds import Entry, Head

_CELLS = ("source", "reference", "nonce", "body", "digest")


class Checker:
    """Checks the feeds of one ledger, which are up to date."""

    def __init__(self, log: FeedLog) -> None:
        self._log = log
        self._cases: dict[str, dict[str, Telling]] = {}

    def first_difference(self, feed: Feed) -> str | None:
        """Where a feed differs first from what the records say, such as "entry 7, body"; None where
        it does not.

        Raises:
            EvidenceCorrupt: a record cannot be read.
        """
        return next(self._differences(feed), None)

    def _differences(self, feed: Feed) -> Iterator[str]:
        head = Head()
        for entry in self._entries(feed):
            if entry.position != head.position + 1:
                yield f"entry {head.position + 1}, position"
            for cell in self._misfits(feed, head, entry):
                yield f"entry {entry.position}, {cell}"
            if entry.chain != chained(head.chain, entry.digest):
                # What was dropped is known by its digest alone: it or the chain was altered.
                yield f"entry {entry.position}, digest or chain"
            head = Head(entry.position, entry.chain)
        if any(self._untold(feed)):
            yield f"entry {head.position + 1}, which is missing"
        if self._reads_again(feed):
            yield "how far it was read"

    def _entries(self, feed: Feed) -> Iterator[Entry]:
        after = 0
        while page := self._log.rows.entries(feed, after, PAGE):
            yield from page
            after = page[-1].position

    def _misfits(self, feed: Feed, before: Head, entry: Entry) -> Sequence[str]:
        """The cells that are not what the record says."""
        if entry.body is None:
            kept = {"source": entry.source, "nonce": entry.nonce, "reference": entry.reference}
            return [name for name, value in kept.items() if value is not None]
        made = self._made(feed, before, entry)
        if made is None:
            return ["source" if entry.source else "body"]
        return [name for name in _CELLS if getattr(made, name) != getattr(entry, name)]

    def _made(self, feed: Feed, before: Head, entry: Entry) -> Entry | None:
        """The entry that should stand here; None where nothing should."""
        if entry.source is not None:
            reference = None if feed == "office" else entry.reference
            telling = self._records(feed, reference).get(entry.source)
            if telling is None:
                return None
            return entry_of(self._log.keys, feed, before, reference, telling)
        dropped = _dropped(entry.body or b"")
        return None if dropped is None else drop_of(self._log.keys, feed, before, dropped)

    def _records(self, feed: Feed, reference: str | None) -> dict[str, Telling]:
        """The records that may be told under a reference, by their places."""
        key = reference or ""
        if key not in self._cases:
            found: Sequence[Telling] = ()
            if feed == "office":
                found = self._log.records.office()
            elif reference is not None:
                found = self._log.case(reference)
            self._cases[key] = {one.recorded.ref: one for one in found}
        return self._cases[key]

    def _untold(self, feed: Feed) -> Iterator[str]:
        """Records that the feed has read past and does not tell of."""
        read_to = self._log.rows.read_to(feed)
        for source in self._sources(feed, 0):
            if source[0] <= read_to and not self._log.rows.has(feed, source[1]):
                yield source[1]

    def _reads_again(self, feed: Feed) -> bool:
        """Whether the feed would read on before something that it tells of already."""
        following = self._sources(feed, self._log.rows.read_to(feed))
        return any(self._log.rows.has(feed, source) for _, source in following)

    def _sources(self, feed: Feed, after: int) -> Iterator[tuple[int, str]]:
        """What is to be told, with its place in the store."""
        while page := self._log.store.page(after, PAGE):
            for position, row in page:
                source = f"{row.stream.hex()}:{row.seq}"
                if feed == "office":
                    is_told = row.stream == self._log.records.office_stream
                else:
                    reference = self._log.store.label_of(row.stream)
                    is_told = reference is not None and source in self._records(feed, reference)
                if is_told:
                    yield position, source
            after = page[-1][0]


def _dropped(body: bytes) -> str | None:
    """The case of which a body says that it was dropped."""
    try:
        told = jcs.load(body)
    except Malformed:
        return None
    reference = told.get("reference") if isinstance(told, dict) else None
    return reference if isinstance(reference, str) else None
