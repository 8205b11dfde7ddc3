"""Triage: a visit, or a sealed case, becomes an open case or is kept sealed.

    close what there is ─► (opening: copy rows and wraps) ─► start the successor ─► drop old slots

Closing, copying and re-wrapping can be repeated: after a crash the same act is carried out again
and goes on where it stopped. Envelopes, commitments and proofs stay the same throughout (DESIGN
§3).
"""

from __future__ import annotations

from collections.abc import Sequence

from keys.secrets import StreamSecrets
from ledger.domain.events import CaseKeptSealed, CaseOpened, IntakeSaved
from ledger.domain.office_events import StreamClosed
from ledger.errors import BadRequest
from ledger.evidence.record import Continued
from ledger.home import Home
from ledger.register.acts import Act, RecordReceipt
from ledger.register.custody import Custody
from ledger.register.reading import CaseFile, Stream
from ledger.register.writing import Place, Signing, Writer, new_place, new_stream

CLOSED = "stream-closed.v1"


class Triage:
    """Carries out `open` and `keep-sealed`, once they are decided."""

    def __init__(self, home: Home, custody: Custody, writer: Writer) -> None:
        self._home = home
        self._custody = custody
        self._writer = writer

    def carry_out(
        self, file: CaseFile, event: CaseOpened | CaseKeptSealed, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Close the case's streams and start the one that continues them.

        Raises:
            BadRequest: there is nothing to triage: no waiting visit, and the case stands open.
        """
        heads = (*([file.head] if file.head else []), *file.intakes)
        streams = (*file.streams, *(one for one in file.intakes if one not in file.streams))
        if isinstance(event, CaseOpened) and not file.sealed and not file.intakes:
            raise BadRequest("The case stands open already, and no visit waits for it.")
        for stream in streams:
            self._into_vault(stream)
        closed = [self._close(stream, act, signing) for stream in heads]
        continues = tuple(Continued(stream, e) for stream, _, e in closed)
        waits_for = [(stream, seq) for stream, seq, _ in closed]
        if isinstance(event, CaseKeptSealed):
            place = self._sealed_place(file, streams, continues, signing)
            return self._writer.write(
                place, (event,), act, signing, answers=file.reference, waits_for=waits_for
            )
        for stream in streams:
            if stream.store.name != "open":
                self._home.open.copy_in(self._home.vault.rows(stream.id))
                self._custody.keep_open(stream.id, stream.secrets, signing.now)
        receipts = self._writer.write(
            self._open_place(continues, signing),
            (event,),
            act,
            signing,
            answers=file.reference,
            label=file.reference,
            waits_for=waits_for,
        )
        self.finish_opening(streams)
        return receipts

    def finish_opening(self, streams: Sequence[Stream]) -> None:
        """Forget the triagers' slots of streams that an open case continues. Idempotent.

        Until the successor is recorded the slots stay, so that after a crash the triagers can still
        open everything, and can decide otherwise.
        """
        for stream in streams:
            self._home.keystore.drop_sealed(stream.id)
            self._custody.forget(stream.id)

    def _into_vault(self, stream: Stream) -> None:
        if stream.store.name == "inbox":
            self._home.vault.copy_in(stream.store.rows(stream.id))

    def _close(self, stream: Stream, act: Act, signing: Signing) -> tuple[bytes, int, bytes]:
        """Close a stream, unless that was done already; gives it with its last seq and E."""
        last = stream.last
        if last.record.type == CLOSED:
            return stream.id, last.record.seq, last.e
        store = self._home.vault if stream.store.name == "inbox" else stream.store
        place = Place(
            stream.id, store, stream.secrets, last.record.seq, last.e, last.record.recorded_at
        )
        before = [(stream.id, last.record.seq)]
        (receipt,) = self._writer.write(place, (StreamClosed(),), act, signing, waits_for=before)
        return stream.id, last.record.seq + 1, bytes.fromhex(receipt.e)

    def _open_place(self, continues: tuple[Continued, ...], signing: Signing) -> Place:
        stream, secrets = new_stream(), StreamSecrets.generate()
        self._custody.keep_open(stream, secrets, signing.now)
        return new_place(stream, self._home.open, secrets, continues)

    def _sealed_place(
        self,
        file: CaseFile,
        streams: Sequence[Stream],
        continues: tuple[Continued, ...],
        signing: Signing,
    ) -> Place:
        stream, secrets = new_stream(), StreamSecrets.generate()
        audience = signing.view.office.signing_keys(roster(file, signing))
        for older in streams:
            self._custody.keep_sealed(older.id, older.secrets, audience, signing.now)
        self._custody.keep_sealed(stream, secrets, audience, signing.now)
        return new_place(stream, self._home.vault, secrets, continues)


def roster(file: CaseFile, signing: Signing) -> list[str]:
    """Who can open a sealed matter: who acts, who sealed it, the custodian, and who was added.

    The custodian is left out where a visit of the matter was logged as "not to the director".
    """
    events = [recorded for stream in (*file.streams, *file.intakes) for recorded in stream.records]
    sealers = [r.recorded_by for r in events if isinstance(r.event, CaseKeptSealed)]
    kept_from = any(isinstance(r.event, IntakeSaved) and r.event.not_to_director for r in events)
    custodian = signing.view.office.custodian
    people = [signing.keyring.person, *sealers, *file.case.audience]
    if custodian is not None and not kept_from:
        people.append(custodian)
    return list(dict.fromkeys(people))
