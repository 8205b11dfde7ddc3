"""The register: the only place that acts.

    act ─► load (fold) ─► decide (law) ─► seal (sign, chain, encrypt) ─► append ─► receipt

An act names a case by its reference, or the office, or a new visit. Facts about a matter that is
not open to the person go through the desk (`intake`), which reads nothing; that is why nothing here
can tell a sealed reference from one that does not exist.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import SLOTS, StreamSecrets
from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.context import Context
from ledger.domain.decide import Refused, decide
from ledger.domain.fields import parse_reference
from ledger.domain.office import Office
from ledger.domain.office_events import OFFICE_ONLY, OFFICE_OR_CASE, Assented
from ledger.errors import (
    AppendConflict,
    BadRequest,
    NotFound,
    NotPermitted,
    RequestRefused,
)
from ledger.evidence.record import Continued
from ledger.home import Home
from ledger.register.acts import OFFICE, Act, Receipt, RecordReceipt
from ledger.register.custody import Custody
from ledger.register.intake import Intake
from ledger.register.reading import CaseFile, OfficeView, Reader, Stream
from ledger.register.triage import Triage, roster
from ledger.register.writing import Place, Signing, Writer, new_place, new_stream

Clock = Callable[[], datetime]
ROLE_ORDER = ("custodian", "director", "designee", "counsel", "staff", "auditor", "desk")
CLEARED_ROLES = frozenset({"custodian", "director", "designee", "counsel"})
TRIES = 3


class Register:
    """Records acts in one ledger, for people whose keyrings are unlocked."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """`clock` gives the current instant in UTC, in whole seconds."""
        self._home = home
        self._clock = clock
        self._custody = Custody(home)
        self._writer = Writer(home)
        self._service = Reader(home, self._custody, None, vault=False)

    def reader(self, keyring: Keyring | None, *, vault: bool | None = None) -> Reader:
        """Read as a person. Sealed matters are looked for where the person's role makes that usual,
        or where they ask for it (`vault`)."""
        if keyring is not None and vault is None:
            vault = bool(CLEARED_ROLES & self.office().office.roles_of(keyring.person))
        return Reader(self._home, self._custody, keyring, vault=bool(vault))

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
        for attempt in range(TRIES):
            try:
                return self._known(keyring, act) or self._handle(keyring, act, vault)
            except AppendConflict:
                if attempt == TRIES - 1:
                    raise
        raise AppendConflict

    def _handle(self, keyring: Keyring, act: Act, vault: bool | None) -> Receipt:
        view = self.office()
        self._check_key(view.office, keyring)
        if act.command == "intake":
            return Intake(self._home, self._custody, self._writer).save(
                act, self._signing(view, keyring, act, None, Case())
            )
        event = propose(act)
        _check_place(act, event)
        if act.case == OFFICE:
            return self._in_office(view, keyring, act, event)
        if act.case is None:
            raise BadRequest("Say which case: give its reference, or log a visit with `case new`.")
        return self._in_case(view, self.reader(keyring, vault=vault), keyring, act, event)

    # ---- the office ----

    def _in_office(self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event) -> Receipt:
        signing = self._signing(view, keyring, act, event, Case())
        events = self._decided(Case(), event, act, signing)
        stream = self._service.office_stream()
        place = place_after(stream)
        receipts = self._writer.write(place, events, act, signing, answers=OFFICE)
        return Receipt(OFFICE, receipts)

    # ---- cases ----

    def _in_case(
        self, view: OfficeView, reader: Reader, keyring: Keyring, act: Act, event: e.Event
    ) -> Receipt:
        file = reader.case(act.case or "")
        triage = Triage(self._home, self._custody, self._writer)
        triage.finish_opening(file.streams, self._clock())
        signing = self._signing(view, keyring, act, event, file.case)
        if isinstance(event, e.AudienceMemberAdded) and event.person in file.case.audience:
            # After a crash between record and wrap, repeating the act completes it.
            self._admit(file, event.person, signing)
        events = self._decided(file.case, event, act, signing)
        if isinstance(event, e.AudienceMemberAdded) and len(roster(file, signing)) >= SLOTS:
            raise BadRequest("All eight places of this matter's audience are taken.")
        match event:
            case e.CaseOpened() | e.CaseKeptSealed():
                receipts = triage.carry_out(file, event, act, signing)
            case e.AdviceGiven():
                receipts = self._advise(file, events, act, signing)
            case _:
                place, case = place_after(_head(file)), file.reference
                receipts = self._writer.write(place, events, act, signing, answers=case)
        if isinstance(event, e.AudienceMemberAdded):
            self._admit(file, event.person, signing)
        reader.forget_sealed()
        return Receipt(file.reference, receipts, self._office_moved(file, signing))

    def _advise(
        self, file: CaseFile, events: tuple[e.Event, ...], act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Counsel's text gets a stream of its own, for counsel and the custodian only."""
        head = _head(file)
        secrets = StreamSecrets.generate()
        stream = new_stream()
        custodian = signing.view.office.custodian
        audience = [signing.keyring.person, *([custodian] if custodian else [])]
        self._custody.keep_sealed(stream, secrets, audience, signing.now)
        continues = (Continued(head.id, head.last.e),)
        place = new_place(stream, self._home.vault, secrets, continues)
        before = [(head.id, head.last.record.seq)]
        return self._writer.write(
            place, events, act, signing, answers=file.reference, waits_for=before
        )

    def _admit(self, file: CaseFile, person: str, signing: Signing) -> None:
        """Re-wrap every stream of a sealed case for its roster, the new person included."""
        audience = dict.fromkeys([*roster(file, signing), person])
        for stream in file.streams:
            if stream.store.name != "open":
                self._custody.keep_sealed(stream.id, stream.secrets, audience, signing.now)
                self._custody.forget(stream.id)

    # ---- what every act goes through ----

    def _decided(
        self, case: Case, event: e.Event, act: Act, signing: Signing
    ) -> tuple[e.Event, ...]:
        context = Context(
            at=act.occurred_at or signing.now,
            recorded_by=signing.keyring.person,
            role=signing.role,
            under=signing.under,
            office=signing.view.office,
            law=signing.view.law,
            zone=self._home.config.zone,
        )
        outcome = decide(case, event, context)
        if isinstance(outcome, Refused):
            raise RequestRefused(outcome.provisions)
        return outcome

    def _signing(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event | None, case: Case
    ) -> Signing:
        now = self._clock()
        role = choose_role(view.office, keyring.person, act.role, event)
        at = act.occurred_at or now
        under = act.under or (_stand_in(view.office, case, at) if role == "designee" else None)
        return Signing(keyring, role, under, view, now)

    def _check_key(self, office: Office, keyring: Keyring) -> None:
        key = office.key_of(keyring.person)
        own = base64.b64encode(keyring.public.signing).decode()
        if key is None or key.key != own:
            raise NotPermitted("Your key is not enrolled in this ledger, or was revoked.")

    def _known(self, keyring: Keyring, act: Act) -> Receipt | None:
        """The answer of the same command, if it was carried out before."""
        found = self._writer.known(keyring.person, act)
        return None if found is None else Receipt(*found)

    def _office_moved(self, file: CaseFile, signing: Signing) -> bool:
        """Across stores the append cannot be conditional on the office: say when it moved."""
        return file.sealed and self.office().head != signing.view.head


