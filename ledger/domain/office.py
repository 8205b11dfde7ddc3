"""The office as a fold: who holds which key and role, and which law is in force.

Pure and total. The same authority is folded a second time, from bytes alone, by
`ledger.evidence.authority` for people who do not trust this program; a test holds the two together.
"""

from base64 import b64decode
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.erasure_events import StreamErased
from ledger.domain.events import Event, ReportBandChosen, ReportPublished, StandardAnswerSet
from ledger.domain.log_events import EpochAnnounced, LogKeysAnnounced
from ledger.domain.office_events import (
    AbsenceRecorded,
    Assented,
    CustodianDesignated,
    DesigneeAppointed,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    LedgerRestored,
    LibraryClosed,
    PackActivated,
    RecoveryAnnounced,
    RecoveryProposed,
    RecoveryUsed,
    RoleEnded,
    RoleGranted,
)
from ledger.domain.passkey_events import Passkey, PasskeyEnrolled, PasskeyRevoked

DESK = "desk"
RECOVERY = "@recovery"
"""Stands among the readers of a sealed stream, and in the keystore, for the recovery identity; no
person id looks like this."""
MOST_READERS = 7
"""The people to whom one stream can be sealed; an eighth place is the recovery identity's."""


BAND_ROLES = frozenset({"counsel", "custodian"})
"""Who chooses together which band transparency reports name."""


class Recorded(Struct, frozen=True, kw_only=True):
    """An event with what its record says about it.

    `ref` is stream:seq, `e` the envelope's digest, `law` the digest of the law in force.
    """

    ref: str
    e: str
    event: Event
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    recorded_by: str
    role: str
    under: str | None
    law: str
    basis: str = "first-hand"
    precision: str = "exact"

    @property
    def stream(self) -> str:
        """The stream of the record, 32 hex."""
        return self.ref.partition(":")[0]


class Key(Struct, frozen=True, kw_only=True):
    """An enrolled signing key, base64, and whether it still signs."""

    person: str
    key: str
    custody: str
    principal: str
    revoked: bool = False
    since: int | None = None
    """The log size from which on what it signed needs re-attestation, if it was compromised."""

    @property
    def digest(self) -> str:
        """The key's digest, by which it is revoked."""
        return _digest(self.key)


