"""A paper is contested: objection, motion, the court's ruling; or its issuer takes it back."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Category,
    LocalDate,
    PersonalLine,
    PersonalText,
    RecordRef,
)


class ObjectionServed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="objection-served.v1"
):
    """A written objection was served; from then on nothing is produced but by a court's order
    (Fed. R. Civ. P. 45(d)(2)(B)).
    """

    COMMAND: ClassVar[str] = "serve-objection"
    instrument: RecordRef
    served_on: LocalDate
    method: Literal["by-hand", "mail", "e-mail", "court-filing"]
    grounds: tuple[
        Literal[
            "statute-forbids",
            "not-a-court-order",
            "unreasonable-time",
            "beyond-limits",
            "privileged-or-protected",
            "undue-burden",
        ],
        ...,
    ] = ()
    wording: PersonalText | None = None


class MotionFiled(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="motion-filed.v1"
):
    """A court was asked about a paper (Fed. R. Crim. P. 17(c), 41(g); Fed. R. Civ. P. 45(d)(3))."""

    COMMAND: ClassVar[str] = "file-motion"
    instrument: RecordRef
    asks: Literal["quash", "modify", "keep-confidential", "compel", "return-property"]
    filed_by: Literal["library", "patron", "requester", "government"] = "library"
    filed_on: LocalDate
    hearing_on: LocalDate | None = None
    court: PersonalLine | None = None
    docket: PersonalLine | None = None
    grounds: PersonalText | None = None


class InstrumentRuledOn(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instrument-ruled-on.v1"
):
    """A court quashed, modified or upheld a paper; a narrower scope binds what leaves later."""

    COMMAND: ClassVar[str] = "record-ruling"
    instrument: RecordRef
    outcome: Literal["quashed", "modified", "upheld"]
    order: RecordRef
    ruled_on: LocalDate
    categories: tuple[Category, ...] = ()


class InstrumentWithdrawn(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instrument-withdrawn.v1"
):
    """A paper was taken back: its clocks end, and a hold may remain."""

    COMMAND: ClassVar[str] = "record-withdrawal"
    instrument: RecordRef
    by: Literal["issuer", "requester", "court"]
    withdrawn_on: LocalDate
    wording: PersonalText | None = None
