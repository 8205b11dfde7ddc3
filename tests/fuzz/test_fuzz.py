"""Every reader of what others made, over what earlier runs kept and a few hundred bent inputs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from random import Random
from time import thread_time

import pytest

from ledger.web import app
from tests.fuzz import ground
from tests.fuzz import target as target_module
from tests.fuzz.bending import bend
from tests.fuzz.table import CORPUS, TARGETS, kept
from tests.fuzz.target import Finding, Target, attempt, within_memory

BENT = 200
SLOW = {
    "request": 100,
    "pack": 40,
    "log": 40,
    "office-copy": 100,
    "resolved-law": 40,
    "scenario": 60,
}
"""Inputs of targets of which one costs as much as a hundred of another."""


@pytest.fixture(scope="module", autouse=True)
def _ground() -> Iterator[None]:
    """No answer waits for its beat, and the parser's own remarks go nowhere."""
    logging.getLogger("python_multipart").addHandler(logging.NullHandler())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "BEAT_SECONDS", 0.001)
        yield
    ground.close()


# Of odd certificates the library says that it will refuse them one day.
@pytest.mark.filterwarnings("default::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_its_own_refusals_comes_out_of_a_reader(name: str) -> None:
    """Whatever it is given, a reader takes it in its one spelling or refuses it in its own words,
    within a second and within bounds of memory.
    """
    target, chance = TARGETS[name], Random(name)
    seeds = list(target.seeds())
    inputs = [*kept(name), *chance.sample(seeds, min(len(seeds), SLOW.get(name, BENT)))]
    inputs += [bend(chance, chance.choice(seeds), seeds) for _ in range(SLOW.get(name, BENT))]
    with within_memory():
        taken = [data for data in inputs if attempt(target, data)]
    assert taken, "no seed is taken, so that nothing behind the first check is tried"


def test_what_is_kept_is_of_a_target() -> None:
    """No file of inputs is left behind by a target that is gone."""
    assert {path.name for path in CORPUS.iterdir()} <= TARGETS.keys()


def _spelt_otherwise(data: bytes) -> bytes:
    return data.strip()


def _slow(_data: bytes) -> None:
    until = thread_time() + 0.02
    while thread_time() < until:
        pass


def _greedy(_data: bytes) -> None:
    bytearray(1 << 30)


def _broken(data: bytes) -> None:
    data.decode()


@pytest.mark.parametrize(
    ("read", "found"),
    [
        *((_spelt_otherwise, Finding), (_slow, Finding)),
        *((_greedy, MemoryError), (_broken, UnicodeDecodeError)),
    ],
)
def test_a_reader_that_does_what_it_may_not_is_found(
    read: Callable[[bytes], bytes | None],
    found: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another spelling, too much time or memory, and an error that nobody named are findings."""
    monkeypatch.setattr(target_module, "LONGEST_SECONDS", 0.01)
    target = Target(read, (KeyError,), tuple)
    with pytest.raises(found), within_memory(256):
        attempt(target, b" \xff ")
