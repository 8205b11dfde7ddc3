"""The web's doors, on both sides: whoever is not cleared is told the same (T-27, T-28, T-32)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.domain.fields import format_reference
from tests.noninterference.observer import Known, Shown, differences, known_of
from tests.noninterference.play import Bases, Tale, bases, once
from tests.noninterference.test_sides import SPOILT
from tests.noninterference.test_worlds import PAIRS, tales, unreadable
from tests.noninterference.web import VISITORS, Visitor, WebKnock, every_web_knock, web_told
from tests.noninterference.worlds import Hidden, Step, World
from tests.web.asking import METHODS

BUSY = {1: (Step("visit", 0, 1), Step("seal", 2, 0)), 3: (Step("burst", 0, 20),)}
STORY = (Step("call"), Step("disclose_matter"), Step("tick", 0, 2), Step("save"), Step("tick"))


@pytest.fixture(scope="module")
def made() -> Iterator[Bases]:
    """The bases of this module."""
    with bases() as found:
        yield found


@pytest.fixture(scope="module")
def worlds(made: Bases) -> tuple[World, World]:
    """One story, with much that is sealed in between and with nothing; both closed."""
    tale = Tale(STORY, (("an erasure", BUSY), ("nothing", {})))
    return once(made, tale, 0), once(made, tale, 1)


@pytest.mark.parametrize("visitor", VISITORS, ids=str)
def test_t27_t28_every_door_of_the_web_gives_the_same_in_two_worlds(
    worlds: tuple[World, World], visitor: Visitor
) -> None:
    """T-27, T-28: status, headers, bytes, log lines and what is then stored are equal, by every
    method at every address; at the desk even where the vault is a file that no program can read.
    """
    first, second = worlds
    known = known_of(first, second)
    assert known.hidden in first.matters
    spoil = unreadable if visitor[0] == "desk" else _left
    which = _by_any_method if "kim" in visitor else _by_its_own_method
    told = web_told(first, known, visitor, which=which)
    defects = [name for name, text in told.items() if text.startswith("500")]
    assert defects == []
    if "kim" in visitor:
        door = f"{visitor[0]} kim: {{}} /trial/{{{{case}}}} "
        assert [told[door.format(one)][:3] for one in ("GET", "POST")] == ["200", "200"]
    assert differences(told, web_told(second, known, visitor, spoil, which)) == []


def _by_any_method(_knock: WebKnock) -> bool:
    return True


def _left(_home: Path) -> None:
    """Leave a home as it is."""


@pytest.mark.parametrize("visitor", [("desk", "kim"), ("room", "kim")], ids=str)
def test_t27_t28_a_sealed_reference_is_answered_as_one_that_never_was(
    worlds: tuple[World, World], visitor: Visitor
) -> None:
    """T-27, T-28: in one and the same ledger the references of sealed matters, one of them erased,
    and one that was never given out are told from one another by no method at no address.
    """
    first, second = worlds
    known = known_of(first, second)
    names = [*first.matters[:2], format_reference(7)]
    told = [_told_of(first, known, visitor, one) for one in names]
    assert len(told[0]) > 50
    assert [differences(told[-1], one) for one in told[:-1]] == [[], []]


def _told_of(world: World, known: Known, visitor: Visitor, reference: str) -> Shown:
    asked = replace(known, hidden=reference)
    shown = web_told(world, asked, visitor, which=lambda one: one.ask.names_hidden)
    return {name: text.replace(reference, "IT") for name, text in _answers(shown).items()}


@pytest.fixture(scope="module")
def sound(worlds: tuple[World, World]) -> Shown:
    """What staff are told at the desk's program with a sound vault."""
    known = known_of(*worlds)
    return web_told(worlds[0], known, ("desk", "kim"), which=_by_its_own_method)


def _by_its_own_method(knock: WebKnock) -> bool:
    """Whether a door is opened as it is meant; other methods open none."""
    return knock.method in ("GET", "POST") and "nothing" not in knock.name


@pytest.mark.parametrize("spoilt", SPOILT)
def test_t32_whatever_becomes_of_the_vault_the_desks_program_answers_the_same(
    worlds: tuple[World, World], sound: Shown, spoilt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-32: with a vault that is gone, a pipe, broken, full, locked or at work, every door of the
    desk's program answers the same to the byte, and nobody waits.
    """
    known = known_of(*worlds)
    monkeypatch.setattr(time, "sleep", _impatient)
    with ExitStack() as stack:
        spoil = partial(_spoil, spoilt, stack)
        told = web_told(worlds[0], known, ("desk", "kim"), spoil, _by_its_own_method)
    assert differences(_answers(sound), _answers(told)) == []


def _answers(shown: Shown) -> Shown:
    """What was answered; what became of the vault is seen by whoever looks at the files."""
    return {name: text for name, text in shown.items() if " left file " not in name}


def _spoil(spoilt: str, stack: ExitStack, home: Path) -> None:
    SPOILT[spoilt](home / "vault.db", stack)


def _impatient(_seconds: float) -> None:
    raise AssertionError("the open side waits")


def test_every_door_is_asked_for_what_is_sealed() -> None:
    """The knocks name a sealed matter at each address that names anything, by every method."""
    for side, _ in VISITORS:
        for method in METHODS:
            asked = [one.ask.target for one in every_web_knock(side) if one.method == method]
            assert any("{hidden}" in one for one in asked)


OF_OTHERS: Hidden = {2: (Step("visit", 3, 1), Step("seal", 1, 0)), 3: (Step("burst", 1, 9),)}


def test_whoever_is_on_one_roster_sees_nothing_of_other_matters(made: Bases) -> None:
    """In the room Ola opens the sealed matter on whose roster she is, and at every door is told the
    same whether there are others, which are to her as what never was.
    """
    tale = Tale(STORY, (("a roster", OF_OTHERS), ("a roster", {})))
    first, second = once(made, tale, 0), once(made, tale, 1)
    hers, other, *_ = first.matters
    assert second.matters == [hers]
    known = replace(known_of(first, second), hidden=other)
    one, two = (
        web_told(world, known, ("room", "ola"), which=_by_its_own_method)
        for world in (first, second)
    )
    assert hers in one["room ola: GET /api/cases "]
    assert differences(one, two) == []


@settings(max_examples=-(-PAIRS // 60), suppress_health_check=list(HealthCheck))
@given(tale=tales(), visitor=st.sampled_from(VISITORS), first=st.integers(0, 29))
def test_drawn_worlds_are_the_same_at_the_web(
    made: Bases, tale: Tale, visitor: Visitor, first: int
) -> None:
    """Whatever happened in the open and beside it: a few of all requests are answered alike."""
    worlds = once(made, tale, 0), once(made, tale, 1)
    try:
        known, every = known_of(*worlds), [*every_web_knock(visitor[0])]
        asked = {one.name for one in every[first::30]}
        told = [
            web_told(world, known, visitor, which=lambda one: one.name in asked) for world in worlds
        ]
        assert differences(*told) == []
    finally:
        for world in worlds:
            world.discard()
