"""What the library decided, and what then left it."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Categories,
    Count,
    Digest,
    Line,
    LocalDate,
    PersonalLine,
    PersonalText,
    RecordRef,
)


class ApprovalGranted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="approval-granted.v1"
):
    """A disclosure of these categories, on this basis, may be made (R-63…R-74, R-80).

    `consent` is the consent on which it rests, where the law asks for no paper (CPLR 4509).
    `because` says why, where the law asks for nothing but the custodian's judgement.
    """

    COMMAND: ClassVar[str] = "approve"
    request: RecordRef
    basis: Line
    instrument: RecordRef | None = None
    categories: Categories
    conditions: PersonalText | None = None
    consent: RecordRef | None = None
    because: PersonalText | None = None


class DenialIssued(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="denial-issued.v1"
):
    """The request was refused (R-130, R-140); as weighty as a disclosure."""

    COMMAND: ClassVar[str] = "deny"
    request: RecordRef
    reason: Literal[
        "no-instrument",
        "instrument-not-sufficient",
        "instrument-defective",
        "no-records",
        "not-permitted",
        "withdrawn",
    ]
    response: PersonalText | None = None


class DisclosureMade(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="disclosure-made.v1"
):
    """Records left the library under an approval; what left is named by class and count only."""

    COMMAND: ClassVar[str] = "disclose"
    approval: RecordRef
    categories: Categories
    records: Count
    method: Literal["paper", "encrypted-file", "viewed-on-site", "by-word"]
    redacted: bool = False
    produced_sha256: Digest | None = None
    recipient: PersonalLine | None = None


class ScopeLimited(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="scope-limited.v1"
):
    """What was approved leaves without these categories."""

    COMMAND: ClassVar[str] = "limit-scope"
    approval: RecordRef
    excluded: Categories
    ground: Literal["counsel-advice", "beyond-the-paper", "privileged", "policy", "agreement"]
    explanation: PersonalText | None = None


class DisclosureRefused(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="disclosure-refused.v1"
):
    """At the moment of handing over, somebody did not hand over; as weighty as a disclosure."""

    COMMAND: ClassVar[str] = "refuse-disclosure"
    approval: RecordRef | None = None
    reason: Literal[
        "more-was-asked-for",
        "recipient-not-verified",
        "approval-ended",
        "paper-ended",
        "standstill",
        "no-paper",
        "counsel-not-reached",
        "other",
    ]
    explanation: PersonalText | None = None


class DisclosureRecalled(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="disclosure-recalled.v1"
):
    """What left by mistake was claimed back (Fed. R. Civ. P. 45(e)(2)(B)); that it left stays
    on record.
    """

    COMMAND: ClassVar[str] = "recall-disclosure"
    disclosure: RecordRef
    reason: Literal["beyond-scope", "wrong-recipient", "no-basis", "court-order", "other"]
    outcome: Literal["asked-for", "returned", "destroyed", "refused"]
    asked_on: LocalDate
    categories: Categories
    items: PersonalText | None = None
