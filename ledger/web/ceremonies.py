"""Challenges that passkeys are asked to sign: drawn here, good once, for five minutes.

Each is begun for one purpose and one browser, and taken back by the answer. So an answer that
somebody recorded, or that was made for something else, is worth nothing (T-41).
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

Purpose = Literal["enrol", "sign-in"]
CHALLENGE_BYTES = 32
SECONDS = 300.0
MOST = 10_000
"""So many are remembered; the oldest is forgotten first, and its browser asks again."""


@dataclass
class Ceremonies:
    """The challenges of one program, in its memory."""

    clock: Callable[[], float] = time.monotonic
    _begun: OrderedDict[bytes, tuple[Purpose, str, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, purpose: Purpose, browser: str) -> bytes:
        """Draw a challenge, 32 bytes, for one purpose of one browser."""
        challenge = os.urandom(CHALLENGE_BYTES)
        with self._lock:
            self._begun[challenge] = (purpose, browser, self.clock())
            while len(self._begun) > MOST:
                self._begun.popitem(last=False)
        return challenge

    def take(self, challenge: bytes, purpose: Purpose, browser: str) -> bool:
        """Whether a challenge was begun for this, of late, and not taken before; it is used up."""
        with self._lock:
            found = self._begun.pop(challenge, None)
        if found is None:
            return False
        begun_for, begun_by, at = found
        return (begun_for, begun_by) == (purpose, browser) and self.clock() - at < SECONDS
