"""Asking an app of the web in process, as the server does: raw headers in, raw headers out.

Everything of the product runs, its threads too; only the socket is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import ASGIApp, Message

from keys.keyring import Keyring
from ledger.web.app import make_app
from ledger.web.doors import Door
from ledger.web.sessions import SignedIn
from ledger.web.site import Site
from ledger.web.table import DOORS

FORM = "application/x-www-form-urlencoded"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
"""Every method that a request may name, and one that nobody has heard of."""


@dataclass(frozen=True)
class Told:
    """An answer, as its bytes are sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header; None where there is none. Two of one name fail the test."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) < 2, f"{name} twice"
        return found[0] if found else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass
class Asker:
    """Whoever asks: from an address, with a program, with cookies."""

    site: Site
    app: ASGIApp
    runner: asyncio.Runner
    peer: tuple[str, int] = ("127.0.0.1", 50_123)
    agent: str = "Browser 1"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str | None = None

    def other(self, **changed: object) -> Asker:
        """Somebody else at the same program, with nothing in hand."""
        made = Asker(self.site, self.app, self.runner)
        vars(made).update(changed)
        return made

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """Make a request as it stands; `headers` come over those of a page of this program."""
        parts = [body] if isinstance(body, bytes) else list(body)
        return self.runner.run(_called(self.app, self._scope(method, target, headers), parts))

    def request(self, method: str, path: str, parameters: Mapping[str, str]) -> Request:
        """A request that has come to its door, for who asks the door itself."""
        return Request({**self._scope(method, path, None), "path_params": parameters})

    def _scope(
        self, method: str, target: str, headers: Mapping[str, str] | None
    ) -> MutableMapping[str, Any]:
        path, _, query = target.partition("?")
        known = {"host": self.site.address.partition("://")[2], "user-agent": self.agent}
        if self.cookies:
            known["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method not in ("GET", "HEAD"):
            known |= {"origin": self.site.address, "sec-fetch-site": "same-origin"}
        known |= headers or {}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.site.address.partition(":")[0],
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in known.items() if v != ""],
            "client": self.peer,
            "server": ("127.0.0.1", 8410),
            "state": {},
        }

    def get(self, target: str) -> Told:
        """Open a page."""
        return self.ask("GET", target)

    def post(
        self,
        target: str,
        fields: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """Send a form of a page of this program, with its session's word."""
        pairs = [*fields, *([("csrf", self.csrf)] if self.csrf is not None else [])]
        return self.ask(
            "POST", target, urlencode(pairs).encode(), {"content-type": FORM, **(headers or {})}
        )

    def come_in(self, keyring: Keyring) -> Asker:
        """Be signed in, without the passphrase's being tried: `sign_in` tries it."""
        roles = self.site.register.office().office.roles_of(keyring.person)
        place = f"{self.peer[0]} {self.agent}"
        token = self.site.sessions.begin(keyring, roles, place)
        return self._holding(token)

    @property
    def signed_in(self) -> SignedIn | None:
        """This browser's session."""
        token = self.cookies.get(f"__Host-{self.site.side}", "")
        return self.site.sessions.find(token, f"{self.peer[0]} {self.agent}")

    def sign_in(self, name: str, passphrase: str) -> Told:
        """Sign in by the form."""
        told = self.post("/sign-in", [("name", name), ("passphrase", passphrase)])
        cookie = told.header("set-cookie")
        if cookie is not None:
            self._holding(cookie.partition("=")[2].partition(";")[0])
        return told

    def _holding(self, token: str) -> Asker:
        self.cookies[f"__Host-{self.site.side}"] = token
        self.csrf = None if self.signed_in is None else self.signed_in.csrf
        return self


async def _called(app: ASGIApp, scope: MutableMapping[str, Any], parts: list[bytes]) -> Told:
    sent: list[Message] = []
    left = list(parts)

    async def receive() -> Message:
        if not left:
            return {"type": "http.disconnect"}
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    head = next(one for one in sent if one["type"] == "http.response.start")
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in head["headers"])
    return Told(head["status"], headers, body)


@contextmanager
def asking(site: Site, doors: Sequence[Door] = DOORS) -> Iterator[Asker]:
    """Somebody at a program, which is closed at the end."""
    with asyncio.Runner() as runner:
        try:
            yield Asker(site, make_app(site, doors), runner)
        finally:
            site.close()


__all__ = ["METHODS", "Asker", "Told", "asking"]
