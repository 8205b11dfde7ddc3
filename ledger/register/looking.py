"""Looking among sealed matters: each look is recorded where counsel sees it, before it shows.

    read ─► record who looked, why, and which matters ─► show

Each person's looks stand in a stream of their own, sealed to counsel, to the custodian and to that
person: so somebody who may not read the vault's office can write here, and no look waits for
another person's (ADR 0011). They go behind all acts in the log, since nobody holds a receipt of
one; so whoever looks often delays nobody. Where a look cannot be recorded, nothing is shown.

Cites: threats §0 (8), §4 "Read audit".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import AUDIENCE, StreamSecrets
from ledger.domain.case import Case
from ledger.domain.events import CaseKeptSealed, IntakeSaved
from ledger.domain.office import RECOVERY, Office, Recorded
from ledger.domain.vault_events import LookReason, SealedLooked
from ledger.errors import (
    AppendConflict,
    BadRequest,
    EvidenceCorrupt,
    NotFound,
    NotPermitted,
    Unavailable,
)
from ledger.evidence.record import ZERO_HASH
from ledger.home import Home
from ledger.register.acts import Act
from ledger.register.custody import Custody
from ledger.register.reading import CaseFile, OfficeView, Stream
from ledger.register.records import open_rows, read_stream, recorded
from ledger.register.roles import acts_under, choose_role
from ledger.register.seal import unseal
from ledger.register.sealedreading import SealedReader
from ledger.register.writing import Appending, Place, Signing, VaultWriter, new_place, new_stream

NOT_RECORDED = (
    "Nothing is shown: that you looked among sealed matters could not be recorded for counsel."
    " Try again; if it stays so, call the operator."
)
TRIES = 3


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

    def record(self, matters: tuple[str, ...]) -> None:
        """Record one look and the references of what it is about to show, durably.

        Raises:
            Unavailable: it could not be recorded; then nothing may be shown.
            EvidenceCorrupt: what was recorded before was altered.
        """
        event = SealedLooked(reason=self.reason, matters=matters)
        failure: Exception = AppendConflict()
        for _ in range(TRIES):
            try:
                self._append(event)
            except AppendConflict as conflict:
                failure = conflict
            except (BadRequest, Unavailable) as error:
                raise Unavailable(NOT_RECORDED) from error
            else:
                return
        raise Unavailable(NOT_RECORDED) from failure

    def _append(self, event: SealedLooked) -> None:
        view, now = self.office(), self.clock()
        place = self._place()
        audience = _audience(view.office, self.keyring.person)
        # Whoever is counsel now can read all of it from here on.
        wrap = self.custody.sealed_wrap(place.stream, place.secrets, audience, now)
        act = Act("look", {})
        role, under = _right(view.office, self.keyring.person, act, now)
        signing = Signing(self.keyring, role, under, view, now)
        new = Appending(place, (event,), wraps=(wrap,), behind=True)
        self.writer.append(new, act, signing)
        with suppress(Unavailable):
            self.custody.settle(self.home.vault)

    def _place(self) -> Place:
        """Where this person's next look goes: after the last one, or in a stream of its own."""
        vault = self.home.vault
        for stream, secrets, first in _streams(self.home, self.custody, self.keyring):
            if first.recorded_by != self.keyring.person:
                continue
            seq = vault.last_seq(stream)
            if vault.committed_seq(stream) != seq:
                raise EvidenceCorrupt("The last record of a stream was taken away. Call counsel.")
            (row,) = vault.rows(stream, after=seq - 1, limit=1)
            last = unseal(self.home.origin, row, secrets)
            return Place(stream, vault, secrets, seq, last.e, last.record.recorded_at)
        return new_place(new_stream(), vault, StreamSecrets.generate())


class WatchedReader(SealedReader):
    """A reader of sealed matters for a door: what it gives was recorded as looked at before."""

    def __init__(self, home: Home, custody: Custody, keyring: Keyring, looks: Looks) -> None:
        """Look among sealed matters as the person of the keyring."""
        super().__init__(home, custody, keyring)
        self._looks = looks
        self._told: set[str] | None = None

    def case(self, reference: str) -> CaseFile:
        """See `Reader.case`.

        Raises:
            NotFound, EvidenceCorrupt: see there.
            Unavailable: the look could not be recorded.
        """
        try:
            file = super().case(reference)
        except (NotFound, EvidenceCorrupt):
            self.tell(())
            raise
        self.tell((file.reference,) if file.sealed or file.intakes or file.advice else ())
        return file

    def sealed_references(self) -> tuple[str, ...]:
        """See `Reader.sealed_references`.

        Raises:
            Unavailable: the look could not be recorded.
        """
        found = super().sealed_references()
        self.tell(found)
        return found

    def streams_shown(self) -> tuple[Stream, ...]:
        """See `Reader.streams_shown`.

        Raises:
            EvidenceCorrupt: see there.
            Unavailable: the look could not be recorded.
        """
        shown = super().streams_shown()
        firsts = (one.records[0].event for one in shown if one.store.name != "open")
        self.tell(tuple(sorted({one for first in firsts for one in _reference(first)})))
        return shown

    def tell(self, matters: tuple[str, ...]) -> None:
        """Record what is about to be shown, unless this reader showed it before."""
        known = self._told or set()
        fresh = tuple(one for one in matters if one not in known)
        if fresh or self._told is None:
            self._looks.record(fresh)
            self._told = known | set(fresh)


def looks_of(
    home: Home, custody: Custody, keyring: Keyring, since: datetime
) -> tuple[Recorded, ...]:
    """Every look that was recorded at or after an instant and opens to this person, oldest first.

    Raises:
        EvidenceCorrupt: one was altered or taken away.
    """
    found = [
        recorded(one)
        for stream, secrets, _ in _streams(home, custody, keyring)
        for one in read_stream(home.origin, home.vault, stream, secrets)
        if one.record.recorded_at >= since
    ]
    return tuple(sorted(found, key=lambda one: (one.recorded_at, one.ref)))


def _streams(
    home: Home, custody: Custody, keyring: Keyring
) -> Iterator[tuple[bytes, StreamSecrets, Recorded]]:
    """The streams of looks that a keyring opens, each with its first record."""
    stores = (home.open, home.vault, home.inbox)
    for stream, secrets in sorted(custody.openable(keyring, stores).streams.items()):
        rows = home.vault.rows(stream, limit=1)
        if rows:
            (first,) = open_rows(home.origin, rows, secrets, after=0, head=ZERO_HASH)
            told = recorded(first)
            if isinstance(told.event, SealedLooked):
                yield stream, secrets, told


def _audience(office: Office, person: str) -> dict[str, str]:
    """Counsel, custodian and the person: whoever looks can always write it down."""
    others = [one for one in office.attesters() if one not in (person, RECOVERY)]
    return office.readers([person, *others[: AUDIENCE - 1]])


def _right(office: Office, person: str, act: Act, now: datetime) -> tuple[str, str | None]:
    """In which role a person signs a look, and under what: as for any fact.

    Raises:
        NotPermitted: the person is a designee and nothing else, and nobody is recorded as absent.
    """
    if office.roles_of(person) != {"designee"}:
        return choose_role(office, person, None, None), None
    under = acts_under(office, Case(), "designee", act, now)
    if under is None:
        raise NotPermitted("As a designee you look among sealed matters in a recorded absence.")
    return "designee", under


def _reference(first: object) -> tuple[str, ...]:
    match first:
        case IntakeSaved(about=reference) | CaseKeptSealed(reference=reference):
            return (reference,)
        case _:
            return ()
