"""The office as a fold: who holds which key and role, and which law is in force.

Pure and total. The same authority is folded a second time, from bytes alone, by
`ledger.evidence.authority` for people who do not trust this program.
"""

from base64 import b64decode
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.events import Event
from ledger.domain.office_events import (
    AbsenceRecorded,
    Assented,
    CustodianDesignated,
    DesigneeAppointed,
    KeyEnrolled,
    KeyRevoked,
    LedgerFounded,
    PackActivated,
    RoleEnded,
    RoleGranted,
)


class Recorded(Struct, frozen=True, kw_only=True):
    """An event with what its record says about it. `ref` is stream:seq, `e` the envelope's digest."""

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


class Absence(Struct, frozen=True, kw_only=True):
    """A window in which a person is away; `ref` is what a designee acts under."""

    ref: str
    person: str
    since: datetime
    until: datetime


class Office(Struct, frozen=True, kw_only=True):
    """Authority at one head of the office stream."""

    founded: LedgerFounded | None = None
    keys: tuple[Key, ...] = ()
    roles: frozenset[tuple[str, str]] = frozenset()
    custodian: str | None = None
    designees: frozenset[str] = frozenset()
    absences: tuple[Absence, ...] = ()
    law: str = ""
    awaiting_assent: tuple[Recorded, ...] = ()

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

    def is_person(self, name: str) -> bool:
        """Whether the name belongs to an enrolled person: a desk never counts as one."""
        key = self.key_of(name)
        return key is not None and key.principal == "person"

    def holders(self, role: str) -> tuple[str, ...]:
        """The people who hold the role, in alphabetical order."""
        people = {k.person for k in self.keys}
        return tuple(sorted(p for p in people if role in self.roles_of(p)))

    def attesters(self) -> tuple[str, ...]:
        """Who can later open the log's covers and attest to them: custodian and counsel, ≤ 8."""
        return tuple(sorted({*self.holders("custodian"), *self.holders("counsel")}))[:8]

    def absence_of(self, person: str, at: datetime) -> Absence | None:
        """The recorded absence of the person that covers the instant."""
        return next(
            (a for a in self.absences if a.person == person and a.since <= at < a.until), None
        )


def evolve_office(office: Office, recorded: Recorded) -> Office:
    """Fold one office record. Pure. Total: what happened, happened."""
    match recorded.event:
        case LedgerFounded() as founded:
            return _found(office, recorded, founded)
        case KeyEnrolled() | RoleGranted():
            return replace(office, awaiting_assent=(*office.awaiting_assent, recorded))
        case Assented(of=of):
            return _assent(office, recorded, of)
        case KeyRevoked(key=key):
            return _revoke(office, key)
        case RoleEnded(person=person, role=role):
            return _end_role(office, person, role)
        case CustodianDesignated(person=person):
            return replace(office, custodian=person)
        case DesigneeAppointed(person=person):
            return replace(office, designees=office.designees | {person})
        case AbsenceRecorded(person=person, from_=since, until=until):
            away = Absence(ref=recorded.ref, person=person, since=since, until=until)
            return replace(office, absences=(*office.absences, away))
        case PackActivated(law=law):
            return replace(office, law=law)
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


def _assent(office: Office, assent: Recorded, of: str) -> Office:
    proposed = next((r for r in office.awaiting_assent if r.e == of), None)
    second_person = proposed is not None and assent.recorded_by != proposed.recorded_by
    if proposed is None or not second_person or not office.is_person(assent.recorded_by):
        return office
    waiting = tuple(r for r in office.awaiting_assent if r.e != of)
    match proposed.event:
        case KeyEnrolled() as e:
            key = Key(person=e.person, key=e.key, custody=e.custody, principal=e.principal)
            return replace(office, keys=(*office.keys, key), awaiting_assent=waiting)
        case RoleGranted(person=person, role=role):
            roles = office.roles | {(person, role)}
            return replace(office, roles=roles, awaiting_assent=waiting)
        case _:
            return replace(office, awaiting_assent=waiting)


def _revoke(office: Office, key_digest: str) -> Office:
    keys = tuple(
        replace(k, revoked=True) if sha256(b64decode(k.key)).hexdigest() == key_digest else k
        for k in office.keys
    )
    return replace(office, keys=keys)


def _end_role(office: Office, person: str, role: str) -> Office:
    match role:
        case "custodian" if office.custodian == person:
            return replace(office, custodian=None)
        case "designee":
            return replace(office, designees=office.designees - {person})
        case _:
            return replace(office, roles=office.roles - {(person, role)})
