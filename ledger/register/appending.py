"""What is to be appended: which events, where, what goes with them, and who signs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.events import Event
from ledger.errors import AppendConflict, BadRequest
from ledger.evidence.acts import CLOSED
from ledger.evidence.record import ZERO_HASH, Continued
from ledger.register.kept import CaseFile, Stream
from ledger.register.officeview import OfficeView
from ledger.stores.store import Store, Wrap

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NOT_TRIAGED = "This visit was not triaged yet. The custodian decides first: open, or keep-sealed."


class Place(Struct, frozen=True):
    """Where the next record of a stream goes: after `seq`, whose digest is `prev`."""

    stream: bytes
    store: Store
    secrets: StreamSecrets
    seq: int
    prev: bytes
    last_at: datetime
    continues: tuple[Continued, ...] = ()


def new_place(
    stream: bytes,
    store: Store,
    secrets: StreamSecrets,
    continues: tuple[Continued, ...] = (),
    after: datetime = BEGINNING,
) -> Place:
    """The place of a stream's first record, which is recorded no earlier than `after`."""
    return Place(stream, store, secrets, 0, ZERO_HASH, after, continues)


def new_stream() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


class Signing(Struct, frozen=True):
    """Who signs, in which role, under what, by whose authority at which moment."""

    keyring: Keyring
    role: str
    under: str | None
    view: OfficeView
    now: datetime


class Succession(Struct, frozen=True):
    """What a new stream follows: streams of the same store that end with this act, and others that
    are closed already. At most one stream ever continues a closed one.
    """

    closing: tuple[Place, ...] = ()
    closed: tuple[tuple[Continued, int], ...] = ()
    """Each head with the seq of the `stream-closed` record."""


class Appending(Struct, frozen=True):
    """Events for one stream, and all that is written in the same transaction.

    With `answers`, the reference that the answer names, the command's idempotency row is written
    too; so are the `wraps` of streams that the act begins or opens to others. `label` is a name
    under which the open stream can be found. `waits_for` names records (stream, seq) that must not
    enter the log later than these. `follows` are the streams that the new one continues; `beside`
    are first records of other streams of the same store, which begin with this act and get no
    receipt; nor does what goes `behind` all others in the lane.
    """

    place: Place
    events: Sequence[Event]
    answers: str | None = None
    label: str | None = None
    waits_for: Sequence[tuple[bytes, int]] = ()
    follows: Succession = Succession()
    beside: Sequence[tuple[Place, Event]] = ()
    wraps: Sequence[Wrap] = ()
    behind: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that takes a record."""
        return (self.place, *self.follows.closing, *(place for place, _ in self.beside))


def place_after(stream: Stream) -> Place:
    """The place of a stream's next record.

    Raises:
        AppendConflict: the stream was closed; another continues it.
    """
    last = stream.last
    if last.record.type == CLOSED:
        raise AppendConflict
    record = last.record
    return Place(stream.id, stream.store, stream.secrets, record.seq, last.e, record.recorded_at)


def head_of(file: CaseFile) -> Stream:
    """The stream of a case that takes the next record.

    Raises:
        BadRequest: there is none yet.
    """
    if file.head is None:
        raise BadRequest(NOT_TRIAGED)
    return file.head
