"""The scenario file: what a lawyer may write, and reading it strictly.

A file is a cast, steps in the order of time, and checks. Nothing here plays anything; what a step's
fields may be is said by the commands themselves (`ledger.domain.codec`), so that this door has no
words of its own. The format is documented for its writers in ops/scenarios/README.md.

    [[step]]
    at = 2026-11-12T09:20:00-06:00
    by = "ines"
    do = "deny"
    case = "subpoena"
    with = { request = "@request", reason = "instrument-not-sufficient" }
    expect = { events = ["denial-issued.v1"] }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ledger.domain.calendar import Confidence
from ledger.domain.fields import Instant, Line, PersonId, RoleName
from ledger.domain.form import Form
from ledger.domain.law.provisions import DeadlineKind
from ledger.domain.toml import NotToml, parse_toml
from ledger.errors import BadRequest

OFFICE = "office"
INTAKE = "intake"
TICK = "tick"
ASSIGN = "assign-task"
BREAK_GLASS = "break-glass"
ANSWER_GLASS = "answer-glass"
GLASS = (BREAK_GLASS, ANSWER_GLASS)
"""Acts of the doors that read: no command proposes them."""
KEEP_COPY = "keep-copy"
FREEZE = "freeze-log"
ACCEPT = "accept-checkpoint"
ROLL_OVER = "roll-over"
FINISH = "finish-roll-over"
LOG_KEYS = (KEEP_COPY, FREEZE, ACCEPT, ROLL_OVER, FINISH)
"""Acts at the machine that keeps the log: no command proposes them either."""
NAMELESS = (*GLASS, FREEZE, ACCEPT, FINISH)
"""What gives nothing that could be named."""
REVOKE_KEY = "revoke-key"
BY_DIGEST = ("assent", "reattest")
"""Commands that name records by their digests."""
DESK = "desk"
MENTION = re.compile(r"@(@|[a-z][a-z0-9-]*)")
"""`@name` stands for the record of the step with that id, `@@` for the sign itself."""

LocalName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="a local name")]
Sentence = Annotated[str, Meta(min_length=1, max_length=600)]
View = Literal[
    "state",
    "history",
    "deadlines",
    "flags",
    "cases",
    "audience",
    "roster",
    "agency-copy",
    "glass",
    "log",
]
OnePack = Annotated[tuple[str, ...], Meta(min_length=1, max_length=1)]
Matched = str | tuple[str | dict[str, object], ...]


class ScenarioUnusable(BadRequest):
    """The file cannot be played; the text says where it is wrong, for the person who wrote it."""


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the cast, with the roles held from the beginning."""

    name: PersonId
    roles: tuple[RoleName, ...]


class Expect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step must come to: one outcome, and the case's flags after it if they are given."""

    events: tuple[str, ...] | None = None
    refused: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    not_found: Literal[True] | None = None
    not_permitted: Literal[True] | None = None
    not_carried_out: Literal[True] | None = None
    flags: tuple[str, ...] | None = None

    @property
    def outcomes(self) -> tuple[object, ...]:
        """The outcomes that are given; at most one may be."""
        given = (
            *(self.events, self.refused, self.not_found),
            *(self.not_permitted, self.not_carried_out),
        )
        return tuple(one for one in given if one is not None)

    @property
    def records(self) -> bool:
        """Whether the step is expected to write something."""
        return self.events is not None or not self.outcomes


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    """One act by one person at one moment of the file's clock, or a tick of the log."""

    at: Instant
    do: str
    by: PersonId | None = None
    case: LocalName | None = None
    with_: dict[str, object] = {}
    id: LocalName | None = None
    ids: tuple[LocalName, ...] = ()
    task: LocalName | None = None
    occurred_at: Instant | None = None
    precision: Literal["exact", "approximate", "unknown"] = "exact"
    basis: Literal["first-hand", "reported", "reconstructed"] = "first-hand"
    role: RoleName | None = None
    under: str | None = None
    actor: PersonId | None = None
    branch: PersonId | None = None
    expect: Expect = Expect()

    @property
    def named(self) -> tuple[str, ...]:
        """The ids that this step gives to its records."""
        return (*([self.id] if self.id else []), *self.ids)

    @property
    def facts(self) -> tuple[object, ...]:
        """The facts that an intake saves with the visit."""
        listed = self.with_.get("facts", []) if self.do == INTAKE else []
        return tuple(listed) if isinstance(listed, list) else ()


class Then(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"as_": "as"}):
    """What one person must see of a case, or must not, at a moment or at the end."""

    view: View
    as_: PersonId
    case: LocalName | None = None
    at: Instant | None = None
    copy: LocalName | None = None
    renewed: bool = False
    followed: bool = False
    equals: Matched | None = None
    contains: Matched | None = None
    absent: Literal[True] | None = None

    @property
    def wanted(self) -> Matched:
        """What the view is compared with."""
        return self.equals or self.contains or ()


class Scenario(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"steps": "step", "thens": "then"},
):
    """A whole file."""

    title: Line
    cites: Annotated[tuple[Sentence, ...], Meta(min_length=1)]
    packs: str | OnePack
    zone: str
    people: Annotated[tuple[Person, ...], Meta(min_length=2)]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]
    thens: tuple[Then, ...] = ()
    tick_days: Annotated[int, Meta(ge=1, le=11)] = 1
    """A period of the log is at most a million seconds."""

    @property
    def pack(self) -> str:
        """The one law pack."""
        return self.packs if isinstance(self.packs, str) else self.packs[0]


class HistoryRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a check says of one record in a history; only the keys that are given are compared."""

    type: str | UnsetType = UNSET
    occurred_at: Instant | UnsetType = UNSET
    recorded_at: Instant | UnsetType = UNSET
    actor: str | UnsetType = UNSET
    recorded_by: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    under: str | UnsetType = UNSET
    assented_by: str | UnsetType = UNSET
    corrected_by: str | UnsetType = UNSET
    event: dict[str, object] | UnsetType = UNSET


class DeadlineRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a check says of one deadline; only the keys that are given are compared."""

    rule: str | UnsetType = UNSET
    kind: DeadlineKind | UnsetType = UNSET
    trigger: str | UnsetType = UNSET
    nominal_on: date | UnsetType = UNSET
    rolled_on: date | UnsetType = UNSET
    effective_on: date | UnsetType = UNSET
    status: Literal["open", "met"] | UnsetType = UNSET
    met_by: str | UnsetType = UNSET
    confidence: Confidence | UnsetType = UNSET


Row = str | HistoryRow | DeadlineRow
_SCENARIO = Form[Scenario](Scenario)
_ROWS: dict[str, Form[HistoryRow] | Form[DeadlineRow]] = {
    "history": Form(HistoryRow),
    "deadlines": Form(DeadlineRow),
}


def parse(path: Path) -> Scenario:
    """Read one file into its form; what it says is not checked yet (`ledger.scenario.check`).

    Raises:
        ScenarioUnusable: no such file, no TOML, an unknown key, or a value of the wrong kind.
    """
    try:
        return _SCENARIO.convert(parse_toml(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ScenarioUnusable(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ScenarioUnusable(f"{path.name} is no text in UTF-8.") from error
    except NotToml as error:
        raise ScenarioUnusable(f"{path.name} is not TOML: {str(error).rstrip('.')}.") from error
    except msgspec.ValidationError as error:
        raise ScenarioUnusable(f"{path.name}: {in_words(str(error))}.") from error


def in_words(error: str) -> str:
    """Say in words where a value does not fit: `$.step[3].expect` is *step 4, expect*."""
    what, _, where = error.partition(" - at `$")
    numbered = re.sub(r"\[(\d+)\]", lambda found: f" {int(found[1]) + 1}", where.rstrip("`"))
    place = ", ".join(part for part in numbered.split(".") if part)
    return f"{place}: {what}" if place else what


def named_step(number: int, step: Step) -> str:
    """Name a step as reports do."""
    return f"step {number} ({step.id or step.do})"


def named_then(number: int, then: Then) -> str:
    """Name a check as reports do."""
    about = f" of {then.case}" if then.case else ""
    return f"then {number} ({then.view}{about} as {then.as_})"


def mentions(value: object) -> tuple[str, ...]:
    """List the ids that a value mentions as `@name`, at any depth."""
    match value:
        case str():
            return tuple(name for name in MENTION.findall(value) if name != "@")
        case dict():
            return tuple(name for item in value.values() for name in mentions(item))
        case list() | tuple():
            return tuple(name for item in value for name in mentions(item))
        case _:
            return ()


def fill(value: object, records: Mapping[str, str]) -> object:
    """Put each record's reference in the place of its `@name`, at any depth."""
    match value:
        case str():
            return MENTION.sub(lambda found: {"@": "@", **records}[found[1]], value)
        case dict():
            return {key: fill(item, records) for key, item in value.items()}
        case list():
            return [fill(item, records) for item in value]
        case _:
            return value


def fill_fields(step: Step, records: Mapping[str, str]) -> dict[str, object]:
    """Give a step's fields with each `@name` filled in."""
    return {key: fill(value, records) for key, value in step.with_.items()}


def matched(then: Then, records: Mapping[str, str]) -> tuple[Row, ...]:
    """Give what a check compares with, row by row, each `@name` filled in; a state is one row.

    Raises:
        ScenarioUnusable: a row is of the wrong kind, or has a key that the view does not.
    """
    rows = (then.wanted,) if isinstance(then.wanted, str) else then.wanted
    return tuple(_row(then.view, n, fill(row, records)) for n, row in enumerate(rows, 1))


def _row(view: str, number: int, row: object) -> Row:
    if isinstance(row, str) and view != "deadlines":
        return row
    if isinstance(row, str) or view not in _ROWS:
        raise ScenarioUnusable(f"Row {number} is not of the kind that {view} has.")
    try:
        return _ROWS[view].convert(row)
    except msgspec.ValidationError as error:
        raise ScenarioUnusable(f"Row {number}: {in_words(str(error))}.") from None


def instants(scenario: Scenario) -> tuple[datetime, ...]:
    """Every instant that the file gives for its clock and its acts."""
    given = [
        *(step.at for step in scenario.steps),
        *(step.occurred_at for step in scenario.steps),
        *(then.at for then in scenario.thens),
    ]
    return tuple(one for one in given if one is not None)
