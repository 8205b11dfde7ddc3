"""The patron is told, or is not told yet; and the one answer to who asks."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Count,
    Line,
    LocalDate,
    Mode,
    PersonalLine,
    PersonalText,
    RecordRef,
)

AnswerVersion = Annotated[int, Meta(ge=1, le=10_000)]
"""Which text of the standard answer: the first has 1, each later one the next number."""


class PatronNotified(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="patron-notified.v1"
):
    """The affected patrons were told of a paper or of a disclosure (DC 39-108(b)(4); 34 CFR
    99.31(a)(9)(ii)). `proof` is what shows it: the number of the certified mail.
    """

    COMMAND: ClassVar[str] = "notify-patron"
    instrument: RecordRef | None = None
    patrons: Count
    method: Literal["certified-mail", "mail", "e-mail", "in-person", "telephone"]
    sent_on: LocalDate
    template: Line | None = None
    proof: PersonalLine | None = None
    subject: PersonalText | None = None
    wording: PersonalText | None = None


class NoticeWithheld(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="notice-withheld.v1"
):
    """The patron is not told, or not yet: a court waived the notice, a gag forbids it, or an
    exception of 34 CFR 99.31(a)(9)(ii) applies (DC 39-108(b)(6)).
    """

    COMMAND: ClassVar[str] = "withhold-notice"
    ground: Literal[
        "court-waiver",
        "gag",
        "grand-jury-subpoena-with-order-of-silence",
        "law-enforcement-subpoena-with-order-of-silence",
        "ex-parte-order-of-attorney-general",
    ]
    instrument: RecordRef | None = None
    order: RecordRef | None = None
    gag: RecordRef | None = None
    until_on: LocalDate | None = None


class PriorDisclosureQueryAnswered(
    Fact,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="prior-disclosure-query-answered.v1",
):
    """Somebody asked whether a record was disclosed, and was given the standard answer.

    There is one answer for everybody, gag or none: counsel's text in this `version`, or where
    counsel has set none, the sentence of the row `query.standard_answer` in the law that the record
    pins. No field tells one asker's answer from another's.

    `given_as` is for a sealed matter alone: the record of the answer where it was given, which
    somebody on the roster has tied to the matter.
    """

    COMMAND: ClassVar[str] = "answer-disclosure-query"
    asker: Literal["patron", "parent-or-guardian", "attorney", "other"]
    mode: Mode
    query: PersonalText | None = None
    version: AnswerVersion | None = None
    given_as: RecordRef | None = None


class QueryAnsweredAgain(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="query-answered-again.v1"
):
    """Silence has ended, and who was given the standard answer meanwhile was told the rest
    (domain §5.6, §6 scenario 16).
    """

    COMMAND: ClassVar[str] = "answer-query-again"
    query: RecordRef
    answered_on: LocalDate
    mode: Mode
    wording: PersonalText | None = None


class StandardAnswerSet(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="standard-answer-set.v1"
):
    """Counsel's one text for everybody who asks whether a record was disclosed (domain §5.6).

    It stands in the office, is nobody's personal data, and holds until the next version.
    """

    COMMAND: ClassVar[str] = "set-standard-answer"
    version: AnswerVersion
    wording: Annotated[str, Meta(min_length=1, max_length=2_000)]
