"""Who asks: how a requester was verified, and by what proof a parent or guardian stands."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Fact
from ledger.domain.fields import Answer, LocalDate, PersonalLine, RecordRef


class RequesterVerified(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="requester-verified.v1"
):
    """Somebody checked who asks (R-88); the kind of proof is kept, never a copy of it."""

    COMMAND: ClassVar[str] = "verify-requester"
    request: RecordRef
    method: Literal[
        "photo-id",
        "badge",
        "call-back",
        "known-in-person",
        "library-account",
        "signature",
        "other",
    ]
    outcome: Literal["verified", "not-verified"] = "verified"
    number_called: PersonalLine | None = None
    confirmed_by: PersonalLine | None = None


class GuardianshipProofAccepted(
    Fact,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="guardianship-proof-accepted.v1",
):
    """A parent or guardian proved to be one (R-56, R-89); the kind of proof is kept, no copy."""

    COMMAND: ClassVar[str] = "accept-guardianship-proof"
    request: RecordRef
    relationship: Literal["parent", "custodial-parent", "legal-guardian", "custodian"]
    document: Literal[
        "birth-certificate", "court-order", "letters-of-guardianship", "card-application", "other"
    ]
    card_access: Answer = "cannot-tell"
    expires_on: LocalDate | None = None
    custody_note: PersonalLine | None = None
