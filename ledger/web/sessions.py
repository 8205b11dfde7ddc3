"""Who is signed in.

A session is known by the SHA-256 of what the browser holds, so that what lies in memory here lets
nobody in. It ends when it is idle, after twelve hours, when the person's roles or key change, and
when its cookie comes from elsewhere than where the person signed in.
"""

from __future__ import annotations

import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from keys.keyring import Keyring
from ledger.web.handles import Handles

LONGEST_SECONDS = 12 * 3600.0
TOKEN_BYTES = 32


@dataclass
class SignedIn:
    """A person with an unlocked keyring. `place` is the address and the program they came with,
    `roles` what they held when they signed in.
    """

    keyring: Keyring
    roles: frozenset[str]
    place: str
    started: float
    seen: float
    csrf: str = field(default_factory=lambda: _token(os.urandom(TOKEN_BYTES)))
    """What each form of this session carries, so that no other site's form is taken for one."""

    @property
    def person(self) -> str:
        """Who it is."""
        return self.keyring.person


class Sessions:
    """The sessions of one program, in its memory only: they end with it."""

    def __init__(self, idle_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds and never goes back."""
        self._idle = idle_seconds
        self._clock = clock
        self._lock = Lock()
        self._known: dict[bytes, SignedIn] = {}
        self.handles = Handles()

    def begin(self, keyring: Keyring, roles: frozenset[str], place: str) -> str:
        """Begin a session; gives what the browser is to hold, 43 characters of base64url."""
        token, now = _token(os.urandom(TOKEN_BYTES)), self._clock()
        with self._lock:
            self._forget_ended(now)
            self._known[_name(token)] = SignedIn(keyring, roles, place, now, now)
        return token

    def find(self, token: str, place: str) -> SignedIn | None:
        """The session of a browser that goes on now; None where there is none, or no longer."""
        now = self._clock()
        with self._lock:
            self._forget_ended(now)
            found = self._known.get(_name(token))
            if found is not None and found.place != place:
                # Somebody else holds the cookie: it lets nobody in any more.
                del self._known[_name(token)]
                return None
            if found is not None:
                found.seen = now
            return found

    def peek(self, token: str, place: str) -> SignedIn | None:
        """As `find`, without going on: what a page does by itself keeps nobody signed in."""
        with self._lock:
            self._forget_ended(self._clock())
            found = self._known.get(_name(token))
            return found if found is not None and found.place == place else None

    def end(self, token: str) -> None:
        """End a session, if it is one."""
        with self._lock:
            self._known.pop(_name(token), None)

    def end_all(self) -> None:
        """End every session."""
        with self._lock:
            self._known.clear()

    def _forget_ended(self, now: float) -> None:
        for name, one in tuple(self._known.items()):
            if now - one.seen >= self._idle or now - one.started >= LONGEST_SECONDS:
                del self._known[name]


def _token(drawn: bytes) -> str:
    return urlsafe_b64encode(drawn).rstrip(b"=").decode()


def _name(token: str) -> bytes:
    return sha256(token.encode()).digest()
