"""The register: the only place that acts.

    act ─► load (fold) ─► decide (law) ─► seal (sign, chain, encrypt) ─► append ─► receipt

An act names a case by its reference, or the office, or a new visit. Facts about a matter that is
not open to the person go through the desk (`intake`), which reads nothing; that is why nothing here
can tell a sealed reference from one that does not exist.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from keys.keyring import Keyring
from keys.secrets import SLOTS, StreamSecrets
from ledger.domain import codec
from ledger.domain import events as e
from ledger.domain.case import Case
from ledger.domain.context import Broken, Context
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
from ledger.register.acts import OFFICE, Act, Receipt, RecordReceipt, check_act
from ledger.register.answers import known_answer
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
        or where they ask for it (`vault`).

        Raises:
            NotPermitted: the key is not enrolled, or was revoked.
        """
        if keyring is not None:
            view = self.office()
            self._check_key(view.office, keyring)
            vault = self._is_cleared(view, keyring) if vault is None else vault
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
        check_act(act, self._clock())
        for attempt in range(TRIES):
            try:
                view = self.office()
                self._check_key(view.office, keyring)
                return self._known(view, keyring, act, vault) or self._handle(
                    view, keyring, act, vault
                )
            except AppendConflict:
                if attempt == TRIES - 1:
                    raise
        raise AppendConflict

    def _handle(self, view: OfficeView, keyring: Keyring, act: Act, vault: bool | None) -> Receipt:
        if act.command == "intake":
            signing = self._signing(view, keyring, act, None, Case())
            saved = Intake(self._home, self._custody, self._writer).save(act, signing)
            return replace(saved, office_changed=self._office_moved(signing))
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
        if not file.sealed:
            triage.finish_opening(file.streams)
        signing = self._signing(view, keyring, act, event, file.case)
        events = self._decided(file.case, event, act, signing)
        match event:
            case e.CaseOpened() | e.CaseKeptSealed():
                receipts = triage.carry_out(file, event, act, signing)
            case e.AdviceGiven():
                receipts = self._advise(file, events, act, signing)
            case _:
                if isinstance(event, e.AudienceMemberAdded):
                    self._admit(file, event.person, signing)
                place, case = place_after(_head(file)), file.reference
                receipts = self._writer.write(place, events, act, signing, answers=case)
        reader.forget_sealed()
        is_open = not file.sealed and not isinstance(event, e.AdviceGiven)
        return Receipt(file.reference, receipts, not is_open and self._office_moved(signing))

    def _advise(
        self, file: CaseFile, events: tuple[e.Event, ...], act: Act, signing: Signing
    ) -> tuple[RecordReceipt, ...]:
        """Counsel's text gets a stream of its own, for counsel and the custodian only."""
        head = _head(file)
        secrets = StreamSecrets.generate()
        stream = new_stream()
        office = signing.view.office
        custodian = [one for one in roster(file, signing) if one == office.custodian]
        audience = office.signing_keys(dict.fromkeys([signing.keyring.person, *custodian]))
        self._custody.keep_sealed(stream, secrets, audience, signing.now)
        continues = (Continued(head.id, head.last.e),)
        place = new_place(stream, self._home.vault, secrets, continues)
        before = [(head.id, head.last.record.seq)]
        return self._writer.write(
            place, events, act, signing, answers=file.reference, waits_for=before
        )

    def _admit(self, file: CaseFile, person: str, signing: Signing) -> None:
        """Re-wrap every stream of a sealed case for its roster, the new person included.

        This comes before the record: whoever is told may read at once, and a failure in between
        is mended by repeating the act.
        """
        people = dict.fromkeys([*roster(file, signing), person])
        if len(people) > SLOTS:
            raise BadRequest("All eight places of this matter's audience are taken.")
        audience = signing.view.office.signing_keys(people)
        for stream in file.streams:
            if stream.store.name != "open":
                self._custody.keep_sealed(stream.id, stream.secrets, audience, signing.now)
                self._custody.forget(stream.id)

    # ---- what every act goes through ----

    def _decided(
        self, case: Case, event: e.Event, act: Act, signing: Signing
    ) -> tuple[e.Event, ...]:
        # A decision is judged now and, where it is recorded later, at the moment it was made.
        moments = dict.fromkeys([signing.now, act.occurred_at or signing.now])
        broken: dict[Broken, None] = {}
        for at in moments:
            outcome = decide(case, event, self._context(at, signing))
            if isinstance(outcome, Refused):
                broken |= dict.fromkeys(outcome.provisions)
        if broken:
            raise RequestRefused(tuple(broken))
        return (event,)

    def _context(self, at: datetime, signing: Signing) -> Context:
        return Context(
            at=at,
            recorded_by=signing.keyring.person,
            role=signing.role,
            under=signing.under,
            office=signing.view.office,
            law=signing.view.law,
            zone=self._home.config.zone,
            law_of=lambda digest: self._home.law(bytes.fromhex(digest)),
        )

    def _signing(
        self, view: OfficeView, keyring: Keyring, act: Act, event: e.Event | None, case: Case
    ) -> Signing:
        now = self._clock()
        role = choose_role(view.office, keyring.person, act.role, event)
        _check_desk(role, act)
        if act.actor is not None and view.office.key_of(act.actor) is None:
            raise BadRequest("Who did it is not enrolled here. Name them in a text field instead.")
        under = _under(view.office, case, role, act, now)
        if role == "designee" and under is None and not isinstance(event, e.Decision):
            raise NotPermitted("As a designee you act in a recorded absence. Use another role.")
        return Signing(keyring, role, under, view, now)

    def _check_key(self, office: Office, keyring: Keyring) -> None:
        key = office.key_of(keyring.person)
        own = base64.b64encode(keyring.public.signing).decode()
        if key is None or key.key != own:
            raise NotPermitted("Your key is not enrolled in this ledger, or was revoked.")

    def _known(
        self, view: OfficeView, keyring: Keyring, act: Act, vault: bool | None
    ) -> Receipt | None:
        """The answer of the same command, if it was carried out before."""
        stores = [self._home.open, self._home.inbox]
        if vault or (vault is None and self._is_cleared(view, keyring)):
            stores.append(self._home.vault)
        found = known_answer(keyring, act, stores)
        if found is None:
            return None
        store, case, records = found
        return Receipt(
            case, tuple(self._writer.receipt(store, ref, kind, e) for ref, kind, e in records)
        )

    def _is_cleared(self, view: OfficeView, keyring: Keyring) -> bool:
        return bool(CLEARED_ROLES & view.office.roles_of(keyring.person))

    def _office_moved(self, signing: Signing) -> bool:
        """Across stores the append cannot be conditional on the office: say when it moved."""
        return self.office().head != signing.view.head


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


def _under(office: Office, case: Case, role: str, act: Act, now: datetime) -> str | None:
    """What a designee acts under: an absence of the custodian that covers the act and this moment,
    or the ladder climbed in vain in this case.

    Raises:
        BadRequest: another record was named, or by somebody who is no designee.
    """
    at = act.occurred_at or now
    absences = [
        one.ref
        for one in office.absences
        if one.person == office.custodian and one.covers(at) and one.covers(now)
    ]
    grounds = [*absences, *(record.ref for record in case.not_reached)]
    if act.under is not None and (role != "designee" or act.under not in grounds):
        raise BadRequest("That record does not allow you to stand in for the custodian now.")
    if role != "designee":
        return None
    return act.under or next(iter([*absences, *(r.ref for r in case.not_reached[-1:])]), None)


def _check_desk(role: str, act: Act) -> None:
    if role == "desk" and (act.command != "intake" or act.actor is not None):
        raise NotPermitted("A desk logs visits and nothing else. Sign in as a person.")
