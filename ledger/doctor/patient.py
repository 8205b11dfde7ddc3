"""Who is examined, and how a problem is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.home import Home
from ledger.register.handle import Register
from ledger.stores.checking import Problem, Severity

FREE_BYTES = 1 << 30
"""So much is left on the disk: a backup of a small library, and months of its records."""


@dataclass(frozen=True)
class Patient:
    """A home, and the instant at which it is looked at, in UTC."""

    home: Home
    now: datetime
    free_bytes: int = FREE_BYTES

    @property
    def register(self) -> Register:
        """Reads as the service, which opens the office and nothing that is sealed."""
        return Register(self.home, lambda: self.now)

    def day(self, at: datetime) -> date:
        """The day of an instant where the library is."""
        return local_date(at, self.home.config.zone)


Examination = Callable[[Patient], Iterator[Problem]]
CODES: dict[str, Severity] = {
    "readable": "leak",
    "keys": "unusable",
    "trust": "unsafe",
    "clock-behind": "unusable",
    "clock-apart": "unsafe",
    "frozen": "unusable",
    "tick-late": "unsafe",
    "standby": "note",
    "one-alone": "unsafe",
    "nobody-decides": "unusable",
    "recovery-none": "unsafe",
    "recovery-drill": "unsafe",
    "backup-none": "unsafe",
    "backup-old": "unsafe",
    "restore-waits": "unusable",
    "erasure-waits": "unsafe",
    "erasure-drill": "unsafe",
    "copy-overdue": "unsafe",
    "stamp-ends": "unsafe",
    "stamp-missing": "unsafe",
    "witness-against": "unsafe",
    "witness-quorum": "unsafe",
    "disk-full": "unsafe",
}
"""What is found here, and how bad it is; problems of stores and of the log's root are
`ledger.checking`'s.
"""


def found(code: str, sentence: str) -> Problem:
    """A problem of this code, as bad as such are."""
    return Problem(code, CODES[code], sentence)


def span(late: timedelta) -> str:
    """How long that is, in words: hours up to two days, then days."""
    hours = round(late.total_seconds() / 3600)
    return counted(hours, "hour") if hours < 48 else counted(hours // 24, "day")
