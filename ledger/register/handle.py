"""The register: the only place that acts.

    act ─► load (fold) ─► decide (law) ─► seal (sign, chain, encrypt) ─► append ─► receipt

An act names a case by its reference, or the office, or a new visit. Facts about a matter that is
not open to the person go through the desk (`intake`), which reads nothing; that is why nothing here
can tell a sealed reference from one that does not exist.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from keys.keyring import Keyring
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.office import Office
from ledger.domain.office_events import KeyEnrolled, LedgerRestored, PackActivated
from ledger.domain.vault_events import LookReason
from ledger.errors import (
    AppendConflict,
    BadRequest,
    CommandReused,
    LedgerError,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RequestRefused,
    Unavailable,
)
from ledger.evidence.acts import CLOSED
from ledger.home import Home
from ledger.register.acts import OFFICE, Act, Receipt, RecordReceipt, check_act
from ledger.register.answers import known_answer
from ledger.register.aside import Aside
from ledger.register.audience import Audience
from ledger.register.custody import Custody
from ledger.register.erasure import VAULT_OFFICE, Erasing, concerns_erasure
from ledger.register.exposure import with_exposed
from ledger.register.intake import Intake
from ledger.register.judging import check_kept, judge
from ledger.register.locks import exclusive
from ledger.register.looking import Looks, WatchedReader
from ledger.register.proposing import check_place, concerns_one_case, propose
from ledger.register.reading import CaseFile, OfficeView, Reader, Stream
from ledger.register.records import recorded_as
from ledger.register.restored import CONFIRM, check_confirmed, check_found
from ledger.register.roles import acts_under, check_desk, choose_role
from ledger.register.triage import Triage
from ledger.register.writing import Appending, Place, Signing, Writer
from ledger.stores.store import Store

__all__ = ["CLEARED_ROLES", "Register", "place_after"]

Clock = Callable[[], datetime]
CLEARED_ROLES = frozenset({"custodian", "director", "designee", "counsel"})
CHANGES_ROSTER = (e.TaskAssigned, e.AudienceMemberAdded, e.AudienceMemberRemoved, e.RecusalRecorded)
TRIES = 3


class Register:
    """Records acts in one ledger, for people whose keyrings are unlocked."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """`clock` gives the current instant in UTC, in whole seconds."""
        self._home = home
        self._clock = clock
        self._custody = Custody(home)
        self._writer = Writer(home)
        self._aside = Aside(home, self._custody, self._writer)
        self._service = Reader(home, self._custody, None, vault=False)
        self._erasing = Erasing(home, self._custody, self._writer, self._signing)

    def reader(self, keyring: Keyring | None, *, vault: bool | None = None) -> Reader:
        """Read as a person. Sealed matters are looked for where the person's role makes that usual,
        or where they ask for it (`vault`).

        Raises:
            NotPermitted: the key is not enrolled, or was revoked.
        """
        if keyring is not None:
            view = self.office()
            self._check_key(view.office, keyring)
            vault = self._is_cleared(view, keyring) if vault is None else vault
        return Reader(self._home, self._custody, keyring, vault=bool(vault))

    def looking(
        self,
        keyring: Keyring,
        reason: LookReason,
        *,
        vault: bool | None = None,
        glass: str | None = None,
    ) -> Reader:
        """Read as a person at a door: as `reader`, but each look among sealed matters is recorded
        for counsel before it shows anything. `glass` is why the person looks outside of their
        ordinary course, if they do.

        Raises:
            NotPermitted: the key is not enrolled, or was revoked.
        """
        plain = self.reader(keyring, vault=vault)
        if not plain.looks_among_sealed:
            return plain
        looks = self.looks(keyring, reason, glass)
        return WatchedReader(self._home, self._custody, keyring, looks)

    def looks(self, keyring: Keyring, reason: LookReason, glass: str | None = None) -> Looks:
        """Where the looks of a person are recorded."""
        parts = (self._home, self._custody, self._writer, keyring, reason)
        return Looks(*parts, self.office, self._clock, glass)

    def office(self) -> OfficeView:
        """The office now."""
        return self._service.office()

    def handle(self, keyring: Keyring, act: Act, *, vault: bool | None = None) -> Receipt:
        """Carry out one act, durably, or not at all.

        Raises:
            BadRequest: unknown command or wrong fields.
            NotFound: the case is not open to this person, or does not exist: no telling which.
            NotPermitted: the key or role does not allow it.
            RequestRefused: the law in force says no; carries every provision.
            AppendConflict: somebody else kept writing first.
            Unavailable, EvidenceCorrupt: see there.
        """
        check_act(act, self._clock())
        left: AppendConflict | OutcomeUnknown = AppendConflict()
        for _ in range(TRIES):
            try:
                return self._handle(keyring, act, vault)
            except AppendConflict as conflict:
                left = left if isinstance(left, OutcomeUnknown) else conflict
            except OutcomeUnknown as unknown:
                # The command's own row tells whether it was recorded; asked first, each time.
                left = unknown
            except Unavailable:
                if isinstance(left, OutcomeUnknown):
                    break
                raise
            # Whatever it is that does not fit: this time everything is read from the disk.
            self._service.forget_kept()
        raise left

    def _handle(self, keyring: Keyring, act: Act, vault: bool | None) -> Receipt:
        done = self._as_known(keyring, act, vault)
        if done is not None:
            return done
        # One look at the open store; that it still holds is a condition of the append.
        with self._home.open.snapshot():
            view = self.office()
            if act.command != CONFIRM:
                check_confirmed(self._home, view.office)
            self._check_key(view.office, keyring)
            known = self._known(view, keyring, act, vault, (self._home.open, self._home.inbox))
            if known is not None:
                return known
            file = self._open_case(view, act)
        if file is not None:
            return self._in_open_case(view, file, keyring, act)
        if act.command == "intake":
            signing = self._signing(view, keyring, act, None, Case())
            saved = Intake(self._home, self._custody, self._writer).save(act, signing)
            return replace(saved, office_changed=self._office_moved(signing))
        if concerns_erasure(act, view.office):
            return self._erasing.handle(view, self.reader(keyring, vault=vault), keyring, act)
        event = propose(act)
        check_place(act, event)
        if act.case == OFFICE:
            return self._in_office(view, keyring, act, event)
        if act.case is None:
            raise BadRequest("Say which case: give its reference, or log a visit with `case new`.")
        return self._in_case(view, self.reader(keyring, vault=vault), keyring, act, event)

    # ---- the office ----

    def _in_office(self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event) -> Receipt:
        signing = self._signing(view, keyring, act, event, Case())
        if isinstance(event, PackActivated):
            check_kept(self._home, event)
        judge(self._home, Case(), event, act, signing)
        if isinstance(event, KeyEnrolled):
            self._custody.check_held(event.person, event.key)
        if isinstance(event, LedgerRestored):
            check_found(self._home, event)
        stream = self._service.office_stream()
        if stream.last.e != view.head.head:
            # The office went on since it was decided on; then it is decided again.
            raise AppendConflict
        new = Appending(place_after(stream), (event,), answers=OFFICE)
        written = self._writer.append(new, act, signing)
        return Receipt(OFFICE, written.receipts)

    # ---- cases ----

    def _as_known(self, keyring: Keyring, act: Act, vault: bool | None) -> Receipt | None:
        """Act in an open case on what is known of it, without reading; None where that does not do.

        The append holds only if office and case still are as they are known (ADR 0013). Nothing
        else is answered from memory: a "no" is said of what lies on the disk now.
        """
        known = self._service.known_case(act.case) if act.case and concerns_one_case(act) else None
        if known is None:
            return None
        view, file = known
        try:
            check_confirmed(self._home, view.office)
            self._check_key(view.office, keyring)
            elsewhere = self._known(view, keyring, act, vault, (self._home.inbox,))
            return None if elsewhere else self._in_open_case(view, file, keyring, act)
        except OutcomeUnknown:
            raise
        except (
            *(AppendConflict, BadRequest, CommandReused, NotFound, NotPermitted),
            *(RequestRefused, Unavailable),
        ):
            return None

    def _open_case(self, view: OfficeView, act: Act) -> CaseFile | None:
        """The open case that an act concerns, if it concerns nothing that is sealed."""
        if act.case is None or not concerns_one_case(act) or concerns_erasure(act, view.office):
            return None
        return self._service.open_case(act.case)

    def _in_open_case(
        self, view: OfficeView, file: CaseFile, keyring: Keyring, act: Act
    ) -> Receipt:
        """Most acts are of this kind. One costs the same whatever sealed matters there are, for
        those who may see them and for those who may not.
        """
        event = propose(act)
        signing = self._signing(view, keyring, act, event, file.case)
        judge(self._home, file.case, event, act, signing)
        self._check_links(event)
        new = Appending(place_after(_head(file)), (event,), answers=file.reference)
        written = self._writer.append(new, act, signing)
        self._service.wrote(file, written.rows, [recorded_as(event, one) for one in written.rows])
        if self._service.keys_on_their_way:
            Triage(self._home, self._custody, self._writer).finish_opening(file.streams)
        return Receipt(file.reference, written.receipts)

    def _check_links(self, event: e.Event) -> None:
        """See that what an open case points to stands open: a link to a sealed matter stands in
        that matter; here it is as if it never was.

        Raises:
            NotFound: it does not.
        """
        match event:
            case e.CaseLinked(to=reference) if self._service.open_case(reference) is None:
                raise NotFound
            case e.PriorDisclosureQueryAnswered(given_as=str(record)):
                self._service.stream(bytes.fromhex(record.partition(":")[0]))
            case _:
                return

    def _in_case(
        self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act, event: e.Event
    ) -> Receipt:
        if not isinstance(event, CHANGES_ROSTER):
            return self._in_that_case(view, reader, keyring, act, event)
        # From reading the roster to wrapping for it nobody may open the matter: its keys would be
        # sealed again, and the open case lost to its staff.
        with exclusive(self._home.path / "triage.lock", "deciding on a case"):
            return self._in_that_case(view, reader, keyring, act, event)

    def _in_that_case(
        self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act, event: e.Event
    ) -> Receipt:
        file = reader.case(act.case or "")
        triage = Triage(self._home, self._custody, self._writer)
        if not file.sealed:
            triage.finish_opening(file.streams)
        if isinstance(event, e.CaseKeptSealed):
            event = with_exposed(event, file.case, self._service.office_stream().records)
        try:
            signing = self._signing(view, keyring, act, event, file.case)
            judge(self._home, file.case, event, act, signing)
        except LedgerError:
            if file.sealed:
                # What is done is recorded in the matter; what is refused tells of it as well.
                self.looks(keyring, "act").at(file)
            raise
        match event:
            case e.CaseOpened() | e.CaseKeptSealed():
                receipts = triage.carry_out(file, event, act, signing)
            case e.AdviceGiven():
                receipts = self._aside.advise(file, _head(file), event, act, signing)
            case e.TaskAssigned():
                place = place_after(_head(file))
                receipts = self._aside.assign(file, place, event, act, signing)
            case _:
                receipts = self._append(file, event, act, signing)
        reader.forget_sealed()
        is_open = not file.sealed and not isinstance(event, e.AdviceGiven)
        return Receipt(file.reference, receipts, not is_open and self._office_moved(signing))

    def _append(
        self, file: CaseFile, event: e.Event, act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        place = place_after(_head(file))
        audience = Audience(self._home, self._custody, self._writer)
        if isinstance(event, e.AudienceMemberAdded):
            audience.admit(file, event.person, signing)
        elif isinstance(event, e.AudienceMemberRemoved | e.RecusalRecorded) and audience.lets_go(
            file, event, signing
        ):
            return audience.go_on_without(file, place, event, act, signing)
        new = Appending(place, (event,), answers=file.reference)
        return self._writer.append(new, act, signing).receipts

    # ---- what every act goes through ----

    def _signing(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event | None, case: Case
    ) -> Signing:
        now = self._clock()
        role = choose_role(view.office, keyring.person, act.role, event)
        check_desk(role, act)
        if act.actor is not None and view.office.key_of(act.actor) is None:
            raise BadRequest("Who did it is not enrolled here. Name them in a text field instead.")
        under = acts_under(view.office, case, role, act, now)
        if role == "designee" and under is None and not isinstance(event, e.Decision):
            raise NotPermitted("As a designee you act in a recorded absence. Use another role.")
        return Signing(keyring, role, under, view, now)

    def _check_key(self, office: Office, keyring: Keyring) -> None:
        key = office.key_of(keyring.person)
        own = base64.b64encode(keyring.public.signing).decode()
        if key is None or key.key != own:
            raise NotPermitted("Your key is not enrolled in this ledger, or was revoked.")

    def _known(
        self,
        view: OfficeView,
        keyring: Keyring,
        act: Act,
        vault: bool | None,
        stores: Sequence[Store],
    ) -> Receipt | None:
        """The answer of the same command, if it was carried out before in one of these stores, or
        in the vault, where that is asked at all.
        """
        if vault or (vault is None and self._is_cleared(view, keyring)):
            stores = (*stores, self._home.vault)
        found = known_answer(keyring, act, stores)
        if found is None:
            return None
        store, case, records = found
        if store is not self._home.inbox and case not in (OFFICE, VAULT_OFFICE):
            self._check_still_open(store, case, keyring, act, vault)
        # Only what survives the next failure is acknowledged, to whomever asks again.
        store.confirm()
        return Receipt(
            case, tuple(self._writer.receipt(store, ref, kind, e) for ref, kind, e in records)
        )

    def _check_still_open(
        self, store: Store, case: str, keyring: Keyring, act: Act, vault: bool | None
    ) -> None:
        """See that the case of an act that is repeated is still open to the person.

        Raises:
            NotFound: it was sealed since, or goes on without them; as one that never was.
        """
        is_open = store is self._home.open and self._home.open.labelled(case) is not None
        if not is_open and act.command != e.RecusalRecorded.COMMAND:
            # Who recuses themself is answered: the act was theirs, and the last one.
            self.reader(keyring, vault=vault).case(case)

    def _is_cleared(self, view: OfficeView, keyring: Keyring) -> bool:
        return bool(CLEARED_ROLES & view.office.roles_of(keyring.person))

    def _office_moved(self, signing: Signing) -> bool:
        """Across stores the append cannot be conditional on the office: say when it moved."""
        return self.office().head != signing.view.head


def place_after(stream: Stream) -> Place:
    """The place of a stream's next record.

    Raises:
        AppendConflict: the stream was closed; another continues it.
    """
    last = stream.last
    if last.record.type == CLOSED:
        raise AppendConflict
    record = last.record
    return Place(stream.id, stream.store, stream.secrets, record.seq, last.e, record.recorded_at)


def _head(file: CaseFile) -> Stream:
    if file.head is None:
        raise BadRequest(
            "This visit was not triaged yet. The custodian decides first: open, or keep-sealed."
        )
    return file.head
