"""The app of one program, made of its doors.

    request ─► host, size ─► origin (CSRF) ─► who ─► access ─► the door's handler ─► headers

Handlers are plain functions and run in threads; what they raise becomes an answer here.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from keys.errors import KeysError
from ledger.errors import LedgerError, NotFound, NotPermitted
from ledger.logs import logger
from ledger.web.access import may
from ledger.web.bearing import bear
from ledger.web.doors import Door, Kind
from ledger.web.failures import NoSuchMethod, SignInNeeded, TooLarge
from ledger.web.headers import Headers
from ledger.web.origin import check_form, check_host, check_origin
from ledger.web.problems import answer_failure
from ledger.web.site import Site
from ledger.web.visit import Visit

MOST_BYTES = 256 * 1024
"""The largest body that is read into memory: more than any form, or any act, is."""
BODY_SECONDS = 20.0
"""So long a request may take to arrive."""
BEAT_SECONDS = 2.0
"""As the command line's: see `ledger.cli.session`."""
Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(site: Site, doors: Sequence[Door]) -> Starlette:
    """The app that serves a site by the doors that are on its side."""
    routes = [
        Route(door.path, _endpoint(site, door), methods=[door.method], name=door.name)
        for door in doors
        if site.side in door.sides
    ]

    async def refused(request: Request, error: Exception) -> Response:
        told: LedgerError = NotFound()
        if isinstance(error, HTTPException) and error.status_code == 405:
            told = NoSuchMethod((error.headers or {}).get("Allow", ""))
        return answer_failure(Visit(site, request), told, kind_for(request))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        site.close()

    return Starlette(
        routes=routes,
        middleware=[Middleware(Headers, is_secure=site.is_secure)],
        exception_handlers={HTTPException: refused},
        lifespan=lifespan,
    )


def kind_for(request: Request) -> Kind:
    """How to tell who asked for nothing that is here."""
    return "data" if request.url.path.startswith("/api/") else "page"


def _endpoint(site: Site, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        started = time.monotonic()
        visit = Visit(site, request)
        try:
            visit.body = await _body(request)
            answer = await run_in_threadpool(_answer, visit, door)
        except (LedgerError, KeysError) as error:
            answer = await run_in_threadpool(answer_failure, visit, error, door.kind)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            # The type alone: what a defect has in hand may be anything of a case.
            logger().error("a page broke off", door=door.name, defect=type(error).__name__)
            answer = _broken()
        if visit.is_paced:
            await anyio.sleep(-(time.monotonic() - started) % BEAT_SECONDS)
        return answer

    return endpoint


def _answer(visit: Visit, door: Door) -> Response:
    check_host(visit)
    check_origin(visit)
    check_form(visit)
    bear(visit)
    if not may(visit.standings, door.action, door.of):
        raise NotPermitted("That is not for your role.") if visit.signed_in else SignInNeeded
    return door.answer(visit)


async def _body(request: Request) -> bytes:
    """The whole body. Raises: TooLarge; ClientDisconnect."""
    taken = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                taken += part
                if len(taken) > MOST_BYTES:
                    raise TooLarge
    except TimeoutError as error:
        raise ClientDisconnect from error
    return bytes(taken)


def _broken() -> Response:
    return Response(
        "This did not work, and it is our fault. Nothing that was acknowledged is lost.\n",
        500,
        media_type="text/plain; charset=utf-8",
    )
