"""What becomes of a sealing: counsel looks at it, or has a paper kept out (threats §1.7)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision
from ledger.domain.fields import Citation, LocalDate, PersonalText, PersonId, RecordRef


class SealingConfirmed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sealing-confirmed.v1"
):
    """Counsel looked at a sealing: it stands, or the matter should be opened (threats §1.7).

    Neither opens anything: that takes two people, and no clock does it.
    """

    COMMAND: ClassVar[str] = "confirm-sealing"
    sealing: RecordRef
    outcome: Literal["confirmed", "advises-opening"]
    citation: Citation
    explanation: PersonalText | None = None


class PaperFileNoted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper-file-noted.v1"
):
    """There is a paper that may not be entered here, as counsel says: this holds only who keeps it,
    where, on which ground and when somebody looks again. Its proof is that of any record.

    `counsel` is who said so. `instead_of` is an earlier note of the same file.
    """

    COMMAND: ClassVar[str] = "note-paper-file"
    keeper: PersonId
    counsel: PersonId
    ground: Literal["order-of-court", "classified", "security-agreement", "privilege"]
    citation: Citation
    review_on: LocalDate
    instead_of: RecordRef | None = None
    kept_at: PersonalText | None = None
