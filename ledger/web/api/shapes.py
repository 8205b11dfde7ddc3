"""The shapes of the API's answers, for its description. They are made elsewhere
(`ledger.answering`); a test holds every answer against these.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from ledger.domain.calendar import Confidence
from ledger.domain.law.deadlines.row import DeadlineFlag
from ledger.domain.law.provisions import DeadlineKind, Source

Record = Annotated[str, Meta(description="the place of a record, stream:seq")]
Instant = Annotated[datetime, Meta(description="RFC 3339, in UTC (Z)")]
Day = Annotated[date, Meta(description="a day in the library's zone, which GET /api names")]
Digest = Annotated[str, Meta(description="SHA-256, 64 hexadecimal digits")]
AnyFields = dict[str, Any]


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object with these fields and no others."""


class Ledger(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ledger this is. `zone` is the library's: in it the law's days are counted."""

    origin: str
    zone: Annotated[str, Meta(description="IANA name, such as America/Denver")]
    fingerprint: Digest
    now: Instant


class ReceiptOfRecord(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record: its place, type, digest, the tick by which it is in the log, its signed receipt."""

    ref: Record
    type: str
    e: Digest
    tick: int | None
    receipt: str | None


class TaskLeft(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task of a closed case that goes on."""

    reference: str
    person: str


class Receipt(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was recorded. `office_changed`: authority changed while a sealed act was written.
    `not_guarded` are tokens for which the guard's list has no place.
    """

    reference: str
    office_changed: bool
    records: list[ReceiptOfRecord]
    not_guarded: list[str] | UnsetType = UNSET
    tasks: list[TaskLeft] | UnsetType = UNSET


class AttachedReceipt(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was recorded of a document, and the digest of its bytes."""

    reference: str
    office_changed: bool
    records: list[ReceiptOfRecord]
    sha256: Digest


class DocumentRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document of a case; of one that was erased `name`, `sha256`, `size` and `type` are null.
    `of` is the record whose paper it is a copy of.
    """

    ref: Record
    of: Record | None
    name: str | None
    sha256: Digest | None
    size: Annotated[int, Meta(description="bytes")] | None
    type: str | None


class Documents(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The documents of a case."""

    reference: str
    documents: list[DocumentRow]


class CaseRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a case stands, who has it, what happened last, what is due next."""

    reference: str
    state: str
    with_: list[str] = field(name="with")
    holds: int
    flags: list[str]
    last: str
    last_by: str
    last_at: Instant
    next_duty: str | None
    next_on: Day | None
    citation: str | None
    law: Digest | None
    pack: str | None
    records: list[Record]


class Cases(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases that are open to you."""

    cases: list[CaseRow]


class DeadlineRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A date and the law it follows from. `effective_on` is the one to go by; `nominal_on` is
    plainly counted, `rolled_on` moved off days on which no period ends.
    """

    reference: str
    id: str
    kind: DeadlineKind
    rule: str
    rule_version: str
    citation: str
    source: Source
    confidence: Confidence
    sentence: str
    measured_from: str
    trigger: Record
    triggered_on: Day
    nominal_on: Day
    rolled_on: Day
    effective_on: Day
    status: Literal["open", "met"]
    met_by: Record | None
    flags: list[DeadlineFlag]
    why: list[str]
    law: Digest | None
    pack: str | None
    records: list[Record]
    overdue: bool | UnsetType = UNSET


class Deadlines(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is due in the cases that are open to you."""

    deadlines: list[DeadlineRow]


class Flag(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that counsel should look at."""

    name: str
    ref: Record
    sentence: str
    citation: str
    source: str
    confidence: str


class OneCase(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case. `exposed` are those who could read it while it stood open, if it was sealed late."""

    case: CaseRow
    deadlines: list[DeadlineRow]
    flags: list[Flag]
    exposed: list[str] | UnsetType = UNSET


class HistoryRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of a case: who did it, who recorded it, under which law. `event` has its fields."""

    reference: str
    ref: Record
    type: str
    occurred_at: Instant
    recorded_at: Instant
    precision: str
    basis: str
    actor: str
    recorded_by: str
    role: str
    under: str | None
    law: Digest
    pack: str
    citation: str | None
    approved_by: str | None
    assented_by: str | None
    corrected_by: str | None
    event: AnyFields
    records: list[Record]


class History(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that was recorded in a case."""

    reference: str
    history: list[HistoryRow]


class Waiting(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What waits for a second person's assent."""

    person: str | None
    type: str
    by: str


class Office(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The people and desks with their roles, and what waits for a second person's assent."""

    people: dict[str, list[str]]
    waiting: list[Waiting]


class ProjectionRows(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of a projection; their fields are those of the projection in this version."""

    name: str
    version: int
    rows: list[AnyFields]


class ProjectionNamed(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A projection: its name, its version, and of what it has rows."""

    name: str
    version: int
    subject: Literal["case", "office"]


class Projections(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The projections that there are."""

    projections: list[ProjectionNamed]


class FeedEntry(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry: its body, with what its digest is made of; or that it was dropped."""

    position: int
    digest: Digest
    nonce: str | UnsetType = UNSET
    body: AnyFields | UnsetType = UNSET
    dropped: bool | UnsetType = UNSET


class FeedPage(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of a feed. `next` is the cursor that leads on, `chain` what all until here gives. With
    `cloudevents` there is a `batch` of CloudEvents 1.0 in the place of `entries`.
    """

    origin: str
    feed: str
    next: str
    chain: Digest
    entries: list[FeedEntry] | UnsetType = UNSET
    batch: list[AnyFields] | UnsetType = UNSET


class FeedHead(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many entries a feed has, and the chain at its end."""

    feed: str
    position: int
    chain: Digest


class Feeds(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The feeds that there are."""

    feeds: list[FeedHead]


class ReportRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report that was published, the digest of its bytes, and when."""

    period: str
    sha256: Digest
    on: Day


class Reports(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The transparency reports that were published."""

    reports: list[ReportRow]


class BrokenProvision(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands against an act."""

    sentence: str
    citation: str
    source: str
    confidence: str


class Problem(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it did not work (RFC 9457). `type` is an address at which a person finds it explained;
    `provisions` is everything that stands against an act that the law refuses.
    """

    type: str
    title: str
    status: int
    detail: str
    provisions: list[BrokenProvision] | UnsetType = UNSET
