"""Reading sealed matters at a door: what is read was recorded as looked at before it shows.

A designee looks at waiting visits while who they stand in for is away. Outside of that they break
the glass: they say why, and a second person answers for it (ADR 0016).

Cites: threats §0 (8), §4 "Read audit".
"""

from __future__ import annotations

from keys.keyring import Keyring
from ledger.domain.case import Case
from ledger.domain.fields import parse_reference
from ledger.domain.office import Office
from ledger.domain.vault_events import GlassBroken
from ledger.errors import EvidenceCorrupt, NotFound, NotPermitted
from ledger.home import Home
from ledger.register.custody import Custody
from ledger.register.looked import left_out_of
from ledger.register.looking import Looks, in_absence
from ledger.register.matters import groups
from ledger.register.reading import CaseFile, OfficeView, Reader, Stream
from ledger.register.roster import is_apart, matter_begun
from ledger.register.sealedreading import SealedReader
from ledger.register.sealedstreams import SealedKept

OUT_OF_COURSE = (
    "Nobody for whom you stand in is recorded as absent, so this visit is not yours to read."
    " Record the absence first. Where that cannot wait: break-glass open"
)


class WatchedReader(SealedReader):
    """A reader of sealed matters for a door: what it gives was recorded as looked at before."""

    def __init__(
        self,
        home: Home,
        custody: Custody,
        keyring: Keyring,
        looks: Looks,
        service: Reader,
        kept: SealedKept,
    ) -> None:
        """Look among sealed matters as the person of the keyring, who opened before what is kept;
        what was sealed to others or erased since is let go.
        """
        super().__init__(home, custody, keyring, service, kept)
        self._looks = looks
        self._office: OfficeView | None = None
        self._person = keyring.person
        self._told: dict[bool, set[str]] = {}
        self._read: dict[str, CaseFile] = {}

    def office(self) -> OfficeView:
        """See `Reader.office`: as the service folds it, and for one look the same throughout."""
        if self._office is None:
            self._office = self._looks.office()
        return self._office

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
        office = self.office().office
        apart = is_apart(file.whole, office)
        if self._is_in_course(office, file.whole, waits=file.head is None):
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
        office = self.office().office
        shown: dict[bool, list[str]] = {False: [], True: []}
        for reference in super().sealed_references():
            try:
                file = self._read[reference] = super().case(reference)
            except (NotFound, EvidenceCorrupt):
                # It is listed, and asking for it says what is wrong. Nobody knows whose it is.
                shown[True].append(reference)
                continue
            if self._is_in_course(office, file.whole, waits=file.head is None):
                shown[is_apart(file.whole, office)].append(reference)
        self._tell_each(shown)
        return tuple(sorted({*shown[False], *shown[True]}))

    def streams_shown(self) -> tuple[Stream, ...]:
        """See `Reader.streams_shown`; but for what is outside of the person's ordinary course.

        Raises:
            EvidenceCorrupt: see there.
            Unavailable: the look could not be recorded.
        """
        streams, office = super().streams_shown(), self.office().office
        shown: dict[bool, list[str]] = {False: [], True: []}
        left_out: set[bytes] = set()
        for group in groups({one.id: one for one in streams if one.store.name != "open"}):
            if not self._is_in_course(office, group.case, waits=not group.is_triaged):
                left_out |= {one.id for one in group.streams}
                continue
            begun = (matter_begun(one.records[0].event) for one in group.streams)
            apart = is_apart(group.case, office)
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

    def _is_in_course(self, office: Office, case: Case, *, waits: bool) -> bool:
        """Whether the person's office, or the matter's roster, has them read this. A waiting visit
        is a designee's while who they stand in for is away.
        """
        roles = office.roles_of(self._person)
        if not waits or "designee" not in roles or roles & {"custodian", "counsel"}:
            return True
        now = self._looks.clock()
        return self._person in case.audience or in_absence(office, case, now) is not None

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