class Absence(Struct, frozen=True, kw_only=True):
    """A window in which a person is away; `ref` is what a designee acts under."""

    ref: str
    person: str
    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Whether the person is away at the instant; back again at `until` itself."""
        return self.since <= at < self.until


class Office(Struct, frozen=True, kw_only=True):
    """Authority at one head of the office stream."""

    founded: LedgerFounded | None = None
    keys: tuple[Key, ...] = ()
    revoked: frozenset[str] = frozenset()
    """Digests that sign nothing any more, those of keys never enrolled among them."""
    passkeys: tuple[Passkey, ...] = ()
    revoked_passkeys: frozenset[str] = frozenset()
    """Digests of credential ids that confirm nothing, those never enrolled among them."""
    roles: frozenset[tuple[str, str]] = frozenset()
    custodian: str | None = None
    designees: frozenset[str] = frozenset()
    absences: tuple[Absence, ...] = ()
    closed_on: frozenset[date] = frozenset()
    """Local days on which the library was recorded as shut."""
    law: str = ""
    awaiting_assent: tuple[Recorded, ...] = ()
    recovery: RecoveryAnnounced | None = None
    """The recovery identity in force; None in a ledger that was founded without one."""
    recoveries: tuple[Recorded, ...] = ()
    """Proposed recoveries that a second person assented to and nobody carried out yet."""
    erasures: tuple[Recorded, ...] = ()
    """Assented erasures of streams, in the order of their assents."""
    incarnation: str | None = None
    """What the last restore from a backup was confirmed as; None when there was none."""
    log_keys: tuple[Recorded, ...] = ()
    """Assented announcements of the log's keys, in the order of their assents."""
    epochs: tuple[Recorded, ...] = ()
    """Assented announcements of epochs of the log's schedule, in the order of their assents."""
    standard_answer: StandardAnswerSet | None = None
    """Counsel's text for who asks whether a record was disclosed; None while there is none."""
    bands_wanted: tuple[Recorded, ...] = ()
    """What counsel and the custodian last said of the band of reports, while it is not chosen."""
    report_band: Recorded | None = None
    """The record by which it was chosen: its law says for ever how wide the band is."""
    last_report: ReportPublished | None = None

    def roles_of(self, person: str) -> frozenset[str]:
        """Every role that the person holds now, `custodian` and `designee` among them."""
        granted = {role for holder, role in self.roles if holder == person}
        if person == self.custodian:
            granted.add("custodian")
        if person in self.designees:
            granted.add("designee")
        return frozenset(granted)

    def key_of(self, person: str) -> Key | None:
        """The newest key with which the person may sign now."""
        live = [k for k in self.keys if k.person == person and not k.revoked]
        return live[-1] if live else None

    def key_with(self, digest: str) -> Key | None:
        """The enrolled key with this digest, revoked or not."""
        return next((k for k in self.keys if k.digest == digest), None)

    def knows_key(self, key: str) -> bool:
        """Whether a key, base64, was ever enrolled here, assented to or not."""
        waiting = {r.event.key for r in self.awaiting_assent if isinstance(r.event, KeyEnrolled)}
        return key in waiting or any(k.key == key for k in self.keys)

    def passkey_of(self, person: str, digest: str) -> PasskeyEnrolled | None:
        """The person's own passkey with this digest, if it confirms now."""
        live = (p for p in self.passkeys if p.digest == digest and not p.revoked)
        return next((p.enrolled for p in live if p.enrolled.person == person), None)

    def knows_passkey(self, credential: str) -> bool:
        """Whether a credential id, base64, was ever enrolled here, assented to or not."""
        known = (*(r.event for r in self.awaiting_assent), *(p.enrolled for p in self.passkeys))
        return any(isinstance(p, PasskeyEnrolled) and p.credential == credential for p in known)

    def is_person(self, name: str) -> bool:
        """Whether the name belongs to an enrolled person: a desk never counts as one."""
        key = self.key_of(name)
        return key is not None and key.principal == "person"

    def was_person(self, name: str) -> bool:
        """Whether a person of this name was ever enrolled, with a key that signs now or not."""
        return any(key.person == name and key.principal == "person" for key in self.keys)

    def holders(self, role: str) -> tuple[str, ...]:
        """The people who hold the role, in alphabetical order."""
        people = {k.person for k in self.keys}
        return tuple(sorted(p for p in people if role in self.roles_of(p)))

    def attesters(self) -> dict[str, str]:
        """Who can later open the log's covers and attest to them: custodian and counsel, at most
        seven, and recovery.
        """
        people = sorted({*self.holders("custodian"), *self.holders("counsel")})
        return self.readers(list(self.signing_keys(people))[:MOST_READERS])

    def readers(self, people: Iterable[str]) -> dict[str, str]:
        """To whom something is sealed: the live signing key of each of the people, and under
        `RECOVERY` the digest of the recovery key, which reads all that is sealed.
        """
        keys = self.signing_keys(people)
        return keys if self.recovery is None else {**keys, RECOVERY: self.recovery.key}

    def signing_keys(self, people: Iterable[str]) -> dict[str, str]:
        """The live signing key (base64) of each of the people; who has none is left out."""
        found = {person: self.key_of(person) for person in people}
        return {person: key.key for person, key in found.items() if key is not None}

    def absence_of(self, person: str, at: datetime) -> Absence | None:
        """The recorded absence of the person that covers the instant."""
        return next((a for a in self.absences if a.person == person and a.covers(at)), None)


