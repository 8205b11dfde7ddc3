"""At the desk: a visit, who was told, who was reached."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.events.base import Fact
from ledger.domain.fields import (
    AgencyLevel,
    Answer,
    CaseReference,
    Category,
    Circumstance,
    ContactOutcome,
    Count,
    Digest,
    Instant,
    InstrumentKind,
    LocalDate,
    Mode,
    PersonalLine,
    PersonalText,
    PersonId,
    RecordRef,
    Serial,
)


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rung of the call ladder, as it was tapped at the desk. `at` is left out where only the
    visit's own time is known.
    """

    person: PersonId
    outcome: ContactOutcome
    at: Instant | None = None


class IntakeSaved(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="intake-saved.v1"
):
    """One save at the desk. Every field but `about` may be empty; nothing is looked up.

    `serial` is the sheet of the paper pad that this was written down from, `script` the SHA-256 of
    the words that the page told staff to say. A `drill` is practice, and never becomes a case.
    """

    about: CaseReference
    mode: Mode | None = None
    agency_level: AgencyLevel | None = None
    agents: Count | None = None
    presents: InstrumentKind | Literal["nothing", "not-sure"] | None = None
    judge_signed: Answer | None = None
    wants: tuple[Category, ...] = ()
    not_to_director: bool = False
    initials: PersonalLine | None = None
    officers: PersonalText | None = None
    words: PersonalText | None = None
    signed_by: PersonalLine | None = None
    calls: Annotated[tuple[Call, ...], Meta(min_length=1, max_length=12)] | None = None
    serial: Serial | None = None
    script: Digest | None = None
    drill: bool | None = None


class AgentEncounterRecorded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="agent-encounter-recorded.v1"
):
    """An officer or agent appeared, called or wrote (R-11, R-76)."""

    COMMAND: ClassVar[str] = "record-encounter"
    mode: Mode
    agency_level: AgencyLevel
    agents: Count = 1
    identified: Literal["shown", "declined", "not-asked"] = "not-asked"
    agency: PersonalLine | None = None
    officers: PersonalText | None = None
    words: PersonalText | None = None


class RequestReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="request-received.v1"
):
    """Somebody asked for records, in writing or by word of mouth (R-01, R-11…R-15)."""

    COMMAND: ClassVar[str] = "receive-request"
    requester: Literal[
        "law-enforcement", "national-security", "patron", "parent-or-guardian", "attorney", "other"
    ]
    categories: tuple[Category, ...] = ()
    urgent: bool = False
    from_on: LocalDate | None = None
    to_on: LocalDate | None = None
    purpose: PersonalText | None = None
    subject: PersonalText | None = None
    wording: PersonalText | None = None


class CircumstancesRecorded(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="circumstances-recorded.v1"
):
    """What the answer to a request turns on: how old a child is (R-111; Wis. Stat. 43.30(4)), where
    a crime is said to have been (Wis. Stat. 43.30(5)).
    """

    COMMAND: ClassVar[str] = "record-circumstances"
    request: RecordRef
    subject_age: Annotated[int, Meta(ge=0, le=120)] | None = None
    circumstances: tuple[Circumstance, ...] = ()


class ServiceDeclined(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="service-declined.v1"
):
    """Whoever may not accept a paper did not, and said who may (R-78); that is no service, and
    no clock runs from it.
    """

    COMMAND: ClassVar[str] = "decline-service"
    kind: InstrumentKind | Literal["not-shown"]
    reason: Literal["not-authorised-to-accept", "addressed-to-another", "custodian-only"]
    referred_to: PersonId | None = None
    left_behind: bool = False
    words: PersonalText | None = None


class AgentReferred(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="agent-referred.v1"
):
    """The agent was referred; valid also when nobody answered (R-76…R-78)."""

    COMMAND: ClassVar[str] = "refer-agent"
    to: PersonId
    outcome: ContactOutcome


class ContactAttempted(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="contact-attempted.v1"
):
    """One rung of the call ladder (R-83, R-84, R-106)."""

    COMMAND: ClassVar[str] = "attempt-contact"
    person: PersonId
    channel: Literal["telephone", "mobile", "e-mail", "in-person"]
    outcome: ContactOutcome
