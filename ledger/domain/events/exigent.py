"""An emergency: the papers are waived, and somebody answers for it afterwards (R-69, R-85)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Answer,
    Categories,
    InstrumentKind,
    Line,
    PersonalLine,
    PersonalText,
    PersonId,
    RecordRef,
)

Threat = Literal["death", "bodily-harm", "extensive-property-damage", "public-alarm-and-panic"]
"""What the officer says is about to happen; a law pack lists which of them its exception knows."""

Belief = Literal["not-stated", "good-faith", "reasonable-cause", "probable-cause"]
"""How sure the officer says to be, weakest first."""


class ExigentRequestAsserted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="exigent-request-asserted.v1"
):
    """An officer said that there was no time for papers (R-69); the words are the officer's."""

    COMMAND: ClassVar[str] = "record-exigent-request"
    threats: tuple[Threat, ...] = ()
    belief: Belief = "not-stated"
    sworn: Answer = "cannot-tell"
    order_impractical: Answer = "cannot-tell"
    form_signed: Answer = "cannot-tell"
    officer: PersonalLine | None = None
    words: PersonalText | None = None
    no_time_reason: PersonalText | None = None


class WaiverAuthorised(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="waiver-authorised.v1"
):
    """These categories may leave before the papers come (R-69, R-85).

    `advised_by` is counsel who advised by word of mouth; what counsel records confirms it.
    """

    COMMAND: ClassVar[str] = "authorise-waiver"
    request: RecordRef
    asserted: RecordRef
    basis: Line
    categories: Categories
    scope: Literal["identity-only", "as-asked"]
    advised_by: PersonId | None = None
    instrument: RecordRef | None = None
    conditions: PersonalText | None = None


class ExigentPapersReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="exigent-papers-received.v1"
):
    """The documents that were waived came after all (R-58, R-105)."""

    COMMAND: ClassVar[str] = "receive-exigent-papers"
    waiver: RecordRef
    kind: InstrumentKind
    complete: Answer = "cannot-tell"
    wording: PersonalText | None = None


class ExigentReviewConcluded(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="exigent-review-concluded.v1",
):
    """The waiver was looked at again; a case closes once it is ratified or repudiated."""

    COMMAND: ClassVar[str] = "conclude-exigent-review"
    waiver: RecordRef
    outcome: Literal["ratified", "repudiated", "escalated"]
    escalated_to: Literal["court", "attorney-general", "agency"] | None = None
    explanation: PersonalText | None = None
