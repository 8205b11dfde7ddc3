"""Consent to a disclosure: who gave it, for what, to whom, and what became of it."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Fact
from ledger.domain.fields import (
    Categories,
    Category,
    Line,
    LocalDate,
    PersonalLine,
    PersonalText,
    RecordRef,
)


class ConsentGiven(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="consent-given.v1"
):
    """Somebody consented to a disclosure (R-53, R-64, R-138). Who has to consent, the law says:
    the user, a guardian, or in Michigan the person liable for the materials (MCL 397.603(2)).

    `instrument` is the paper on which it stands, `form` the library's form with its version.
    """

    COMMAND: ClassVar[str] = "record-consent"
    grantor: Literal["subject", "guardian", "person-liable-for-the-materials"]
    categories: Categories
    instrument: RecordRef | None = None
    written: bool = True
    form: Line | None = None
    expires_on: LocalDate | None = None
    recipient: PersonalLine | None = None
    subject: PersonalText | None = None
    scope: PersonalText | None = None


class ConsentChanged(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="consent-changed.v1"
):
    """A consent was narrowed to `categories`, withdrawn, or superseded by another; what was
    disclosed before stands (domain §5.4.1 no. 47).
    """

    COMMAND: ClassVar[str] = "change-consent"
    consent: RecordRef
    outcome: Literal["narrowed", "withdrawn", "superseded"]
    categories: tuple[Category, ...] = ()
    words: PersonalText | None = None
