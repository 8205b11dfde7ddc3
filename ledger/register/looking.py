"""Looking among sealed matters: each look is recorded where counsel sees it, before it shows.

    read ─► record who looked, why, and which matters ─► show

Each person's looks stand in two streams of their own: those at matters of which the custodian knows
are sealed to counsel, to the custodian and to that person; those at other matters to counsel and
that person. So somebody who may not read the vault's office can write here, no look waits for
another person's, and no custodian learns from looks what was kept from them (ADR 0011 and 0016).
They go behind all acts in the log, since nobody holds a receipt of one; so whoever looks often
delays nobody. Where a look cannot be recorded, nothing is shown (`watching`).

Cites: threats §0 (8), §4 "Read audit".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.case import Case
from ledger.domain.events import CopyDestroyed, CopyExported, CopyKept
from ledger.domain.evolve import replay
from ledger.domain.office import Office, Recorded
from ledger.domain.vault_events import GlassConfirmed, LookReason, SealedLooked
from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    NotFound,
    NotPermitted,
    Unavailable,
)
from ledger.evidence.record import OfficeHead
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.custody import Custody
from ledger.register.judging import judge
from ledger.register.looked import Looked, leaves_out, left_out_of, streams_of_looks
from ledger.register.matters import readers_of_looks
from ledger.register.reading import CaseFile, OfficeView
from ledger.register.records import read_stream, recorded
from ledger.register.roles import acts_under, choose_role
from ledger.register.roster import fitting, is_apart
from ledger.register.seal import Unsealed, unseal
from ledger.register.writing import Appending, Place, Signing, VaultWriter, new_place, new_stream

NOT_RECORDED = (
    "Nothing is shown: that you looked among sealed matters could not be recorded for counsel."
    " Try again; if it stays so, call the operator."
)
ONLY_DESIGNEE = (
    "As a designee you look among sealed matters in a recorded absence of the custodian. Outside of"
    " one nothing that you sign would count, so nothing is shown, whatever the reason. Record the"
    " absence first, or ring counsel."
)
TRIES = 3
Answer = GlassConfirmed | CopyDestroyed | CopyKept
"""What is written behind looks by others than who looked."""
Written = Looked | CopyExported | Answer


@dataclass(frozen=True, slots=True)
class End:
    """Where the next record of a stream of looks goes, and the office as the last one knew it: None
    where the stream begins. As long as the office is that one, so are its readers.
    """

    place: Place
    office: OfficeHead | None


@dataclass(frozen=True, slots=True)
class Looks:
    """Records the looks of one person for one reason."""

    home: Home
    custody: Custody
    writer: VaultWriter
    keyring: Keyring
    reason: LookReason
    office: Callable[[], OfficeView]
    clock: Callable[[], datetime]
    glass: str | None = None
    """Why the person breaks the glass, where they came for that."""
    own: dict[bool, End] = field(default_factory=dict)
    """Where the person's looks go on, by whether they are apart, as the last one left it: what is
    known is not searched for and opened again. The append sees whether it still holds.
    """

    def record(self, matters: tuple[str, ...], *, apart: bool = False) -> None:
        """Record one look and the references of what it is about to show, durably; `apart` where
        the custodian has no part in these matters.

        Raises:
            Unavailable: it could not be recorded; then nothing may be shown.
            NotPermitted: the person is a designee and nothing else, and nobody is recorded as
                absent.
            EvidenceCorrupt: what was recorded before was altered.
        """
        event = SealedLooked(reason=self.reason, matters=matters, left_out=left_out_of(apart=apart))
        self.write(event, apart=apart)

    def at(self, file: CaseFile) -> None:
        """Record a look at one matter that is sealed. Raises as `record`."""
        self.record((file.reference,), apart=is_apart(file.whole, self.office().office))

    def write(self, event: Looked, *, apart: bool) -> None:
        """Write behind the person's own looks. Raises as `record`."""
        self._try(event, self.keyring.person, lambda: self._own_end(apart=apart), apart=apart)

    def export(self, event: CopyExported, *, apart: bool) -> None:
        """Write behind the person's own looks what leaves as files. Raises as `record`."""
        if self._own_end(apart=apart).office is None:
            # A stream is known for one of looks by its first record.
            self.record((), apart=apart)
        self._try(event, self.keyring.person, lambda: self._own_end(apart=apart), apart=apart)

    def answer(self, look: Recorded, event: Answer) -> None:
        """Write an answer behind the looks of whoever broke the glass, or exported a copy.

        Raises:
            NotFound: these looks are not open to this person.
            RequestRefused: the law forbids the answer.
            Unavailable, NotPermitted, EvidenceCorrupt: as `record`.
        """
        for stream, secrets, first in streams_of_looks(self.home, self.custody, self.keyring):
            if stream.hex() == look.stream:
                apart, whose = leaves_out(first.event), first.recorded_by
                end = partial(self._end_of, stream, secrets)
                return self._try(event, whose, end, apart=apart)
        raise NotFound

    def _try(
        self,
        event: Written,
        whose: str,
        end: Callable[[], End],
        *,
        apart: bool,
    ) -> None:
        failure: Exception = AppendConflict()
        for _ in range(TRIES):
            try:
                self._append(event, whose, end(), apart=apart)
            except AppendConflict as conflict:
                self.own.pop(apart, None)
                failure = conflict
            except (BadRequest, Unavailable) as error:
                raise Unavailable(NOT_RECORDED) from error
            else:
                return
        raise Unavailable(NOT_RECORDED) from failure

    def _append(self, event: Written, whose: str, end: End, *, apart: bool) -> None:
        view, now, place = self.office(), self.clock(), end.place
        role, under = _right(view.office, self.keyring.person, now)
        act, signing = Act("look", {}), Signing(self.keyring, role, under, view, now)
        if isinstance(event, GlassConfirmed):
            judge(self.home, replay(self._told(place)), event, act, signing)
        wraps = []
        if end.office != view.head:
            # Whoever is counsel now can read all of it from here on. A look that changes nobody's
            # keys leaves the keystore alone, and so every other process's memory of open cases.
            readers = readers_of_looks(view.office, whose, self._told(place), apart=apart)
            audience = fitting(view.office, readers)
            wraps = [self.custody.sealed_wrap(place.stream, place.secrets, audience, now)]
        new = Appending(place, (event,), wraps=wraps, behind=True)
        written = self.writer.append(new, act, signing).rows
        if whose == self.keyring.person:
            self.own[apart] = _end_after(place, written[-1])
        if wraps:
            self.custody.settle_soon(self.home.vault)

    def _told(self, place: Place) -> tuple[Recorded, ...]:
        """What stands in a stream of looks so far."""
        told = read_stream(self.home.origin, place.store, place.stream, place.secrets)
        return tuple(map(recorded, told))

    def _own_end(self, *, apart: bool) -> End:
        """Where the person's next look goes: after the last one, or in a stream of its own."""
        vault = self.home.vault
        if (known := self.own.get(apart)) and known.place.store is vault:
            with suppress(NotFound):
                opened = self.custody.secrets(known.place.stream, self.keyring, (vault,))
                if opened == known.place.secrets:
                    return known
        for stream, secrets, first in streams_of_looks(self.home, self.custody, self.keyring):
            if first.recorded_by == self.keyring.person and leaves_out(first.event) is apart:
                return self._end_of(stream, secrets)
        return End(new_place(new_stream(), self.home.vault, StreamSecrets.generate()), None)

    def _end_of(self, stream: bytes, secrets: StreamSecrets) -> End:
        """The end of a stream of looks."""
        vault = self.home.vault
        # The person may look from elsewhere in this moment; then there are more rows than one.
        committed, rows = vault.committed_and_rows(stream, after=vault.last_seq(stream) - 1)
        if not rows or rows[-1].seq != committed:
            raise EvidenceCorrupt("The last record of a stream was taken away. Call counsel.")
        before = new_place(stream, vault, secrets)
        return _end_after(before, unseal(self.home.origin, rows[-1], secrets))


def _end_after(place: Place, last: Unsealed) -> End:
    """Where a stream goes on after this record."""
    record = last.record
    goes_on = replace(place, seq=record.seq, prev=last.e, last_at=record.recorded_at)
    return End(goes_on, record.office)


def _right(office: Office, person: str, now: datetime) -> tuple[str, str | None]:
    """In which role a person signs a look, and under what: as for any fact.

    Raises:
        NotPermitted: the person is a designee and nothing else, and nobody is recorded as absent.
    """
    if office.roles_of(person) != {"designee"}:
        return choose_role(office, person, None, None), None
    under = in_absence(office, Case(), now)
    if under is None:
        raise NotPermitted(ONLY_DESIGNEE)
    return "designee", under


def in_absence(office: Office, case: Case, now: datetime) -> str | None:
    """Under what a designee looks at a matter; None where nobody for whom they stand in is away."""
    return acts_under(office, case, "designee", Act("look", {}), now)
