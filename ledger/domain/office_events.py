"""The events of the office: who may act, with which keys, under which law.

These are the *authority types* of FORMAT §1: a verifier needs them, so their fields are defined
there and parsed again, independently, by `ledger.evidence.authority`. None of them says anything
about a case, except `custodian-not-reached` and `assented`, which may stand in a case's own stream.
"""

from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.erasure_events import ErasureCarriedOut, ErasureDrilled, StreamErased
from ledger.domain.events import (
    AuditPerformed,
    CopyDestroyed,
    CopyExported,
    CopyKept,
    Decision,
    DrillHeld,
    Event,
    Fact,
    PaperPadIssued,
    PaperSheetsEnded,
    PurgeRunCompleted,
    ReportBandChosen,
    ReportPublished,
    StandardAnswerSet,
)
from ledger.domain.fields import (
    Digest,
    Instant,
    Line,
    LocalDate,
    Origin,
    PersonalText,
    PersonId,
    RecordRef,
    RoleName,
    Root,
    SigningKey,
    StreamId,
    ZoneName,
)
from ledger.domain.log_events import EpochAnnounced, EpochTerms, LogKeysAnnounced, LogSize
from ledger.domain.passkey_events import PasskeyEnrolled, PasskeyRevoked

Custody = Literal["service", "device", "hardware"]


class Founder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the first two people."""

    person: PersonId
    key: SigningKey
    custody: Custody
    role: RoleName


class LedgerBefore(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ledger that a new one follows under another origin, and its last checkpoint."""

    origin: Origin
    founded: Digest
    size: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    root: Root
    checkpoint: Digest


class LedgerFounded(
    Event, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ledger-founded.v1"
):
    """The first record of all; its digest is the ledger's fingerprint."""

    epoch: EpochTerms
    founders: tuple[Founder, Founder]
    log: tuple[str, ...]
    receipt: str
    vault_office: StreamId
    attest_months: Annotated[int, Meta(ge=1, le=12)] | None = None
    """After how many months each counsel attests to the log; yearly where it is not said."""
    zone: ZoneName | None = None
    """The zone in which the ledger's days are counted; where it is not said, that of its law."""
    before: LedgerBefore | None = None


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
    """This key signs nothing from here on; what it signed before stands.

    `since` is the size of the newest checkpoint that surely comes before others had the key: what
    stands in the log from that leaf on needs counsel's re-attestation.
    """

    COMMAND: ClassVar[str] = "revoke-key"
    key: Digest
    since: LogSize | None = None


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
    resolved_on: LocalDate | None = None


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
    """The person is away for this time; it is the window in which a designee acts."""

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


class LibraryClosed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="library-closed.v1"
):
    """The library is shut on these days, the first of them `from_on`: they are no working days.

    It says nothing of courts, whose days go on.
    """

    COMMAND: ClassVar[str] = "close-library"
    from_on: LocalDate
    days: Annotated[int, Meta(ge=1, le=366)] = 1
    reason: Literal["weather", "emergency", "works", "staff-day", "own-holiday", "other"]

    @property
    def dates(self) -> frozenset[date]:
        """The days on which it is shut, as far as the calendar goes."""
        most = min(self.days, (date.max - self.from_on).days + 1)
        return frozenset(self.from_on + timedelta(days=days) for days in range(most))


class PackActivated(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="pack-activated.v1"
):
    """From the next record on this resolved pack is the law in force; never for earlier acts."""

    COMMAND: ClassVar[str] = "activate-pack"
    law: Digest
    pack: Line
    reviewed_by: PersonId
    reviewed_on: LocalDate | None = None
    difference: tuple[Line, ...] | None = None
    """What is other than in the law before: one line for each row, such as `added value a.b`."""


class Assented(Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="assented.v1"):
    """A second person agrees to the record whose envelope digest is `of`."""

    COMMAND: ClassVar[str] = "assent"
    of: Digest


