"""Counsel is asked, and answers."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import LocalDate, PersonalText, PersonId, RecordRef


class CounselReviewRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="counsel-review-requested.v1"
):
    """Counsel was asked (R-08, R-79): about one paper, or where none is named about the matter."""

    COMMAND: ClassVar[str] = "request-counsel-review"
    counsel: PersonId
    due_on: LocalDate | None = None
    questions: PersonalText | None = None
    instrument: RecordRef | None = None


class CounselReviewCompleted(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="counsel-review-completed.v1",
):
    """Counsel answered: the outcome here, the privileged text in the advice stream."""

    COMMAND: ClassVar[str] = "complete-counsel-review"
    request: RecordRef
    outcome: Literal["comply", "narrow", "object", "refuse", "more-needed"]


class AdviceGiven(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="advice-given.v1"
):
    """Counsel's privileged text, for counsel and the director only."""

    COMMAND: ClassVar[str] = "give-advice"
    request: RecordRef
    advice: PersonalText | None = None
