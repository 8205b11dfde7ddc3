"""Real stores and the real runner over records that are kept as plain JSON, not as evidence.

So hundreds of histories can be stored, read back, decoded and projected in seconds. What is left
out is the cryptography, which no projection knows of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

import msgspec

from ledger.domain.codec import join, split
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded, replay_office
from ledger.errors import NotFound
from ledger.projections.definitions import DEFINITIONS
from ledger.projections.runner import Runner
from ledger.projections.source import Source
from ledger.stores.append import INSERT_ROW
from ledger.stores.opening import Where
from ledger.stores.projected import Projected
from ledger.stores.store import Row, Store
from tests.domain.given import OFFICE_STREAM, law_of

_LABEL = "INSERT INTO labels (label, stream) VALUES (?,?)"
AT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


def at_stream(records: Sequence[Recorded], old: str, new: str) -> list[Recorded]:
    """The same records as another stream has them, what they name among them."""
    return [_decoded(_encoded(one).replace(old.encode(), new.encode())) for one in records]


class PlainLedger:
    """Cases and an office in a store of their own."""

    def __init__(self, where: Where) -> None:
        self.store = Store(where, create=True)
        self.projected = Projected(self.store.database)

    def put(self, parts: Mapping[str, Sequence[Recorded]]) -> None:
        """Write records that follow in their streams, by the cases that they are of, at once.

        A ledger writes each act on its own; here thousands would wait for the disk.
        """
        rows = {label: [_row(one) for one in records] for label, records in parts.items()}
        labels = [
            (label, one.stream.hex())
            for label, found in rows.items()
            for one in found[:1]
            if one.seq == 1
        ]
        values = [
            (one.stream.hex(), one.seq, one.topic, one.state)
            for found in rows.values()
            for one in found
        ]
        with self.store.database.writing() as cursor:
            cursor.write([(INSERT_ROW, values), (_LABEL, labels)])

    def runner(self) -> Runner:
        """A runner that has read nothing yet."""
        return Runner(Source(self.store, self), self.projected, lambda: AT)

    def rows(self) -> dict[str, list[tuple[str, str]]]:
        """Every stored row, by view and key."""
        return {view: [*self.projected.rows(view)] for view in self.projected.views()}

    def digests(self) -> dict[str, str]:
        """A digest over the stored rows of each definition."""
        return {
            one.tag: sha256(repr([*self.projected.rows(one.tag)]).encode()).hexdigest()
            for one in DEFINITIONS
        }

    # ---- what the runner reads ----

    @property
    def office_stream(self) -> bytes:
        """The stream of the office."""
        return bytes.fromhex(OFFICE_STREAM)

    def case(self, reference: str) -> Sequence[Recorded]:
        """The records of a case."""
        stream = self.store.labelled(reference)
        if stream is None:
            raise NotFound
        return tuple(self._records(stream))

    def office(self) -> Sequence[Recorded]:
        """The records of the office."""
        return tuple(self._records(self.office_stream))

    def reading(self) -> Reading:
        """How cases are read now."""
        return Reading(law_of, "America/Denver", replay_office(self.office()).closed_on)

    def _records(self, stream: bytes) -> Iterator[Recorded]:
        return (_decoded(row.state) for row in self.store.rows(stream))


def _encoded(recorded: Recorded) -> bytes:
    core, personal = split(recorded.event)
    about = {
        name: getattr(recorded, name) for name in recorded.__struct_fields__ if name != "event"
    }
    return msgspec.json.encode({"about": about, "core": core, "personal": personal})


@lru_cache(maxsize=100_000)
def _decoded(data: bytes) -> Recorded:
    told = msgspec.json.decode(data)
    event = join(told["about"]["type"], told["core"], told["personal"])
    about = {**told["about"], "event": event}
    for name in ("occurred_at", "recorded_at"):
        about[name] = datetime.fromisoformat(about[name])
    return Recorded(**about)


def _row(recorded: Recorded) -> Row:
    stream, _, seq = recorded.ref.partition(":")
    return Row(bytes.fromhex(stream), int(seq), _encoded(recorded))
