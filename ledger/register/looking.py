"""Looking among sealed matters: each look is recorded where counsel sees it, before it shows.

    read ─► record who looked, why, and which matters ─► show

Each person's looks stand in two streams of their own: those at matters of which the custodian knows
are sealed to counsel, to the custodian and to that person; those at other matters to counsel and
that person. So somebody who may not read the vault's office can write here, no look waits for
another person's, and no custodian learns from looks what was kept from them (ADR 0011 and 0016).
They go behind all acts in the log, since nobody holds a receipt of one; so whoever looks often
delays nobody. Where a look cannot be recorded, nothing is shown.

A designee looks at waiting visits while who they stand in for is away. Outside of that they break
the glass: they say why, and a second person answers for it.

Cites: threats §0 (8), §4 "Read audit".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import StreamSecrets
from ledger.domain.case import Case
from ledger.domain.evolve import replay
from ledger.domain.fields import parse_reference
from ledger.domain.office import RECOVERY, Office, Recorded
from ledger.domain.vault_events import (
    GlassBroken,
    GlassConfirmed,
    LeftOut,
    LookReason,
    SealedLooked,
)
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
from ledger.register.judging import judge
from ledger.register.matters import groups
from ledger.register.reading import CaseFile, OfficeView, Stream
from ledger.register.records import open_rows, read_stream, recorded
from ledger.register.roles import acts_under, choose_role
from ledger.register.roster import COUNSEL, fitting, is_apart, matter_begun
from ledger.register.seal import unseal
from ledger.register.sealedreading import SealedReader
from ledger.register.writing import Appending, Place, Signing, VaultWriter, new_place, new_stream

NOT_RECORDED = (
    "Nothing is shown: that you looked among sealed matters could not be recorded for counsel."
    " Try again; if it stays so, call the operator."
)
OUT_OF_COURSE = (
    "Nobody for whom you stand in is recorded as absent, so this visit is not yours to read."
    " Record the absence first. Where that cannot wait: break-glass open"
)
TRIES = 3
Looked = SealedLooked | GlassBroken


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

    def record(self, matters: tuple[str, ...], *, apart: bool = False) -> None:
        """Record one look and the references of what it is about to show, durably; `apart` where
        the custodian has no part in these matters.

        Raises:
            Unavailable: it could not be recorded; then nothing may be shown.
            EvidenceCorrupt: what was recorded before was altered.
        """
        event = SealedLooked(reason=self.reason, matters=matters, left_out=left_out_of(apart=apart))
        self.write(event, apart=apart)

    def at(self, file: CaseFile) -> None:
        """Record a look at one matter that is sealed. Raises as `record`."""
        self.record((file.reference,), apart=is_apart(file.whole, self.office().office))

    def write(self, event: Looked, *, apart: bool) -> None:
        """Write behind the person's own looks. Raises as `record`."""
        self._try(event, self.keyring.person, lambda: self._place(apart=apart), apart=apart)

    def answer(self, look: Recorded, event: GlassConfirmed) -> None:
        """Write an answer behind the looks of whoever broke the glass.

        Raises:
            NotFound: these looks are not open to this person.
            RequestRefused: the law forbids the answer.
            Unavailable, EvidenceCorrupt: as `record`.
        """
        stream = bytes.fromhex(look.stream)
        secrets = self.custody.secrets(stream, self.keyring, (self.home.vault,))
        apart = is_left_out(look)
        self._try(event, look.recorded_by, lambda: self._after(stream, secrets), apart=apart)

    def _try(
        self,
        event: Looked | GlassConfirmed,
        whose: str,
        place: Callable[[], Place],
        *,
        apart: bool,
    ) -> None:
        failure: Exception = AppendConflict()
        for _ in range(TRIES):
            try:
                self._append(event, whose, place(), apart=apart)
            except AppendConflict as conflict:
                failure = conflict
            except (BadRequest, Unavailable) as error:
                raise Unavailable(NOT_RECORDED) from error
            else:
                return
        raise Unavailable(NOT_RECORDED) from failure

    def _append(
        self, event: Looked | GlassConfirmed, whose: str, place: Place, *, apart: bool
    ) -> None:
        view, now = self.office(), self.clock()
        role, under = _right(view.office, self.keyring.person, now)
        act, signing = _look(), Signing(self.keyring, role, under, view, now)
        if isinstance(event, GlassConfirmed):
            told = read_stream(self.home.origin, place.store, place.stream, place.secrets)
            judge(self.home, replay(map(recorded, told)), event, act, signing)
        # Whoever is counsel now can read all of it from here on.
        audience = _audience(view.office, whose, apart=apart)
        wrap = self.custody.sealed_wrap(place.stream, place.secrets, audience, now)
        new = Appending(place, (event,), wraps=(wrap,), behind=True)
        self.writer.append(new, act, signing)
        with suppress(Unavailable):
            self.custody.settle(self.home.vault)

    def _place(self, *, apart: bool) -> Place:
        """Where the person's next look goes: after the last one, or in a stream of its own."""
        for stream, secrets, first in streams_of_looks(self.home, self.custody, self.keyring):
            if first.recorded_by == self.keyring.person and is_left_out(first) is apart:
                return self._after(stream, secrets)
        return new_place(new_stream(), self.home.vault, StreamSecrets.generate())

    def _after(self, stream: bytes, secrets: StreamSecrets) -> Place:
        """The place after the last record of a stream of looks."""
        vault = self.home.vault
        seq = vault.last_seq(stream)
        if vault.committed_seq(stream) != seq:
            raise EvidenceCorrupt("The last record of a stream was taken away. Call counsel.")
        (row,) = vault.rows(stream, after=seq - 1, limit=1)
        last = unseal(self.home.origin, row, secrets)
        return Place(stream, vault, secrets, seq, last.e, last.record.recorded_at)


