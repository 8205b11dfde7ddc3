"""Other programs, which read by a token: a feed by pages that wait, by event streams and by
webhooks; tables and the calendar. Each feed is held to its chain: dense, and each entry once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook

from tests.projections.feeds.reading import check_chain
from tests.projections.feeds.receiver import Receiver
from tests.soak.person import AGAIN_SECONDS, GaveUp, Person, World, problem

FEED = "/api/feeds/cases"
TABLES = ("cases", "deadlines")


@dataclass
class Followed:
    """A feed as somebody followed it: where they are, and the chain to there."""

    position: int = 0
    chain: bytes = bytes(32)
    cursor: str | None = None

    def take(self, entries: list[dict[str, Any]], cursor: str) -> None:
        """Take what came. Raises: AssertionError, where it does not follow."""
        self.chain = check_chain(entries, self.chain, self.position)
        self.position += len(entries)
        self.cursor = cursor


def bearer(token: str) -> dict[str, str]:
    """The header of a program with a token."""
    return {"authorization": f"Bearer {token}"}


def follow_pages(world: World, followed: Followed, seat: int, token: str) -> None:
    """Follow the feed by pages that wait until there is something."""
    reader = Person(world, "desk", seat)
    while not world.over.is_set():
        with world.tally.watched("feed: chain of pages"):
            try:
                read_page(reader, followed, token, wait=20)
            except GaveUp:
                world.over.wait(AGAIN_SECONDS)


def read_page(reader: Person, followed: Followed, token: str, wait: int) -> bool:
    """Read on; says whether there was anything. Raises: AssertionError; GaveUp."""
    after = "" if followed.cursor is None else f"&after={followed.cursor}"
    kind = "feed: page that waits" if wait else "feed: page"
    told = reader.get(kind, f"{FEED}?wait={wait}{after}", **bearer(token)).json()
    followed.take(told["entries"], told["next"])
    assert told["chain"] == followed.chain.hex(), "the chain of the page is another"
    return bool(told["entries"])


def follow_events(world: World, followed: Followed, seat: int, token: str) -> None:
    """Follow the feed by an event stream, as a browser does: cut off, it comes again."""
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{seat}")
    with httpx.Client(base_url=world.origins["desk"], transport=transport) as client:
        while not world.over.is_set():
            with world.tally.watched("feed: chain of events"):
                _listen(world, client, followed, token)
            world.over.wait(AGAIN_SECONDS)


def _listen(world: World, client: httpx.Client, followed: Followed, token: str) -> None:
    headers = bearer(token)
    if followed.cursor is not None:
        headers["last-event-id"] = followed.cursor
    cursor = ""
    try:
        with client.stream("GET", f"{FEED}/events", headers=headers, timeout=60) as stream:
            if stream.status_code != 200:
                stream.read()
                told = f"{stream.status_code} {problem(stream)}"
                if stream.status_code != 503:
                    world.tally.failed("feed: events", told)
                world.tally.met("in a moment again", f"events: {told}")
                return
            for line in stream.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    cursor = value
                elif name == "data":
                    followed.take([json.loads(value)], cursor)
                    world.tally.met("feed: events", "an entry")
                if world.over.is_set():
                    return
    except httpx.TransportError as error:
        world.tally.met("in a moment again", f"events cut off: {type(error).__name__}")


def read_tables(world: World, random: Random, seat: int, tokens: dict[str, str]) -> None:
    """Fetch tables as CSV, and the calendar of deadlines."""
    reader = Person(world, "desk", seat)
    while not world.over.is_set():
        world.rest(random, 6)
        try:
            name = random.choice(TABLES)
            reader.get("table (CSV)", f"/api/tables/{name}.csv", **bearer(tokens[name]))
            reader.get("calendar", "/api/calendar.ics", **bearer(tokens["deadlines"]))
        except GaveUp:
            continue


def check_webhooks(receiver: Receiver, secret: str) -> Followed:
    """What a receiver has of the feed. A message may come twice, and none is missing or altered.

    Raises:
        AssertionError: one is.
    """
    scheme, followed = Webhook(secret), Followed()
    for headers, body in receiver.came:
        # The library's `verify` takes no message of another hour than the machine's.
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = scheme.sign(headers["webhook-id"], at, body.decode())
        assert signed in headers["webhook-signature"].split(" "), "a signature does not hold"
        entries = json.loads(body)["entries"]
        followed.take([one for one in entries if one["position"] > followed.position], "")
    return followed
