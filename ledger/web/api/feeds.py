"""Feeds through the API: a page, a page that waits until there is something, and event streams.

All three go by the same cursor. Whoever waits holds no thread: the handler gives an answer that
looks again every second, and asks each time whether the visitor still may.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from keys.errors import KeysError
from ledger.errors import BadRequest, LedgerError
from ledger.feeding import feed_keys
from ledger.projections.feeds.entries import shown
from ledger.projections.feeds.log import FEEDS, Feed
from ledger.projections.feeds.pages import MOST, Page
from ledger.web.access import Action, may
from ledger.web.api import shapes
from ledger.web.api.asking import answer, limit_of
from ledger.web.api.operations import AFTER, LIMIT, Operation, Parameter
from ledger.web.api.reads import answering
from ledger.web.bearing import bear_on
from ledger.web.doors import Door
from ledger.web.failures import TooMany
from ledger.web.problems import answer_failure
from ledger.web.streams import goes_on
from ledger.web.visit import Visit

LOOK_SECONDS = 1.0
"""So often is looked whether a feed has more."""
LONGEST_SECONDS = 30
"""So long a page waits at most."""
QUIET_SECONDS = 15
"""After so long without an entry a stream says that it is still there."""
MOST_WAITING = 64
"""So many requests of one program wait, or are streams, at the same time."""
EVENT_STREAM = "text/event-stream"
ACTIONS: dict[Feed, Action] = {"cases": "read-feed", "office": "read-office-feed"}
_BUSY_SECONDS = 30


class _Places:
    """How many wait, of all in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place for the length of a block. Raises: TooMany."""
        with self._lock:
            if self._taken >= MOST_WAITING:
                raise TooMany(_BUSY_SECONDS)
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1


PLACES = _Places()


def feeds(visit: Visit) -> Response:
    """The feeds that there are."""
    return answer({"feeds": answering(visit).feeds(FEEDS)})


def read(feed: Feed, visit: Visit) -> Response:
    """A page of a feed. With `wait` it comes when there is something, or after so many seconds.

    Raises: BadRequest.
    """
    limit, after = limit_of(visit), visit.request.query_params.get("after")
    told = _Telling(visit, _flag(visit, "cloudevents"))
    seconds = _seconds(visit)
    found = answering(visit).feed_page(feed, after, limit)
    if found.entries or not seconds:
        return answer(told(found))
    return _Waiting(visit, found, limit, seconds, told)


def stream(feed: Feed, visit: Visit) -> Response:
    """A feed as server-sent events, one for each entry; `id` is the cursor that leads on after it,
    which a browser sends back as `Last-Event-ID` when it comes again.

    Raises: BadRequest.
    """
    headers = visit.request.headers
    after = headers.get("last-event-id") or visit.request.query_params.get("after")
    found = answering(visit).feed_page(feed, after, MOST)
    return StreamingResponse(_events(visit, feed, found), media_type=EVENT_STREAM)


async def _events(visit: Visit, feed: Feed, found: Page) -> AsyncIterator[str]:
    quiet = 0.0
    try:
        with PLACES.taken():
            while True:
                for one in await run_in_threadpool(_told, visit, found):
                    yield one
                    quiet = 0.0
                if quiet >= QUIET_SECONDS or (not found.entries and not quiet):
                    yield ": here\n\n"
                    quiet = 0.0
                if len(found.entries) < MOST:
                    if not await goes_on(visit.site, LOOK_SECONDS):
                        return
                    quiet += LOOK_SECONDS
                if not await run_in_threadpool(_still_may, visit, feed):
                    return
                found = await run_in_threadpool(_next, visit, feed, found.following, MOST)
    except (LedgerError, KeysError):
        # The answer has begun: it ends, and whoever listens comes again and is told.
        return


def _told(visit: Visit, found: Page) -> list[str]:
    keys, told = feed_keys(visit.site.home), []
    for one in found.entries:
        data = json.dumps(shown(one), sort_keys=True)
        cursor = keys.cursor(found.feed, one.position)
        told.append(f"id: {cursor}\nevent: entry\ndata: {data}\n\n")
    return told


class _Telling:
    """A page as it is told, in the form that was asked for."""

    def __init__(self, visit: Visit, as_cloudevents: bool) -> None:
        self._origin = visit.site.home.origin
        self._as_cloudevents = as_cloudevents

    def __call__(self, found: Page) -> Any:  # Plain JSON.
        return found.cloudevents(self._origin) if self._as_cloudevents else found.told(self._origin)


class _Waiting(Response):
    """An answer that comes when a feed has more, or when it waited long enough."""

    def __init__(
        self,
        visit: Visit,
        empty: Page,
        limit: int,
        seconds: int,
        told: _Telling,
    ) -> None:
        """`empty` is the page that ends where the feed did."""
        super().__init__()
        self._visit, self._empty, self._limit = visit, empty, limit
        self._seconds, self._told = seconds, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            made = await self._wait(request)
        except (LedgerError, KeysError) as error:
            made = await run_in_threadpool(answer_failure, self._visit, error, "data")
        await made(scope, receive, send)

    async def _wait(self, request: Request) -> Response:
        feed, after = self._empty.feed, self._empty.following
        with PLACES.taken(), anyio.move_on_after(self._seconds):
            while not await request.is_disconnected():
                if not await goes_on(self._visit.site, LOOK_SECONDS):
                    break
                if not await run_in_threadpool(_still_may, self._visit, feed):
                    break
                found = await run_in_threadpool(_next, self._visit, feed, after, self._limit)
                if found.entries:
                    return answer(self._told(found))
        # Nothing is read any more for who may not read on.
        return answer(self._told(self._empty))


def _next(visit: Visit, feed: Feed, cursor: str, limit: int) -> Page:
    return answering(visit).feed_page(feed, cursor, limit)


def _still_may(visit: Visit, feed: Feed) -> bool:
    """Whether the visitor may read on: a session or a token may have ended meanwhile."""
    now = Visit(visit.site, visit.request)
    now.is_looking_on = True
    try:
        bear_on(now)
        return may(now.standings, ACTIONS[feed], feed)
    except LedgerError:
        return False


def _seconds(visit: Visit) -> int:
    """How long to wait for something new. Raises: BadRequest."""
    given = visit.request.query_params.get("wait", "0")
    if given.isascii() and given.isdecimal() and len(given) <= 2 and int(given) <= LONGEST_SECONDS:
        return int(given)
    raise BadRequest(f"A page waits 0 to {LONGEST_SECONDS} seconds.")


def _flag(visit: Visit, name: str) -> bool:
    """Whether something was asked for. Raises: BadRequest."""
    given = visit.request.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise BadRequest(f"{name} is true or false.")
    return given == "true"


_WAIT = Parameter(
    "wait",
    "query",
    "How many seconds to wait for something new, if there is nothing: 0 to 30.",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_SECONDS, "default": 0},
)
_CLOUDEVENTS = Parameter(
    "cloudevents",
    "query",
    "Give the entries as CloudEvents 1.0.",
    {"type": "boolean", "default": False},
)
_LAST = Parameter("Last-Event-ID", "header", "The id of the last event that you were given.")
OPERATIONS = (
    Operation(
        Door("GET", "/api/feeds", "read-cases", feeds, "data"),
        "List the feeds: how many entries each has, and the chain at its end.",
        shapes.Feeds,
    ),
    *(
        Operation(
            Door("GET", f"/api/feeds/{one}", ACTIONS[one], partial(read, one), "data", of=one),
            f"A page of the feed {one}.",
            shapes.FeedPage,
            parameters=(LIMIT, AFTER, _WAIT, _CLOUDEVENTS),
        )
        for one in FEEDS
    ),
    *(
        Operation(
            Door(
                *("GET", f"/api/feeds/{one}/events", ACTIONS[one], partial(stream, one), "data"),
                of=one,
            ),
            f"The feed {one} as server-sent events.",
            media=(EVENT_STREAM,),
            parameters=(AFTER, _LAST),
        )
        for one in FEEDS
    ),
)
