"""The patron is told, or is not told yet; and the one answer to who asks."""

from typing import ClassVar, Literal

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

    There is one answer for everybody, gag or none: the sentence of the row `query.standard_answer`
    in the law that the record pins. No field tells one asker's answer from another's.
    """

    COMMAND: ClassVar[str] = "answer-disclosure-query"
    asker: Literal["patron", "parent-or-guardian", "attorney", "other"]
    mode: Mode
    query: PersonalText | None = None
