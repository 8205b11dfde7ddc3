"""Time tells nothing: what is sealed takes as long as what was never there (T-31, T-32).

Nothing here is measured in seconds. Calls of several kinds take turns in an order drawn anew each
round, by the processor's time of this thread. Of two kinds the AUC is taken: how often a call of
the one takes longer than one of the other; one half means that nobody can tell them apart. What
chance and the machine do to it is seen from calls that are of one kind: the control.

LEDGER_TIMING=40000 takes so many samples of each door, and asks the command line too.
"""

from __future__ import annotations

import io
import os
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from sqlite3 import connect

import pytest

from ledger.cli.app import run
from ledger.domain.fields import format_reference
from ledger.errors import LedgerError
from ledger.evidence.grammar import parse_position
from ledger.register.kept import CaseFile
from ledger.register.reading import Reader
from ledger.web.app import answered
from ledger.web.site import Site
from ledger.web.visit import Visit
from tests.noninterference.examples import EARLY
from tests.noninterference.play import Tale, bases, once
from tests.noninterference.steps import CONTACT, SEALING, call, seal, visit
from tests.noninterference.web import TRIAL
from tests.noninterference.worlds import ROOMY, Step, World, living
from tests.web.asking import Asker, asking

SAMPLES = int(os.environ.get("LEDGER_TIMING", "0"))
SPLITS = 60
"""How often the control is divided anew."""
WIDER = 2
"""The band of the control, times this: what is beyond is no chance. The furthest of so many splits
lies at about 2.5 standard deviations.
"""
REFERENCES = 6
"""Of each kind, so that it does not matter how a single one is spelled."""

Calls = Mapping[str, Sequence[Callable[[], object]]]
Times = Mapping[str, Sequence[int]]
Names = Mapping[str, Sequence[str]]


def measured(kinds: Calls, rounds: int) -> Times:
    """Nanoseconds of each kind of call, which take turns; the first rounds warm the caches."""
    found: dict[str, list[int]] = {kind: [] for kind in kinds}
    order = random.Random(31)
    for number in range(-5, rounds):
        for kind in order.sample(sorted(kinds), len(kinds)):
            ask = kinds[kind][number % len(kinds[kind])]
            began = time.thread_time_ns()
            ask()
            taken = time.thread_time_ns() - began
            if number >= 0:
                found[kind].append(taken)
    return found


def auc(one: Sequence[int], other: Sequence[int]) -> float:
    """How often a value of the one is larger than one of the other; equal ones count half."""
    ranked = sorted(other)
    wins = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in one)
    return wins / (2 * len(one) * len(other))


def beyond(times: Times, control: tuple[str, str]) -> dict[str, tuple[float, float]]:
    """The kinds that can be told from the control, each with its distance from one half, and the
    band of the control.
    """
    same = [one for kind in control for one in times[kind]]
    shuffle, apart = random.Random(32), [auc(*(times[kind] for kind in control))]
    for _ in range(SPLITS):
        shuffle.shuffle(same)
        apart.append(auc(same[::2], same[1::2]))
    band = WIDER * max(abs(one - 0.5) for one in apart)
    found = {kind: abs(auc(times[kind], times[control[0]]) - 0.5) for kind in times}
    return {kind: (far, band) for kind, far in found.items() if far > band}


SITES: dict[Path, tuple[Site, Asker]] = {}
"""The desk's program of a library, and staff who are signed in there."""


@pytest.fixture(scope="module")
def library() -> Iterator[tuple[World, Names]]:
    """A library with sealed matters, visits that wait, and cases that were open and were sealed;
    and references that lead nowhere.
    """
    with bases(ROOMY, prologue=()) as made:
        world = once(made, Tale((), (("nothing", {}),)), 0)
        with living(world), ExitStack() as stack:
            # The nearest open case is looked at; below the first one there would be none.
            first = world.act("kim", "intake", format_reference(0), {}).case
            world.act("mara", "open", first, {})
            site = Site("desk", world.path, "http://localhost:8410", "http://localhost:8411")
            browser = stack.enter_context(asking(site)).come_in(world.people["kim"])
            SITES[world.path] = (site, browser)
            yield (
                world,
                {
                    "sealed": [_sealed(world, number) for number in range(REFERENCES)],
                    "waiting": [_visit(world) for _ in range(REFERENCES)],
                    "withdrawn": [_withdrawn(world) for _ in range(REFERENCES)],
                    "unknown": _unknown(1),
                    "unknown too": _unknown(2),
                },
            )


def _positions(world: World) -> Names:
    """Records of sealed matters, and of none."""
    draw = random.Random(33)
    nowhere = [[f"{draw.randbytes(16).hex()}:1" for _ in range(REFERENCES)] for _ in CONTROL]
    return {"sealed": world.secret[:REFERENCES], **dict(zip(CONTROL, nowhere, strict=True))}


