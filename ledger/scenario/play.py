"""Play a scenario file through the register, and report what came out otherwise.

    check the file ─► found, enrol ─► each step at its time ─► each check at its time ─► report

`run` plays one file in a ledger of its own, thrown away unless it is to be kept. `play_into` plays
a file into a ledger that exists, so that several files can share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from keys.keyring import Keyring
from ledger.errors import (
    AppendConflict,
    BadRequest,
    CommandReused,
    NotFound,
    NotPermitted,
    RequestRefused,
    Unavailable,
)
from ledger.home import Home
from ledger.outcomes import failure_of
from ledger.register.acts import OFFICE, Act, Receipt
from ledger.register.handle import Register
from ledger.register.intake import new_reference
from ledger.scenario.check import load
from ledger.scenario.file import (
    BY_DIGEST,
    GLASS,
    INTAKE,
    LOG_KEYS,
    REVOKE_KEY,
    TICK,
    Expect,
    Scenario,
    ScenarioUnusable,
    Step,
    Then,
    fill,
    fill_fields,
    named_step,
    named_then,
)
from ledger.scenario.glass import by_glass
from ledger.scenario.logkeys import Copy, at_the_machine
from ledger.scenario.report import Mismatch, Played, Report, listed
from ledger.scenario.stage import DAY, SceneClock, Stage, found_for, keep_keyrings, throw_away_place
from ledger.scenario.views import NOTHING, Look

RECORDED, REFUSED, NOT_FOUND, NOT_PERMITTED = "recorded", "refused", "not found", "not permitted"
NOT_CARRIED_OUT = "not carried out"
END = datetime.max.replace(tzinfo=UTC)


def run(path: Path, keep: Path | None = None) -> Report:
    """Play one file in a new ledger, in the empty folder `keep` or in a place that is thrown away.

    A kept ledger has its people's keyrings under HOME/people, with the passphrase `throw-away`.

    Raises:
        ScenarioUnusable: the file cannot be played; nothing was.
        BadRequest: `keep` is not empty.
    """
    scenario = load(path)
    with throw_away_place() if keep is None else nullcontext(keep) as place:
        stage = found_for(scenario, place)
        try:
            played = _Play(stage, scenario).play()
            if keep is not None:
                keep_keyrings(stage)
        finally:
            stage.home.close()
    return Report(scenario.title, played.mismatches, keep, stage.keyrings, played.cases)


def consecutive(stories: Iterable[Scenario]) -> list[Scenario]:
    """As many stories as can be played into one ledger, each after the end of the one before."""
    found: list[Scenario] = []
    for story in sorted(stories, key=lambda one: one.steps[-1].at):
        if not found or found[-1].steps[-1].at < story.steps[0].at:
            found.append(story)
    return found


def play_into(
    home: Home,
    register: Register,
    keyrings: dict[str, Keyring],
    file: Path | Scenario,
    clock: SceneClock,
) -> Played:
    """Play a file into an existing ledger whose register reads `clock`.

    People are found by their names; who is missing is enrolled by the two founders, and their new
    keyrings are added to `keyrings`. The file's days must come after all that the ledger holds.

    Raises:
        ScenarioUnusable: the file cannot be played here; no step of it was.
    """
    scenario = load(file) if isinstance(file, Path) else file
    if home.config.pack != scenario.pack:
        raise ScenarioUnusable(
            f"The file is under the law of {scenario.pack}, this ledger of {home.config.pack}."
        )
    begins_at, last_at = scenario.steps[0].at, register.office().last_at
    if max(clock(), last_at) > begins_at:
        raise ScenarioUnusable("The ledger is already later than the first step of this file.")
    stage = Stage(home, register, keyrings, clock)
    stage.advance(max(clock(), last_at, begins_at - DAY))
    return _Play(stage, scenario).play()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an act came to: `recorded` with its types, `refused` with its citations, or a word with
    the sentence that was said.
    """

    word: str
    items: tuple[str, ...] = ()
    said: str = ""
    receipt: Receipt | None = None

    def __str__(self) -> str:
        said = self.said or listed(self.items)
        return f"{self.word}: {said}" if self.said or self.items else self.word


