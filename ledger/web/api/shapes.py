"""The shapes of the API's answers, for its description. They are made elsewhere
(`ledger.answering`); a test holds every answer against these.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from ledger.web.api.rows import (
    CaseRow,
    Day,
    DeadlineRow,
    Digest,
    HistoryRow,
    Instant,
    Record,
    Shape,
)


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


class Cases(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cases that are open to you."""

    cases: list[CaseRow]


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


class ProjectionNamed(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A projection: its name, its version, and of what it has rows."""

    name: str
    version: int
    subject: Literal["case", "office"]


class Projections(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The projections that there are."""

    projections: list[ProjectionNamed]


class RecordTold(
    Shape, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="record"
):
    """A record as a feed tells of it: of what is personal nothing. `e` is its digest; the office
    has no reference. `event` has the fields that the schema event.TYPE has, without the type.
    """

    reference: str | UnsetType = UNSET
    ref: Record
    e: Digest
    type: str
    occurred_at: Instant
    recorded_at: Instant
    actor: str
    recorded_by: str
    role: str
    under: str | UnsetType = UNSET
    law: Digest
    basis: str
    precision: str
    event: dict[str, Any]


class CaseDropped(
    Shape, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="dropped"
):
    """Forget everything that this feed told of a case until here."""

    reference: str


class FeedEntry(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry: its body, with what its digest is made of; or that it was dropped."""

    position: int
    digest: Digest
    nonce: str | UnsetType = UNSET
    body: RecordTold | CaseDropped | UnsetType = UNSET
    dropped: bool | UnsetType = UNSET


class CloudEvent(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as an event of CloudEvents 1.0."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str | UnsetType = UNSET
    time: Instant | UnsetType = UNSET
    datacontenttype: Literal["application/json"]
    data: FeedEntry


class FeedPage(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of a feed. `next` is the cursor that leads on, `chain` what all until here gives. With
    `cloudevents` there is a `batch` of CloudEvents 1.0 in the place of `entries`.
    """

    origin: str
    feed: str
    next: str
    chain: Digest
    entries: list[FeedEntry] | UnsetType = UNSET
    batch: list[CloudEvent] | UnsetType = UNSET


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


class TransparencyReport:
    """A report, or what one would say now: `ledger/projections/transparency/schema.json`."""


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
