"""Papers: what came in, and what it lacks."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    AgencyLevel,
    Answer,
    Category,
    Citation,
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
    accepted_by: Literal["custodian", "designee", "counsel", "staff", "nobody"] | None = None
    return_on: LocalDate | None = None
    notice_delayed_until_on: LocalDate | None = None
    court: PersonalLine | None = None
    docket: PersonalLine | None = None
    wording: PersonalText | None = None
    document: PersonalDocument | None = None


class DocumentAttached(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="document-attached.v1"
):
    """A scan or a file lies with the record, as it was brought; nobody vouches for what it says.

    `of` is the record whose paper it is a copy of. What it is like and how it was named can tell of
    a patron, and goes with the people when they are erased, as its bytes do.
    """

    COMMAND: ClassVar[str] = "attach-document"
    of: RecordRef | None = None
    name: PersonalLine | None = None
    document: PersonalDocument | None = None


Element = Literal[
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
"""What a paper can lack."""


class InstrumentAuthenticated(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="instrument-authenticated.v1",
):
    """Somebody asked whether the paper is real, by a way that the paper did not offer."""

    COMMAND: ClassVar[str] = "authenticate-instrument"
    instrument: RecordRef
    method: Literal["clerk-called", "court-record", "agency-called-back", "sender-called", "other"]
    contact_from: Literal["public-record", "known-before", "printed-on-the-paper"]
    outcome: Literal["genuine", "not-confirmed", "false"]
    contact: PersonalLine | None = None


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
    element: Element
    cure_requested: bool = False
    explanation: PersonalText | None = None


class DefectResolved(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="defect-resolved.v1"
):
    """A defect blocks no more: mended by a later paper, excused by a statute, or overridden by a
    court.
    """

    COMMAND: ClassVar[str] = "resolve-defect"
    instrument: RecordRef
    element: Element
    outcome: Literal["cured", "excused-by-statute", "overridden-by-court"]
    by_instrument: RecordRef | None = None
    citation: Citation | None = None
    explanation: PersonalText | None = None
