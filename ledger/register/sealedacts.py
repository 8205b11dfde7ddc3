"""Acts among sealed matters, for who looks there: the vault's side of `handle`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from weakref import WeakKeyDictionary

from keys.keyring import Keyring
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.vault_events import LookReason
from ledger.errors import LedgerError
from ledger.guard.keeping import Guard
from ledger.home import Home
from ledger.register.acts import Act, Receipt, RecordReceipt
from ledger.register.answers import known_answer
from ledger.register.appending import Appending, Signing, head_of, place_after
from ledger.register.aside import Aside
from ledger.register.audience import Audience
from ledger.register.custody import Custody
from ledger.register.erasure import VAULT_OFFICE, SealedErasing
from ledger.register.exposure import with_exposed
from ledger.register.judging import judge
from ledger.register.kept import check_version
from ledger.register.locks import exclusive
from ledger.register.looking import End, Looks
from ledger.register.reading import CaseFile, OfficeView, Reader
from ledger.register.roles import signing_of
from ledger.register.sealedreading import SealedReader
from ledger.register.sealedstreams import SealedKept
from ledger.register.triage import Triage, settle_surely
from ledger.register.watching import WatchedReader
from ledger.register.writing import VaultWriter

CHANGES_ROSTER = (e.TaskAssigned, e.AudienceMemberAdded, e.AudienceMemberRemoved, e.RecusalRecorded)


class SealedActs:
    """Acts and reads among sealed matters, for one register."""

    def __init__(
        self,
        home: Home,
        custody: Custody,
        service: Reader,
        clock: Callable[[], datetime],
        guard: Guard,
    ) -> None:
        """`service` reads the open side; `clock` gives the current instant, as for the register."""
        self._guard = guard
        self._home = home
        self._custody = custody
        self._service = service
        self._clock = clock
        self._writer = VaultWriter(home)
        self._aside = Aside(home, custody, self._writer)
        self._erasing = SealedErasing(home, custody, self._writer, self._signing)
        self._own_looks: WeakKeyDictionary[Keyring, dict[bool, End]] = WeakKeyDictionary()
        self._kept: WeakKeyDictionary[Keyring, SealedKept] = WeakKeyDictionary()

    # ---- reading ----

    def reader(self, keyring: Keyring) -> SealedReader:
        """Read as a person."""
        return SealedReader(self._home, self._custody, keyring)

    def watched(
        self, keyring: Keyring, reason: LookReason, glass: str | None = None
    ) -> WatchedReader:
        """Read as a person at a door, where each look is recorded."""
        looks, kept = self.looks(keyring, reason, glass), self._kept.get(keyring)
        if kept is None:
            kept = self._kept.setdefault(keyring, SealedKept())
        return WatchedReader(self._home, self._custody, keyring, looks, self._service, kept)

    def looks(self, keyring: Keyring, reason: LookReason, glass: str | None = None) -> Looks:
        """Where the looks of a person are recorded."""
        parts = (self._home, self._custody, self._writer, keyring, reason)
        own = self._own_looks.setdefault(keyring, {})
        return Looks(*parts, self._service.office, self._clock, glass, own)

    # ---- acting ----

    def erase(self, view: OfficeView, keyring: Keyring, act: Act) -> Receipt:
        """Record a proposal of an erasure, or an assent.

        Raises: as `Erasing.handle`.
        """
        known = self._known(keyring, act)
        return known or self._erasing.handle(view, self.reader(keyring), keyring, act)

    def handle(
        self,
        view: OfficeView,
        keyring: Keyring,
        act: Act,
        event: e.Event,
        expected: bytes | None = None,
    ) -> Receipt:
        """Carry out an act in a case that is sealed, or that is opened, sealed or advised on.

        Raises: as `Register.handle`.
        """
        known = self._known(keyring, act)
        if known is not None:
            return known
        if not isinstance(event, CHANGES_ROSTER):
            return self._in_case(view, keyring, act, event, expected)
        # From reading the roster to wrapping for it nobody may open the matter: its keys would be
        # sealed again, and the open case lost to its staff.
        with exclusive(self._home.path / "triage.lock", "deciding on a case"):
            return self._in_case(view, keyring, act, event, expected)

    def _known(self, keyring: Keyring, act: Act) -> Receipt | None:
        """The answer of the same command, if it was carried out before in the vault."""
        found = known_answer(keyring, act, (self._home.vault,))
        if found is None:
            return None
        store, case, records = found
        if act.command == e.CaseKeptSealed.COMMAND:
            # It may have broken off before the open forgot the case.
            settle_surely(self._custody, store)
        if case != VAULT_OFFICE and act.command != e.RecusalRecorded.COMMAND:
            # It may go on without them; then it is as one that never was. Who recuses themself is
            # answered: the act was theirs, and the last one.
            self.reader(keyring).case(case)
        return self._writer.answer(store, case, records)

    def _in_case(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event, expected: bytes | None
    ) -> Receipt:
        file = self.reader(keyring).case(act.case or "")
        if not file.sealed:
            # Triage may have left its keys on their way.
            self._custody.settle_soon(self._home.open)
        if isinstance(event, e.CaseKeptSealed):
            event = with_exposed(event, file.case, self._service.office_stream().records)
        try:
            triages = isinstance(event, e.CaseOpened | e.CaseKeptSealed)
            check_version(file, expected, waiting=triages)
            signing = self._signing(view, keyring, act, event, file.case)
            judge(self._home, file.case, event, act, signing)
        except LedgerError:
            if file.sealed:
                # What is done is recorded in the matter; what is refused tells of it as well.
                self.looks(keyring, "act").at(file)
            raise
        match event:
            case e.CaseOpened() | e.CaseKeptSealed():
                triage = Triage(self._home, self._custody, self._writer)
                receipts = triage.carry_out(file, event, act, signing)
            case e.AdviceGiven():
                receipts = self._aside.advise(file, head_of(file), event, act, signing)
            case e.TaskAssigned():
                place = place_after(head_of(file))
                receipts = self._aside.assign(file, place, event, act, signing)
            case _:
                receipts = self._append(file, event, act, signing)
        # Across stores the append cannot be conditional on the office: it is said when that moved.
        is_open = not file.sealed and not isinstance(event, e.AdviceGiven)
        moved = not is_open and self._service.office().head != signing.view.head
        lacking = self._guard.follow(
            event, lambda: self.reader(keyring).case(file.reference).case, act.command_id
        )
        return Receipt(file.reference, receipts, moved, lacking)

    def _append(
        self, file: CaseFile, event: e.Event, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        place = place_after(head_of(file))
        audience = Audience(self._home, self._custody, self._writer)
        if isinstance(event, e.AudienceMemberAdded):
            audience.admit(file, event.person, signing)
        elif isinstance(event, e.AudienceMemberRemoved | e.RecusalRecorded) and audience.lets_go(
            file, event, signing
        ):
            return audience.go_on_without(file, place, event, act, signing)
        new = Appending(place, (event,), answers=file.reference)
        with self._guard.pledged(event, act.command_id):
            return self._writer.append(new, act, signing).receipts

    def _signing(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event | None, case: Case
    ) -> Signing:
        return signing_of(view, keyring, act, event, case, self._clock())
