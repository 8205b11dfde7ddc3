"""A founded library on the disk and its two programs, for readers that stand on one."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.web.site import Side, Site
from tests.register.library import Library, found_library
from tests.web.asking import Asker, asking

ADDRESSES: dict[Side, str] = {"desk": "http://localhost:8410", "room": "http://localhost:8411"}
_OPEN = ExitStack()


@cache
def folder() -> Path:
    """A folder of this process's own."""
    return Path(_OPEN.enter_context(TemporaryDirectory(prefix="fuzz-")))


@cache
def library() -> Library:
    """A founded library, open."""
    made = found_library(folder() / "home")
    _OPEN.callback(made.home.close)
    return made


@cache
def asker(side: Side, name: str) -> Asker:
    """Somebody at a program of it; nobody signed in for an empty name."""
    if name:
        return asker(side, "").other().come_in(library().people[name])
    known = library()
    other = ADDRESSES["room" if side == "desk" else "desk"]
    site = Site(side, known.home.path, ADDRESSES[side], other, clock=lambda: known.now)
    return _OPEN.enter_context(asking(site))


@cache
def nowhere() -> Site:
    """A desk's program of no ledger; each has a thread of its own that forgets old counts."""
    return Site("desk", Path("/nowhere"), ADDRESSES["desk"], ADDRESSES["room"])


@cache
def case() -> str:
    """The reference of a case that is open to the staff."""
    known = library()
    reference = known.visit()
    known.act("mara", "open", reference)
    return reference


@cache
def page(side: Side, name: str) -> str:
    """Where somebody has that case's page: addresses mean something to one session only."""
    found = asker(side, name).post("/cases/find", [("reference", case())])
    return found.header("location") or "/cases"


def close() -> None:
    """Close what was opened; whoever asks again gets another one."""
    _OPEN.close()
    for made in (folder, library, asker, case, page):
        made.cache_clear()
