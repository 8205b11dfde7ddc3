"""A clock that runs faster than the machine's, for the soak and for the programs that it starts.

Only `hurried/sitecustomize.py` hands it to the product, and only in programs with `environment()`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tests.house.tree import ROOT

HANDED = "LEDGER_SOAK_CLOCK"


@dataclass(frozen=True)
class Clock:
    """So many seconds go by in one of the machine's; it was right at `started`, in Unix time, or
    so many seconds ahead.
    """

    started: float
    pace: float
    ahead: float = 0.0

    def now(self) -> datetime:
        """The instant, in whole seconds of UTC."""
        at = self.started + (time.time() - self.started) * self.pace + self.ahead
        return datetime.fromtimestamp(int(at), UTC)

    @property
    def hours(self) -> float:
        """How many hours went by since the start, by this clock."""
        return (time.time() - self.started) * self.pace / 3_600

    def later(self, hours: float) -> Clock:
        """The same, so many hours ahead."""
        return replace(self, ahead=self.ahead + 3_600 * hours)

    def real_seconds(self, hours: float) -> float:
        """How long so many hours of this clock take."""
        return hours * 3_600 / self.pace

    def environment(self) -> dict[str, str]:
        """What programs are started with, so that they have this clock."""
        handed = f"{self.started!r} {self.pace!r} {self.ahead!r}"
        path = os.pathsep.join([str(ROOT / "tests/soak/hurried"), str(ROOT)])
        return {**os.environ, "PYTHONPATH": path, HANDED: handed}


def handed_over() -> Clock:
    """The clock of the soak that started this program. Raises: KeyError, where none did."""
    return Clock(*map(float, os.environ[HANDED].split()))
