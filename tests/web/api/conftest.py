"""A library with an open case and a sealed one, and its two programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.home import Home
from tests.register.library import Library
from tests.web.api.clients import Program, program

CONTACT = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


@dataclass
class Known:
    """The references of the library: one case stands open, one is sealed."""

    open: str
    sealed: str


@pytest.fixture(scope="session")
def _told(
    founded_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Library, Known]:
    path = tmp_path_factory.mktemp("api") / "home"
    shutil.copytree(founded_library.home.path, path)
    made = Library(Home(path), dict(founded_library.people), founded_library.now)
    opened, sealed = made.visit(), made.visit()
    made.act("mara", "open", opened)
    made.act(
        "mara",
        "keep-sealed",
        sealed,
        ground="investigation",
        citation="C.R.S. 24-90-119",
        review_on="2026-12-14",
    )
    made.act("kim", "attempt-contact", opened, **CONTACT)
    made.tick(hours=5)
    made.home.close()
    return made, Known(opened, sealed)


@pytest.fixture
def told(_told: tuple[Library, Known], tmp_path: Path) -> Iterator[tuple[Library, Known]]:
    """The library, copied for this test."""
    template, known = _told
    shutil.copytree(template.home.path, tmp_path / "home")
    made = Library(Home(tmp_path / "home"), dict(template.people), template.now)
    yield made, known
    made.home.close()


@pytest.fixture
def known(told: tuple[Library, Known]) -> Known:
    """The references."""
    return told[1]


@pytest.fixture
def desk(told: tuple[Library, Known]) -> Iterator[Program]:
    """The desk's program."""
    with program(told[0], "desk") as made:
        yield made


@pytest.fixture
def room(told: tuple[Library, Known]) -> Iterator[Program]:
    """The room's program."""
    with program(told[0], "room") as made:
        yield made
