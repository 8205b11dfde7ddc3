"""What became of everything that anybody tried, counted and timed while it happens."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

HARMLESS = frozenset({"at once", "repeated", "signed in again", "went on since"})
"""What nobody calls an error: it was done; it was done when asked again with the same key, as the
page says ("in a moment again"); the program had been killed, and its sessions with it; somebody
else had acted in the case, and it was looked at anew.
"""
MOST_EXAMPLES = 20


class Tally:
    """Counts of one soak. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._waited: dict[str, list[float]] = defaultdict(list)
        self._outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.examples: list[str] = []
        self.events: list[tuple[float, str]] = []
        self._started = time.monotonic()

    def done(self, kind: str, outcome: str, seconds: float) -> None:
        """Something was done. What was done at once and what took several tries is timed apart."""
        with self._lock:
            self._outcomes[kind][outcome] += 1
            (self._seconds if outcome == "at once" else self._waited)[kind].append(seconds)

    def failed(self, kind: str, what: str) -> None:
        """Something failed as a person would see it; `what` has no words of a case."""
        with self._lock:
            self._outcomes[kind][f"error: {what}"] += 1
            if len(self.examples) < MOST_EXAMPLES:
                self.examples.append(f"{time.monotonic() - self._started:.0f} s {kind}: {what}")

    def met(self, kind: str, what: str) -> None:
        """Something was met on the way that is counted and is nobody's act."""
        with self._lock:
            self._outcomes[kind][what] += 1

    def happened(self, what: str) -> None:
        """Something was done to the programs or the servers."""
        with self._lock:
            self.events.append((time.monotonic() - self._started, what))

    @contextmanager
    def watched(self, kind: str) -> Iterator[None]:
        """Count whatever breaks off a block as an error of its kind."""
        try:
            yield
        except Exception as error:
            self.failed(kind, f"{type(error).__name__}: {error}"[:300])

    @property
    def errors(self) -> dict[str, int]:
        """Each error with how often it came."""
        with self._lock:
            return {
                f"{kind}: {what}": count
                for kind, told in sorted(self._outcomes.items())
                for what, count in told.items()
                if what.startswith("error: ")
            }

    @property
    def acts(self) -> int:
        """How much was done."""
        with self._lock:
            return sum(
                count
                for told in self._outcomes.values()
                for what, count in told.items()
                if what in HARMLESS
            )

    def figures(self) -> dict[str, Any]:
        """Of each kind: how it went, and the median and the 99th percentile in milliseconds."""
        with self._lock:
            return {
                kind: {
                    "outcomes": dict(told),
                    "at_once_ms": spread(self._seconds[kind]),
                    "else_ms": spread(self._waited[kind]),
                }
                for kind, told in sorted(self._outcomes.items())
            }


def spread(seconds: list[float]) -> dict[str, float]:
    """The median, the 99th percentile and the longest, in milliseconds; nothing of nothing."""
    if not seconds:
        return {}
    rank = sorted(seconds)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        name: round(1_000 * rank[min(len(rank) - 1, int(share * len(rank)))], 1)
        for name, share in at.items()
    }
