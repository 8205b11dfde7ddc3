"""Is a scenario file usable? Everything that can be known before anything is played.

A file that names somebody who is not in it, a command that does not exist or a field that does not
fit would prove nothing, whatever it expects; it is refused with one plain sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ledger.acts import Act
from ledger.domain import codec
from ledger.domain.events import Fact, IntakeSaved
from ledger.domain.fields import format_reference
from ledger.domain.law.pack import PackRefused, resolve
from ledger.errors import BadRequest
from ledger.register import propose
from ledger.scenario.file import (
    DESK,
    INTAKE,
    OFFICE,
    ROWS,
    TICK,
    Scenario,
    ScenarioUnusable,
    Step,
    Then,
    fill,
    instants,
    mentions,
    named_step,
    named_then,
    parse,
)

SOME_REFERENCE = format_reference(0)
SOME_RECORD = f"{'0' * 32}:1"
SOME_DIGEST = "0" * 64


def load(path: Path) -> Scenario:
    """Read a scenario file and check all that can be checked before it is played.

    Raises:
        ScenarioUnusable: saying where the file is wrong.
    """
    scenario = parse(path)
    found = next(_faults(scenario), None)
    if found is not None:
        raise ScenarioUnusable(f"{path.name}: {found}")
    return scenario


def _faults(scenario: Scenario) -> Iterable[str]:
    yield from _law(scenario)
    yield from _cast(scenario)
    if any(at.microsecond for at in instants(scenario)):
        yield "The ledger counts whole seconds; leave out fractions."
    seen = _Seen()
    for number, step in enumerate(scenario.steps, 1):
        for fault in _step(step, seen, scenario):
            yield f"{named_step(number, step)}: {fault}"
        seen.add(step)
    for number, (earlier, later) in enumerate(pairwise(scenario.steps), 2):
        if later.at < earlier.at:
            yield f"{named_step(number, later)}: Steps stand in the order of time; this goes back."
    for number, then in enumerate(scenario.thens, 1):
        for fault in _then(then, scenario):
            yield f"{named_then(number, then)}: {fault}"


# --- The law and the cast ----------------------------------------------------------------------


def _law(scenario: Scenario) -> Iterable[str]:
    if not isinstance(scenario.packs, str) and len(scenario.packs) != 1:
        yield "packs names one law pack; the layers below it come with it."
        return
    try:
        law = resolve(scenario.pack)
        ZoneInfo(scenario.zone)
    except PackRefused as error:
        yield str(error)
    except (ValueError, OSError):
        # zoneinfo answers an unknown name with KeyError's child, and a malformed one with ValueError.
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
            yield "Nobody is given the role custodian; a step with designate-custodian gives it."
        if DESK in person.roles and (len(person.roles) > 1 or person is first):
            yield f"{person.name} is a desk; a desk holds no other role."


# --- A step ------------------------------------------------------------------------------------


class _Seen:
    """What the steps so far have brought: cases by their local names, records by their ids."""

    def __init__(self) -> None:
        self.cases: set[str] = set()
        self.records: set[str] = set()

    def add(self, step: Step) -> None:
        if step.do == INTAKE and step.case is not None:
            self.cases.add(step.case)
        self.records.update(step.ids, [step.id] if step.id else [])


def _step(step: Step, seen: _Seen, scenario: Scenario) -> Iterable[str]:
    if len(step.expect.outcomes) > 1:
        yield "A step has one outcome: events, refused, not_found or not_permitted."
    if step.do == TICK:
        if step.model_dump_of_acting():
            yield "A tick is the log's; nobody does it, and it takes no fields."
        return
    if step.by not in {person.name for person in scenario.people}:
        yield f"{step.by or 'Nobody'} is not among the people; say by whom." 
    yield from _names(step, seen)
    yield from _place(step, seen)
    if not set(mentions([step.with_, step.under])) - seen.records:
        yield from _fields(step)


def _names(step: Step, seen: _Seen) -> Iterable[str]:
    for name in mentions([step.with_, step.under]):
        if name not in seen.records:
            yield f"No step before this one has the id {name}. Write @@ for a plain @."
    named = [*step.ids, *([step.id] if step.id else [])]
    for name in named:
        if name in seen.records or named.count(name) > 1:
            yield f"The id {name} is taken already."
    if named and not step.expect.records:
        yield "This step is expected to write nothing, so it has no record to name."
    if step.ids and len(step.ids) != len(step.facts):
        yield "ids names the facts of an intake: one id for each fact, in their order."