def propose(act: Act) -> e.Event:
    """The event that an act proposes.

    Raises:
        BadRequest: no such command, or its fields do not fit.
        NotFound: the act needs a case, and this is no reference of one.
    """
    kind = codec.COMMANDS.get(act.command)
    if kind is None:
        raise BadRequest(
            f"There is no command {act.command}. List them with: disclosure-ledger commands"
        )
    fields = dict(act.fields)
    if "reference" in kind.__struct_fields__:
        # Triage acts on the case that it was addressed to, whatever its fields say.
        fields["reference"] = parse_reference(act.case or "")
        if fields["reference"] is None:
            raise NotFound
    try:
        return codec.propose(kind, fields)
    except codec.BadFields as error:
        raise BadRequest(f"{act.command}: {error}.") from None


def _check_place(act: Act, event: e.Event) -> None:
    """Refuse office acts in a case and case acts in the office, before anything is read.

    Raises:
        BadRequest: the act has no meaning there.
    """
    kind = type(event)
    if kind in OFFICE_OR_CASE or (kind in OFFICE_ONLY) == (act.case == OFFICE):
        return
    where = "in the office: do office" if kind in OFFICE_ONLY else "in a case: do REFERENCE"
    raise BadRequest(f"{act.command} is an act {where} {act.command} …")


def choose_role(office: Office, person: str, asked: str | None, event: e.Event | None) -> str:
    """The role in which a person signs: the one asked for, or the first that suits the act.

    Raises:
        NotPermitted: the person holds no role, or not that one.
    """
    held = office.roles_of(person)
    if asked is not None:
        if asked not in held:
            raise NotPermitted(f"You do not hold the role {asked}.")
        return asked
    order: tuple[str, ...] = ROLE_ORDER
    if isinstance(event, e.CounselReviewCompleted | e.AdviceGiven):
        order = ("counsel", *order)
    if not isinstance(event, e.Decision) or isinstance(event, Assented):
        # Stating a fact needs nobody's absence, so a stand-in states it in their own role.
        order = tuple(role for role in order if role != "designee")
    found = next((role for role in order if role in held), None)
    if found is None:
        raise NotPermitted("You hold no role in this ledger. Ask the director for one.")
    return found


def place_after(stream: Stream) -> Place:
    """The place of a stream's next record.

    Raises:
        AppendConflict: the stream was closed; another continues it.
    """
    last = stream.last
    if last.record.type == "stream-closed.v1":
        raise AppendConflict
    record = last.record
    return Place(stream.id, stream.store, stream.secrets, record.seq, last.e, record.recorded_at)


def _head(file: CaseFile) -> Stream:
    if file.head is None:
        raise BadRequest(
            "This visit was not triaged yet. The custodian decides first: open, or keep-sealed."
        )
    return file.head


def _stand_in(office: Office, case: Case, at: datetime) -> str | None:
    """What a designee may act under: the custodian's absence, or the ladder climbed in vain."""
    custodian = office.custodian
    if custodian is None:
        return None
    absence = office.absence_of(custodian, at)
    if absence is not None:
        return absence.ref
    return case.not_reached[-1].ref if case.not_reached else None
