"""Is a scenario file usable? Everything that can be known before anything is played.

A file that names somebody who is not in it, a command that does not exist or a field that does not
fit would prove nothing, whatever it expects; it is refused with one plain sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ledger.domain import codec
from ledger.domain.events import Event, Fact, IntakeSaved
from ledger.domain.fields import format_reference
from ledger.domain.law.pack import PackRefused, resolve
from ledger.domain.vault_events import GlassBroken, GlassConfirmed
from ledger.errors import BadRequest
from ledger.register.acts import Act
from ledger.register.glass import reason_of
from ledger.register.proposing import propose
from ledger.scenario.file import (
    ASSIGN,
    BREAK_GLASS,
    BY_DIGEST,
    DESK,
    GLASS,
    INTAKE,
    KEEP_COPY,
    LOG_KEYS,
    NAMELESS,
    OFFICE,
    REVOKE_KEY,
    TICK,
    Scenario,
    ScenarioUnusable,
    Step,
    Then,
    fill_fields,
    in_words,
    instants,
    matched,
    mentions,
    named_step,
    named_then,
    parse,
)
from ledger.scenario.logkeys import FORMS

NO_CASE = ("cases", "log")
"""Views of no one case."""
SOME_REFERENCE = format_reference(0)
SOME_RECORD = f"{'0' * 32}:1"
SOME_DIGEST = "0" * 64


def load(path: Path) -> Scenario:
    """Read a scenario file and check all that can be checked before it is played.

    Raises:
        ScenarioUnusable: saying where the file is wrong.
    """
    scenario = parse(path)
    found = next(iter(_faults(scenario)), None)
    if found is not None:
        raise ScenarioUnusable(f"{path.name}: {found}")
    return scenario


def _faults(scenario: Scenario) -> Iterable[str]:
    yield from _law(scenario)
    yield from _cast(scenario)
    if any(at.microsecond for at in instants(scenario)):
        yield "The ledger counts whole seconds; leave out fractions."
    for number, (earlier, later) in enumerate(pairwise(scenario.steps), 2):
        if later.at < earlier.at:
            yield f"{named_step(number, later)}: Steps stand in the order of time; this goes back."
    seen = _Seen()
    for number, step in enumerate(scenario.steps, 1):
        yield from (f"{named_step(number, step)}: {fault}" for fault in _step(step, seen, scenario))
        seen.add(step)
    for number, then in enumerate(scenario.thens, 1):
        yield from (f"{named_then(number, then)}: {fault}" for fault in _then(then, scenario))


# --- The law and the cast ----------------------------------------------------------------------


def _law(scenario: Scenario) -> Iterable[str]:
    try:
        law = resolve(scenario.pack)
        ZoneInfo(scenario.zone)
    except PackRefused as error:
        yield str(error)
    except (KeyError, ValueError, OSError):
        # zoneinfo answers an unknown name with a KeyError and a malformed one with the others.
        yield f"There is no time zone {scenario.zone}."
    else:
        if law.zone not in (None, scenario.zone):
            yield f"The library of {scenario.pack} is in {law.zone}; the file says {scenario.zone}."


def _cast(scenario: Scenario) -> Iterable[str]:
    names = [person.name for person in scenario.people]
    yield from (f"{name} stands twice among the people." for name in names if names.count(name) > 1)
    first, second = scenario.people[:2]
    if "director" not in first.roles:
        yield f"{first.name} stands first, founds the ledger and must hold the role director."
    if not set(second.roles) - {"designee", DESK}:
        yield f"{second.name} stands second, founds the ledger and needs a role of their own."
    for person in scenario.people:
        if "custodian" in person.roles:
            yield "Nobody is given the role custodian; the step designate-custodian gives it."
        if DESK in person.roles and len(person.roles) > 1:
            yield f"{person.name} is a desk; a desk holds no other role."


# --- A step ------------------------------------------------------------------------------------


class _Seen:
    """What the steps so far have brought: cases by their local names, records by their ids."""

    def __init__(self) -> None:
        self.cases: set[str] = set()
        self.records: set[str] = set()
        self.copies: set[str] = set()

    def add(self, step: Step) -> None:
        """Add what this step brings."""
        if step.do == INTAKE and step.case is not None:
            self.cases.add(step.case)
        if step.task is not None:
            self.cases.add(step.task)
        (self.copies if step.do == KEEP_COPY else self.records).update(step.named)


def _step(step: Step, seen: _Seen, scenario: Scenario) -> Iterable[str]:
    if step.do == TICK:
        if step != Step(at=step.at, do=TICK):
            yield "A tick is the log's own; it has a time and nothing else."
        return
    if step.by not in {person.name for person in scenario.people}:
        yield f"by must name one of the people; {step.by or 'nobody'} is none of them."
    if len(step.expect.outcomes) > 1:
        yield "A step has one outcome: events, refused, not_found or not_permitted."
    yield from _place(step, seen)
    yield from _names(step, seen, {person.name for person in scenario.people})
    try:
        _check_fields(step)
    except BadRequest as error:
        yield str(error)


def _place(step: Step, seen: _Seen) -> Iterable[str]:
    if step.case is None:
        yield "Say in which case: a local name, or office."
    elif step.task is not None and not (step.do == ASSIGN and step.expect.records):
        yield f"task names the task that {ASSIGN} begins, and nothing else."
    elif step.do in LOG_KEYS and step.case != OFFICE:
        yield "The log is nobody's case; write office."
    elif step.do == INTAKE and step.case == OFFICE:
        yield "A visit is saved in a case; give it a local name."
    elif step.do != INTAKE and step.case not in {OFFICE, *seen.cases} and step.expect.records:
        yield f"No intake before this step began the case {step.case}."
    begun = step.do == INTAKE or step.case in seen.cases
    if step.expect.flags is not None and not begun:
        yield "Flags are raised in a case that was begun; there is none here."


def _names(step: Step, seen: _Seen, people: set[str]) -> Iterable[str]:
    named = seen.copies if step.do in LOG_KEYS else seen.records
    for name in mentions([step.with_, step.under]):
        if step.do == REVOKE_KEY and name not in people:
            yield f"In {REVOKE_KEY} write @ and one of the people; {name} is none of them."
        elif step.do != REVOKE_KEY and name not in named:
            yield f"No step before this one has the id {name}. Write @@ for a plain @."
    if step.do == KEEP_COPY and step.id is None:
        yield f"{KEEP_COPY} needs an id, by which the copy is named."
    for name in step.named:
        if name in seen.records | seen.copies or step.named.count(name) > 1:
            yield f"The id {name} is taken already."
    if step.named and not step.expect.records:
        yield "This step is expected to write nothing, so it has no record to name."
    if step.named and step.do in NAMELESS:
        yield f"{step.do} gives no record that can be named."
    if step.ids and len(step.ids) != len(step.facts):
        yield "ids names the facts of an intake: one id for each fact, in their order."


def _check_fields(step: Step) -> None:
    """Propose the act as the register will, with stand-ins for what is not known yet.

    Raises:
        BadRequest: there is no such command, or a field does not fit.
    """
    stand_in = SOME_DIGEST if step.do in (*BY_DIGEST, REVOKE_KEY) else SOME_RECORD
    fields = fill_fields(step, dict.fromkeys(mentions(step.with_), stand_in))
    if step.do in GLASS:
        _propose(*_glass(step, fields), step.do)
        return
    if step.do in LOG_KEYS:
        try:
            FORMS[step.do].convert(fields)
        except msgspec.ValidationError as error:
            raise BadRequest(f"{step.do}: {in_words(str(error))}.") from None
        return
    if step.do != INTAKE:
        propose(Act(step.do, fields, SOME_REFERENCE))
        return
    facts = fields.pop("facts", [])
    _propose(IntakeSaved, {**fields, "about": SOME_REFERENCE}, INTAKE)
    if not isinstance(facts, list) or not all(isinstance(f, dict) and len(f) == 1 for f in facts):
        raise BadRequest("facts is a list; each fact has one key, its command, with its fields.")
    for command, given in (pair for fact in facts for pair in fact.items()):
        kind = codec.COMMANDS.get(command)
        if kind is None or not issubclass(kind, Fact) or not isinstance(given, dict):
            raise BadRequest(f"{command} is not a fact that a visit can hold.")
        _propose(kind, given, command)


def _glass(step: Step, fields: dict[str, object]) -> tuple[type[Event], dict[str, object]]:
    """What is recorded where the glass is broken, or somebody answers for it."""
    if step.do == BREAK_GLASS:
        reason_of(fields)
        return GlassBroken, {**fields, "way": "designee"}
    return GlassConfirmed, {**fields, "of": SOME_DIGEST}


def _propose(kind: type[Event], fields: dict[str, object], command: str) -> None:
    try:
        codec.propose(kind, fields)
    except codec.BadFields as error:
        raise BadRequest(f"{command}: {error}.") from None


# --- A check -----------------------------------------------------------------------------------


def _then(then: Then, scenario: Scenario) -> Iterable[str]:
    seen = _Seen()
    for step in scenario.steps:
        if then.at is None or step.at <= then.at:
            seen.add(step)
    if then.as_ not in {person.name for person in scenario.people}:
        yield f"{then.as_} is not among the people."
    if then.case is not None and then.case not in seen.cases:
        yield f"By then no intake has begun the case {then.case}."
    about_a_case = then.view not in NO_CASE or then.absent is not None
    if about_a_case != (then.case is not None):
        yield "A check is about one case; only the list of cases and the log are about none."
    if (then.copy is not None or then.renewed) and then.view != "log":
        yield "copy and renewed are said of the log only."
    if then.followed and (then.copy is None or then.renewed):
        yield "followed goes with a copy, on which the next ledger is founded; not with renewed."
    if then.copy is not None and then.copy not in seen.copies:
        yield f"By then nobody has kept the copy {then.copy}."
    if [then.equals, then.contains, then.absent].count(None) != 2:
        yield "A check has one of equals, contains or absent."
    if then.view == "state" and not (then.absent or isinstance(then.equals, str)):
        yield "A state equals one word, or the case is absent."
    if then.view != "state" and isinstance(then.equals or then.contains, str):
        yield f"{then.view} is a list; write it in brackets."
    for name in mentions(then.wanted):
        if name not in seen.records:
            yield f"By then no step with the id {name} was played."
    try:
        rows = matched(then, dict.fromkeys(mentions(then.wanted), SOME_RECORD))
    except ScenarioUnusable as error:
        yield str(error)
    else:
        if then.view == "cases" and not set(rows) <= seen.cases:
            yield "By then no intake has begun one of these cases."