CONTROL = ("unknown", "unknown too")


def _visit(world: World) -> str:
    visit(world, Step("visit"))
    return world.matters[-1]


def _sealed(world: World, number: int) -> str:
    visit(world, Step("visit"))
    seal(world, Step("seal", number, 0))
    return world.matters[number]


def _withdrawn(world: World) -> str:
    visit(world, Step("visit", 2))
    reference = world.matters.pop()
    world.act("mara", "open", reference, {})
    world.act("mara", "keep-sealed", reference, SEALING)
    return reference


def _unknown(which: int) -> list[str]:
    draw = random.Random(which)
    return [format_reference(draw.getrandbits(40)) for _ in range(REFERENCES)]


def _refused(ask: Callable[[], object]) -> None:
    with suppress(LedgerError):
        raise AssertionError(f"{ask()} was not to be found")


def _look(world: World, reference: str) -> None:
    _refused(partial(world.register.reader(None).case, reference))


def _act(world: World, reference: str) -> None:
    _refused(partial(world.act, "kim", "attempt-contact", reference, CONTACT))


def _record(world: World, position: str) -> None:
    stream = parse_position(position)[0]
    _refused(partial(world.register.reader(None).stream, stream))


def _told(world: World, method: str, reference: str) -> None:
    """Ask a door of the desk's program as the app does in its thread, with a session of staff."""
    site, browser = SITES[world.path]
    door = next(one for one in TRIAL if one.method == method and one.kind == "page")
    word = f"csrf={browser.csrf}".encode()
    visit = Visit(site, browser.request(method, door.path, {"reference": reference}), word)
    assert answered(visit, door)[0].status_code == 404


def _show(world: World, reference: str) -> None:
    words = ["--home", str(world.path), "--as", "kim", "case", "show", reference]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        run(words)


Door = Callable[[World, str], None]
DOORS: Mapping[str, tuple[Door, int, bool]] = {
    "look": (_look, 4_000, True),
    "act": (_act, 1_000, True),
    "record": (_record, 3_000, False),
    "page": (lambda world, one: _told(world, "GET", one), 1_000, True),
    "form": (lambda world, one: _told(world, "POST", one), 600, True),
    "case show": (_show, 0, True),
}
"""Each door, how many rounds it is asked usually, and whether it is asked by references of cases or
by positions of records. The command line costs as much as hundreds of looks.
"""


def asked(world: World, door: Door, names: Mapping[str, Sequence[str]]) -> Calls:
    """A door's calls by kind."""
    return {kind: [partial(door, world, one) for one in known] for kind, known in names.items()}


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if SAMPLES or door[1]])
def test_t31_what_is_sealed_takes_as_long_as_what_never_was(
    library: tuple[World, Names], name: str
) -> None:
    """T-31: sealed, waiting, sealed late or unknown: nobody can tell by the time of the answer."""
    world, names = library
    door, usual, is_case = DOORS[name]
    if not is_case:
        names = _positions(world)
    rounds = SAMPLES // (len(names) if usual else 200) if SAMPLES else usual
    assert beyond(measured(asked(world, door, names), rounds), CONTROL) == {}


@pytest.mark.parametrize("name", ["look", "act", "page"])
def test_a_look_into_the_vault_is_found_by_its_time(
    library: tuple[World, Names], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A program that looks into the vault for a sealed reference, and answers the same, is caught
    with few samples.
    """
    world, names = library
    real = Reader._read_case

    def looking(self: Reader, exact: str) -> CaseFile:
        if exact in names["sealed"]:
            world.home.vault.streams()
        return real(self, exact)

    monkeypatch.setattr(Reader, "_read_case", looking)
    found = beyond(measured(asked(world, DOORS[name][0], names), 600), CONTROL)
    assert found.keys() == {"sealed"}


def test_t32_open_work_takes_as_long_beside_a_busy_vault() -> None:
    """T-32: calls in an open case while the vault is large and somebody writes in it, beside calls
    where it is idle and all but empty.
    """
    with bases(ROOMY, EARLY) as made, ExitStack() as stack:
        busy = {0: (Step("seal", 0, 0), Step("burst", 0, 300))}
        hidden = {"busy": busy, "idle": {}, "idle too": {}}
        # They go on within one another; each draws its own chance.
        tales = [Tale((), (("a visit", one),)) for one in hidden.values()]
        worlds = [stack.enter_context(living(once(made, tale, 0))) for tale in tales]
        vault = stack.enter_context(closing(connect(worlds[0].path / "vault.db")))
        vault.execute("BEGIN EXCLUSIVE")
        kinds = {
            kind: [partial(call, world, Step("call"))]
            for kind, world in zip(hidden, worlds, strict=True)
        }
        rounds = SAMPLES // 20 or 250
        assert beyond(measured(kinds, rounds), ("idle", "idle too")) == {}
