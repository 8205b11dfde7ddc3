"""Where the log shows that a second person agreed to what was announced in the office."""

from __future__ import annotations

from ledger.domain.office import Recorded
from ledger.domain.office_events import Assented
from ledger.evidence.grammar import parse_position
from ledger.home import OpenHome
from ledger.register.reading import Reader


def leaf_of_assent(home: OpenHome, reader: Reader, one: Recorded) -> int | None:
    """The leaf of the first assent of another person to an announcement; None before its tick was
    built.
    """
    for record in reader.office_stream().records:
        event = record.event
        second = record.recorded_by != one.recorded_by
        if isinstance(event, Assented) and event.of == one.e and second:
            pending = home.open.pending(*parse_position(record.ref))
            return None if pending is None else home.logbook.leaf_of(pending.commitment)
    return None