class Reattested(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="reattested.v1"
):
    """Counsel stands for records, by their digests, that were signed with a compromised key."""

    COMMAND: ClassVar[str] = "reattest"
    of: Annotated[tuple[Digest, ...], Meta(min_length=1, max_length=256)]
    """Ascending, each once."""


class RecoveryAnnounced(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recovery-announced.v1"
):
    """The recovery identity that is a reader of all that is sealed, once a second person assents.

    `key` is the digest of its public key; `needed` of `holders` people open it together.
    """

    COMMAND: ClassVar[str] = "announce-recovery"
    key: Digest
    holders: Annotated[int, Meta(ge=3, le=5)]
    needed: Annotated[int, Meta(ge=2, le=4)]


class RecoveryDrilled(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recovery-drilled.v1"
):
    """So many holders came together and tried whether the recovery identity opens."""

    COMMAND: ClassVar[str] = "record-recovery-drill"
    key: Digest
    holders: Annotated[int, Meta(ge=1, le=5)]
    result: Literal["opened", "failed"]


class RecoveryProposed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recovery-proposed.v1"
):
    """Sealed matters are to be recovered for this person, once a second person assents.

    Which matters stands in their own streams, never here: all staff read the `reason`.
    """

    COMMAND: ClassVar[str] = "propose-recovery"
    person: PersonId
    reason: PersonalText | None = None


class RecoveryUsed(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recovery-used.v1"
):
    """The recovery that was proposed under `of` was carried out by its person, and is used up."""

    COMMAND: ClassVar[str] = "record-recovery-used"
    of: Digest


class AccessRecovered(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="access-recovered.v1"
):
    """This sealed matter was opened to the person by recovery, under the assented proposal."""

    person: PersonId
    proposal: Digest


class StreamClosed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream-closed.v1"
):
    """The last record of a stream; another may continue it."""


class LedgerRestored(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ledger-restored.v1"
):
    """The ledger was restored from a backup, and goes on under a new incarnation.

    `size` and `root` are the checkpoint in the backup, `known_size` the newest one known elsewhere.
    `lost` are commitments that were promised or published and whose records are gone, as far as
    they are known; `office_copy` says whether the newest copy of the office was brought along.
    """

    COMMAND: ClassVar[str] = "confirm-restore"
    incarnation: Annotated[
        str,
        Meta(
            pattern=r"^[0-9a-f]{32}$(?!\n)",
            description="an incarnation: 16 bytes as 32 hexadecimal digits, the letters small",
        ),
    ]
    size: LogSize
    root: Digest
    known_size: LogSize
    office_copy: bool
    lost: tuple[Digest, ...] = ()
    words: PersonalText | None = None


OFFICE_ONLY: frozenset[type[Event]] = frozenset(
    {
        KeyEnrolled,
        KeyRevoked,
        PasskeyEnrolled,
        PasskeyRevoked,
        RoleGranted,
        RoleEnded,
        CustodianDesignated,
        DesigneeAppointed,
        AbsenceRecorded,
        LibraryClosed,
        PackActivated,
        RecoveryAnnounced,
        RecoveryDrilled,
        RecoveryProposed,
        RecoveryUsed,
        StreamErased,
        ErasureCarriedOut,
        ErasureDrilled,
        LedgerRestored,
        LogKeysAnnounced,
        EpochAnnounced,
        AuditPerformed,
        PurgeRunCompleted,
        DrillHeld,
        PaperPadIssued,
        PaperSheetsEnded,
        StandardAnswerSet,
        ReportBandChosen,
        ReportPublished,
        CopyExported,
        CopyDestroyed,
        CopyKept,
    }
)
"""What is proposed in the office stream and nowhere else."""
OFFICE_OR_CASE: frozenset[type[Event]] = frozenset({Assented, CustodianNotReached, Reattested})
"""What has its meaning where it stands: in the office, or in the matter that caused it."""
