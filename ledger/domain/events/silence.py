"""Orders not to tell, and who may know (R-55, R-133…R-135)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import Answer, Instant, LocalDate, PersonalText, PersonId, RecordRef


class GagServed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-served.v1"):
    """An order not to tell was served (R-55, R-133…R-135); honoured while its validity is
    contested.
    """

    COMMAND: ClassVar[str] = "record-gag"
    source: Literal[
        "national-security-letter", "fisa-order", "2705(b)-order", "court-order", "other"
    ]
    instrument: RecordRef | None = None
    certified: Answer = "cannot-tell"
    review_notice: Answer = "cannot-tell"
    until_on: LocalDate | None = None
    covers: PersonalText | None = None


class GagChallengeNotified(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-challenge-notified.v1"
):
    """The Government or a court was told that the library asks for review (18 U.S.C. 3511)."""

    COMMAND: ClassVar[str] = "notify-gag-challenge"
    gag: RecordRef
    route: Literal["reciprocal-notice", "petition"]
    received_on: LocalDate


class GagLifted(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-lifted.v1"
):
    """The duty of silence ended, on written evidence; no clock ever lifts a gag."""

    COMMAND: ClassVar[str] = "lift-gag"
    gag: RecordRef
    evidence: Literal["court-order", "agency-letter", "face-date-passed"]
    evidence_on: LocalDate
    explanation: PersonalText | None = None


class AudienceMemberAdded(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audience-member-added.v1"
):
    """One more person may open this sealed matter; the duty was told (18 U.S.C. 2709(c)(2))."""

    COMMAND: ClassVar[str] = "add-audience-member"
    person: PersonId
    ground: Literal["needed-to-comply", "attorney", "otherwise-permitted"]
    gag: RecordRef | None = None
    duty_notice_at: Instant
