"""Projecting: the projections of a home, read as its service reads.

Sealed cases are folded in memory for who may open them, by the same definitions, and never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.errors import BadRequest
from ledger.home import OpenHome
from ledger.projections.definitions import DEFINITIONS, Definition, Row, Told
from ledger.projections.runner import Runner
from ledger.projections.source import Source
from ledger.register.reading import Reader


class Service:
    """The open records of a home, as its service reads them."""

    def __init__(self, home: OpenHome, reader: Reader) -> None:
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


def source(home: OpenHome, reader: Reader) -> Source:
    """Where the projections of a home read; `reader` is the service's."""
    return Source(home.open, Service(home, reader))


def runner(
    home: OpenHome,
    reader: Reader,
    clock: Callable[[], datetime],
    definitions: Sequence[Definition] = DEFINITIONS,
) -> Runner:
    """The runner of a home; `reader` is the service's."""
    return Runner(source(home, reader), home.projected, clock, definitions)


def definition_of(name: str) -> Definition:
    """The definition of a name. Raises: BadRequest."""
    found = next((one for one in DEFINITIONS if one.name == name), None)
    if found is None:
        raise BadRequest(f"There is no projection {name}. See: projection list")
    return found


def open_rows(
    home: OpenHome, service: Reader, definition: Definition, clock: Callable[[], datetime]
) -> list[Row]:
    """The stored rows, up to date. Raises: as `Runner.catch_up` and `Runner.rows`."""
    stored = runner(home, service, clock)
    stored.catch_up()
    return list(stored.rows(definition))


def rows_for(
    home: OpenHome,
    service: Reader,
    reader: Reader,
    definition: Definition,
    clock: Callable[[], datetime],
) -> list[Row]:
    """The rows that a person may see: stored for what stands open, and made for them alone of the
    sealed cases that they open; each look is recorded by their `reader`. Raises: as `open_rows`.
    """
    rows = open_rows(home, service, definition, clock)
    if definition.subject == "office":
        return rows
    shown, reading = {row["reference"] for row in rows}, reader.reading()
    for reference in reader.sealed_references():
        if reference not in shown:
            file = reader.case(reference)
            told = Told.impersonal(file.reference, file.case.records, reading)
            rows += definition.rows(told).values()
    return rows