class _Play:
    """One playing of one file: what its local names stand for, and what came out otherwise."""

    def __init__(self, stage: Stage, scenario: Scenario) -> None:
        self._stage = stage
        self._scenario = scenario
        self._cases: dict[str, str] = {}
        self._records: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._copies: dict[str, Copy] = {}
        self._mismatches: list[Mismatch] = []

    def play(self) -> Played:
        """Enrol the cast, then play steps and checks in the order of time, as far as it goes."""
        for person in self._scenario.people:
            self._stage.enrol(person)
        for where, moment in in_order(self._scenario):
            if isinstance(moment, Then):
                self._check(where, moment)
            elif not self._step(where, moment):
                break
        return Played(tuple(self._mismatches), dict(self._cases))

    # ---- steps ----

    def _step(self, where: str, step: Step) -> bool:
        """Play one step; gives whether what follows still has the ground that it counts on."""
        self._stage.advance(step.at)
        if step.do == TICK:
            return True
        outcome = self._act(step, self._cases.get(step.case or ""))
        expected = _expected(step.expect)
        as_expected = expected.word == outcome.word
        if not as_expected or (step.expect.outcomes and expected.items != outcome.items):
            self._mismatches.append(Mismatch(where, str(expected), str(outcome)))
        elif outcome.word == NOT_FOUND:
            self._same_as_never(where, step, outcome)
        self._remember(step, outcome.receipt)
        if as_expected and step.expect.flags is not None:
            self._flags(where, step)
        return as_expected

    def _act(self, step: Step, reference: str | None) -> _Outcome:
        keyring = self._stage.keyrings[step.by or ""]
        if step.do in GLASS:
            asked = reference or new_reference()
            return self._outcome(lambda: by_glass(self._stage, keyring, step, asked))
        if step.do in LOG_KEYS:
            return self._outcome(lambda: self._at_the_machine(keyring, step))
        if step.case == OFFICE:
            reference = OFFICE
        elif step.do != INTAKE:
            # A case that no step began stands for a reference that somebody made up.
            reference = reference or new_reference()
        act = Act(
            command=step.do,
            fields=fill_fields(step, self._mentioned(step)),
            case=reference,
            occurred_at=step.occurred_at,
            precision=step.precision,
            basis=step.basis,
            actor=step.actor,
            role=step.role,
            under=None if step.under is None else str(fill(step.under, self._records)),
            branch=step.branch,
        )
        return self._outcome(lambda: self._stage.register.handle(keyring, act, vault=True))

    def _mentioned(self, step: Step) -> Mapping[str, str]:
        """What `@name` stands for in the fields of a command."""
        if step.do == REVOKE_KEY:
            return {name: one.key_id.hex() for name, one in self._stage.keyrings.items()}
        return self._digests if step.do in BY_DIGEST else self._records

    def _at_the_machine(self, keyring: Keyring, step: Step) -> tuple[str, ...]:
        filled = replace(step, with_=fill_fields(step, {name: name for name in self._copies}))
        noted = at_the_machine(self._stage, keyring, filled, self._copies)
        if step.id is not None:
            self._records[step.id], self._digests[step.id] = noted.ref, noted.e
        return noted.types

    def _outcome(self, carry_out: Callable[[], Receipt | tuple[str, ...]]) -> _Outcome:
        try:
            done = carry_out()
        except RequestRefused as error:
            return _Outcome(REFUSED, tuple(p["citation"] for p in failure_of(error).provisions))
        except NotFound as error:
            return _Outcome(NOT_FOUND, said=str(error))
        except NotPermitted as error:
            return _Outcome(NOT_PERMITTED, said=str(error))
        except (BadRequest, AppendConflict, CommandReused, Unavailable) as error:
            return _Outcome(NOT_CARRIED_OUT, said=str(error))
        if isinstance(done, tuple):
            return _Outcome(RECORDED, done)
        types = tuple(record.type for record in done.records)
        return _Outcome(RECORDED, types, receipt=done)

    def _remember(self, step: Step, receipt: Receipt | None) -> None:
        """Keep what the local names stand for: `id` is its first record, `ids` its facts."""
        if receipt is None:
            return
        if step.do == INTAKE and step.case is not None:
            self._cases[step.case] = receipt.case
        if step.task is not None:
            self._cases[step.task] = self._begun(step, receipt)
        places = receipt.records if step.id else receipt.records[1:]
        for name, record in zip(step.named, places, strict=False):
            self._records[name], self._digests[name] = record.ref, record.e

    def _begun(self, step: Step, receipt: Receipt) -> str:
        """The reference of the task that a step began, as who assigned it reads it there."""
        reader = self._stage.register.reader(self._stage.keyrings[step.by or ""], vault=True)
        told = reader.case(receipt.case).case.roster
        return next(member.task for member in reversed(told) if member.task is not None)

    def _same_as_never(self, where: str, step: Step, outcome: _Outcome) -> None:
        """What is not found is answered as what never was, to the letter."""
        never = self._act(step, new_reference())
        if str(never) != str(outcome):
            self._mismatches.append(Mismatch(where, f"as for no case: {never}", str(outcome)))

    def _flags(self, where: str, step: Step) -> None:
        """Compare the flags, as anybody sees them who may open the case at all."""
        expected = frozenset(step.expect.flags or ())
        looks = map(self._look, dict.fromkeys((step.by or "", *self._stage.keyrings)))
        seen = (look.flags(step.case or "") for look in looks)
        got = next((flags for flags in seen if flags is not None), None)
        if got != expected:
            shown = NOTHING if got is None else listed(sorted(got))
            wanted = f"the flags {listed(sorted(expected))}"
            self._mismatches.append(Mismatch(where, wanted, shown))

    # ---- checks ----

    def _check(self, where: str, then: Then) -> None:
        if then.at is not None:
            self._stage.advance(then.at)
        differs = self._look(then.as_).differs(then)
        if differs is not None:
            self._mismatches.append(Mismatch(where, *differs))

    def _look(self, name: str) -> Look:
        stage = self._stage
        keyring = stage.keyrings[name]
        names = (self._cases, self._records, self._copies)
        return Look(stage.home, stage.register, keyring, *names, stage.clock)


def in_order(scenario: Scenario) -> Iterator[tuple[str, Step | Then]]:
    """Every step and check with its name, in the order of time.

    A check stands after the steps of its own instant; one without a time stands at the end.
    """
    steps = ((s.at, 0, n, named_step(n, s), s) for n, s in enumerate(scenario.steps, 1))
    thens = ((t.at or END, 1, n, named_then(n, t), t) for n, t in enumerate(scenario.thens, 1))
    moments: list[tuple[datetime, int, int, str, Step | Then]] = [*steps, *thens]
    for _, _, _, where, moment in sorted(moments, key=lambda one: one[:3]):
        yield where, moment


def _expected(expect: Expect) -> _Outcome:
    if expect.refused is not None:
        return _Outcome(REFUSED, expect.refused)
    if expect.not_found:
        return _Outcome(NOT_FOUND)
    if expect.not_permitted:
        return _Outcome(NOT_PERMITTED)
    if expect.not_carried_out:
        return _Outcome(NOT_CARRIED_OUT)
    return _Outcome(RECORDED, expect.events or ())
