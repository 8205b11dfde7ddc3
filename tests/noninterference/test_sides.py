"""The two sides of a home: whatever became of the vault, the open side is as with a sound one."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path

import pytest

from ledger.errors import NotPermitted
from ledger.home import Home, OpenHome
from ledger.register.acts import Act
from ledger.register.handle import Register
from ledger.register.locks import exclusive
from tests.noninterference.observer import Known, every_knock, known_of, masked
from tests.noninterference.play import Tale, bases, knocked, once
from tests.noninterference.steps import CONTACT
from tests.noninterference.worlds import Step, World, living

KNOCKS = (
    "kim: case list",
    "kim: case history {case}",
    "kim: do {case} attempt-contact --with {contact}",
    "kim: do {hidden} open",
    "kim: erase list",
    "abe: deadlines",
    "front: case new --about {hidden}",
)
"""Calls that read, write, list, look for what is sealed and save at the desk. Every other call is
made with an unreadable vault in `test_worlds`.
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A closed home in which much is sealed, and some of it at work."""
    with bases() as made:
        yield once(made, Tale((Step("call"), Step("tick")), (("many", {}),)), 0)


def answered(world: World, known: Known, spoil: Callable[[Path], object]) -> dict[str, str]:
    """What the calls give, each in a copy of the home that was spoilt before."""
    asked = {one.name: one for one in every_knock() if one.name in KNOCKS}
    told = [knocked(world, asked[name], known, spoil)[name] for name in KNOCKS]
    return masked(dict(zip(KNOCKS, told, strict=True)))


@pytest.fixture(scope="module")
def known(world: World) -> Known:
    """What is asked for."""
    return known_of(world, world)


@pytest.fixture(scope="module")
def sound(world: World, known: Known) -> dict[str, str]:
    """What the calls give with a sound vault."""
    return answered(world, known, lambda _: None)


def test_the_open_side_has_no_vault(world: World) -> None:
    """It is not that one is not used: there is none, and who asks for it there is refused."""
    with closing(OpenHome(world.path)) as home:
        assert not hasattr(home, "vault")
        register = Register(home, lambda: world.now)
        assert not register.sees_vault
        mara = world.people["mara"]
        with pytest.raises(NotPermitted, match="serves the open side"):
            register.reader(mara, vault=True)
        with pytest.raises(NotPermitted, match="serves the open side"):
            register.looks(mara, "duty")
        assert register.reader(mara).sealed_references() == ()
        assert register.looking(mara, "duty").sealed_references() == ()
    # Rows are read by nobody who has no keys: the reader of the vault's side sees more.
    with closing(Home(world.path)) as home:
        assert Register(home, lambda: world.now).reader(mara).sealed_references() != ()


# ---- whatever became of it ----

Spoil = Callable[[Path, ExitStack], object]


def _directory(vault: Path, _: ExitStack) -> None:
    vault.unlink()
    vault.mkdir(mode=0o700)


def _pipe(vault: Path, _: ExitStack) -> None:
    vault.unlink()
    os.mkfifo(vault, 0o600)


def _locked(vault: Path, stack: ExitStack) -> None:
    other = stack.enter_context(closing(sqlite3.connect(vault, isolation_level=None)))
    other.execute("BEGIN EXCLUSIVE")


def _full(vault: Path, _: ExitStack) -> None:
    vault.unlink()
    vault.symlink_to("/dev/full")


def _busy(vault: Path, stack: ExitStack) -> None:
    """Somebody decides on a matter and keeps keys, and goes on doing so."""
    for name in ("triage.lock", "keys.lock"):
        stack.enter_context(exclusive(vault.with_name(name), "at work"))


SPOILT: dict[str, Spoil] = {
    "gone": lambda vault, _: vault.unlink(),
    "a directory": _directory,
    "a pipe": _pipe,
    "not to be read": lambda vault, _: vault.chmod(0),
    "cut short": lambda vault, _: os.truncate(vault, 5_000),
    "write-locked": _locked,
    "on a full disk": _full,
    "at work": _busy,
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_t32_whatever_becomes_of_the_vault_the_open_side_answers_the_same(
    world: World,
    known: Known,
    sound: dict[str, str],
    spoilt: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T-32: with a vault that is gone, broken, full, locked or at work, answers are equal to the
    byte, and nobody waits.
    """
    monkeypatch.setattr(time, "sleep", _impatient)
    with ExitStack() as stack:
        spoil = SPOILT[spoilt]
        assert answered(world, known, lambda home: spoil(home / "vault.db", stack)) == sound


def _impatient(_seconds: float) -> None:
    raise AssertionError("the open side waits")


@cache
def _noted() -> list[str]:
    """What was done with the vault's files, from the first call on: a hook stays for ever."""
    found: list[str] = []

    def note(event: str, given: tuple[object, ...]) -> None:
        if "vault.db" in str(given):
            found.append(event)

    sys.addaudithook(note)
    return found


@contextmanager
def noting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note whatever is done with the vault's files: opened, connected to, looked at."""
    found, real = _noted(), Path.stat

    def stat(path: Path, *given: bool, **named: bool) -> os.stat_result:
        sys.audit("stat", path)
        return real(path, *given, **named)

    monkeypatch.setattr(Path, "stat", stat)
    found.clear()
    yield found


def test_the_open_side_neither_opens_the_vault_nor_looks_whether_it_is_there(
    world: World, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts, lists and desk saves of who is not cleared leave its files alone; those of who is
    cleared do not, which shows that somebody would notice.
    """
    with living(world), noting(monkeypatch) as noted:
        with closing(OpenHome(world.path)) as home:
            register = Register(home, lambda: world.now)
            kim = world.people["kim"]
            register.handle(kim, Act("attempt-contact", CONTACT, known.case))
            register.handle(kim, Act("intake", {}, known.hidden))
            register.reader(kim).streams_shown()
        assert noted == []
        world.register.reader(world.people["mara"]).case(known.hidden)
        assert {"stat", "sqlite3.connect"} <= set(noted)
