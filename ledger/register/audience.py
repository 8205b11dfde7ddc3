"""Changing who can open a sealed matter: somebody is let in, or the matter goes on without them.

    let in:    wrap every stream for the roster ─► record
    let go:    [ close the head, start a successor with fresh secrets, wrap all for who is left ]

What stands in brackets is one transaction of the vault. The record that lets somebody go begins the
successor, so that neither a key nor a stream's secret that they kept opens anything from that
record on. What they read before stays read.

From reading the roster to writing for it nobody else may decide on the case: who uses this holds
the lock of triage.
"""

from __future__ import annotations

from collections.abc import Iterable

from keys.secrets import StreamSecrets
from ledger.domain.events import AudienceMemberRemoved, RecusalRecorded
from ledger.domain.office import RECOVERY, Office
from ledger.errors import BadRequest
from ledger.register.acts import Act, RecordReceipt
from ledger.register.invault import InVault
from ledger.register.locks import PATIENCE_SECONDS
from ledger.register.matters import advised
from ledger.register.reading import CaseFile
from ledger.register.roster import fitting, recuses, roster, seats, without
from ledger.register.writing import (
    Appending,
    Place,
    Signing,
    Succession,
    new_place,
    new_stream,
)
from ledger.stores.keystore import Wrap


class Audience(InVault):
    """Lets people into sealed matters, and goes on without them."""

    def admit(self, file: CaseFile, person: str, signing: Signing) -> None:
        """Re-wrap every stream of a sealed case for its roster, the new person included.

        This comes before the record: whoever is told may read at once, and a failure in between
        is mended by repeating the act.

        Raises:
            BadRequest: the seven places are taken.
        """
        office = signing.view.office
        audience = seats(office, [signing.keyring.person, *roster(file.whole, office), person])
        self._settle_all()
        for stream in file.streams:
            self._custody.keep_sealed(stream.id, stream.secrets, audience, signing.now)
            self._custody.forget(stream.id)

    def lets_go(
        self, file: CaseFile, event: AudienceMemberRemoved | RecusalRecorded, signing: Signing
    ) -> bool:
        """Whether the record takes the matter from somebody who can open it now."""
        if not file.sealed or file.head is None:
            return False
        if isinstance(event, RecusalRecorded):
            says = recuses(file.whole, event, signing.keyring.person, signing.role)
            return says and event.person in roster(file.whole, signing.view.office)
        return True

    def go_on_without(
        self,
        file: CaseFile,
        place: Place,
        event: AudienceMemberRemoved | RecusalRecorded,
        act: Act,
        signing: Signing,
    ) -> tuple[RecordReceipt, ...]:
        """Go on after `place` in a successor that this person does not open.

        Raises:
            BadRequest: nobody who can open the matter would be left.
            AppendConflict: somebody else kept writing.
        """
        self._settle_all()
        office, secrets, stream = signing.view.office, StreamSecrets.generate(), new_stream()
        left = [one for one in roster(file.whole, office) if one != event.person]
        # Nobody's leaving waits for a place: counsel who came after the places were taken waits.
        readers = fitting(office, left)
        if not readers.keys() - {RECOVERY}:
            raise BadRequest("Nobody would be left who can open this matter. Add somebody first.")
        keys = dict([*((one.id, one.secrets) for one in file.streams), (stream, secrets)])
        wraps = [
            self._custody.sealed_wrap(one, its_own, readers, signing.now)
            for one, its_own in keys.items()
        ]
        wraps += self._advice_without(event.person, file, office, signing)
        new = Appending(
            new_place(stream, self._home.vault, secrets),
            (event,),
            answers=file.reference,
            follows=Succession(closing=(place,)),
            wraps=wraps,
        )
        receipts = self._writer.append(new, act, signing).receipts
        for one in (*file.streams, *file.advice):
            self._custody.forget(one.id)
        self._custody.settle_soon(self._home.vault, patience=PATIENCE_SECONDS)
        return receipts

    def _advice_without(
        self, person: str, file: CaseFile, office: Office, signing: Signing
    ) -> Iterable[Wrap]:
        """The advice that whoever acts can open, wrapped anew where the person could open it too.

        Other advice is wrapped without them when its reader next wraps anew (`Access.rewrap`).
        """
        for stream in file.advice:
            names = without(advised(stream, office), file.whole, office)
            left = fitting(office, (one for one in names if one != person))
            if person in names and left.keys() - {RECOVERY}:
                yield self._custody.sealed_wrap(stream.id, stream.secrets, left, signing.now)
