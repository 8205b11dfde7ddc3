"""Triage: a visit, or a sealed case, becomes an open case or is kept sealed; an open case too.

    keep sealed:  [ close what there is, start the successor, wrap for the roster ]
    seal late:  [ close what is open ] ─► keep sealed ─► out of the open ─► old keys go
    open:  [ close what is sealed ] ─► copy rows to the open store ─► [ start the successor, wrap ]

What stands in brackets is one transaction of one store. The rows of a case that is sealed late stay
where they are: keys decide. Once the successor stands, the rest needs nobody, and the timer does
what a crash left undone: the reference leads nowhere and the stored views forget the case, then the
old keys go (`Custody.settle`), then the month key under which all their copies lie
(`Months.retire`). Between the brackets everything can be repeated:
after a crash the same act, or another triage, goes on where it stopped. Two triages never run at
once, and a closed stream is continued at most once, whatever they meant to make of it. Envelopes,
commitments and proofs stay the same throughout (DESIGN §3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from keys.secrets import StreamSecrets
from ledger.domain.events import CaseKeptSealed, CaseOpened
from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    OutcomeUnknown,
    Unavailable,
)
from ledger.evidence.acts import CLOSED
from ledger.evidence.record import Continued
from ledger.register.acts import Act, RecordReceipt
from ledger.register.appending import place_after
from ledger.register.custody import Custody
from ledger.register.invault import InVault
from ledger.register.judging import judge
from ledger.register.locks import PATIENCE_SECONDS, exclusive
from ledger.register.reading import DAMAGED, CaseFile, Stream
from ledger.register.roster import roster, seats
from ledger.register.writing import (
    Appending,
    Place,
    Signing,
    Succession,
    new_place,
    new_stream,
)
from ledger.stores.store import Store


class Triage(InVault):
    """Carries out `open` and `keep-sealed`, once they are decided."""

    def carry_out(
        self, file: CaseFile, event: CaseOpened | CaseKeptSealed, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Close the case's streams and start the one that continues them.

        Raises:
            BadRequest: there is nothing to triage: no waiting visit, and the case stands open;
                or more people would be on the roster than there are places.
            RequestRefused: a waiting visit holds what forbids it, such as a gag.
            AppendConflict: somebody else continued one of the streams.
            EvidenceCorrupt: a sealed stream is damaged, and might belong to the case.
        """
        if isinstance(event, CaseOpened) and _goes_on_in_the_open(file) and not file.intakes:
            raise BadRequest("The case stands open already, and no visit waits for it.")
        if file.damaged:
            raise EvidenceCorrupt(DAMAGED)
        # Judged again with the waiting visits, which the act makes a part of the case.
        judge(self._home, file.whole, event, act, signing)
        with exclusive(self._home.path / "triage.lock", "deciding on a case"):
            self._settle_all()
            for stream in (*file.streams, *file.intakes):
                self._into_vault(stream)
            if isinstance(event, CaseKeptSealed):
                return self._keep_sealed(file, event, act, signing)
            return self._open(file, event, act, signing)

    # ---- kept sealed: everything in the vault, at once ----

    def _keep_sealed(
        self, file: CaseFile, event: CaseKeptSealed, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        heads = _heads(file)
        self._check_free(self._home.open, heads)
        office = signing.view.office
        audience = seats(office, [signing.keyring.person, *roster(file.whole, office)])
        standing = [one.id for one in file.streams if not self._is_sealed(one)]
        self._custody.supersede(standing, signing.now)
        stream, secrets = new_stream(), StreamSecrets.generate()
        keys = [(one.id, one.secrets) for one in (*file.streams, *file.intakes)]
        wraps = [
            self._custody.sealed_wrap(one, its_secrets, audience, signing.now)
            for one, its_secrets in (*dict(keys).items(), (stream, secrets))
        ]
        # Whatever could refuse has been asked: a case that is closed here is on its way out.
        opened = [one for one in heads if one.store.name == "open"]
        closed = self._writer.close(self._places(opened, self._home.open), act, signing)
        sealed = [one for one in heads if one.store.name != "open"]
        new = Appending(
            new_place(stream, self._home.vault, secrets, after=_last_at(heads)),
            (event,),
            answers=file.reference,
            follows=Succession(self._places(sealed, self._home.vault), (*closed, *_closed(heads))),
            wraps=wraps,
        )
        receipts = self._writer.append(new, act, signing).receipts
        if opened:
            settle_surely(self._custody, self._home.vault)
        else:
            self._custody.settle_soon(self._home.vault, patience=PATIENCE_SECONDS)
        return receipts

    # ---- opened: closed in the vault, continued in the open store ----

    def _open(
        self, file: CaseFile, event: CaseOpened, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        heads = _heads(file)
        self._check_free(self._home.vault, heads)
        sealed = [one for one in heads if one.store.name != "open"]
        ending = self._places(sealed, self._home.vault)
        closed = self._writer.close(ending, act, signing, ahead=True)
        moving = {one.id: one for one in (*file.streams, *file.intakes) if one.store.name != "open"}
        for one in moving.values():
            vault = self._home.vault
            self._home.open.copy_in(vault.rows(one.id), vault.documents)
        stream, secrets = new_stream(), StreamSecrets.generate()
        # Those that were sealed late are in the open store already, and open with sealed keys only.
        shut = {one.id: one for one in file.streams if self._is_sealed(one)}
        keys = [(one.id, one.secrets) for one in {**moving, **shut}.values()]
        new = Appending(
            new_place(stream, self._home.open, secrets, after=_last_at(heads)),
            (event,),
            answers=file.reference,
            label=file.reference,
            follows=Succession(
                self._places([one for one in heads if one.store.name == "open"], self._home.open),
                (*closed, *_closed(heads)),
            ),
            wraps=[
                self._custody.open_wrap(one, its_secrets, signing.now)
                for one, its_secrets in (*keys, (stream, secrets))
            ],
        )
        receipts = self._writer.append(new, act, signing).receipts
        self._custody.settle_soon(self._home.open, patience=PATIENCE_SECONDS)
        return receipts

    # ---- the parts ----

    def _check_free(self, other: Store, heads: Sequence[Stream]) -> None:
        """See that no closed head was continued in the other store; in its own, the append sees it.

        Raises:
            AppendConflict: one was.
        """
        if any(other.is_continued(head.head) for head, _ in _closed(heads)):
            raise AppendConflict

    def _is_sealed(self, stream: Stream) -> bool:
        return self._custody.is_sealed(stream.id)

    def _into_vault(self, stream: Stream) -> None:
        if stream.store.name == "inbox":
            inbox = stream.store
            self._home.vault.copy_in(inbox.rows(stream.id), inbox.documents)

    def _places(self, heads: Iterable[Stream], store: Store) -> tuple[Place, ...]:
        """Where the closing records go: after the last record of each stream that is not closed."""
        # Those of the inbox were just taken over by the vault.
        return tuple(
            replace(place_after(one), store=store)
            for one in heads
            if one.last.record.type != CLOSED
        )


def _goes_on_in_the_open(file: CaseFile) -> bool:
    """Whether the case stands open and takes records. A late sealing may have broken off after it
    closed the open stream; then the case can be sealed, or opened again.
    """
    return not file.sealed and file.head is not None and file.head.last.record.type != CLOSED


def _heads(file: CaseFile) -> tuple[Stream, ...]:
    """The streams that the successor continues: the head, if there is one, and the visits."""
    return (*([file.head] if file.head else []), *file.intakes)


def _closed(heads: Iterable[Stream]) -> tuple[tuple[Continued, int], ...]:
    """Those that a triage which did not come to its end has closed already."""
    return tuple(
        (Continued(one.id, one.last.e), one.last.record.seq)
        for one in heads
        if one.last.record.type == CLOSED
    )


def _last_at(heads: Iterable[Stream]) -> datetime:
    return max(one.last.record.recorded_at for one in heads)


def settle_surely(custody: Custody, store: Store) -> None:
    """Move the keys of an act that counts only when they are in their place: a case that is sealed
    late stands open until then, and nobody is told before that it does not.

    Raises:
        OutcomeUnknown: they cannot be moved now; repeating the act does that.
    """
    try:
        custody.settle(store)
    except Unavailable as error:
        raise OutcomeUnknown from error
