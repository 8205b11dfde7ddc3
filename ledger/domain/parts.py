"""The things in a case: requests, papers, questions to counsel, approvals, waivers, holds, gags.

Each stands under the reference (stream:seq) of the record that brought it, as that record was
corrected. `ledger.domain.folds` makes them; rules, deadlines, flags and views read them.
"""

from datetime import date, datetime
from typing import TypedDict, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain.fields import Category
from ledger.domain.office import Recorded


class Part(Struct, frozen=True, kw_only=True):
    """A thing in a case: its record's reference, when it happened, the law its record pinned."""

    ref: str
    at: datetime
    law: str


class Origin(TypedDict):
    """What every part takes over from its record."""

    ref: str
    at: datetime
    law: str


SomePart = TypeVar("SomePart", bound=Part)


class Request(Part, frozen=True, kw_only=True):
    """What was asked for, and whether it was refused."""

    event: e.RequestReceived
    denied: bool = False
    circumstances: e.CircumstancesRecorded | None = None
    verified: bool = False
    proofs: tuple[e.GuardianshipProofAccepted, ...] = ()


class Execution(Part, frozen=True, kw_only=True):
    """What officers did on the authority of a paper; its start or its end may go unrecorded."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    receipt: str | None = None


class Contest(Part, frozen=True, kw_only=True):
    """An objection or a motion against a paper, and whether the court or the requester ended it."""

    event: e.ObjectionServed | e.MotionFiled
    settled_by: str | None = None


class Instrument(Part, frozen=True, kw_only=True):
    """A paper, its open defects, what contests it, what became of it, and its executions.

    `scope` is what a court left of it; None where no court has narrowed it.
    """

    event: e.InstrumentReceived
    defects: tuple[str, ...] = ()
    authenticity: str | None = None
    contests: tuple[Contest, ...] = ()
    ended: str | None = None
    scope: tuple[Category, ...] | None = None
    executions: tuple[Execution, ...] = ()
    copy_requested: bool = False
    copy_outcome: str | None = None
    receipt_obtained: bool = False

    @property
    def in_execution(self) -> bool:
        """Whether officers began and did not end."""
        return any(one.ended_at is None for one in self.executions)

    @property
    def void(self) -> str | None:
        """Why nothing can rest on the paper any more, in words; None while something can."""
        return "is not genuine" if self.authenticity == "false" else self.ended

    @property
    def is_order(self) -> bool:
        """Whether it is an order of a court that stands: not false, quashed or withdrawn."""
        by_court = (self.event.kind, self.event.issuer) == ("court-order", "judge")
        return by_court and self.void is None

    @property
    def contested(self) -> bool:
        """Whether an objection or a motion waits for the court or the requester."""
        return any(contest.settled_by is None for contest in self.contests)


class Review(Part, frozen=True, kw_only=True):
    """A question to counsel and its outcome."""

    event: e.CounselReviewRequested
    outcome: str | None = None

    @property
    def answered(self) -> bool:
        """Whether counsel has answered; to ask for more is no answer yet."""
        return self.outcome not in (None, "more-needed")


class Approval(Part, frozen=True, kw_only=True):
    """A decision to disclose, by whom, under which law; `excluded` was taken out again."""

    by: str
    role: str
    under: str | None
    event: e.ApprovalGranted | e.WaiverAuthorised
    excluded: frozenset[Category] = frozenset()


class Assertion(Part, frozen=True, kw_only=True):
    """What an officer said of an emergency."""

    event: e.ExigentRequestAsserted


class Papers(Part, frozen=True, kw_only=True):
    """What came after a waiver."""

    event: e.ExigentPapersReceived


class Waiver(Approval, frozen=True, kw_only=True):
    """An approval without papers; it waits for them, and to be ratified or repudiated."""

    asserted: str
    papers: tuple[Papers, ...] = ()
    escalated: str | None = None
    review: str | None = None


class Extension(Part, frozen=True, kw_only=True):
    """A renewal of a hold."""

    event: e.HoldExtended


class Freeze(Part, frozen=True, kw_only=True):
    """What somebody did for a hold in a system, and read there."""

    event: e.FreezeAttested


class Hold(Part, frozen=True, kw_only=True):
    """A preservation hold. Its periods count from `requested_at`; its end is derived."""

    requested_at: datetime
    event: e.HoldPlaced
    extensions: tuple[Extension, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    released: str | None = None
    converted_to: str | None = None


class Challenge(Part, frozen=True, kw_only=True):
    """A demand that a gag be reviewed."""

    event: e.GagChallengeNotified


class Gag(Part, frozen=True, kw_only=True):
    """A duty of silence with its own source and its own end.

    `until_on` is the newest date on file on which it ends, None where nobody knows one. `reviewed`
    is what became of it before a court or the agency: narrowed or upheld; it binds all the same.
    """

    event: e.GagServed
    until_on: date | None = None
    challenges: tuple[Challenge, ...] = ()
    reviewed: str | None = None
    defective: bool = False
    lifted: str | None = None
    lifted_on: date | None = None


class Member(Part, frozen=True, kw_only=True):
    """Somebody who was told of a sealed matter. The duty of silence outlasts the place on its
    roster. `opens` says whether the place opened the matter, or a notice or a task told them alone.

    Without a `ground` somebody was let in by recovery.
    """

    person: str
    ground: e.ToldGround | None = None
    gag: str | None = None
    told_at: datetime | None = None
    opens: bool = True
    task: str | None = None
    removed: str | None = None


class Task(Part, frozen=True, kw_only=True):
    """A task of a sealed matter, as its person sees it."""

    event: e.TaskGiven
    reported: str | None = None
    ended: str | None = None


class Notice(Part, frozen=True, kw_only=True):
    """The affected patrons were told."""

    event: e.PatronNotified


class Withheld(Part, frozen=True, kw_only=True):
    """The patron was not told, or not yet, and on what ground."""

    event: e.NoticeWithheld


class Query(Part, frozen=True, kw_only=True):
    """Somebody asked, and was given the standard answer; `again` is the record of a later, fuller
    one.
    """

    event: e.PriorDisclosureQueryAnswered
    again: str | None = None


class Consent(Part, frozen=True, kw_only=True):
    """A consent, and what is left of it. `changed_at` is when something of it was last taken back
    or put in another's place; None while it is as it was given.
    """

    event: e.ConsentGiven
    categories: tuple[str, ...]
    changed_at: datetime | None = None
    ended: str | None = None

    def stands(self, on: date) -> bool:
        """Whether a disclosure may rest on it on a day; its last day is `expires_on`."""
        expires_on = self.event.expires_on
        return self.ended is None and (expires_on is None or on <= expires_on)


class Investigation(Part, frozen=True, kw_only=True):
    """Somebody was told to look into a complaint."""

    event: e.InvestigationOpened


class Complaint(Part, frozen=True, kw_only=True):
    """A complaint, and how far the library has come with it."""

    event: e.ComplaintReceived
    investigation: Investigation | None = None
    finding: Recorded | None = None
    acknowledged: str | None = None
    answered: str | None = None


class Video(Part, frozen=True, kw_only=True):
    """A recording."""

    event: e.VideoLocated
    accessed: tuple[str, ...] = ()


class Seal(Part, frozen=True, kw_only=True):
    """The decision by which the matter is kept sealed now, by whom, and whether counsel has looked
    at it.
    """

    event: e.CaseKeptSealed
    by: str
    role: str
    confirmed: str | None = None
    advises_opening: bool = False


class PaperFile(Part, frozen=True, kw_only=True):
    """A note of a paper that is kept out of the ledger; `replaced` is the note that follows it."""

    event: e.PaperFileNoted
    replaced: str | None = None


def origin(recorded: Recorded) -> Origin:
    """Take over from a record what every part has."""
    return Origin(ref=recorded.ref, at=recorded.occurred_at, law=recorded.law)


def find(things: tuple[SomePart, ...], ref: str | None) -> SomePart | None:
    """The thing with this reference, if it is there."""
    return next((thing for thing in things if thing.ref == ref), None)


def change(things: tuple[SomePart, ...], ref: str, **changes: object) -> tuple[SomePart, ...]:
    """The things, with changes to the one with this reference; unknown references are harmless."""
    return tuple(replace(thing, **changes) if thing.ref == ref else thing for thing in things)
