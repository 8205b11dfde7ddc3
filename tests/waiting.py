"""Waiting for what another thread or program does: bounded, and for as little time as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120
SHORTEST_PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Ask again and again.

    Raises:
        TimeoutError: it has not become true after two minutes.
    """
    last, pause = time.monotonic() + PATIENCE_SECONDS, SHORTEST_PAUSE_SECONDS
    while not condition():
        if time.monotonic() > last:
            raise TimeoutError(f"not within {PATIENCE_SECONDS} s: {what}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
