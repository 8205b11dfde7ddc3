"""Orders not to tell, and who may know (R-55, R-133…R-135)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Answer,
    CaseReference,
    Instant,
    LocalDate,
    Mode,
    PersonalText,
    PersonId,
    RecordRef,
)

ToldGround = Literal["needed-to-comply", "attorney", "otherwise-permitted"]
"""Why somebody may be told: 18 U.S.C. 2709(c)(2)(A)(i), (ii) and (iii), in this order."""


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


class GagExtended(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-extended.v1"
):
    """A further order keeps the duty of silence beyond its date (18 U.S.C. 2705(b)).

    Without `until_on` nobody knows the end, and none is computed.
    """

    COMMAND: ClassVar[str] = "record-gag-extension"
    gag: RecordRef
    instrument: RecordRef | None = None
    until_on: LocalDate | None = None


class GagReviewed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gag-reviewed.v1"
):
    """A gag was narrowed or upheld, or found defective; it binds on (18 U.S.C. 3511(b)).

    `covers` is what it covers from now on, and `until_on` its new end, if the order names one.
    """

    COMMAND: ClassVar[str] = "record-gag-review"
    gag: RecordRef
    outcome: Literal["narrowed", "upheld", "defective"]
    evidence: Literal["court-order", "agency-letter", "counsel-opinion"]
    evidence_on: LocalDate
    until_on: LocalDate | None = None
    covers: PersonalText | None = None
    explanation: PersonalText | None = None


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
    ground: ToldGround
    gag: RecordRef | None = None
    duty_notice_at: Instant


class AudienceMemberRemoved(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="audience-member-removed.v1",
):
    """This person opens the sealed matter no more; the duty of silence stays (domain no. 42).

    What follows goes on in a stream that this record begins; `reference` is that of the matter.
    """

    COMMAND: ClassVar[str] = "remove-audience-member"
    person: PersonId
    reason: Literal["left-the-library", "not-needed-any-more", "recused", "other"]
    explanation: PersonalText | None = None
    reference: CaseReference | None = None


class DutyNoticeGiven(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="duty-notice-given.v1"
):
    """Somebody who opens nothing of the matter was told that silence binds them: who took the
    visit, or helped (18 U.S.C. 2709(c)(2)(C); DESIGN §4.7).
    """

    COMMAND: ClassVar[str] = "record-duty-notice"
    person: PersonId
    ground: ToldGround
    gag: RecordRef | None = None
    duty_notice_at: Instant
    explanation: PersonalText | None = None


class RosterGiven(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="roster-given.v1"
):
    """The agency asked who was told of its letter or order, and was told these people
    (18 U.S.C. 2709(c)(2)(D)). An attorney is not among them.
    """

    COMMAND: ClassVar[str] = "record-roster-given"
    gag: RecordRef
    asked_on: LocalDate
    given_on: LocalDate
    mode: Mode
    people: tuple[PersonId, ...] = ()
    asked_by: PersonalText | None = None
