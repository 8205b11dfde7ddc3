"""A warrant is carried out by officers; staff stand back and record (R-81, R-136)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Fact
from ledger.domain.fields import (
    Answer,
    Count,
    LocalDate,
    PersonalDocument,
    PersonalLine,
    PersonalText,
    RecordRef,
)


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
    serials: PersonalText | None = None


class WarrantExecutionEnded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-execution-ended.v1"
):
    """The officers left; whether a receipt stayed behind (Fed. R. Crim. P. 41(f)(1)(C))."""

    COMMAND: ClassVar[str] = "end-warrant-execution"
    instrument: RecordRef
    receipt: Literal["given", "left", "none"]
    service_interrupted: bool = False
    condition: PersonalText | None = None


class ReceiptObtained(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="receipt-obtained.v1"
):
    """A receipt or an inventory of what was taken came (Fed. R. Crim. P. 41(f)(1)(B)-(C))."""

    COMMAND: ClassVar[str] = "record-receipt"
    instrument: RecordRef
    kind: Literal["receipt", "inventory", "both"]
    witnessed: Answer = "cannot-tell"
    number: PersonalLine | None = None
    signer: PersonalLine | None = None
    document: PersonalDocument | None = None


class ScopeExceeded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="scope-exceeded.v1"
):
    """Officers went beyond the warrant, as staff saw it; nobody interferes (R-136)."""

    COMMAND: ClassVar[str] = "observe-excess"
    instrument: RecordRef
    beyond: Literal["place", "items", "persons", "time"]
    said_so: bool = False
    what: PersonalText | None = None
    officer: PersonalLine | None = None
    words: PersonalText | None = None


class WarrantReturnNoted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warrant-return-noted.v1"
):
    """The warrant went back to the court with its inventory (Fed. R. Crim. P. 41(f)(1)(D))."""

    COMMAND: ClassVar[str] = "note-warrant-return"
    instrument: RecordRef
    returned_on: LocalDate
    inventory_copy: Literal["received", "asked-for", "not-asked"] = "not-asked"
