"""Both programs on one throw-away ledger, and people at their browsers; no process, no socket."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import anyio
import httpx
import pytest

from ledger.web.app import make_app
from ledger.web.site import Side, Site
from ledger.web.table import DOORS
from tests.register.ledgers import Clock, Ledger, cast, found_ledger

DESK, ROOM = "http://localhost:8410", "http://localhost:8411"
PLACE = "127.0.0.1 a browser"
HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
SELECTED = re.compile(r'<select id="[\w-]+" name="([\w-]+)"[^>]*>(.*?)</select>', re.DOTALL)


@dataclass
class Person:
    """Somebody signed in at one of the programs."""

    site: Site
    transport: httpx.ASGITransport
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str | list[str]]) -> httpx.Response:
        """Send a form as a page of this program does."""
        return self._ask("POST", path, {"csrf": self.csrf, **fields})

    def go(self, reference: str) -> str:
        """Go to a case by the form for that; gives its address."""
        answer = self.post("/cases/find", {"reference": reference})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def fill(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Open a form, fill it in, and ask the law."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        asked = {f"f-{name}": value for name, value in fields.items()}
        return self.post(path, {**sent_back(page.text), **asked, "step": "ask"})

    def record(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Fill in a form, ask the law, and record what it was asked about."""
        page = self.fill(path, **fields)
        assert page.status_code == 200, page.text
        asked = {f"f-{name}": value for name, value in fields.items()}
        return self.post(path, {**sent_back(page.text), **asked, "step": "record"})

    def _ask(
        self, method: str, path: str, data: Mapping[str, str | list[str]] | None = None
    ) -> httpx.Response:
        headers = {"User-Agent": "a browser"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if method == "POST":
            headers["Origin"] = self.site.address

        async def ask() -> httpx.Response:
            base = {"transport": self.transport, "base_url": self.site.address}
            async with httpx.AsyncClient(**base) as client:  # type: ignore[arg-type]  # two kinds
                return await client.request(method, path, data=data, headers=headers)

        return anyio.run(ask)


def sent_back(page: str) -> dict[str, str]:
    """What a page's forms send when nothing is touched: hidden fields, and what is selected."""
    found = {name: unescape(value) for name, value in HIDDEN.findall(page)}
    for name, options in SELECTED.findall(page):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        if chosen is not None:
            found[name] = unescape(chosen[1])
    return found


@dataclass
class House:
    """A ledger and its two programs."""

    ledger: Ledger
    sites: dict[Side, Site]
    apps: dict[Side, httpx.ASGITransport]

    def at(self, side: Side, person: str | None) -> Person:
        """A person at a program, signed in as after a passphrase."""
        site = self.sites[side]
        made = Person(site, self.apps[side])
        if person is not None:
            roles = self.ledger.register.office().office.roles_of(person)
            token = site.sessions.begin(self.ledger.people[person], roles, PLACE)
            made.cookies[f"__Host-{side}"] = token
            found = site.sessions.find(token, PLACE)
            made.csrf = found.csrf if found else ""
        return made


@pytest.fixture(scope="package")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger, founded once; each test works on a copy."""
    ledger = found_ledger(tmp_path_factory.mktemp("room") / "home", cast(), Clock())
    yield ledger
    ledger.home.close()


@pytest.fixture
def house(founded: Ledger, tmp_path: Path) -> Iterator[House]:
    """A ledger of this test's own, with both programs."""
    founded.home.close()
    shutil.copytree(founded.path, tmp_path / "home")
    ledger = Ledger.at(tmp_path / "home", founded.people, Clock())
    with house_of(ledger) as made:
        yield made
    ledger.home.close()


@contextmanager
def house_of(ledger: Ledger) -> Iterator[House]:
    """Both programs of a ledger, which acts beside them as another program does."""
    desk = Site("desk", ledger.path, DESK, ROOM, clock=ledger.clock)
    room = Site("room", ledger.path, ROOM, DESK, clock=ledger.clock)
    sites: dict[Side, Site] = {"desk": desk, "room": room}
    apps = {side: httpx.ASGITransport(make_app(one, DOORS)) for side, one in sites.items()}
    yield House(ledger, sites, apps)
    for one in sites.values():
        one.close()


REQUEST = {"receive-request": {"requester": "law-enforcement", "categories": ["circulation"]}}


@pytest.fixture
def visit(house: House) -> str:
    """A visit that waits, with an officer's request; its reference."""
    return house.ledger.visit("kim", fields={"mode": "in-person", "facts": [REQUEST]})


@pytest.fixture
def opened(house: House, visit: str) -> str:
    """A case that stands open; its reference."""
    house.ledger.do("mara", "open", visit)
    return visit
