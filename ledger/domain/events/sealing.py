"""What becomes of a sealing: counsel looks at it (threats §1.7)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision
from ledger.domain.fields import Citation, PersonalText, RecordRef


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
