"""Projecting: the projections of a home, read as its service reads.

Sealed cases are folded in memory for who may open them, by the same definitions, and never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.home import Home
from ledger.projections.definitions import DEFINITIONS, Definition, Row, Told
from ledger.projections.runner import Runner
from ledger.projections.source import Source
from ledger.register.reading import Reader


class Service:
    """The open records of a home, as its service reads them."""

    def __init__(self, home: Home, reader: Reader) -> None:
        """`reader` is one that does not look among sealed matters."""
        self.office_stream = home.config.office
        self._reader = reader

    def case(self, reference: str) -> Sequence[Recorded]:
        """The records of an open case. Raises: NotFound; EvidenceCorrupt."""
        return self._reader.case(reference).case.records

    def office(self) -> Sequence[Recorded]:
        """The records of the office. Raises: EvidenceCorrupt."""
        return self._reader.office_stream().records

    def reading(self) -> Reading:
        """How cases are read now. Raises: EvidenceCorrupt."""
        return self._reader.reading()


def source(home: Home, reader: Reader) -> Source:
    """Where the projections of a home read; `reader` is the service's."""
    return Source(home.open, Service(home, reader))


def runner(
    home: Home,
    reader: Reader,
    clock: Callable[[], datetime],
    definitions: Sequence[Definition] = DEFINITIONS,
) -> Runner:
    """The runner of a home; `reader` is the service's."""
    return Runner(source(home, reader), home.projected, clock, definitions)


def folded(reader: Reader, definition: Definition, open_rows: Sequence[Row]) -> Iterator[Row]:
    """The rows of the sealed cases that a person opens; each look is recorded by their reader."""
    shown = {row["reference"] for row in open_rows}
    for reference in reader.sealed_references():
        if reference not in shown:
            yield from of_case(reader, definition, reference)


def of_case(reader: Reader, definition: Definition, reference: str) -> tuple[Row, ...]:
    """The rows of one case as a person may open it, made in memory."""
    file = reader.case(reference)
    told = Told.impersonal(file.reference, file.case.records, reader.reading())
    return tuple(definition.rows(told).values())
