"""The life of a matter: kept sealed, opened, corrected, closed."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    CaseReference,
    Citation,
    FieldName,
    LocalDate,
    PersonalFields,
    PersonalText,
    PersonId,
    RecordRef,
    Values,
)


class CaseKeptSealed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-kept-sealed.v1"
):
    """The matter is kept sealed, on a cited ground, with a date to look again (DESIGN §3).

    `scope` is what the ground covers; without one it is the whole matter.
    Of a case that stood open, `exposed` names everybody here who could read it until then; others
    who learnt of it stand in `exposed_others` (threats.md §1.7).
    """

    COMMAND: ClassVar[str] = "keep-sealed"
    reference: CaseReference
    ground: Literal["gag", "patron-safety", "investigation", "privilege"]
    citation: Citation
    review_on: LocalDate | None = None
    until_on: LocalDate | None = None
    scope: PersonalText | None = None
    exposed: tuple[PersonId, ...] | None = None
    exposed_others: PersonalText | None = None


class OpeningProposed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="opening-proposed.v1"
):
    """One of two people holds that the sealed matter may be opened; another must assent."""

    COMMAND: ClassVar[str] = "propose-opening"
    citation: Citation
    grounds: PersonalText | None = None


class CaseOpened(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-opened.v1"
):
    """The matter stands in the open store, for the case staff."""

    COMMAND: ClassVar[str] = "open"
    reference: CaseReference


class CaseClosed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-closed.v1"
):
    """Nothing more is to be done."""

    COMMAND: ClassVar[str] = "close"
    outcome: Literal["disclosed", "partly-disclosed", "not-disclosed", "withdrawn", "executed"]


class EventCorrected(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="event-corrected.v1"
):
    """Fields of an earlier event were recorded wrongly; both versions stay visible (§5.5).

    `names` lists them, and may name `occurred_at`. The right values of personal fields stand in
    `personal_values` and those of all others in `values`, so that erasing a person leaves every
    corrected date and class as it was corrected.
    """

    COMMAND: ClassVar[str] = "correct"
    of: RecordRef
    names: tuple[FieldName, ...]
    values: Values | None = None
    personal_values: PersonalFields | None = None
    reason: PersonalText | None = None


class EventAnnotated(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="event-annotated.v1"
):
    """A remark on an earlier record; what that record says stays as it is (domain no. 57)."""

    COMMAND: ClassVar[str] = "annotate"
    of: RecordRef
    note: PersonalText | None = None


class RecusalRecorded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="recusal-recorded.v1"
):
    """This person has no part in this matter: does not decide in it, and does not see it
    (domain no. 48, §5.5.2). Where it begins a stream, `reference` is that of the matter.
    """

    COMMAND: ClassVar[str] = "record-recusal"
    person: PersonId
    reason: Literal["subject", "complainant", "respondent", "relative", "interest", "other"]
    explanation: PersonalText | None = None
    reference: CaseReference | None = None


class CaseLinked(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="case-linked.v1"
):
    """This matter has to do with another. A link that would show a sealed matter stands in the
    sealed matter only (DESIGN §3).
    """

    COMMAND: ClassVar[str] = "link-case"
    to: CaseReference
    relation: Literal["same-facts", "complaint-about", "follow-up", "merged-into"]
