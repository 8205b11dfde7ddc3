"""A library whose two programs are asked in process. Who changes what is in it takes a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from keys.files import write_private
from ledger.cli.session import THROW_AWAY
from ledger.web import app, signing
from ledger.web.site import Side, Site
from tests.passphrases import cheap_passphrases
from tests.register.library import Library, found_library
from tests.web.asking import Asker, asking

ADDRESSES: dict[Side, str] = {"desk": "http://localhost:8410", "room": "http://localhost:8411"}


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """No answer waits for its beat, and a keyring that is nobody's costs what ours cost."""
    signing.nobodys.cache_clear()
    with pytest.MonkeyPatch.context() as patch, cheap_passphrases():
        patch.setattr(app, "BEAT_SECONDS", 0.001)
        signing.nobodys()
        yield
    signing.nobodys.cache_clear()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A founded library with everybody's keyring files; closed, to be copied."""
    made = found_library(tmp_path_factory.mktemp("web") / "home")
    made.enrol("abe", "auditor")
    for name, ring in made.people.items():
        write_private(made.home.path / "people" / f"{name}.keyring", ring.dump(THROW_AWAY))
    made.home.close()
    return made


@pytest.fixture(scope="module")
def at(closed: Library) -> Iterator[dict[Side, Asker]]:
    """Somebody at each program of the library, of which nobody changes anything."""
    yield from programs(closed, closed.home.path)


@pytest.fixture
def own(closed: Library, tmp_path: Path) -> Iterator[dict[Side, Asker]]:
    """Somebody at each program of a library of this test's own."""
    shutil.copytree(closed.home.path, tmp_path / "home")
    yield from programs(closed, tmp_path / "home")


def programs(library: Library, path: Path) -> Iterator[dict[Side, Asker]]:
    """Both programs of a home."""
    with ExitStack() as stack:
        made: dict[Side, Asker] = {}
        for side, address in ADDRESSES.items():
            other = ADDRESSES["room" if side == "desk" else "desk"]
            site = Site(side, path, address, other, clock=lambda: library.now)
            made[side] = stack.enter_context(asking(site))
        yield made


@pytest.fixture
def visitor(closed: Library, at: dict[Side, Asker]) -> Callable[[Side, str | None], Asker]:
    """Gives a new browser at a program, with somebody signed in or nobody."""

    def made(side: Side, name: str | None) -> Asker:
        new = at[side].other()
        return new if name is None else new.come_in(closed.people[name])

    return made
