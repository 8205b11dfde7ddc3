"""The shapes of rows: of each projection, for the API's description. The rows are made elsewhere
(`ledger.projections.definitions`); a test holds those of many histories against these.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import GenericAlias
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, field

from ledger.domain.calendar import Confidence
from ledger.domain.fields import AgencyLevel, Answer, Category, InstrumentKind
from ledger.domain.law.deadlines.row import DeadlineFlag
from ledger.domain.law.provisions import DeadlineKind, Source
from ledger.projections.definitions import DEFINITIONS, Definition

Record = Annotated[str, Meta(description="the place of a record, stream:seq")]
Instant = Annotated[datetime, Meta(description="RFC 3339, in UTC (Z)")]
Day = Annotated[date, Meta(description="a day in the library's zone, which GET /api names")]
Digest = Annotated[str, Meta(description="SHA-256, 64 hexadecimal digits")]
Law = Annotated[str, Meta(description="the digest of the law that decided, 64 hexadecimal digits")]
Pack = Annotated[str, Meta(description="the law's last layer with its version: us-co/lcld@2")]
AnyEvent = Annotated[dict[str, Any], Meta(extra_json_schema={"$ref": "#/$defs/Event"})]
"""The fields of an event, whichever it is: the description has them all, told apart by `type`."""


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object with these fields and no others."""


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
    event: AnyEvent
    records: list[Record]


class DisclosureRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What left the library or did not, by `kind`, and on what it rests: who asked, who approved,
    on which paper or consent. `count` is how many records; `produced_sha256` the digest of them.
    """

    reference: str
    ref: Record
    kind: Literal["disclosure", "denial", "refusal", "recall", "unanswered-referral"]
    occurred_at: Instant
    actor: str
    recorded_by: str
    role: str
    under: str | None
    requester: str | None
    approved_by: str | None
    basis: str | None
    instrument: Record | None
    instrument_kind: InstrumentKind | None
    consent: Record | None
    request: Record | None
    approval: Record | UnsetType | None = UNSET
    disclosure: Record | UnsetType = UNSET
    categories: list[Category] | UnsetType = UNSET
    count: int | UnsetType = UNSET
    method: str | UnsetType = UNSET
    redacted: bool | UnsetType = UNSET
    produced_sha256: Digest | UnsetType | None = UNSET
    reason: str | UnsetType = UNSET
    outcome: str | UnsetType = UNSET
    to: str | UnsetType = UNSET
    law: Law | None
    pack: Pack | None
    records: list[Record]


class HoldRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A preservation hold, what it keeps and where, and its end with the law it follows from."""

    reference: str
    ref: Record
    request: Record
    requested_at: Instant
    categories: list[Category]
    places: list[str]
    status: Literal["active", "released"]
    released: Record | None
    converted_to: Record | None
    extensions: list[Record]
    nominal_on: Day | None
    rolled_on: Day | None
    until_on: Day | None
    citation: str | None
    confidence: Confidence | None
    law: Law | None
    pack: Pack | None
    records: list[Record]


class ContestOfPaper(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An objection or a motion against a paper, and the record that settled it."""

    ref: Record
    settled_by: Record | None


class ExecutionOfPaper(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What officers did on a paper; `receipt` is the record of theirs."""

    ref: Record
    started_at: Instant | None
    ended_at: Instant | None
    receipt: Record | None


class FlagOfPaper(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something in a paper that counsel should look at."""

    name: str
    citation: str
    confidence: Confidence


class InstrumentRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper: what came, what it lacks, what contests it, what became of it. `scope` is what a
    court left of it; `void` why nothing can rest on it any more, in words.
    """

    reference: str
    ref: Record
    received_at: Instant
    kind: InstrumentKind
    issuer: str
    level: AgencyLevel
    judge_signed: Answer
    finding: str
    issued_on: Day | None
    comply_by_on: Day | None
    execute_by_on: Day | None
    return_on: Day | None
    categories: list[Category]
    accepted_by: str | None
    nondisclosure_clause: bool
    defects: list[str]
    authenticity: str | None
    void: str | None
    scope: list[Category] | None
    contested: bool
    contests: list[ContestOfPaper]
    in_execution: bool
    executions: list[ExecutionOfPaper]
    copy_requested: bool
    copy_outcome: str | None
    receipt_obtained: bool
    flags: list[FlagOfPaper]
    law: Law | None
    pack: Pack | None
    records: list[Record]


class ConsentRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A consent: what it was given for, and in `categories` what is left of it."""

    reference: str
    ref: Record
    given_at: Instant
    grantor: str
    given_for: list[Category]
    categories: list[Category]
    instrument: Record | None
    written: bool
    form: str | None
    expires_on: Day | None
    changed_at: Instant | None
    ended: str | None
    law: Law | None
    pack: Pack | None
    records: list[Record]


class CountRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request as statistics count it."""

    reference: str
    ref: Record
    requester: str
    urgent: bool
    instruments: list[InstrumentKind]
    outcome: Literal["undecided", "approved", "denied", "disclosed", "partly-disclosed"]
    reasons: list[str]
    narrowed_by: Literal["court", "library"] | None
    referred: bool
    received_on: Day
    decided_on: Day | None
    days_to_decide: Annotated[int, Meta(description="whole days")] | None
    law: Law | None
    pack: Pack | None
    records: list[Record]


class AuthorityRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who held a role, or was away, from when until when."""

    kind: Literal["role", "absence"]
    person: str
    role: str | None
    from_at: Instant
    until_at: Instant | None
    law: Law
    pack: Pack
    records: list[Record]


class LawRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which law, or which text of the standard answer, was in force from when until when."""

    kind: Literal["pack", "standard-answer"]
    law: Law
    pack: Pack
    layers: list[str] | UnsetType = UNSET
    reviewed_by: str | UnsetType | None = UNSET
    reviewed_on: Day | UnsetType | None = UNSET
    difference: str | UnsetType | None = UNSET
    version: str | UnsetType = UNSET
    wording: str | UnsetType = UNSET
    actor: str
    recorded_by: str
    from_at: Instant
    until_at: Instant | None
    records: list[Record]


class KeyRow(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that signs, or signed: whose, from when until when."""

    person: str
    principal: str
    custody: str
    key: Annotated[str, Meta(description="Ed25519, 32 bytes in base64")]
    sha256: Digest
    enrolled_at: Instant
    revoked_at: Instant | None
    compromised_since: Instant | None
    law: Law
    pack: Pack
    records: list[Record]


ROWS: Mapping[str, type[Shape]] = {
    "cases": CaseRow,
    "history": HistoryRow,
    "deadlines": DeadlineRow,
    "disclosures": DisclosureRow,
    "holds": HoldRow,
    "instruments": InstrumentRow,
    "consents": ConsentRow,
    "counts": CountRow,
    "authority": AuthorityRow,
    "laws": LawRow,
    "keys": KeyRow,
}
"""The shape of a projection's rows, by its name."""


def _projection(one: Definition) -> type[Struct]:
    """What the address of a projection answers."""
    fields = [("name", str), ("version", int), ("rows", GenericAlias(list, (ROWS[one.name],)))]
    return defstruct(
        f"RowsOf{one.name.title()}",
        fields,
        bases=(Shape,),
        namespace={"__doc__": f"Rows of the projection {one.name}, version {one.version}."},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


PROJECTIONS: Mapping[str, type[Struct]] = {one.name: _projection(one) for one in DEFINITIONS}
"""What a projection's address answers, by its name."""
