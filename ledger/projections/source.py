"""Where projections read: the open store, and the records of a case or of the office in it.

What follows the first so many positions can be left out. So a row is always of exactly the records
up to its view's position, also where more was recorded while it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.errors import NotFound
from ledger.evidence.grammar import parse_position
from ledger.projections.definitions import OFFICE, Told
from ledger.stores.store import Row, Store

LABELS = 500
"""How many references are read at once."""


class Records(Protocol):
    """Reads a ledger's open records as the service."""

    @property
    def office_stream(self) -> bytes:
        """The stream of the office."""

    def case(self, reference: str) -> Sequence[Recorded]:
        """The records of an open case, in order.

        Raises: NotFound; EvidenceCorrupt.
        """

    def office(self) -> Sequence[Recorded]:
        """The records of the office, in order. Raises: EvidenceCorrupt."""

    def reading(self) -> Reading:
        """How cases are read as the office stands now. Raises: EvidenceCorrupt."""


class Source:
    """The subjects of one ledger, as they were at a position or as they stand in the log."""

    def __init__(self, store: Store, records: Records) -> None:
        self.store = store
        self.records = records

    def subjects(self) -> Iterator[str]:
        """The office and every reference that was ever open, in the order of their keys."""
        after = ""
        while page := self.store.labels_after(after, LABELS):
            yield from page
            after = page[-1]
        yield OFFICE

    def knows(self, subject: str) -> bool:
        """Whether a reference was ever open."""
        return self.store.once_labelled(subject) is not None

    def changed(self, page: Sequence[tuple[int, Row]]) -> dict[str, int]:
        """The subjects of the rows of a page, each with the position of its first row there.

        A stream without a label that is not the office's is not yet a case's.
        """
        found: dict[str, int] = {}
        streams: dict[bytes, int] = {}
        for position, row in page:
            streams.setdefault(row.stream, position)
        for stream, position in streams.items():
            is_office = stream == self.records.office_stream
            subject = OFFICE if is_office else self.store.label_of(stream)
            if subject is not None:
                found.setdefault(subject, position)
        return found

    def first_position(self, subject: str) -> int:
        """Before which position nothing of a subject was recorded."""
        stream = self.records.office_stream if subject == OFFICE else self.store.labelled(subject)
        return 0 if stream is None else self.store.first_position(stream)

    def told(self, subject: str, reading: Reading, upto: int) -> Told | None:
        """A subject as it was at a position; None where nothing of it is open.

        Raises:
            EvidenceCorrupt: a record was altered or taken away.
            NotFound: what stands open cannot be read.
        """
        found = self.found(subject)
        if found is None:
            return None
        if self.store.last_position() <= upto:
            return Told.impersonal(subject, found, reading)
        last: dict[str, int] = {}
        left = [one for one in found if _seq(one) <= self._last(one, upto, last)]
        return self.part(subject, left, reading)

    def part(self, subject: str, left: Sequence[Recorded], reading: Reading) -> Told | None:
        """A subject by some of its records; None where no case is open by them."""
        streams = dict.fromkeys(one.stream for one in left)
        is_there = bool(left) if subject == OFFICE else any(map(self._is_open, streams))
        return Told.impersonal(subject, left, reading) if is_there else None

    def found(self, subject: str) -> Sequence[Recorded] | None:
        """Every record of a subject; None where nothing of it is open.

        Raises: as `told`.
        """
        if subject == OFFICE:
            return self.records.office()
        stream = self.store.labelled(subject)
        if stream is None or self.store.erased.mark(stream) is not None:
            # The case was erased, or is open no more: nothing of it is left to show.
            return None
        try:
            return self.records.case(subject)
        except NotFound:
            if self.store.labelled(subject) is not None:
                raise
            # It was sealed in this very moment.
            return None

    def _is_open(self, stream: str) -> bool:
        return self.store.label_of(bytes.fromhex(stream)) is not None

    def _last(self, recorded: Recorded, upto: int, known: dict[str, int]) -> int:
        if recorded.stream not in known:
            stream = bytes.fromhex(recorded.stream)
            known[recorded.stream] = self.store.seq_at(stream, upto)
        return known[recorded.stream]


def _seq(recorded: Recorded) -> int:
    return parse_position(recorded.ref)[1]
