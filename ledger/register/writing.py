"""Writing: one or more records onto one stream, sealed and appended in one transaction.

This is the only caller of `Store.append` for new records. It fills in what a record says about its
own making: chain, office head, law, newest checkpoint, role and key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.codec import split, tag_of
from ledger.domain.events import Event
from ledger.domain.office import Office
from ledger.errors import CommandReused
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.grammar import format_position
from ledger.evidence.merkle import EMPTY_ROOT
from ledger.evidence.note import SignedNote, signature_line
from ledger.evidence.receipt import Receipt as ReceiptText
from ledger.evidence.record import Continued, OfficeHead, Record, TreeHead
from ledger.home import Home, receipt_vkey
from ledger.register.acts import Act, RecordReceipt
from ledger.register.lanes import window
from ledger.register.reading import OfficeView
from ledger.register.seal import Sealed, personal_digests, seal
from ledger.stores.store import CommandRow, Condition, Store, Terms


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
        row = None if answers is None else self._answer(answers, act, signing, receipts)
        terms = Terms(
            window=window(place.store.name, self._home.schedule, at),
            commitments=[one.commitment for one in sealed],
            not_before=self._not_before(place, signing, waits_for),
            conditions=self._conditions(place, signing),
            command=row,
            label=None if label is None else (label, UUID(bytes=place.stream)),
        )
        place.store.append([one.row for one in sealed], terms)
        return tuple(self.receipt(place.store, one.ref, one.type, one.e) for one in receipts)

    def receipt(self, store: Store, ref: str, kind: str, e: str) -> RecordReceipt:
        """The receipt of a record, signed anew (Ed25519 gives the same bytes each time)."""
        stream, _, seq = ref.partition(":")
        pending = store.pending(bytes.fromhex(stream), int(seq))
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

    def known(self, person: str, act: Act) -> tuple[str, tuple[RecordReceipt, ...]] | None:
        """The reference and receipts of the same command, if it was carried out before.

        Raises:
            CommandReused: the command id stands for another act.
        """
        for store in (self._home.open, self._home.inbox, self._home.vault):
            found = store.answer(person, act.command_id.hex())
            if found is None:
                continue
            request, sealed = found
            if request != request_digest(act):
                raise CommandReused
            case, rows = json.loads(self._home.master.decrypt(sealed, _answer_context(act)))
            return case, tuple(self.receipt(store, ref, kind, e) for ref, kind, e in rows)
        return None

    def _answer(
        self, case: str, act: Act, signing: Signing, receipts: Sequence[RecordReceipt]
    ) -> CommandRow:
        """The idempotency row: what was asked, by digest, and the answer under the master key."""
        answer = json.dumps([case, [[one.ref, one.type, one.e] for one in receipts]]).encode()
        sealed = self._home.master.encrypt(answer, _answer_context(act))
        return CommandRow(signing.keyring.person, act.command_id.hex(), request_digest(act), sealed)

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
            core, values = split(event)
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
        path = self._home.log_directory / "checkpoint"
        if not path.exists():
            return TreeHead(0, EMPTY_ROOT)
        newest = Checkpoint.load(SignedNote.parse(path.read_bytes()).text)
        return TreeHead(newest.size, newest.root)

    def _conditions(self, place: Place, signing: Signing) -> list[Condition]:
        conditions = [Condition(UUID(bytes=place.stream), place.seq)]
        office = self._home.config.office
        if place.store.name == "open" and place.stream != office:
            # What the decision read must still hold: the office may have changed meanwhile.
            conditions.append(Condition(UUID(bytes=office), signing.view.head.seq))
        return conditions

    def _not_before(
        self, place: Place, signing: Signing, waits_for: Sequence[tuple[bytes, int]]
    ) -> int:
        """The earliest tick that keeps the order which FORMAT §4 promises across streams."""
        named = list(waits_for)
        if place.stream != self._home.config.office and signing.view.head.seq:
            named.append((self._home.config.office, signing.view.head.seq))
        if signing.under is not None:
            stream, _, seq = signing.under.partition(":")
            named.append((bytes.fromhex(stream), int(seq)))
        return max((self._tick_of(stream, seq, signing.now) for stream, seq in named), default=0)

    def _tick_of(self, stream: bytes, seq: int, now: datetime) -> int:
        for store in (self._home.open, self._home.inbox, self._home.vault):
            pending = store.pending(stream, seq)
            if pending is not None:
                if pending.tick is not None:
                    return pending.tick
                # It waits for a slot itself: nothing that rests on it may be placed within today's
                # window, and from the next one on its lane's order puts it first.
                return window(store.name, self._home.schedule, now).last + 1
        return 0


def attested(office: Office, person: str) -> str:
    """Whether the signing key is the person's own device's, by its enrolment."""
    key = office.key_of(person)
    return "own-device" if key is not None and key.custody != "service" else "service"


def _answer_context(act: Act) -> bytes:
    return b"answer\0" + act.command_id


def request_digest(act: Act) -> bytes:
    """A digest of what was asked, to tell a repetition from a reuse of its command id."""
    asked = [act.command, act.case, sorted(act.fields.items(), key=lambda item: item[0])]
    return sha256(json.dumps(asked, default=str, sort_keys=True).encode()).digest()


def new_stream() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


def _unticked(sealed: Sealed) -> RecordReceipt:
    record = sealed.record
    ref = format_position(record.stream, record.seq)
    return RecordReceipt(ref, record.type, sealed.e.hex(), None, None)
