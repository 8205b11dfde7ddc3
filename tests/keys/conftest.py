"""People with throw-away keys, and randomness that can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from keys.aead import Entropy
from keys.keyring import Keyring, create
from keys.master import MasterKey
from keys.secrets import StreamSecrets


@pytest.fixture(scope="session")
def repeatable() -> Callable[[str], Entropy]:
    """Return a source of entropy that is a function of its name and of what was drawn before."""

    def named(name: str) -> Entropy:
        drawn = 0

        def draw(length: int) -> bytes:
            nonlocal drawn
            drawn += 1
            return hashlib.shake_256(f"{name}/{drawn}".encode()).digest(length)

        return draw

    return named


@pytest.fixture(scope="session")
def people() -> tuple[Keyring, ...]:
    """Return nine people, one more than an audience can hold."""
    names = ["ada", "bela", "cora", "dina", "elif", "fred", "gita", "hugo", "iris"]
    return tuple(create(name, b"", throw_away=True) for name in names)


@pytest.fixture(scope="session")
def ada(people: tuple[Keyring, ...]) -> Keyring:
    """Return the director."""
    return people[0]


@pytest.fixture(scope="session")
def bela(people: tuple[Keyring, ...]) -> Keyring:
    """Return the counsel."""
    return people[1]


@pytest.fixture
def master() -> MasterKey:
    """Return a master key that is in no file."""
    return MasterKey(bytes(range(32)))


@pytest.fixture
def secrets() -> StreamSecrets:
    """Return the secrets of a new stream."""
    return StreamSecrets.generate()
