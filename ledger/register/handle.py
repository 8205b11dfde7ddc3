"""The register: the only place that acts.

    act ─► load (fold) ─► decide (law) ─► seal (sign, chain, encrypt) ─► append ─► receipt

An act names a case by its reference, or the office, or a new visit. Facts about a matter that is
not open to the person go through the desk (`intake`), which reads nothing; that is why nothing here
can tell a sealed reference from one that does not exist.

Here is the open side: what it does, for whoever it is, neither asks the vault nor waits for it
(DESIGN §4.1). What is done among sealed matters, `sealedacts` does, for who looks there: that is
who is cleared by role, or asks to. Without a vault's home there is no such side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from keys.keyring import Keyring
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.office_events import KeyEnrolled, LedgerRestored, PackActivated
from ledger.domain.vault_events import LookReason
from ledger.errors import (
    AppendConflict,
    BadRequest,
    CommandReused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RequestRefused,
    Unavailable,
    VersionMoved,
)
from ledger.guard.keeping import Guard
from ledger.home import Home, OpenHome
from ledger.register.acts import OFFICE, Act, Receipt, check_act
from ledger.register.answers import known_answer
from ledger.register.appending import Appending, Signing, head_of, place_after
from ledger.register.custody import Custody
from ledger.register.erasure import Erasing, concerns_erasure
from ledger.register.intake import Intake
from ledger.register.judging import check_kept, judge
from ledger.register.kept import check_version
from ledger.register.looking import Looks
from ledger.register.officeview import OfficeFold, check_office
from ledger.register.proposing import check_place, concerns_one_case, propose
from ledger.register.reading import CaseFile, OfficeView, Reader
from ledger.register.records import recorded_as
from ledger.register.restored import CONFIRM, check_confirmed, check_found
from ledger.register.roles import check_key, signing_of
from ledger.register.sealedacts import SealedActs
from ledger.register.writing import Writer
from ledger.stores.store import Store

__all__ = ["CLEARED_ROLES", "Register", "place_after"]

Clock = Callable[[], datetime]
CLEARED_ROLES = frozenset({"custodian", "director", "designee", "counsel"})
NO_VAULT = "This program serves the open side, and looks nowhere else."
TRIES = 3


class Register:
    """Records acts in one ledger, for people whose keyrings are unlocked."""

    def __init__(self, home: OpenHome, clock: Clock, office: OfficeFold | None = None) -> None:
        """`clock` gives the current instant in UTC, in whole seconds; `office` is one that was
        folded before, in the same home or its open side.
        """
        self._home = home
        self._clock = clock
        self.custody = Custody(home)
        """What opened a stream once; opening one anew is dear."""
        self._writer = Writer(home)
        self._service = Reader(home, self.custody, office=office)
        self._guard = Guard(home, clock)
        self._erasing = Erasing(home, self.custody, self._writer, self._signing)
        self._sealed: SealedActs | None = None
        if isinstance(home, Home):
            self._sealed = SealedActs(home, self.custody, self._service, clock, self._guard)

    @property
    def sees_vault(self) -> bool:
        """Whether this is the vault's side."""
        return self._sealed is not None

    def reader(self, keyring: Keyring | None, *, vault: bool | None = None) -> Reader:
        """Read as a person. Sealed matters are looked for where the person's role makes that usual,
        or where they ask for it (`vault`); never on the open side.

        Raises:
            NotPermitted: the key is not enrolled, or was revoked.
        """
        side = None if keyring is None else self._side(self.office(), keyring, vault)
        if keyring is None or side is None:
            return Reader(self._home, self.custody, office=self.office_fold)
        return side.reader(keyring)

    def looking(
        self,
        keyring: Keyring,
        reason: LookReason,
        *,
        vault: bool | None = None,
        glass: str | None = None,
    ) -> Reader:
        """Read as a person at a door: as `reader`, but each look among sealed matters is recorded
        for counsel before it shows anything, and what stands open is not read from the disk again
        (`kept`). `glass` is why the person looks outside of their ordinary course, if they do.

        Raises:
            NotPermitted: the key is not enrolled, or was revoked.
        """
        side = self._side(self.office(), keyring, vault)
        # Whoever looks, and at whatever: what was sealed or erased since is let go.
        self._service.streams.check_keys()
        if side is None:
            return self._service
        return side.watched(keyring, reason, glass)

    def looks(self, keyring: Keyring, reason: LookReason, glass: str | None = None) -> Looks:
        """Where the looks of a person are recorded.

        Raises:
            NotPermitted: this is the open side.
        """
        if self._sealed is None:
            raise NotPermitted(NO_VAULT)
        return self._sealed.looks(keyring, reason, glass)

    @property
    def office_fold(self) -> OfficeFold:
        """How far the office was folded here."""
        return self._service.office_fold

    def office(self) -> OfficeView:
        """The office now."""
        return self._service.office()

    def handle(
        self,
        keyring: Keyring,
        act: Act,
        *,
        vault: bool | None = None,
        expected: bytes | None = None,
    ) -> Receipt:
        """Carry out one act, durably, or not at all. `expected` is the version (`kept.version_of`)
        of the case, or of the office, that the person saw, if the act is for that one only.

        Raises:
            BadRequest: unknown command or wrong fields.
            NotFound: the case is not open to this person, or does not exist: no telling which.
            NotPermitted: the key or role does not allow it.
            RequestRefused: the law in force says no; carries every provision.
            AppendConflict: somebody else kept writing first.
            VersionMoved: it is not as the person saw it.
            Unavailable, EvidenceCorrupt: see there.
        """
        check_act(act, self._clock())
        left: AppendConflict | OutcomeUnknown = AppendConflict()
        for _ in range(TRIES):
            try:
                return self._handle(keyring, act, vault, expected)
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

    def _handle(
        self, keyring: Keyring, act: Act, vault: bool | None, expected: bytes | None
    ) -> Receipt:
        done = self._as_known(keyring, act, vault, expected)
        if done is not None:
            return done
        # One look at the open store; that it still holds is a condition of the append.
        with self._home.open.snapshot():
            view = self.office()
            if act.command != CONFIRM:
                check_confirmed(self._home, view.office)
            side = self._side(view, keyring, vault)
            known = self._known(side, keyring, act, (self._home.open, self._home.inbox))
            if known is not None:
                return known
            file = self._open_case(view, act)
        if file is not None:
            return self._in_open_case(view, file, keyring, act, expected)
        if act.command == "intake":
            signing = self._signing(view, keyring, act, None, Case())
            saved = Intake(self._home, self.custody, self._writer).save(act, signing)
            return replace(saved, office_changed=self.office().head != view.head)
        if concerns_erasure(act, view.office):
            check_office(view, expected)
            if side is not None:
                return side.erase(view, keyring, act)
            return self._erasing.handle(view, self._service, keyring, act)
        event = propose(act)
        check_place(act, event)
        if act.case == OFFICE:
            return self._in_office(view, keyring, act, event, expected)
        if act.case is None:
            raise BadRequest("Say which case: give its reference, or log a visit with `case new`.")
        if side is not None:
            return side.handle(view, keyring, act, event, expected)
        raise self._no(view, keyring, act, event)

    def _side(self, view: OfficeView, keyring: Keyring, vault: bool | None) -> SealedActs | None:
        """The vault's side, for who looks there; None for everybody else.

        Raises:
            NotPermitted: the key is not enrolled, or was revoked; or somebody asks the open side.
        """
        check_key(view.office, keyring)
        if vault and self._sealed is None:
            raise NotPermitted(NO_VAULT)
        is_cleared = bool(CLEARED_ROLES & view.office.roles_of(keyring.person))
        return self._sealed if vault or (vault is None and is_cleared) else None

    # ---- the office ----

    def _in_office(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event, expected: bytes | None
    ) -> Receipt:
        check_office(view, expected)
        signing = self._signing(view, keyring, act, event, Case())
        if isinstance(event, PackActivated):
            check_kept(self._home, event)
        judge(self._home, Case(), event, act, signing)
        if isinstance(event, KeyEnrolled):
            self.custody.check_held(event.person, event.key)
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

    def _as_known(
        self, keyring: Keyring, act: Act, vault: bool | None, expected: bytes | None
    ) -> Receipt | None:
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
            side = self._side(view, keyring, vault)
            elsewhere = self._known(side, keyring, act, (self._home.inbox,))
            if elsewhere:
                return None
            return self._in_open_case(view, file, keyring, act, expected)
        except OutcomeUnknown:
            raise
        except (
            *(AppendConflict, BadRequest, CommandReused, NotFound, NotPermitted),
            *(RequestRefused, Unavailable, VersionMoved),
        ):
            return None

    def _open_case(self, view: OfficeView, act: Act) -> CaseFile | None:
        """The open case that an act concerns, if it concerns nothing that is sealed."""
        if act.case is None or not concerns_one_case(act) or concerns_erasure(act, view.office):
            return None
        return self._service.open_case(act.case)

    def _in_open_case(
        self,
        view: OfficeView,
        file: CaseFile,
        keyring: Keyring,
        act: Act,
        expected: bytes | None,
    ) -> Receipt:
        """Most acts are of this kind. One costs the same whatever sealed matters there are, for
        those who may see them and for those who may not.
        """
        _check_new(file, keyring, act)
        check_version(file, expected)
        event = propose(act)
        signing = self._signing(view, keyring, act, event, file.case)
        judge(self._home, file.case, event, act, signing)
        self._check_links(event)
        new = Appending(place_after(head_of(file)), (event,), answers=file.reference)
        with self._guard.pledged(event, act.command_id):
            written = self._writer.append(new, act, signing)
        self._service.wrote(file, written.rows, [recorded_as(event, one) for one in written.rows])
        if self._service.keys_on_their_way:
            self.custody.settle_soon(self._home.open)
        lacking = self._guard.follow(
            event, lambda: self._service.case(file.reference).case, act.command_id
        )
        return Receipt(file.reference, written.receipts, not_guarded=lacking)

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

    def _no(self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event) -> Exception:
        """Why an act is not for the open side: there is no such case, or the law, or the person's
        clearance.
        """
        file = self._service.case(act.case or "")
        judge(
            self._home, file.case, event, act, self._signing(view, keyring, act, event, file.case)
        )
        place_after(head_of(file))
        return NotPermitted("Only somebody who is cleared does this.")

    # ---- what every act goes through ----

    def _signing(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event | None, case: Case
    ) -> Signing:
        return signing_of(view, keyring, act, event, case, self._clock())

    def _known(
        self, side: SealedActs | None, keyring: Keyring, act: Act, stores: Sequence[Store]
    ) -> Receipt | None:
        """The answer of the same command, if it was carried out before in one of these stores."""
        found = known_answer(keyring, act, stores)
        if found is None:
            return None
        store, case, records = found
        is_known = case == OFFICE or act.command == e.RecusalRecorded.COMMAND
        if store is self._home.open and not is_known and store.labelled(case) is None:
            # It was sealed since: to whoever does not find it there, it is as one that never was.
            # Who recuses themself is answered: the act was theirs, and the last one.
            reader = self._service if side is None else side.reader(keyring)
            reader.case(case)
        return self._writer.answer(store, case, records)


def _check_new(file: CaseFile, keyring: Keyring, act: Act) -> None:
    """See that an act was not recorded already, while the case was sealed: its answer is the
    vault's, which nobody asks for an act in the open.

    Raises:
        CommandReused: it was.
    """
    for stream in file.streams[:-1]:
        for one in stream.unsealed:
            if (one.record.command, one.record.recorded_by) == (act.command_id, keyring.person):
                raise CommandReused
