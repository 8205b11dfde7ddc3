"""Writing: one or more records onto one stream, sealed and appended in one transaction.

This is the only caller of `Store.append` for new records. It fills in what a record says about its
own making: chain, office head, law, newest checkpoint, role and key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.codec import split, tag_of
from ledger.domain.events import Event
from ledger.domain.office import Office
from ledger.domain.office_events import StreamClosed
from ledger.errors import BadRequest
from ledger.evidence.acts import parse_event
from ledger.evidence.grammar import Malformed, format_position, parse_position
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.record import ZERO_HASH, Continued, OfficeHead, Record, TreeHead
from ledger.home import Home
from ledger.register.acts import Act, RecordReceipt
from ledger.register.answers import answer_row
from ledger.register.lanes import Choose, slots, window
from ledger.register.reading import OfficeView
from ledger.register.receipts import ReceiptSigner
from ledger.register.seal import Sealed, Unsealed, personal_digests, seal
from ledger.stores.store import Condition, Entry, Placed, Placing, Store, Terms, Wrap

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
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


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, in which role, under what, by whose authority at which moment."""

    keyring: Keyring
    role: str
    under: str | None
    view: OfficeView
    now: datetime


@dataclass(frozen=True, slots=True)
class Succession:
    """What a new stream follows: streams of the same store that end with this act, and others that
    are closed already. At most one stream ever continues a closed one.
    """

    closing: tuple[Place, ...] = ()
    closed: tuple[tuple[Continued, int], ...] = ()
    """Each head with the seq of the `stream-closed` record."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an append added to its stream, as it will be read back, and the receipts."""

    rows: tuple[Unsealed, ...]
    receipts: tuple[RecordReceipt, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """What all records of one transaction have in common: their time, and what is in the log: the
    newest checkpoint, and the last tick that was built.
    """

    at: datetime
    head: TreeHead
    built: int


class Writer:
    """Seals events and appends them."""

    def __init__(self, home: Home, choose: Choose = secrets.choice) -> None:
        """`choose` picks the tick of a sealed record among those with a free slot."""
        self._home = home
        self._choose = choose
        self._receipts = ReceiptSigner(home)

    def append(
        self,
        place: Place,
        events: Sequence[Event],
        act: Act,
        signing: Signing,
        *,
        answers: str | None = None,
        label: str | None = None,
        waits_for: Sequence[tuple[bytes, int]] = (),
        follows: Succession | None = None,
        beside: Sequence[tuple[Place, Event]] = (),
        wraps: Sequence[Wrap] = (),
        behind: bool = False,
    ) -> Written:
        """Append events to one stream, all or nothing.

        With `answers`, the reference that the answer names, the command's idempotency row is
        written in the same transaction; so are the `wraps` of streams that the act begins or opens
        to others. `waits_for` names records (stream, seq) that must not enter the log later than
        these. `follows` are the streams that the new one continues; `beside` are first records of
        other streams of the same store, which begin with this act and get no receipt; nor does what
        goes `behind` all others in the lane.

        Raises:
            AppendConflict, CommandReused, Unavailable: nothing was written.
            BadRequest: `under` does not name a record.
        """
        follows = follows or Succession()
        moment = self._moment((place, *follows.closing), signing)
        begun_beside = [self._seal(one, (e,), act, signing, moment)[0] for one, e in beside]
        ending = [
            self._seal(one, (StreamClosed(),), act, signing, moment) for one in follows.closing
        ]
        heads = [Continued(one.record.stream, one.e) for (one,) in ending]
        heads += [head for head, _ in follows.closed]
        begun = replace(place, continues=(*place.continues, *heads)) if heads else place
        sealed = self._seal(begun, events, act, signing, moment)
        before = [(one.record.stream, one.record.seq) for (one,) in ending]
        before += [(head.stream, seq) for head, seq in follows.closed]
        rests_on = (*waits_for, *before)
        unticked = [_unticked(one) for one in sealed]
        row = None if answers is None else answer_row(signing.keyring, act, answers, unticked)
        others = [*(one for (one,) in ending), *begun_beside]
        entries = [self._entry(one, signing) for one in others]
        entries += [self._entry(one, signing, rests_on, behind=behind) for one in sealed]
        terms = Terms(
            placing=self._placing(place.store, entries, moment),
            conditions=self._conditions(
                (place, *follows.closing, *(one for one, _ in beside)), signing
            ),
            command=row,
            label=None if label is None else (label, place.stream),
            continued=[head.head for head in heads],
            wraps=wraps,
        )
        rows = [one.row for one in (*others, *sealed)]
        placed = place.store.append(rows, terms)[len(others) :]
        return Written(
            tuple(one.written for one in sealed),
            tuple(
                self._receipts.of(receipt, one.commitment, where)
                for receipt, one, where in zip(unticked, sealed, placed, strict=True)
            ),
        )

    def close(
        self, places: Sequence[Place], act: Act, signing: Signing, *, ahead: bool = False
    ) -> tuple[tuple[Continued, int], ...]:
        """End streams of one store, all or none; gives the heads that a successor may continue.
        They may go `ahead` of all others in the lane.

        Raises:
            AppendConflict, Unavailable: nothing was written.
        """
        if not places:
            return ()
        moment = self._moment(places, signing)
        ending = [self._seal(one, (StreamClosed(),), act, signing, moment) for one in places]
        sealed = [one for (one,) in ending]
        entries = [self._entry(one, signing)._replace(ahead=ahead) for one in sealed]
        store = places[0].store
        placing = self._placing(store, entries, moment)
        terms = Terms(placing=placing, conditions=self._conditions(places, signing))
        store.append([one.row for one in sealed], terms)
        return tuple((Continued(one.record.stream, one.e), one.record.seq) for one in sealed)

    def receipt(self, store: Store, ref: str, kind: str, e: str) -> RecordReceipt:
        """The receipt of a record, signed anew (Ed25519 gives the same bytes each time)."""
        unticked = RecordReceipt(ref, kind, e, None, None)
        pending = store.pending(*parse_position(ref))
        if pending is None:
            return unticked
        placed = Placed(pending.tick, pending.promised, pending.issued_at)
        return self._receipts.of(unticked, pending.commitment, placed)

    def _tree_head(self) -> TreeHead:
        """The newest published checkpoint, or the empty tree before the first."""
        newest = self._home.newest_checkpoint()
        return TreeHead(0, EMPTY_ROOT) if newest is None else TreeHead(newest.size, newest.root)

    # ---- sealing ----

    def _moment(self, places: Sequence[Place], signing: Signing) -> _Moment:
        """When the records are recorded: now, or later where a clock was set back.

        No stream's time runs backwards, and nothing is recorded in a tick that was built already.
        """
        built = self._home.logbook.last_tick()
        due = self._home.schedule.due(built) if built else BEGINNING
        at = max(signing.now, signing.view.last_at, due, *(one.last_at for one in places))
        return _Moment(at, self._tree_head(), built)

    def _seal(
        self,
        place: Place,
        events: Sequence[Event],
        act: Act,
        signing: Signing,
        moment: _Moment,
    ) -> list[Sealed]:
        """Seal events as a stream's next records.

        Raises:
            BadRequest: one holds what no record can hold, such as half of a surrogate pair, or what
                a verifier refuses.
        """
        sealed: list[Sealed] = []
        prev = place.prev
        for seq, event in enumerate(events, start=place.seq + 1):
            try:
                sealed.append(self._seal_one(place, event, act, signing, moment, seq, prev))
            except Malformed as error:
                raise BadRequest(f"This cannot be recorded: {error}.") from error
            prev = sealed[-1].e
        return sealed

    def _seal_one(
        self,
        place: Place,
        event: Event,
        act: Act,
        signing: Signing,
        moment: _Moment,
        seq: int,
        prev: bytes,
    ) -> Sealed:
        core, values = split(event)
        # What a verifier will refuse must never be signed, such as a key of small order.
        parse_event(tag_of(event), core)
        record = Record(
            origin=self._home.origin,
            stream=place.stream,
            seq=seq,
            prev=prev,
            continues=place.continues if seq == 1 else (),
            type=tag_of(event),
            # In UTC, as it is read back: what is kept in memory equals what lies on the disk.
            occurred_at=(act.occurred_at or moment.at).astimezone(UTC),
            occurred_precision=act.precision,
            basis=act.basis,
            recorded_at=moment.at.astimezone(UTC),
            actor=act.actor or signing.keyring.person,
            recorded_by=signing.keyring.person,
            role=signing.role,
            under=signing.under,
            branch=act.branch,
            attested=attested(signing.view.office, signing.keyring.person),
            office=self._office_head(place, seq, prev, signing),
            law=bytes.fromhex(signing.view.office.law),
            head=moment.head,
            command=act.command_id,
            key=signing.keyring.key_id,
            event=core,
            personal=personal_digests(place.secrets, place.stream, seq, values),
        )
        return seal(record, values, place.secrets, signing.keyring)

    def _office_head(self, place: Place, seq: int, prev: bytes, signing: Signing) -> OfficeHead:
        if place.stream == self._home.config.office:
            return OfficeHead(seq - 1, prev)
        return signing.view.head

    # ---- appending ----

    def _placing(self, store: Store, entries: Sequence[Entry], moment: _Moment) -> Placing:
        schedule = self._home.schedule
        return Placing(
            entries=entries,
            window=window(store.name, schedule, moment.at),
            slots=slots(self._home, store, schedule, self._choose, moment.built),
        )

    def _conditions(self, places: Sequence[Place], signing: Signing) -> list[Condition]:
        conditions = [Condition(one.stream, one.seq) for one in places]
        office = self._home.config.office
        if places[0].store.name == "open" and places[0].stream != office:
            # What the decision read must still hold: the office may have changed meanwhile.
            conditions.append(Condition(office, signing.view.head.seq))
        return conditions

    def _entry(
        self,
        sealed: Sealed,
        signing: Signing,
        rests_on: Sequence[tuple[bytes, int]] = (),
        *,
        behind: bool = False,
    ) -> Entry:
        """A record's commitment, with all that must not stand in a later tick (FORMAT §4)."""
        record = sealed.record
        after = list(rests_on)
        if record.seq > 1:
            after.append((record.stream, record.seq - 1))
        if record.stream != self._home.config.office and record.office.seq:
            after.append((self._home.config.office, record.office.seq))
        if signing.under is not None:
            after.append(parse_position(signing.under))
        return Entry(sealed.commitment, tuple(dict.fromkeys(after)), behind)


def attested(office: Office, person: str) -> str:
    """Whether the signing key is the person's own device's, by its enrolment."""
    key = office.key_of(person)
    return "own-device" if key is not None and key.custody != "service" else "service"


def new_stream() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


def _unticked(sealed: Sealed) -> RecordReceipt:
    record = sealed.record
    ref = format_position(record.stream, record.seq)
    return RecordReceipt(ref, record.type, sealed.e.hex(), None, None)
