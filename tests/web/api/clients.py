"""Programs that talk to both of the web's programs of a library, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette

from ledger.web.app import make_app
from ledger.web.site import Side, Site
from ledger.web.table import DOORS
from tests.register.library import Library

ORIGIN = "http://localhost:8410"
PEER = ("127.0.0.1", 5000)
AGENT = "a program"
_keys = count(1)


@dataclass
class Client:
    """Somebody who asks a program."""

    app: Starlette
    headers: dict[str, str]

    def ask(
        self, method: str, path: str, body: object = None, /, **headers: str | bytes
    ) -> httpx.Response:
        """One request. `body` is sent as it is if it is bytes, and as JSON else."""
        named: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
        told: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        if body is None:
            told = {}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=PEER)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                whole = [
                    (name.encode(), value if isinstance(value, bytes) else value.encode())
                    for name, value in {**self.headers, **named}.items()
                ]
                return await client.request(method, path, headers=whole, **told)

        return asyncio.run(asked())

    def get(self, path: str, **headers: str) -> Any:
        """Read, expecting success; gives the JSON."""
        found = self.ask("GET", path, **headers)
        assert found.status_code == 200, found.text
        return found.json()

    def tag(self, reference: str) -> str:
        """The version of a case as it is seen now."""
        found = self.ask("GET", f"/api/cases/{reference}")
        assert found.status_code == 200, found.text
        return str(found.headers["etag"])

    def post(self, path: str, body: object = None, **headers: str | bytes) -> httpx.Response:
        """Send, with a new key unless one is given."""
        sent = {"idempotency_key": f"key-{next(_keys)}", **headers}
        return self.ask("POST", path, {} if body is None else body, **sent)

    def act(
        self, reference: str, command: str, tag: str | None = None, /, **fields: object
    ) -> httpx.Response:
        """Act in a case as it is seen now, or as it was under a tag."""
        tag = self.tag(reference) if tag is None else tag
        return self.post(f"/api/cases/{reference}/{command}", {"fields": fields}, if_match=tag)


@dataclass
class Program:
    """One program of a library, and how its clients come to it."""

    library: Library
    side: Side
    site: Site = field(init=False)
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        path = self.library.home.path
        self.site = Site(self.side, path, ORIGIN, ORIGIN, clock=lambda: self.library.now)
        self.app = make_app(self.site, DOORS)

    def headers(self, person: str, peer: str = PEER[0]) -> dict[str, str]:
        """What the browser of a person who is signed in sends with each request."""
        roles = self.site.register.office().office.roles_of(person)
        place = f"{peer} {AGENT}"
        token = self.site.sessions.begin(self.library.people[person], roles, place)
        signed_in = self.site.sessions.find(token, place)
        assert signed_in is not None
        cookie = f"__Host-{self.side}={token}"
        csrf = signed_in.csrf
        return {"cookie": cookie, "origin": ORIGIN, "x-csrf": csrf, "user-agent": AGENT}

    def client(self, person: str | None = None, **headers: str) -> Client:
        """A client of a person, or of nobody."""
        own = {"user-agent": AGENT} if person is None else self.headers(person)
        return Client(self.app, {**own, **headers})


@contextmanager
def program(library: Library, side: Side) -> Iterator[Program]:
    """A program for the length of a block."""
    made = Program(library, side)
    try:
        yield made
    finally:
        made.site.close()
