"""What the authority types say, once read: a small class for each.

How they are spelled and read is `ledger.evidence.acts`, through which others use them.
Cites: FORMAT §1 "Authority types".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from ledger.evidence.assertion import Algorithm
from ledger.evidence.grammar import to_base64
from ledger.evidence.jcs import Json
from ledger.evidence.note import VKey
from ledger.evidence.record import TreeHead
from ledger.evidence.schedule import Epoch

__all__ = [
    "YEARLY",
    "AbsenceRecorded",
    "Assented",
    "AttestationDetailed",
    "AuthorityEvent",
    "Before",
    "CustodianDesignated",
    "CustodianNotReached",
    "Custody",
    "DelegationRecorded",
    "DesigneeAppointed",
    "EpochAnnounced",
    "Founder",
    "FoundingCountersigned",
    "KeyEnrolled",
    "KeyRevoked",
    "LedgerFounded",
    "LogAttested",
    "LogKeysAnnounced",
    "PackActivated",
    "PasskeyApproved",
    "PasskeyEnrolled",
    "PasskeyRevoked",
    "Principal",
    "Reason",
    "Reattested",
    "RoleEnded",
    "RoleGranted",
    "Secrets",
    "StreamClosed",
    "StreamErased",
]

Custody: TypeAlias = Literal["service", "device", "hardware"]
Principal: TypeAlias = Literal["person", "desk"]
Secrets: TypeAlias = Literal["personal", "both"]
Reason: TypeAlias = Literal["rotation", "compromise"]
YEARLY: Final = 12
"""Months; how often counsel attests where the founding says nothing else."""


@dataclass(frozen=True, slots=True)
class Founder:
    """One of the first two people; holds key and role from the founding record on."""

    person: str
    key: bytes
    custody: Custody
    role: str


@dataclass(frozen=True, slots=True)
class Before:
    """The ledger that a new one follows, as its last checkpoint left it."""

    origin: str
    founded: bytes
    """E of its founding record."""
    size: int
    root: bytes
    checkpoint: bytes
    """SHA-256 of its last checkpoint as the log alone signed it: what a time stamp covers."""

    def dump(self) -> dict[str, Json]:
        """Spell it as a founding does. Pure."""
        return {
            "origin": self.origin,
            "founded": self.founded.hex(),
            "size": self.size,
            "root": to_base64(self.root),
            "checkpoint": self.checkpoint.hex(),
        }


@dataclass(frozen=True, slots=True)
class LedgerFounded:
    """The first record of all: two people, the log's and the receipts' keys, the first epoch."""

    epoch: Epoch
    founders: tuple[Founder, Founder]
    log: tuple[VKey, ...]
    receipt: VKey
    vault_office: bytes
    attest_months: int = YEARLY
    """After how many months each counsel attests to the log."""
    zone: str | None = None
    """The zone in which the ledger's days are counted; where it is not said, that of its law."""
    before: Before | None = None
    """The ledger that this one follows under a new origin; None for a first one."""


@dataclass(frozen=True, slots=True)
class FoundingCountersigned:
    """The other founder's signature over the founding record's E."""

    founded: bytes


@dataclass(frozen=True, slots=True)
class KeyEnrolled:
    """`key` (32 bytes) signs for `person` once a second person assents."""

    person: str
    key: bytes
    custody: Custody
    principal: Principal


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """The key with this SHA-256 signs no more.

    `since` is the size of a log that its owner still signed alone; None when the key was never in
    other hands. What it signed in leaves from there on needs to be re-attested.
    """

    key: bytes
    since: int | None = None


@dataclass(frozen=True, slots=True)
class PasskeyEnrolled:
    """A passkey of `person` approves, once a second person assents."""

    person: str
    credential: bytes
    """What the authenticator calls it, 16 to 1023 bytes; its SHA-256 names the passkey."""
    key: bytes
    """SubjectPublicKeyInfo, DER."""
    algorithm: Algorithm
    rp: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PasskeyRevoked:
    """The passkey whose credential id has this SHA-256 approves no more."""

    passkey: bytes


@dataclass(frozen=True, slots=True)
class PasskeyApproved:
    """The signer approves the record with this E, and proves it by an assertion of a passkey."""

    of: bytes
    passkey: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class RoleGranted:
    """`person` holds `role` once a second person assents."""

    person: str
    role: str


@dataclass(frozen=True, slots=True)
class RoleEnded:
    """`person` holds `role` no longer."""

    person: str
    role: str


@dataclass(frozen=True, slots=True)
class CustodianDesignated:
    """`person` is custodian, and whoever was before is not."""

    person: str


@dataclass(frozen=True, slots=True)
class DesigneeAppointed:
    """`person` may act while the custodian is absent or not reached."""

    person: str


@dataclass(frozen=True, slots=True)
class AbsenceRecorded:
    """`person` is away from `since` until just before `until`."""

    person: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DelegationRecorded:
    """`person` acts for somebody until just before `until`."""

    person: str
    until: datetime


@dataclass(frozen=True, slots=True)
class CustodianNotReached:
    """The call ladder was climbed in vain; `attempts` name the records (stream, seq) of it."""

    person: str
    attempts: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Assented:
    """The signer agrees to the record whose envelope digest is `of`."""

    of: bytes


@dataclass(frozen=True, slots=True)
class Reattested:
    """Counsel stands for records (by E) that were signed with a key in other hands."""

    of: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PackActivated:
    """The law file with this SHA-256 is in force after this record."""

    law: bytes


@dataclass(frozen=True, slots=True)
class EpochAnnounced:
    """The schedule will change so."""

    epoch: Epoch


@dataclass(frozen=True, slots=True)
class LogKeysAnnounced:
    """These keys follow those that signed the log and receipts.

    `trusted` is a state of the log: the newest at a rotation; after a compromise the last that
    somebody outside holds.
    """

    log: tuple[VKey, ...]
    receipt: VKey
    reason: Reason
    trusted: TreeHead


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """The last record of its stream."""


@dataclass(frozen=True, slots=True)
class StreamErased:
    """A stream's secrets are destroyed; `records` maps each seq to its E."""

    stream: bytes
    secrets: Secrets
    records: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class LogAttested:
    """Counsel opened every leaf below `size`; `heads` is the digest over all heads of streams."""

    period: int
    """How many periods had ended at this size."""
    size: int
    root: bytes
    heads: bytes


@dataclass(frozen=True, slots=True)
class AttestationDetailed:
    """What the digest of an attestation through `size` was blinded with."""

    size: int
    salt: bytes


AuthorityEvent: TypeAlias = (
    LedgerFounded | FoundingCountersigned | KeyEnrolled | KeyRevoked | RoleGranted | RoleEnded
    | CustodianDesignated | DesigneeAppointed | AbsenceRecorded | DelegationRecorded
    | CustodianNotReached | Assented | Reattested | PackActivated | EpochAnnounced
    | LogKeysAnnounced | StreamClosed | StreamErased | LogAttested | AttestationDetailed
    | PasskeyEnrolled | PasskeyRevoked | PasskeyApproved
)  # fmt: skip
