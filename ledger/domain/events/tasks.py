"""A person who need only know a task is told the task, and nothing of the matter (threats §1.7).

A task lies in a stream of its own, with a reference, secrets and readers of its own. It continues
nothing and names neither the matter nor who asked; that it was given stands in the matter.
"""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.events.silence import ToldGround
from ledger.domain.fields import (
    CaseReference,
    Instant,
    LocalDate,
    PersonalText,
    PersonId,
    RecordRef,
)


class TaskAssigned(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="task-assigned.v1"
):
    """In a sealed matter: this person was told a task, on this ground, and that silence binds them
    (18 U.S.C. 2709(c)(2)). `own_reference` is the task's; the register draws it.
    """

    COMMAND: ClassVar[str] = "assign-task"
    person: PersonId
    ground: ToldGround
    gag: RecordRef | None = None
    duty_notice_at: Instant
    review_on: LocalDate | None = None
    task: PersonalText | None = None
    own_reference: CaseReference | None = None


class TaskGiven(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="task-given.v1"):
    """The first record of a task: what its person is to do, and who else reads it.

    The register makes it with `task-assigned`. Where it says `not_to_director`, the person speaks
    of it with the readers only.
    """

    reference: CaseReference
    person: PersonId
    readers: tuple[PersonId, ...]
    review_on: LocalDate | None = None
    not_to_director: bool = False
    task: PersonalText | None = None


class TaskReported(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="task-reported.v1"
):
    """The person says what became of the task."""

    COMMAND: ClassVar[str] = "report-task"
    outcome: Literal["done", "going-on", "cannot", "question"]
    words: PersonalText | None = None


class TaskEnded(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="task-ended.v1"
):
    """Whoever keeps the matter told the person that the task has ended. The duty of silence has
    not.
    """

    COMMAND: ClassVar[str] = "end-task"
    reason: Literal["done", "not-needed-any-more", "given-to-another", "left-the-library"]
    words: PersonalText | None = None
