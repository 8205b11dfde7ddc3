"""What keeps the library's house in order, and is nobody's case: audits, purges, drills.

All of it stands in the office stream, but for a purge that a hold blocked: that would reveal the
matter, so it stands in the matter's own stream, and outside there is only the word *retain*.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    BranchId,
    Category,
    Count,
    Instant,
    Line,
    LocalDate,
    PersonalText,
    RecordRef,
    Serial,
)


class AuditPerformed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audit-performed.v1"
):
    """An auditor checked the books, without reading what is privileged or sealed (R-96)."""

    COMMAND: ClassVar[str] = "record-audit"
    from_on: LocalDate
    to_on: LocalDate
    checks: Annotated[
        tuple[
            Literal["chain", "holds-against-purges", "overdue-papers", "access", "corrections"], ...
        ],
        Meta(min_length=1),
    ]
    exceptions: Count = 0
    findings: PersonalText | None = None


class PurgedClass(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many records of one class a run destroyed."""

    category: Category
    count: Count


class PurgeRunCompleted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="purge-run-completed.v1"
):
    """Records whose period has ended were destroyed; by class and count, nobody named (R-101).

    `holds_checked_at` is when the holds were looked at for this run. `backups` says what becomes of
    copies.
    """

    COMMAND: ClassVar[str] = "record-purge-run"
    purged: Annotated[tuple[PurgedClass, ...], Meta(min_length=1)]
    method: Literal["deleted", "shredded", "anonymised", "overwritten"]
    schedule: Line
    holds_checked_at: Instant | None = None
    backups: Literal["purged-too", "expire-by-themselves", "none"]
    note: PersonalText | None = None


class PurgeBlockedByHold(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="purge-blocked-by-hold.v1"
):
    """Records of this class were due to be destroyed, and the hold keeps them (18 U.S.C. 2703(f)).

    The desk and the library's system are told *retain*, and nothing else.
    """

    COMMAND: ClassVar[str] = "record-purge-blocked"
    hold: RecordRef
    category: Category
    due_on: LocalDate


class DrillHeld(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="drill-held.v1"):
    """Staff practised a visit; a drill is recorded, and is never a case."""

    COMMAND: ClassVar[str] = "record-drill"
    kind: Literal["visit", "warrant", "gag", "call-ladder", "recovery", "other"]
    participants: Count
    result: Literal["as-written", "with-lessons"]
    lessons: PersonalText | None = None


class PaperPadIssued(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper-pad-issued.v1"
):
    """Numbered sheets were printed for the desk, on which a visit is written while the ledger
    cannot be reached: `count` of them, the first numbered `first`.
    """

    COMMAND: ClassVar[str] = "issue-paper-pad"
    first: Serial
    count: Annotated[int, Meta(ge=1, le=100)]
    at_branch: BranchId | None = None


class PaperSheetsEnded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper-sheets-ended.v1"
):
    """These sheets hold no visit: spoilt, or never used and destroyed.

    A sheet that was written down into the ledger ends by its visit, which names it and is sealed:
    the office never says which sheets those are.
    """

    COMMAND: ClassVar[str] = "end-paper-sheets"
    serials: Annotated[tuple[Serial, ...], Meta(min_length=1, max_length=100)]
    ended: Literal["void", "unused"]