class WatchedReader(SealedReader):
    """A reader of sealed matters for a door: what it gives was recorded as looked at before."""

    def __init__(self, home: Home, custody: Custody, keyring: Keyring, looks: Looks) -> None:
        """Look among sealed matters as the person of the keyring."""
        super().__init__(home, custody, keyring)
        self._looks = looks
        self._person = keyring.person
        self._told: dict[bool, set[str]] = {}
        self._read: dict[str, CaseFile] = {}
        self.broke_glass = False

    def case(self, reference: str) -> CaseFile:
        """See `Reader.case`.

        Raises:
            NotFound, EvidenceCorrupt: see there.
            NotPermitted: it is outside of the person's ordinary course, and they break no glass.
            Unavailable: the look could not be recorded.
        """
        file = self._read.pop(parse_reference(reference) or "", None)
        try:
            file = file or super().case(reference)
        except (NotFound, EvidenceCorrupt):
            self.tell(())
            raise
        apart = is_apart(file.whole, self.office().office)
        if self._is_in_course(file.whole, waits=file.head is None):
            is_sealed = file.sealed or file.intakes or file.advice
            self.tell((file.reference,) if is_sealed else (), apart=apart)
        else:
            self._break_glass(file.reference, apart=apart)
        return file

    def sealed_references(self) -> tuple[str, ...]:
        """See `Reader.sealed_references`; but for what is outside of the person's ordinary course.

        Raises:
            Unavailable: the look could not be recorded.
        """
        shown: dict[bool, list[str]] = {False: [], True: []}
        for reference in super().sealed_references():
            try:
                file = self._read[reference] = super().case(reference)
            except (NotFound, EvidenceCorrupt):
                # It is listed, and asking for it says what is wrong. Nobody knows whose it is.
                shown[True].append(reference)
                continue
            if self._is_in_course(file.whole, waits=file.head is None):
                shown[is_apart(file.whole, self.office().office)].append(reference)
        self._tell_each(shown)
        return tuple(sorted({*shown[False], *shown[True]}))

    def streams_shown(self) -> tuple[Stream, ...]:
        """See `Reader.streams_shown`; but for what is outside of the person's ordinary course.

        Raises:
            EvidenceCorrupt: see there.
            Unavailable: the look could not be recorded.
        """
        streams = super().streams_shown()
        shown: dict[bool, list[str]] = {False: [], True: []}
        left_out: set[bytes] = set()
        for group in groups({one.id: one for one in streams if one.store.name != "open"}):
            if not self._is_in_course(group.case, waits=not group.is_triaged):
                left_out |= {one.id for one in group.streams}
                continue
            begun = (matter_begun(one.records[0].event) for one in group.streams)
            apart = is_apart(group.case, self.office().office)
            shown[apart] += [reference for reference in begun if reference is not None]
        self._tell_each(shown)
        return tuple(one for one in streams if one.id not in left_out)

    def tell(self, matters: tuple[str, ...], *, apart: bool = False) -> None:
        """Record what is about to be shown, unless this reader showed it before."""
        known = self._told.get(apart)
        fresh = tuple(one for one in matters if known is None or one not in known)
        if fresh or known is None:
            self._looks.record(fresh, apart=apart)
            self._told[apart] = {*(known or ()), *fresh}

    def _tell_each(self, shown: dict[bool, list[str]]) -> None:
        # A list is a look at all that there is, so whatever it shows, the custodian hears of it.
        self.tell(tuple(sorted(set(shown[False]))))
        if shown[True]:
            self.tell(tuple(sorted(set(shown[True]))), apart=True)

    def _is_in_course(self, case: Case, *, waits: bool) -> bool:
        """Whether the person's office, or the matter's roster, has them read this. A waiting visit
        is a designee's while who they stand in for is away.
        """
        office = self.office().office
        roles = office.roles_of(self._person)
        if not waits or "designee" not in roles or roles & {"custodian", "counsel"}:
            return True
        now = self._looks.clock()
        return (
            self._person in case.audience
            or acts_under(office, case, "designee", _look(), now) is not None
        )

    def _break_glass(self, reference: str, *, apart: bool) -> None:
        """Record why the person looks outside of their ordinary course, or refuse them the look.

        Raises:
            NotPermitted: they did not say why.
        """
        if self._looks.glass is None:
            # The refusal tells that there is such a visit, so it is a look as well.
            self.tell((reference,), apart=apart)
            raise NotPermitted(OUT_OF_COURSE)
        event = GlassBroken(
            way="designee",
            matters=(reference,),
            left_out=left_out_of(apart=apart),
            reason=self._looks.glass,
        )
        self._looks.write(event, apart=apart)
        self.broke_glass = True