def replay_office(records: Iterable[Recorded], office: Office | None = None) -> Office:
    """Fold office records in order. Pure. Total. The same at any split."""
    folded = office or Office()
    for recorded in records:
        folded = evolve_office(folded, recorded)
    return folded


def evolve_office(office: Office, recorded: Recorded) -> Office:
    """Fold one office record. Pure. Total: what happened, happened."""
    match recorded.event:
        case LedgerFounded() as founded:
            # A ledger is founded once; a second founding gives nobody anything.
            return office if office.founded else _found(office, recorded, founded)
        case KeyEnrolled(key=key):
            # A key is enrolled once (FORMAT §1); the first enrolment stays.
            return office if office.knows_key(key) else _await_assent(office, recorded)
        case PasskeyEnrolled(credential=credential):
            return office if office.knows_passkey(credential) else _await_assent(office, recorded)
        case PasskeyRevoked(passkey=digest):
            return _revoke_passkey(office, digest)
        case RoleGranted() | StreamErased() | RecoveryAnnounced() | RecoveryProposed():
            return _await_assent(office, recorded)
        case RecoveryUsed(of=of):
            left = tuple(r for r in office.recoveries if not _used_up(r, of, recorded.recorded_by))
            return replace(office, recoveries=left)
        case LogKeysAnnounced() | EpochAnnounced():
            return _announce(office, recorded)
        case Assented(of=of):
            return _assent(office, recorded, of)
        case KeyRevoked(key=digest, since=since):
            return _revoke(office, digest, since)
        case RoleEnded(person=person, role=role):
            return _end_role(office, person, role)
        case CustodianDesignated(person=person):
            return _designate(office, person)
        case DesigneeAppointed(person=person):
            return replace(office, designees=office.designees | {person})
        case AbsenceRecorded(person=person, from_=since, until=until):
            away = Absence(ref=recorded.ref, person=person, since=since, until=until)
            return replace(office, absences=(*office.absences, away))
        case LibraryClosed(dates=dates):
            return replace(office, closed_on=office.closed_on | dates)
        case PackActivated(law=law):
            return replace(office, law=law)
        case StandardAnswerSet() as answer:
            return replace(office, standard_answer=answer)
        case ReportBandChosen():
            return _want_band(office, recorded)
        case ReportPublished() as published:
            return replace(office, last_report=published)
        case LedgerRestored(incarnation=incarnation):
            return replace(office, incarnation=incarnation)
        case _:
            # Everything else in the office stream changes nobody's authority.
            return office


def _found(office: Office, recorded: Recorded, founded: LedgerFounded) -> Office:
    return replace(
        office,
        founded=founded,
        law=recorded.law,
        keys=tuple(
            Key(person=f.person, key=f.key, custody=f.custody, principal="person")
            for f in founded.founders
        ),
        roles=frozenset((f.person, f.role) for f in founded.founders),
    )


def _await_assent(office: Office, recorded: Recorded) -> Office:
    return replace(office, awaiting_assent=(*office.awaiting_assent, recorded))


def _announce(office: Office, recorded: Recorded) -> Office:
    """Let what is announced of the log wait; one of its type that waited before is superseded."""
    others = tuple(r for r in office.awaiting_assent if r.type != recorded.type)
    return _await_assent(replace(office, awaiting_assent=others), recorded)


