"""Writing: one or more records onto one stream, sealed and appended in one transaction.

This is the only caller of `Store.append` for new records.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from ledger.evidence.grammar import format_position, parse_position
from ledger.evidence.record import Continued
from ledger.home import Home, OpenHome
from ledger.register.acts import Act, Receipt, RecordReceipt
from ledger.register.answers import answer_row
from ledger.register.appending import (
    BEGINNING,
    Appending,
    Place,
    Signing,
    Succession,
    new_place,
    new_stream,
)
from ledger.register.documents import parts_for
from ledger.register.lanes import Choose, Elsewhere, anywhere, in_the_open, slots, window
from ledger.register.making import Making, begin
from ledger.register.receipts import ReceiptSigner
from ledger.register.seal import Sealed, Unsealed
from ledger.stores.store import CommandRow, Condition, Entry, Placed, Placing, Store, Terms

__all__ = [
    "BEGINNING",
    "Appending",
    "Place",
    "Signing",
    "Succession",
    "VaultWriter",
    "Writer",
    "Written",
    "new_place",
    "new_stream",
]


class Written(Struct, frozen=True):
    """What an append added to its stream, as it will be read back, and the receipts."""

    rows: tuple[Unsealed, ...]
    receipts: tuple[RecordReceipt, ...]


class Writer:
    """Seals events and appends them. What it appends on the open side rests on nothing sealed."""

    def __init__(self, home: OpenHome, choose: Choose = secrets.choice) -> None:
        """`choose` picks the tick of a sealed record among those with a free slot."""
        self._home = home
        self._choose = choose
        self._receipts = ReceiptSigner(home)

    def append(self, new: Appending, act: Act, signing: Signing) -> Written:
        """Append events to one stream, all or nothing.

        Raises:
            AppendConflict, CommandReused, Unavailable: nothing was written.
            BadRequest: `under` does not name a record.
        """
        making = begin(self._home, act, signing, (new.place, *new.follows.closing))
        ending = making.ends(new.follows.closing)
        others = [*ending, *(making.records(at, (event,))[0] for at, event in new.beside)]
        followed = (*map(_end, ending), *new.follows.closed)
        heads = tuple(head for head, _ in followed)
        place = new.place
        if heads:
            place = replace(place, continues=(*place.continues, *heads))
        sealed = making.records(place, new.events)
        rests_on = (*new.waits_for, *((head.stream, seq) for head, seq in followed))
        entries = [self._entry(one, signing) for one in others]
        entries += [self._entry(one, signing, rests_on, behind=new.behind) for one in sealed]
        receipts = [_unticked(one) for one in sealed]
        terms = Terms(
            placing=self._placing(place.store, entries, making),
            conditions=self._conditions(new.places, signing),
            command=_answer(new, act, signing, receipts),
            label=None if new.label is None else (new.label, place.stream),
            continued=[head.head for head in heads],
            wraps=new.wraps,
            parts=parts_for(act.document, place.secrets, sealed),
        )
        placed = place.store.append([one.row for one in (*others, *sealed)], terms)
        promises = zip(receipts, sealed, placed[len(others) :], strict=True)
        return Written(
            tuple(one.written for one in sealed),
            tuple(self._receipts.of(one, its.commitment, where) for one, its, where in promises),
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
        making, store = begin(self._home, act, signing, places), places[0].store
        sealed = making.ends(places)
        entries = [self._entry(one, signing)._replace(ahead=ahead) for one in sealed]
        placing = self._placing(store, entries, making)
        terms = Terms(placing=placing, conditions=self._conditions(places, signing))
        store.append([one.row for one in sealed], terms)
        return tuple(map(_end, sealed))

    def receipt(self, store: Store, ref: str, kind: str, e: str) -> RecordReceipt:
        """The receipt of a record, signed anew (Ed25519 gives the same bytes each time)."""
        unticked = RecordReceipt(ref, kind, e, None, None)
        pending = store.pending(*parse_position(ref))
        if pending is None:
            return unticked
        placed = Placed(pending.tick, pending.promised, pending.issued_at)
        return self._receipts.of(unticked, pending.commitment, placed)

    def answer(self, store: Store, case: str, records: Sequence[Sequence[str]]) -> Receipt:
        """The answer of an act that was recorded in a store before: its case, and each record's
        place, type and digest.
        """
        # Only what survives the next failure is acknowledged, to whomever asks again.
        store.confirm()
        return Receipt(case, tuple(self.receipt(store, ref, kind, e) for ref, kind, e in records))

    # ---- terms ----

    def _placing(self, store: Store, entries: Sequence[Entry], making: Making) -> Placing:
        schedule = self._home.schedule
        return Placing(
            entries=entries,
            window=window(store.name, schedule, making.at),
            slots=slots(store.name, schedule, self._choose, making.built, self._elsewhere()),
        )

    def _elsewhere(self) -> Elsewhere:
        return in_the_open(self._home)

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


class VaultWriter(Writer):
    """Seals events and appends them, on the vault's side."""

    def __init__(self, home: Home, choose: Choose = secrets.choice) -> None:
        super().__init__(home, choose)
        self._vault_home = home

    def _elsewhere(self) -> Elsewhere:
        return anywhere(self._vault_home)


def _answer(
    new: Appending, act: Act, signing: Signing, receipts: Sequence[RecordReceipt]
) -> CommandRow | None:
    if new.answers is None:
        return None
    return answer_row(signing.keyring, act, new.answers, receipts)


def _end(sealed: Sealed) -> tuple[Continued, int]:
    """The head of a stream that this record ends, with the record's seq."""
    return Continued(sealed.record.stream, sealed.e), sealed.record.seq


def _unticked(sealed: Sealed) -> RecordReceipt:
    record = sealed.record
    ref = format_position(record.stream, record.seq)
    return RecordReceipt(ref, record.type, sealed.e.hex(), None, None)