def looks_of(
    home: Home, custody: Custody, keyring: Keyring, since: datetime
) -> tuple[Recorded, ...]:
    """Every look that was recorded at or after an instant and opens to this person, with the
    answers to those that broke the glass, oldest first.

    Raises:
        EvidenceCorrupt: one was altered or taken away.
    """
    found = [
        recorded(one)
        for stream, secrets, _ in streams_of_looks(home, custody, keyring)
        for one in read_stream(home.origin, home.vault, stream, secrets)
        if one.record.recorded_at >= since
    ]
    return tuple(sorted(found, key=lambda one: (one.recorded_at, one.ref)))


def streams_of_looks(
    home: Home, custody: Custody, keyring: Keyring
) -> Iterator[tuple[bytes, StreamSecrets, Recorded]]:
    """The streams of looks that a keyring opens, each with its first record."""
    stores = (home.open, home.vault, home.inbox)
    for stream, secrets in sorted(custody.openable(keyring, stores).streams.items()):
        rows = home.vault.rows(stream, limit=1)
        if rows:
            (first,) = open_rows(home.origin, rows, secrets, after=0, head=ZERO_HASH)
            told = recorded(first)
            if isinstance(told.event, Looked):
                yield stream, secrets, told


def is_left_out(look: Recorded) -> bool:
    """Whether a look is at matters in which the custodian has no part."""
    return isinstance(look.event, Looked) and look.event.left_out is not None


def left_out_of(*, apart: bool) -> LeftOut | None:
    return "custodian" if apart else None


def _look() -> Act:
    return Act("look", {})


def _audience(office: Office, person: str, *, apart: bool) -> dict[str, str]:
    """Counsel, custodian and the person: whoever looks can always write it down."""
    others = office.holders(COUNSEL) if apart else tuple(office.attesters())
    return fitting(office, [person, *(one for one in others if one != RECOVERY)])


def _right(office: Office, person: str, now: datetime) -> tuple[str, str | None]:
    """In which role a person signs a look, and under what: as for any fact.

    Raises:
        NotPermitted: the person is a designee and nothing else, and nobody is recorded as absent.
    """
    if office.roles_of(person) != {"designee"}:
        return choose_role(office, person, None, None), None
    under = acts_under(office, Case(), "designee", _look(), now)
    if under is None:
        raise NotPermitted("As a designee you look among sealed matters in a recorded absence.")
    return "designee", under
