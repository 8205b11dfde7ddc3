"""Somebody at a machine of their own, who asks the served programs over real sockets, and asks
again where a page says "in a moment again".
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock
from typing import Any, NoReturn

import httpx

from ledger.web.site import Side
from tests.soak.clock import Clock
from tests.soak.tally import Tally

PATIENCE_SECONDS = 90.0
AGAIN_SECONDS = 0.5
MOST_SIGN_INS, SIGN_IN_SECONDS = 8, 3.0
NOT_NOW = frozenset({429, 502, 503})
CHANGED = frozenset({409, 412})
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class GaveUp(Exception):
    """Somebody met an error, which is counted, and leaves what they were about."""


@dataclass
class World:
    """What everybody shares: where the programs are, whose passphrase is which, what is counted."""

    origins: Mapping[Side, str]
    clock: Clock
    tally: Tally
    passphrases: dict[str, str]
    over: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        # Who draws new keys does not sign in meanwhile.
        self.at_keys = {name: Lock() for name in self.passphrases}

    def rest(self, random: Random, minutes: float) -> None:
        """Do something else for about so many minutes of the soak's clock."""
        self.over.wait(self.clock.real_seconds(random.expovariate(1 / minutes) / 60))


class Person:
    """Somebody at one of the two programs. Without a name nobody signs in, as at the desk."""

    def __init__(self, world: World, side: Side, seat: int, name: str | None = None) -> None:
        """`seat` makes the address from which they come, so that no limit counts two for one."""
        self.world, self.name, self._side = world, name, side
        self._session: dict[str, str] = {}
        self._client = httpx.Client(
            base_url=world.origins[side],
            transport=httpx.HTTPTransport(local_address=f"127.0.0.{seat}"),
            headers={"user-agent": f"soak {seat}"},
            timeout=PATIENCE_SECONDS,
        )

    def close(self) -> None:
        """Leave."""
        self._client.close()

    def get(self, kind: str, path: str, **headers: str) -> httpx.Response:
        """Read something until it is there."""
        return self.ask(kind, "GET", path, headers)

    def post_form(self, kind: str, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """Send a form of a page of the program."""
        return self.ask(kind, "POST", path, self._of_page, data=dict(fields))

    def post(self, kind: str, path: str, body: object, **headers: str) -> httpx.Response:
        """Send JSON; the key among `headers` stays the same however often it is sent."""
        return self.ask(kind, "POST", path, headers, json=body)

    def ask(
        self,
        kind: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        signs_in: bool = True,
        **more: Any,
    ) -> httpx.Response:
        """Ask until there is an answer, and count it; 409 and 412 are given back uncounted, and so
        is that nobody is signed in, unless it is to be mended here.

        Raises:
            GaveUp: it was an error, which is counted.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        started, outcome, was_in = time.monotonic(), "at once", bool(self._session)
        while True:
            response = self._once(method, path, {**self._session, **named}, more)
            is_out = signs_in and response is not None and self._is_signed_out(response)
            if response is not None and response.status_code not in NOT_NOW and not is_out:
                break
            if time.monotonic() > started + PATIENCE_SECONDS:
                self._give_up(kind, f"not within {PATIENCE_SECONDS:.0f} s", response)
            if is_out:
                self.sign_in()
                outcome = "signed in again" if was_in else outcome
            else:
                outcome = "repeated"
                time.sleep(AGAIN_SECONDS)
        if response.status_code in CHANGED or (not signs_in and self._is_signed_out(response)):
            return response
        if response.status_code >= 400:
            self._give_up(kind, "an answer", response)
        self.world.tally.done(kind, outcome, time.monotonic() - started)
        return response

    def sign_in(self) -> None:
        """Sign in, with whatever is the passphrase now.

        Raises:
            GaveUp: nobody was let in, which is counted.
        """
        name = self.name or ""
        with self.world.at_keys[name]:
            self._sign_in(name)

    def _sign_in(self, name: str) -> None:
        self._session = {}
        for _ in range(MOST_SIGN_INS):
            given = {"name": name, "passphrase": self.world.passphrases[name]}
            came = self.ask(
                "sign in", "POST", "/sign-in", self._of_page, signs_in=False, data=given
            )
            cookie = came.headers.get("set-cookie", "").partition(";")[0]
            page = self.ask("first page", "GET", "/cases", {"cookie": cookie}, signs_in=False)
            found = _CSRF.search(page.text)
            if found is not None:
                own = self.world.origins[self._side]
                self._session = {"cookie": cookie, "x-csrf": found[1], "origin": own}
                return
            # The program ended between the two.
            time.sleep(SIGN_IN_SECONDS)
        self._give_up("sign in", "nobody was let in", came)

    @property
    def _of_page(self) -> dict[str, str]:
        return {"origin": self.world.origins[self._side], "sec-fetch-site": "same-origin"}

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> httpx.Response | None:
        """One try; None where the connection was cut."""
        try:
            response = self._client.request(method, path, headers=headers, **more)
        except httpx.TransportError as error:
            self.world.tally.met("in a moment again", f"cut off: {type(error).__name__}")
            return None
        if response.status_code in NOT_NOW:
            what = f"{response.status_code} {problem(response)}"
            self.world.tally.met("in a moment again", what)
        return response

    def _is_signed_out(self, response: httpx.Response) -> bool:
        if self.name is None:
            return False
        to_sign_in = response.headers.get("location", "").startswith("/sign-in")
        if response.status_code == 403 and self.world.at_keys[self.name].locked():
            return True  # Their keys changed in the middle of an act.
        return response.status_code == 401 or (response.status_code == 303 and to_sign_in)

    def _give_up(self, kind: str, what: str, response: httpx.Response | None) -> NoReturn:
        last = "cut off" if response is None else f"{response.status_code} {problem(response)}"
        self.world.tally.failed(kind, f"{what}: {last}")
        raise GaveUp


def problem(response: httpx.Response) -> str:
    """Which problem it is, by its name; the title of a page where it is one."""
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        told = response.json()
        return f"{told['type'].rpartition('/')[2]}: {told.get('detail', '')[:120]}"
    title = re.search(r"<title>([^<]*)</title>", response.text)
    return title[1] if title else response.text[:80].strip()
