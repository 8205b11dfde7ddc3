"""Streams that the service opens: each read once, from whichever store holds it now, and kept in
memory (`kept`). Those that a person opens besides are `sealedstreams`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from keys.secrets import StreamSecrets
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt, NotFound
from ledger.evidence.acts import CLOSED
from ledger.home import OpenHome
from ledger.register.custody import Custody
from ledger.register.kept import Kept, Stream
from ledger.register.records import read_stream, recorded
from ledger.register.seal import Unsealed
from ledger.stores.database import Version
from ledger.stores.store import Store


class Streams:
    """The streams that the service opens: the office and open cases."""

    def __init__(self, home: OpenHome, custody: Custody) -> None:
        self._home = home
        self._custody = custody
        self.kept: Kept | None = Kept()
        self.keys_on_their_way = False

    # ---- one stream ----

    def find(self, stream: bytes) -> Stream:
        """A stream by its id, from whichever store holds it now.

        Raises:
            NotFound: it does not exist or is not open to this person.
        """
        for store in self._way_to(stream):
            if store.last_seq(stream):
                return self.read(store, stream)
        raise NotFound

    def read(self, store: Store, stream: bytes) -> Stream:
        """A stream whole, from this store.

        Raises:
            NotFound: it has no record there, or is not open to this person.
            EvidenceCorrupt: it was altered.
        """
        version = self.check_keys()
        known = None if self.kept is None else self.kept.stream(stream)
        if known is not None and known.store is store:
            return self.read_on(known)
        secrets = self._secrets(stream)
        opened = read_stream(self._home.origin, store, stream, secrets)
        if not opened:
            raise NotFound
        found = Stream(stream, store, secrets, opened, tuple(recorded(one) for one in opened))
        if self.kept is not None:
            self.kept.keep(found, version)
        return found

    # ---- the streams of cases ----

    def open_head(self, reference: str) -> Stream | None:
        """The stream of the open store that a reference names; None where that is not to be read.

        Raises:
            EvidenceCorrupt: it was altered.
        """
        stream = self._named(reference)
        # One that was sealed is not found: who may open it finds what goes on in the vault.
        with suppress(NotFound):
            return None if stream is None else self.read(self._home.open, stream)
        return None

    def is_continued(self, stream: Stream) -> bool:
        """Whether another stream goes on where this one was closed."""
        last = stream.last
        return last.record.type == CLOSED and any(s.is_continued(last.e) for s in self._stores())

    def with_continued(self, head: Stream) -> tuple[Stream, ...]:
        """A stream with all those before it, oldest first.

        Raises:
            EvidenceCorrupt: one of them does not end where the next says that it ended.
        """
        before: list[Stream] = []
        for one in head.unsealed[0].record.continues:
            try:
                stream = self.find(one.stream)
            except NotFound:
                # One that was erased whole left tombstones; any other must be found.
                if any(store.erased.mark(one.stream) for store in self._stores()):
                    continue
                raise
            if all(opened.e != one.head for opened in stream.unsealed):
                raise EvidenceCorrupt("A stream was cut short. Stop writing and call counsel.")
            before.extend(self.with_continued(stream))
        return (*before, head)

    def forget_sealed(self) -> None:
        """Look again at what a keyring opens, after streams moved or audiences changed."""

    def forget_kept(self) -> None:
        """Read every stream from the disk again."""
        if self.kept is not None:
            self.kept.clear()

    # ---- what is kept ----

    def check_keys(self) -> Version | None:
        """Hold what is kept against the keys as they are now; gives their version."""
        if self.kept is None:
            return None
        version = self._custody.version(*self._stores())
        self.keys_on_their_way = version is None
        self.kept.hold_against(version, self._is_still_good)
        return version

    def _is_still_good(self, stream: Stream) -> bool:
        try:
            # A store that was closed meanwhile is another one now.
            return stream.store is self._home.open and stream.secrets == self._secrets(stream.id)
        except NotFound:
            return False

    def read_on(self, known: Stream) -> Stream:
        """A stream that is kept, with what was appended since."""
        last = known.last
        if last.record.type == CLOSED:
            return known
        place = (self._home.origin, known.store, known.id, known.secrets)
        rows = read_stream(*place, after=last.record.seq, head=last.e)
        return self.followed_by(known, rows, [recorded(one) for one in rows])

    def followed_by(
        self, known: Stream, rows: Sequence[Unsealed], records: Sequence[Recorded]
    ) -> Stream:
        """A stream with the rows that follow it, of which these are the records."""
        if not rows or self.kept is None:
            return known
        newest = Stream(
            *(known.id, known.store, known.secrets),
            unsealed=(*known.unsealed, *rows),
            records=(*known.records, *records),
        )
        self.kept.replace(known, newest)
        return newest

    # ---- where to look ----

    def _stores(self) -> tuple[Store, ...]:
        """Where to look, from the last to the first on a stream's way."""
        return (self._home.open,)

    def _way_to(self, _stream: bytes) -> tuple[Store, ...]:
        """The same, for one stream."""
        return self._stores()

    def _named(self, reference: str) -> bytes | None:
        return self._home.open.labelled(reference)

    def _secrets(self, stream: bytes) -> StreamSecrets:
        return self._custody.secrets(stream, None, self._stores())
