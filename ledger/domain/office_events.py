"""The events of the office: who may act, with which keys, under which law.

These are the *authority types* of FORMAT §1: a verifier needs them, so their fields are defined
there and parsed again, independently, by `ledger.evidence.authority`. None of them says anything
about a case, except `custodian-not-reached` and `assented`, which may stand in a case's own stream.
"""

from datetime import date
from typing import ClassVar, Literal

from msgspec import Struct

from ledger.domain.events import Decision, Event, Fact
from ledger.domain.fields import (
    Count,
    Digest,
    Instant,
    Line,
    PersonId,
    RecordRef,
    RoleName,
    SigningKey,
    StreamId,
)

Custody = Literal["service", "device", "hardware"]


class Founder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the first two people."""

    person: PersonId
    key: SigningKey
    custody: Custody
    role: RoleName


class EpochTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the schedule (FORMAT §4)."""

    first_size: Count
    start: Instant
    period_seconds: Count
    open: Count
    sealed: Count
    delay: Count


class LedgerFounded(
    Event, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ledger-founded.v1"
):
    """The first record of all; its digest is the ledger's fingerprint."""

    epoch: EpochTerms
    founders: tuple[Founder, Founder]
    log: tuple[str, ...]
    receipt: str
    vault_office: StreamId


class FoundingCountersigned(
    Event, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="founding-countersigned.v1"
):
    """The second founder's signature."""

    founded: Digest


class KeyEnrolled(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="key-enrolled.v1"
):
    """This key signs for this person or desk, once a second person assents."""

    COMMAND: ClassVar[str] = "enrol-key"
    person: PersonId
    key: SigningKey
    custody: Custody = "service"
    principal: Literal["person", "desk"] = "person"


class KeyRevoked(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="key-revoked.v1"
):
    """This key signs nothing from here on; what it signed before stands."""

    COMMAND: ClassVar[str] = "revoke-key"
    key: Digest


class RoleGranted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="role-granted.v1"
):
    """This person holds this role, once a second person assents."""

    COMMAND: ClassVar[str] = "grant-role"
    person: PersonId
    role: RoleName


class RoleEnded(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="role-ended.v1"
):
    """This person holds this role no longer; holders may end their own."""

    COMMAND: ClassVar[str] = "end-role"
    person: PersonId
    role: RoleName


class CustodianDesignated(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="custodian-designated.v1"
):
    """The Board's designation of the custodian of library records (R-02, R-07)."""

    COMMAND: ClassVar[str] = "designate-custodian"
    person: PersonId
    resolved_on: date | None = None


class DesigneeAppointed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="designee-appointed.v1"
):
    """The custodian's stand-in for absences (R-03, R-04)."""

    COMMAND: ClassVar[str] = "appoint-designee"
    person: PersonId
    position: Line | None = None


class AbsenceRecorded(
    Fact,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="absence-recorded.v1",
    rename={"from_": "from"},
):
    """The person is away from `from` until `until`; the window in which a designee acts."""

    COMMAND: ClassVar[str] = "record-absence"
    person: PersonId
    from_: Instant
    until: Instant


class CustodianNotReached(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="custodian-not-reached.v1"
):
    """The call ladder was climbed in vain; a designee may act under this record."""

    COMMAND: ClassVar[str] = "record-custodian-not-reached"
    person: PersonId
    attempts: tuple[RecordRef, ...]


class PackActivated(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="pack-activated.v1"
):
    """From the next record on this resolved pack is the law in force; never for earlier acts."""

    COMMAND: ClassVar[str] = "activate-pack"
    law: Digest
    pack: Line
    reviewed_by: PersonId


class Assented(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="assented.v1"):
    """A second person agrees to the record whose envelope digest is `of`."""

    COMMAND: ClassVar[str] = "assent"
    of: Digest


class StreamClosed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream-closed.v1"
):
    """The last record of a stream; another may continue it."""


OFFICE_ONLY: frozenset[type[Event]] = frozenset(
    {
        KeyEnrolled,
        KeyRevoked,
        RoleGranted,
        RoleEnded,
        CustodianDesignated,
        DesigneeAppointed,
        AbsenceRecorded,
        PackActivated,
    }
)
"""What is proposed in the office stream and nowhere else."""
OFFICE_OR_CASE: frozenset[type[Event]] = frozenset({Assented, CustodianNotReached})
"""What has its meaning where it stands: in the office, or in the matter that caused it."""
