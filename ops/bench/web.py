"""Figures of the web: pages as the app makes them, beside a bare Starlette that echoes.

No sockets: the server is uvicorn's affair, and is the same for both.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ceilings import side_by_side
from figures import Figure, at_least
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.web.site import Site

# What asks an app in process is the tests' affair; this script is run from the sources.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.register.library import Library, found_library
from tests.web.asking import Asker, asking

CASES = 50
"""So many a list has."""
MOST_MS = 50.0
"""Thousandths of a second of the processor's time in which 99 of 100 case pages are to be made."""
LEAST_RATE = 0.1
"""The share of the echo's rate that a list is to reach."""
CALL = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}


def web_figures(scratch: Path, events: int, rounds: int) -> Iterator[Figure]:
    """The page of a case of so many events, and the list of fifty cases."""
    library, case = _filled(scratch / "web", events)
    site = Site("desk", library.home.path, "http://localhost:8410", "http://localhost:8411")
    echo = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    with asyncio.Runner() as runner, asking(site) as browser:
        browser.come_in(library.people["kim"])
        bare = Asker(site, echo, runner)
        times = sorted(_milliseconds(browser, f"/cases/{case}") for _ in range(100 * rounds))
        slow = times[len(times) * 99 // 100]
        name = f"case page of {events:,} events, 99 of 100 within"
        bound = f"<= {MOST_MS:.0f} ms"
        yield Figure(
            name, slow, "ms", "the median", times[len(times) // 2], 1, bound, slow <= MOST_MS
        )
        ours, ceiling = side_by_side(
            rounds,
            20,
            (lambda: _opened(browser, "/cases"), lambda: bare.ask("POST", "/", b"a" * 256)),
        )
        yield at_least(
            f"list page of {CASES} cases",
            ours.processor,
            "a bare Starlette that echoes",
            ceiling.processor,
            LEAST_RATE,
        )
    library.home.close()


async def _echo(request: Request) -> Response:
    return Response(await request.body())


def _milliseconds(browser: Asker, target: str) -> float:
    began = time.process_time()
    _opened(browser, target)
    return (time.process_time() - began) * 1_000


def _opened(browser: Asker, target: str) -> None:
    assert browser.get(target).status == 200


def _filled(path: Path, events: int) -> tuple[Library, str]:
    """A library with cases that stand open, of which one has so many events."""
    library = found_library(path)
    cases = [library.visit() for _ in range(CASES)]
    for case in cases:
        library.act("mara", "open", case)
    for _ in range(events):
        library.act("kim", "attempt-contact", cases[0], **CALL)
    return library, cases[0]
