"""Papers: what came in, and what it lacks."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    AgencyLevel,
    Answer,
    Category,
    InstrumentKind,
    LocalDate,
    PersonalDocument,
    PersonalLine,
    PersonalText,
    RecordRef,
)


class InstrumentReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instrument-received.v1"
):
    """A paper came; clocks run from the day on which it came (R-47…R-55)."""

    COMMAND: ClassVar[str] = "receive-instrument"
    kind: InstrumentKind
    issuer: Literal["judge", "clerk", "attorney", "agency", "subject", "guardian", "unknown"]
    level: AgencyLevel = "unknown"
    judge_signed: Answer = "cannot-tell"
    finding: Literal["public-safety", "prosecution", "good-cause", "none", "unknown"] = "unknown"
    issued_on: LocalDate | None = None
    execute_by_on: LocalDate | None = None
    comply_by_on: LocalDate | None = None
    night_authorised: bool = False
    nondisclosure_clause: bool = False
    categories: tuple[Category, ...] = ()
    court: PersonalLine | None = None
    docket: PersonalLine | None = None
    wording: PersonalText | None = None
    document: PersonalDocument | None = None


class InstrumentDefectFound(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="instrument-defect-found.v1",
):
    """The paper lacks something (R-51). Blocks approvals that rest on it."""

    COMMAND: ClassVar[str] = "find-defect"
    instrument: RecordRef
    element: Literal[
        "judge-signature",
        "issuer",
        "finding",
        "scope",
        "date",
        "form",
        "certification",
        "review-notice",
        "authority",
    ]
    cure_requested: bool = False
    explanation: PersonalText | None = None
