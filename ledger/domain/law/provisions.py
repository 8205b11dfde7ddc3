"""The rows of a law pack: one provision each, with its citation, its source and how sure we are.

A row says in one whole sentence what holds, as users are shown it. No row may hide where it comes
from: what a policy leaves without a number ("timely", "immediately") stands as a product default,
and a product default is never more than unverified (R-152).

The pack and the rules may import this module. New fields must be optional and absent when unused:
a resolved law that was pinned years ago has to load, and to give the same bytes, for ever.
"""

from datetime import date, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.domain.calendar import Confidence, RollOff, TimeRule
from ledger.domain.fields import Category, Circumstance, InstrumentKind

Source = Literal["statute", "rule", "case", "order", "local_policy", "product_default"]
Unit = Literal[
    "days",
    "working_days",
    "court_days",
    "hours",
    "months",
    "years",
    "times",
    "count",
    "dollars",
    "yes_no",
    "word",
    "words",
    "local_time",
    "date",
    "time_rule",
    "calendar",
]
DeadlineKind = Literal["keep", "act", "may-destroy", "may-release", "validity"]
"""A duty to keep, a duty to act, a right to destroy or to release, the life of a paper."""
Requirement = Annotated[
    str,
    Meta(
        pattern=r"^R-(0[1-9]|[1-9][0-9]|1[0-5][0-9]|16[0-3])$",
        description="a row of the acceptance list in domain §1, R-01 to R-163",
    ),
]
ValueId = Annotated[str, Meta(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")]
RowId = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
PackName = Annotated[str, Meta(pattern=r"^us(-[a-z]{2}(/[a-z0-9]+(-[a-z0-9]+)*)?)?$")]
Sentence = Annotated[str, Meta(pattern=r"^[A-Z0-9].*\.$", max_length=600)]
Text = Annotated[str, Meta(min_length=1, max_length=600)]

PERIODS: frozenset[Unit] = frozenset(
    {"days", "working_days", "court_days", "hours", "months", "years"}
)
"""Units in which a period of time can be counted."""
OPEN_DAYS: frozenset[Unit] = frozenset({"working_days", "court_days"})
"""Units that count only the days on which a calendar has somebody at work."""
_COUNTED: frozenset[Unit] = PERIODS | {"times", "count", "dollars"}


class WrongKind(TypeError):
    """A rule asked a value for another kind than it holds: a fault of ours, not of the law."""


class Provision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every row carries. `place`, `layer` and `overridden_by` are written by reading and by
    resolving, never by hand: where the row stands among all rows of its file (from 1), of which
    layer it is, and which later layer has laid its own over it.

    `effective_from` and `effective_to` are the first and the last local day in force, where known;
    `last_checked` is the day of the copy in which the wording was read, where that day is known.
    """

    sentence: Sentence
    citation: Text
    source: Source
    confidence: Confidence
    effective_from: date | None = None
    effective_to: date | None = None
    last_checked: date | None = None
    requirements: tuple[Requirement, ...] = ()
    note: Text | None = None
    place: Annotated[int, Meta(ge=1)] | None = None
    layer: PackName | None = None
    overridden_by: PackName | None = None

    def __post_init__(self) -> None:
        if self.source == "product_default" and self.confidence != "unverified":
            raise ValueError("A product default is nobody's law, so it cannot be verified.")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("A provision cannot end before it begins.")

    def in_force(self, on: date | None) -> bool:
        """Say whether the row holds on a local day; on None, whether it has no known end."""
        if on is None:
            return self.effective_to is None
        begun = self.effective_from is None or self.effective_from <= on
        return begun and (self.effective_to is None or on <= self.effective_to)


class Value(Provision, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One value of the law, with its unit and, for a period, the event from which it is measured.

    Sample: ``id = "preservation.initial_days", value = 90, unit = "days"``.
    """

    id: ValueId
    value: bool | int | Text | tuple[Text, ...]
    unit: Unit
    measured_from: RowId | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _fits(self.value, self.unit):
            raise ValueError(f"The value of {self.id} does not fit its unit, {self.unit}.")

    @property
    def number(self) -> int:
        """The value as a count of its unit."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise WrongKind(f"{self.id} is not a number.")
        return self.value

    @property
    def flag(self) -> bool:
        """The value as yes or no."""
        if not isinstance(self.value, bool):
            raise WrongKind(f"{self.id} is not a yes or no.")
        return self.value

    @property
    def word(self) -> str:
        """The value as one code word, date or name of a rule."""
        if not isinstance(self.value, str):
            raise WrongKind(f"{self.id} is not one word.")
        return self.value

    @property
    def words(self) -> tuple[str, ...]:
        """The value as a list of code words; it may be empty."""
        if not isinstance(self.value, tuple):
            raise WrongKind(f"{self.id} is not a list of words.")
        return self.value

    @property
    def clock(self) -> time:
        """The value as a local time of day."""
        if self.unit != "local_time":
            raise WrongKind(f"{self.id} is not a time of day.")
        return time.fromisoformat(self.word)


Requester = Literal[
    "law-enforcement", "national-security", "patron", "parent-or-guardian", "attorney"
]


class Basis(Provision, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A ground on which records may, or must, leave the library.

    Any one of `instruments` satisfies it; an empty list means that the text asks for no paper.
    `issuer_required` is absent where the text names no issuer; any one of `finding_required`
    suffices. `counterpart` names the statutory basis that a policy's basis restates, if any.

    Where `requester` is given, the basis answers only such a requester, or one of several, and only
    under all of the `circumstances`; where `categories` are given, it reaches nothing else.

    Where `rests_on` is given, the text asks for no paper. Mostly it asks for the will of the person
    in the record: what they ask for themselves always leaves; for anybody else it says which
    consent of theirs is wanted: any that was recorded, a written one, or none that would do
    (*request*). Or it leaves the decision to the library: then it rests on the custodian's word.
    """

    id: RowId
    title: Text
    instruments: tuple[InstrumentKind, ...]
    effect: Literal["permissive", "mandatory"]
    issuer_required: (
        Literal["judge", "clerk", "attorney", "agency", "subject", "guardian"] | None
    ) = None
    finding_required: tuple[Literal["public-safety", "prosecution", "good-cause"], ...] = ()
    scope: Text | None = None
    requester: Requester | Annotated[tuple[Requester, ...], Meta(min_length=2)] | None = None
    circumstances: tuple[Circumstance, ...] = ()
    categories: tuple[Category, ...] = ()
    counterpart: RowId | None = None
    rests_on: Literal["request", "consent", "written-consent", "custodians-word"] | None = None

    @property
    def requesters(self) -> tuple[str, ...]:
        """Whom the basis answers; empty where it answers everybody."""
        named = self.requester or ()
        return named if isinstance(named, tuple) else (named,)

    def answers(self, requester: str) -> bool:
        """Whether such a requester may be answered on this basis."""
        return not self.requesters or requester in self.requesters

    @property
    def will(self) -> Literal["request", "consent", "written-consent"] | None:
        """How the person in the record shows that they will it, where the basis rests on that."""
        return None if self.rests_on == "custodians-word" else self.rests_on

    @property
    def beyond_statute(self) -> bool:
        """Permitted by local policy, no statutory exception found: a flag for counsel."""
        return self.source == "local_policy" and self.counterpart is None


class TimeProvision(
    Provision, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How a body of law counts its periods, and on which calendar of holidays."""

    id: RowId
    rolls_off: tuple[RollOff, ...]
    calendar: RowId
    short_period_days: Annotated[int, Meta(ge=0)] | None = None

    @property
    def rule(self) -> TimeRule:
        """The rule in the form in which the calendar counts."""
        return TimeRule(
            name=self.id,
            citation=self.citation,
            rolls_off=frozenset(self.rolls_off),
            short_period_days=self.short_period_days or 0,
        )


class DeadlineRule(
    Provision, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """From which event, for how long and by which rule a time runs, and which end of it binds.

    `counts` names values of one unit; they are added up and counted at once, never chained.
    `time_rule` says how days, hours, months and years are counted; working days and court days are
    counted on `calendar`, or where it is absent on the law's `time.calendar`. `earlier_of` names
    dates that are given and never roll, such as one on the face of a paper; the earliest limit
    wins. Where `counts` is empty, such a date is all there is.

    `ends` says what becomes of the last day: *through* its end; *before* it, where the day itself
    is too late; *after* it, where a right begins once it has ended; *whole-days* where the day of
    the start and the day of the end are both left out (Texas C.C.P. 18.07). `direction` is
    backward where days are counted back from an event that is still to come.

    Sample: ``id = "preservation", kind = "keep", counts = ["preservation.initial_days"],
    measured_from = "receipt", time_rule = "us-preservation"``.
    """

    id: RowId
    kind: DeadlineKind
    counts: tuple[ValueId, ...]
    measured_from: RowId
    time_rule: RowId | None = None
    calendar: RowId | None = None
    earlier_of: tuple[RowId, ...] = ()
    ends: Literal["through", "before", "after", "whole-days"] = "through"
    direction: Literal["forward", "backward"] = "forward"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.counts and not self.earlier_of:
            raise ValueError(f"{self.id} neither counts a period nor takes a date that is given.")
        if (self.ends == "after") != (self.kind in {"may-destroy", "may-release"}):
            raise ValueError(f"{self.id}: a right, and nothing else, begins after its last day.")
        if self.ends == "before" and self.kind != "act":
            raise ValueError(f"{self.id}: only a duty to act can end before a day.")
        if self.ends == "whole-days" and self.kind != "validity":
            raise ValueError(f"{self.id}: only the life of a paper is counted in whole days.")


class Quotation(
    Provision, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Law as a policy quotes it, kept beside the law that holds now (R-114, R-151).

    `sentence`, `citation`, `source` and `confidence` are of the law that holds now, to which
    `concerns` points; `wording` and `vintage` are the policy's.
    """

    id: RowId
    wording: Annotated[str, Meta(min_length=1, max_length=2_000)]
    quoted_in: Text
    vintage: Text
    standing: Literal["superseded", "incomplete", "wider-than-law"]
    concerns: Annotated[str, Meta(min_length=1, max_length=100)]


def _fits(value: bool | int | str | tuple[str, ...], unit: Unit) -> bool:
    if isinstance(value, bool):
        return unit == "yes_no"
    if isinstance(value, int):
        return unit in _COUNTED and value >= 0
    if isinstance(value, tuple):
        return unit == "words" and len(set(value)) == len(value)
    return unit in {"word", "time_rule", "calendar"} or _is_moment(value, unit)


def _is_moment(value: str, unit: Unit) -> bool:
    """Accept one spelling only, so that two packs never write the same moment differently."""
    try:
        if unit == "local_time":
            return time.fromisoformat(value).strftime("%H:%M") == value
        return unit == "date" and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
