"""Records read back: from a stream's rows to the domain's words.

Each row is bound to its place by its encryption (`seal`); here the rows of a stream are bound to
each other: they follow without gap from the head that is known, each names its predecessor, and
none that this store committed to is missing at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from keys.secrets import StreamSecrets
from ledger.domain.codec import BadFields, UnknownEvent, join
from ledger.domain.events import Event
from ledger.domain.office import Recorded
from ledger.errors import EvidenceCorrupt
from ledger.evidence.grammar import format_position
from ledger.evidence.record import ZERO_HASH
from ledger.register.seal import Unsealed, unseal
from ledger.stores.store import Row, Store


def read_stream(
    origin: str,
    store: Store,
    stream: bytes,
    secrets: StreamSecrets,
    *,
    after: int = 0,
    head: bytes = ZERO_HASH,
) -> tuple[Unsealed, ...]:
    """Open the records of a stream that follow `after`, whose digest is `head`.

    Raises:
        EvidenceCorrupt: a row was altered, moved, exchanged or taken away.
    """
    committed, rows = store.committed_and_rows(stream, after=after)
    opened = open_rows(origin, rows, secrets, after=after, head=head)
    if committed > after + len(opened):
        raise EvidenceCorrupt("The last record of a stream was taken away. Call counsel.")
    return opened


def open_rows(
    origin: str, rows: Sequence[Row], secrets: StreamSecrets, *, after: int, head: bytes
) -> tuple[Unsealed, ...]:
    """Open rows that must follow the record `after`, whose digest is `head`, without a gap.

    Raises:
        EvidenceCorrupt: they do not, or one of them was altered.
    """
    found: list[Unsealed] = []
    for seq, row in enumerate(rows, start=after + 1):
        opened = unseal(origin, row, secrets)
        if row.seq != seq or opened.record.prev != head:
            raise EvidenceCorrupt("A stored record does not follow the one before. Call counsel.")
        head = opened.e
        found.append(opened)
    return tuple(found)


def recorded(opened: Unsealed) -> Recorded:
    """Put an opened record into the domain's words.

    Raises:
        EvidenceCorrupt: its fields do not fit its type.
    """
    record = opened.record
    try:
        event = join(record.type, record.event, opened.personal or {})
    except (UnknownEvent, BadFields) as error:
        raise EvidenceCorrupt("A stored record has a type or fields unknown here.") from error
    return recorded_as(event, opened)


def recorded_as(event: Event, opened: Unsealed) -> Recorded:
    """Put a record that holds this event into the domain's words."""
    record = opened.record
    return Recorded(
        ref=format_position(record.stream, record.seq),
        e=opened.e.hex(),
        event=event,
        type=record.type,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
        recorded_by=record.recorded_by,
        role=record.role,
        under=record.under,
        law=record.law.hex(),
        basis=record.basis,
        precision=record.occurred_precision,
    )