def _assent(office: Office, assent: Recorded, of: str) -> Office:
    proposed = next((r for r in office.awaiting_assent if r.e == of), None)
    second_person = proposed is not None and assent.recorded_by != proposed.recorded_by
    if proposed is None or not second_person or not office.is_person(assent.recorded_by):
        return office
    waiting = tuple(r for r in office.awaiting_assent if r.ref != proposed.ref)
    office = replace(office, awaiting_assent=waiting)
    match proposed.event:
        case RoleGranted(person=person, role=role):
            return replace(office, roles=office.roles | {(person, role)})
        case KeyEnrolled() as enrolled:
            return _enrol(office, enrolled)
        case PasskeyEnrolled(credential=credential) as passkey:
            revoked = _digest(credential) in office.revoked_passkeys
            return replace(office, passkeys=(*office.passkeys, Passkey(passkey, revoked)))
        case StreamErased():
            return replace(office, erasures=(*office.erasures, proposed))
        case LogKeysAnnounced():
            return replace(office, log_keys=(*office.log_keys, proposed))
        case EpochAnnounced():
            return replace(office, epochs=(*office.epochs, proposed))
        case RecoveryAnnounced() as announced:
            return replace(office, recovery=announced)
        case RecoveryProposed():
            return replace(office, recoveries=(*office.recoveries, proposed))
        case _:  # pragma: no cover - Only those seven wait here.
            return office


def _enrol(office: Office, enrolled: KeyEnrolled) -> Office:
    key = Key(
        person=enrolled.person,
        key=enrolled.key,
        custody=enrolled.custody,
        principal=enrolled.principal,
        revoked=_digest(enrolled.key) in office.revoked,
    )
    # A desk has its one role from its enrolment, without a grant (FORMAT §1).
    of_desk = {(key.person, DESK)} if key.principal == DESK else frozenset()
    return replace(office, keys=(*office.keys, key), roles=office.roles | of_desk)


def _want_band(office: Office, wanted: Recorded) -> Office:
    """Take what one of the two says; the band is chosen once two people in both roles agree."""
    if office.report_band is not None or wanted.role not in BAND_ROLES:
        return office
    others = tuple(one for one in office.bands_wanted if one.role != wanted.role)
    for other in others:
        if other.event == wanted.event and other.recorded_by != wanted.recorded_by:
            return replace(office, bands_wanted=(), report_band=wanted)
    return replace(office, bands_wanted=(*others, wanted))


def _revoke(office: Office, digest: str, since: int | None) -> Office:
    keys = tuple(
        replace(k, revoked=True, since=_earlier(k.since, since)) if k.digest == digest else k
        for k in office.keys
    )
    return replace(office, keys=keys, revoked=office.revoked | {digest})


def _revoke_passkey(office: Office, digest: str) -> Office:
    passkeys = tuple(replace(p, revoked=p.revoked or p.digest == digest) for p in office.passkeys)
    return replace(office, passkeys=passkeys, revoked_passkeys=office.revoked_passkeys | {digest})


def _used_up(proposed: Recorded, of: str, person: str) -> bool:
    """Nobody but the person for whom a recovery was agreed can use it up."""
    event = proposed.event
    return proposed.e == of and isinstance(event, RecoveryProposed) and event.person == person


def _earlier(one: int | None, other: int | None) -> int | None:
    """A key is revoked again when it was lost earlier than was known; that is never undone."""
    return min((size for size in (one, other) if size is not None), default=None)


def _end_role(office: Office, person: str, role: str) -> Office:
    """End a role however it was held; a grant that still waits is ended with it."""
    waiting = tuple(r for r in office.awaiting_assent if not _grants(r, person, role))
    office = replace(office, awaiting_assent=waiting, roles=office.roles - {(person, role)})
    if role == "designee":
        return replace(office, designees=office.designees - {person})
    if role == "custodian" and office.custodian == person:
        return replace(office, custodian=None)
    return office


def _designate(office: Office, person: str) -> Office:
    """Make a person custodian; whoever was or was to be before is not, by whatever act."""
    waiting = {r.event.person for r in office.awaiting_assent if isinstance(r.event, RoleGranted)}
    holding = {holder for holder, _ in office.roles}
    for former in sorted((waiting | holding) - {person}):
        office = _end_role(office, former, "custodian")
    return replace(office, custodian=person)


def _grants(recorded: Recorded, person: str, role: str) -> bool:
    event = recorded.event
    return isinstance(event, RoleGranted) and (event.person, event.role) == (person, role)


def _digest(key: str) -> str:
    return sha256(b64decode(key)).hexdigest()
