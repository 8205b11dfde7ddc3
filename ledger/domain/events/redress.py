"""Somebody complains; the library looks into it and answers (R-19, R-59, R-95)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    Line,
    LocalDate,
    Mode,
    PersonalLine,
    PersonalText,
    PersonId,
    RecordRef,
)


class ComplaintReceived(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="complaint-received.v1"
):
    """A complaint about the library's privacy came, signed or not (R-19, R-59; RSMo 182.817.2).

    `alleged_on` is the day of the alleged violation, from which a claim may run. `respondent` and
    `by_person` are people of this library: who is complained of, and who complains.
    """

    COMMAND: ClassVar[str] = "receive-complaint"
    complainant: Literal["patron", "parent-or-guardian", "staff", "other", "anonymous"]
    allegation: Literal["disclosure", "refusal", "conduct", "retention", "other"]
    written: bool = True
    alleged_on: LocalDate | None = None
    respondent: PersonId | None = None
    by_person: PersonId | None = None
    name: PersonalLine | None = None
    wording: PersonalText | None = None


class InvestigationOpened(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="investigation-opened.v1"
):
    """The director, or counsel, has a complaint looked into (R-95)."""

    COMMAND: ClassVar[str] = "open-investigation"
    complaint: RecordRef
    investigator: PersonId
    target_on: LocalDate | None = None
    scope: PersonalText | None = None


class FindingRecorded(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="finding-recorded.v1"
):
    """What the investigation found, and what follows from it (R-95)."""

    COMMAND: ClassVar[str] = "record-finding"
    complaint: RecordRef
    outcome: Literal["violation", "partly", "no-violation", "not-determined"]
    policy_changed: bool = False
    remedy: PersonalText | None = None
    findings: PersonalText | None = None


class ComplaintAnswered(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="complaint-answered.v1"
):
    """The complainant was written to: that the complaint came, or what came of it (R-95, R-107).

    `standard_words` says that the answer is the library's standard text, and nothing besides.
    """

    COMMAND: ClassVar[str] = "answer-complaint"
    complaint: RecordRef
    kind: Literal["acknowledgement", "answer"]
    mode: Mode
    standard_words: bool = False
    wording: PersonalText | None = None


class GoodFaithComplianceMarked(
    Decision,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="good-faith-compliance-marked.v1",
):
    """Somebody handled a request as law and policy have it, in good faith (R-117).

    It stands beside a finding, and takes nothing of it back.
    """

    COMMAND: ClassVar[str] = "mark-good-faith"
    of: RecordRef
    person: PersonId
    basis: Line
    explanation: PersonalText | None = None
