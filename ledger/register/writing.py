"""Writing: one or more records onto one stream, sealed and appended in one transaction.

This is the only caller of `Store.append` for new records. It fills in what a record says about its
own making: chain, office head, law, newest checkpoint, role and key.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.codec import split, tag_of
from ledger.domain.events import Event
from ledger.domain.office import Office
from ledger.errors import BadRequest
from ledger.evidence.acts import parse_event
from ledger.evidence.grammar import Malformed, format_position, parse_position
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.note import SignedNote, signature_line
from ledger.evidence.receipt import Receipt as ReceiptText
from ledger.evidence.record import Continued, OfficeHead, Record, TreeHead
from ledger.home import ROW_STORES, Home, receipt_vkey
from ledger.register.acts import Act, RecordReceipt
from ledger.register.answers import answer_row
from ledger.register.lanes import window
from ledger.register.reading import OfficeView
from ledger.register.seal import Sealed, personal_digests, seal
from ledger.stores.store import Condition, Dependency, Store, Terms


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


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def new_place(
    stream: bytes, store: Store, secrets: StreamSecrets, continues: tuple[Continued, ...] = ()
) -> Place:
    """The place of a stream's first record."""
    return Place(stream, store, secrets, 0, bytes(32), BEGINNING, continues)


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, in which role, under what, by whose authority at which moment."""

    keyring: Keyring
    role: str
    under: str | None
    view: OfficeView
    now: datetime


class Writer:
    """Seals events and appends them."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def write(
        self,
        place: Place,
        events: Sequence[Event],
        act: Act,
        signing: Signing,
        *,
        answers: str | None = None,
        label: str | None = None,
        waits_for: Sequence[tuple[bytes, int]] = (),
    ) -> tuple[RecordReceipt, ...]:
        """Append events to one stream, all or nothing, and give their receipts.

        With `answers`, the reference that the answer names, the command's idempotency row is
        written in the same transaction. `waits_for` names records (stream, seq) that must not
        enter the log later than these.

        Raises:
            AppendConflict, CommandReused, Unavailable: nothing was written.
        """
        # A clock that was set back must not let a stream's time run backwards.
        at = max(signing.now, place.last_at, signing.view.last_at)
        sealed = self._seal_all(place, events, act, signing, at)
        receipts = tuple(_unticked(one) for one in sealed)
        row = None if answers is None else answer_row(signing.keyring, act, answers, receipts)
        terms = Terms(
            window=window(place.store.name, self._home.schedule, at),
            commitments=[one.commitment for one in sealed],
            rests_on=self._rests_on(place, signing, waits_for),
            conditions=self._conditions(place, signing),
            command=row,
            label=None if label is None else (label, UUID(bytes=place.stream)),
        )
        place.store.append([one.row for one in sealed], terms)
        return tuple(self.receipt(place.store, one.ref, one.type, one.e) for one in receipts)

    def receipt(self, store: Store, ref: str, kind: str, e: str) -> RecordReceipt:
        """The receipt of a record, signed anew (Ed25519 gives the same bytes each time)."""
        pending = store.pending(*parse_position(ref))
        if pending is None or pending.promised is None or pending.issued_at is None:
            return RecordReceipt(ref, kind, e, None, None)
        text = ReceiptText(
            self._home.origin, pending.commitment, pending.promised, pending.issued_at
        ).dump()
        return RecordReceipt(ref, kind, e, pending.promised, self.receipt_note(text))

    def receipt_note(self, text: str) -> str:
        """Sign a receipt's or an extent's text with the receipt key."""
        keys = self._home.log_keys
        vkey = receipt_vkey(self._home.origin, keys)
        signature = keys.receipt_ed25519.sign(text.encode())
        return SignedNote(text, (signature_line(vkey, signature),)).dump().decode()

    def _seal_all(
        self,
        place: Place,
        events: Sequence[Event],
        act: Act,
        signing: Signing,
        at: datetime,
    ) -> list[Sealed]:
        sealed: list[Sealed] = []
        prev = place.prev
        for seq, event in enumerate(events, start=place.seq + 1):
            core, values = _verifiable(event)
            record = Record(
                origin=self._home.origin,
                stream=place.stream,
                seq=seq,
                prev=prev,
                continues=place.continues if seq == 1 else (),
                type=tag_of(event),
                occurred_at=act.occurred_at or at,
                occurred_precision=act.precision,
                basis=act.basis,
                recorded_at=at,
                actor=act.actor or signing.keyring.person,
                recorded_by=signing.keyring.person,
                role=signing.role,
                under=signing.under,
                branch=act.branch,
                attested=attested(signing.view.office, signing.keyring.person),
                office=self._office_head(place, seq, prev, signing),
                law=bytes.fromhex(signing.view.office.law),
                head=self.tree_head(),
                command=act.command_id,
                key=signing.keyring.key_id,
                event=core,
                personal=personal_digests(place.secrets, place.stream, seq, values),
            )
            sealed.append(seal(record, values, place.secrets, signing.keyring))
            prev = sealed[-1].e
        return sealed

    def _office_head(self, place: Place, seq: int, prev: bytes, signing: Signing) -> OfficeHead:
        if place.stream == self._home.config.office:
            return OfficeHead(seq - 1, prev)
        return signing.view.head

    def tree_head(self) -> TreeHead:
        """The newest published checkpoint, or the empty tree before the first."""
        newest = self._home.newest_checkpoint()
        return TreeHead(0, EMPTY_ROOT) if newest is None else TreeHead(newest.size, newest.root)

    def _conditions(self, place: Place, signing: Signing) -> list[Condition]:
        conditions = [Condition(UUID(bytes=place.stream), place.seq)]
        office = self._home.config.office
        if place.store.name == "open" and place.stream != office:
            # What the decision read must still hold: the office may have changed meanwhile.
            conditions.append(Condition(UUID(bytes=office), signing.view.head.seq))
        return conditions

    def _rests_on(
        self, place: Place, signing: Signing, waits_for: Sequence[tuple[bytes, int]]
    ) -> list[Dependency]:
        """What must not enter the log later than this (FORMAT §4), with its place there."""
        named = list(waits_for)
        if place.stream != self._home.config.office and signing.view.head.seq:
            named.append((self._home.config.office, signing.view.head.seq))
        if signing.under is not None:
            named.append(parse_position(signing.under))
        return [Dependency(*one, tick_of(self._home, *one)) for one in named]


def tick_of(home: Home, stream: bytes, seq: int) -> int | None:
    """The tick in which a record stands, from whichever lane took it; None while it waits.

    0 for a record that no lane took: nothing can rest on it wrongly.
    """
    for name in ROW_STORES:
        pending = home.store(name).pending(stream, seq)
        if pending is not None:
            return pending.tick
    return 0


def attested(office: Office, person: str) -> str:
    """Whether the signing key is the person's own device's, by its enrolment."""
    key = office.key_of(person)
    return "own-device" if key is not None and key.custody != "service" else "service"


def _verifiable(event: Event) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split an event, and read it as a verifier will: what it refuses must never be signed.

    Raises:
        BadRequest: an authority event holds what FORMAT forbids, such as a key of small order.
    """
    core, values = split(event)
    try:
        parse_event(tag_of(event), core)
    except Malformed as error:
        raise BadRequest(f"This cannot be recorded: {error}.") from None
    return core, values


def new_stream() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


def _unticked(sealed: Sealed) -> RecordReceipt:
    record = sealed.record
    ref = format_position(record.stream, record.seq)
    return RecordReceipt(ref, record.type, sealed.e.hex(), None, None)
