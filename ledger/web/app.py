"""The app of one program, made of its doors.

    request ─► host ─► size ─► origin (CSRF) ─► who ─► access ─► the door's handler ─► headers

Handlers are plain functions and run in threads; what they raise becomes an answer there too, so
that the loop that takes requests never waits for a store. Nothing but a door answers: no address
with a slash too many, no other method.
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
from ledger.web.failures import NotDoneHere, SignInNeeded, TooLarge, TooSlow
from ledger.web.headers import Headers, headers_of
from ledger.web.origin import check_form, check_host, check_origin
from ledger.web.problems import answer_failure, answer_plainly
from ledger.web.receiving import receive
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
    here = [door for door in doors if site.side in door.sides]
    routes = [
        Route(door.path, _endpoint(site, door), methods=[door.method], name=door.name)
        for door in here
    ]

    async def refused(request: Request, error: Exception) -> Response:
        visit = Visit(site, request)
        if isinstance(error, HTTPException) and error.status_code == 405:
            done = _done_at(request, routes)
            answer = await run_in_threadpool(_failed, visit, NotDoneHere(), kind_for(request))
            answer.headers["Allow"] = ", ".join(done)
            return answer
        return await run_in_threadpool(_failed, visit, NotFound(), kind_for(request))

    async def broke_off(_request: Request, error: Exception) -> Response:
        answer = _broken(error, "the app")
        answer.headers.update(headers_of(site.is_secure))
        return answer

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        site.close()

    app = Starlette(
        routes=routes,
        middleware=[Middleware(Headers, headers=headers_of(site.is_secure))],
        exception_handlers={HTTPException: refused, Exception: broke_off},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def kind_for(request: Request) -> Kind:
    """How to tell who asked for nothing that is here."""
    return "data" if request.url.path.startswith("/api/") else "page"


def _done_at(request: Request, routes: Sequence[Route]) -> list[str]:
    """What may be done at an address, by whoever may."""
    path = request.scope["path"]
    return sorted({one for r in routes if r.path_regex.match(path) for one in r.methods or ()})


def _endpoint(site: Site, door: Door) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        started = time.monotonic()
        visit = Visit(site, request)
        try:
            check_host(visit)
            if door.takes_file:
                # Nobody sends a file to a door that would not open.
                await run_in_threadpool(_check_opens, visit, door)
                visit.received = await receive(request)
            else:
                visit.body = await _body(request)
        except (LedgerError, KeysError) as error:
            answer = await run_in_threadpool(_failed, visit, error, door.kind)
            # The rest of what is sent is not waited for.
            answer.headers["Connection"] = "close"
            return answer
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            answer, is_paced = await run_in_threadpool(answered, visit, door)
        finally:
            visit.close()
        if is_paced:
            await anyio.sleep(-(time.monotonic() - started) % BEAT_SECONDS)
        return answer

    return endpoint


def answered(visit: Visit, door: Door) -> tuple[Response, bool]:
    """The answer to a visit, whatever came of it, and whether it is given on the beat."""
    try:
        answer = _answer(visit, door)
    except (LedgerError, KeysError) as error:
        answer = _failed(visit, error, door.kind)
    except Exception as error:
        answer = _broken(error, door.name)
    return answer, _is_paced(visit)


def _answer(visit: Visit, door: Door) -> Response:
    check_origin(visit)
    check_form(visit)
    bear(visit)
    _check_access(visit, door)
    return door.answer(visit)


def _check_opens(visit: Visit, door: Door) -> None:
    """What can be said before anything of the body came; the form's own word stands in it."""
    check_origin(visit)
    bear(visit)
    _check_access(visit, door)


def _check_access(visit: Visit, door: Door) -> None:
    # What is for everybody is answered even when nobody can be looked up.
    if not may(("anybody",), door.action) and not may(visit.standings, door.action, door.of):
        raise NotPermitted("That is not for your role.") if visit.signed_in else SignInNeeded


def _failed(visit: Visit, error: Exception, kind: Kind) -> Response:
    """Tell of a failure: as a page where one can be made, else in a line.

    A page says who is signed in, and the store that is asked for that may be what failed.
    """
    try:
        check_host(visit)
        return answer_failure(visit, error, kind)
    except (LedgerError, KeysError):
        return answer_plainly(visit, error)
    except Exception as defect:
        return _broken(defect, "a failure")


def _is_paced(visit: Visit) -> bool:
    """As `Visit.is_paced`; whom nobody could look up was shown nothing either."""
    try:
        return visit.is_paced
    except (LedgerError, KeysError):
        return False


async def _body(request: Request) -> bytes:
    """The whole body. Raises: TooLarge; TooSlow; ClientDisconnect."""
    taken = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                taken += part
                if len(taken) > MOST_BYTES:
                    raise TooLarge
    except TimeoutError as error:
        raise TooSlow from error
    return bytes(taken)


def _broken(error: Exception, door: str) -> Response:
    # The type alone: what a defect has in hand may be anything of a case.
    logger().error("a page broke off", door=door, defect=type(error).__name__)
    return Response(
        "This did not work, and it is our fault. Nothing that was acknowledged is lost.\n",
        500,
        media_type="text/plain; charset=utf-8",
    )
