"""A warrant is carried out by officers; staff stand back and record (R-81, R-136)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Fact
from ledger.domain.fields import Count, PersonalText, RecordRef


class WarrantExecutionStarted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-execution-started.v1"
):
    """Officers began to search; staff stand back (R-81, R-136)."""

    COMMAND: ClassVar[str] = "start-warrant-execution"
    instrument: RecordRef
    officers: Count = 1
    asked_to_wait: Literal["agreed", "refused", "not-asked"] = "not-asked"
    areas: PersonalText | None = None


class WarrantCopyRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-copy-requested.v1"
):
    """A copy was asked for (R-57, R-82); a refusal is recorded, not an error."""

    COMMAND: ClassVar[str] = "request-warrant-copy"
    instrument: RecordRef
    outcome: Literal["given", "refused", "promised"]


class ItemsTaken(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="items-taken.v1"):
    """What officers viewed, copied or seized, as staff saw it."""

    COMMAND: ClassVar[str] = "record-items"
    instrument: RecordRef
    action: Literal["viewed", "copied", "seized"]
    count: Count
    contested: bool = False
    items: PersonalText | None = None


class WarrantExecutionEnded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-execution-ended.v1"
):
    """The officers left; whether a receipt stayed behind (Fed. R. Crim. P. 41(f)(1)(C))."""

    COMMAND: ClassVar[str] = "end-warrant-execution"
    instrument: RecordRef
    receipt: Literal["given", "left", "none"]
    service_interrupted: bool = False
    condition: PersonalText | None = None
