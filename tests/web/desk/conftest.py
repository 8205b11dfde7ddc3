"""The desk's program and the room's on one throw-away ledger, as browsers reach them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import anyio
import httpx
import pytest

from ledger.domain.events import IntakeSaved
from ledger.web.app import make_app
from ledger.web.site import Side, Site
from ledger.web.table import DOORS
from tests.register.ledgers import Clock, Ledger, cast, found_ledger

DESK = "http://localhost:8410"
ROOM = "http://localhost:8411"
TLS = "https://desk.example:8443"
REFERENCE = re.compile(r'class="reference"><strong>([^<]+)<')
BROWSER = "127.0.0.1 a browser"
"""The address of the tests' browser, and the program that it says it is."""


@dataclass
class Web:
    """One program and what a browser does with it."""

    site: Site
    transport: httpx.ASGITransport
    cookies: dict[str, str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return self._ask("GET", path, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        """Send a form as a page of this program does."""
        csrf = {} if self.signed_in is None else {"csrf": self.signed_in}
        body = urlencode({**csrf, **fields}).encode()
        return self.send(path, body, **headers)

    def send(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Send bytes as the body of a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, {"Origin": self.site.address, **kind, **headers}, body)

    @property
    def signed_in(self) -> str | None:
        """The word of the session that this browser holds."""
        token = self.cookies.get(f"__Host-{self.site.side}")
        found = None if token is None else self.site.sessions.find(token, BROWSER)
        return None if found is None else found.csrf

    def sign_in(self, ledger: Ledger, person: str) -> None:
        """Be a person from now on, as after a passphrase."""
        roles = ledger.register.office().office.roles_of(person)
        token = self.site.sessions.begin(ledger.people[person], roles, BROWSER)
        self.cookies[f"__Host-{self.site.side}"] = token

    def save(self, page: str = "/desk", **fields: str) -> str:
        """Save a visit as a page of the desk is filled in; gives the reference."""
        answer = self.post("/desk", {**hidden(self.get(page).text), **fields})
        assert answer.status_code == 200, answer.text
        found = REFERENCE.search(answer.text)
        assert found is not None
        return found[1]

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes = b"",
    ) -> httpx.Response:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        cookie = {"Cookie": held} if held else {}
        sent = {"User-Agent": "a browser", **cookie, **headers}

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self.transport, base_url=self.site.address
            ) as client:
                return await client.request(method, path, content=body, headers=sent)

        return anyio.run(ask)


def hidden(page: str) -> dict[str, str]:
    """What a page's forms carry without being asked, and the time that stands in the form."""
    fields = re.findall(
        r'<input type="(?:hidden|datetime-local)" name="(\w+)" value="([^"]*)"', page
    )
    return {name: unescape(value) for name, value in fields if name != "csrf"}


@pytest.fixture(scope="package")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger, founded once; each test works on a copy."""
    ledger = found_ledger(tmp_path_factory.mktemp("desk") / "home", cast(), Clock())
    yield ledger
    ledger.home.close()


@pytest.fixture
def ledger(founded: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of this test's own."""
    founded.home.close()
    shutil.copytree(founded.path, tmp_path / "home")
    copy = Ledger.at(tmp_path / "home", founded.people, Clock())
    yield copy
    copy.home.close()


@pytest.fixture
def web(ledger: Ledger) -> Iterator[Web]:
    """The desk's program on one PC."""
    yield from program(ledger, "desk", DESK)


@pytest.fixture
def room(ledger: Ledger) -> Iterator[Web]:
    """The room's program."""
    yield from program(ledger, "room", ROOM)


@pytest.fixture
def branch(ledger: Ledger) -> Iterator[Web]:
    """The desk's program as PCs of branches reach it, by TLS."""
    yield from program(ledger, "desk", TLS)


def program(ledger: Ledger, side: Side, address: str) -> Iterator[Web]:
    """A program with its own site; it ends with the test."""
    desk = ledger.people["desk-main"] if side == "desk" else None
    site = Site(side, ledger.path, address, ROOM, desk=desk, clock=ledger.clock)
    yield Web(site, httpx.ASGITransport(make_app(site, DOORS)), {})
    site.close()


def intake_of(ledger: Ledger, reference: str, by: str = "mara") -> IntakeSaved:
    """What was saved last under a reference, as who decides reads it."""
    event = ledger.look(by, reference).intakes[-1].records[0].event
    assert isinstance(event, IntakeSaved)
    return event
