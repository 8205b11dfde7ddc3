"""Attestations of counsel: on which dates they are due, and the digest over the heads of streams.

Counsel opens every leaf of the log up to fixed dates and says so, in the same words whether or not
anything sealed exists. The dates follow from the founding alone; nothing that happens moves them.
The digest binds how far every stream reached. A random salt blinds it: without one, whoever sees
all open streams could try whether there are others.

Anyone may import this module. Cites: FORMAT §4 "Attestation".
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from ledger.evidence.commitment import label
from ledger.evidence.grammar import Malformed, u64be
from ledger.evidence.schedule import Schedule

__all__ = ["GRACE", "Periods", "StreamHead", "heads_digest"]

GRACE: Final = timedelta(days=30)
"""How long after the end of a period its attestation is still in time."""
_MONTHS: Final = 12
_LAST_YEAR: Final = 9999

StreamHead = tuple[int, bytes]
"""The seq and the E of the last record of a stream, or of its tombstone."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of a ledger, counted from 1 and from the start of its first epoch, in UTC."""

    schedule: Schedule
    months: int
    """How long each period is, 1 to 12."""

    def end(self, period: int) -> datetime:
        """Return when a period ends; in a month without that day, on the month's last.

        Raises: Malformed for a period that ends after the year 9999.
        """
        start = self.schedule.epochs[0].start
        years, month = divmod(start.month - 1 + period * self.months, _MONTHS)
        year = start.year + years
        if year > _LAST_YEAR:
            raise Malformed("a period ends after the year 9999")
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day)

    def size(self, period: int) -> int:
        """Return the size of the log after the last tick due by the end of a period.

        Raises: Malformed, as `end`.
        """
        return self.schedule.size_after(self.schedule.running_tick(self.end(period)) - 1)

    def ended(self, size: int) -> int:
        """Return how many periods had ended when the log had this size.

        Raises: Malformed when the size is no whole number of ticks.
        """
        last = self.schedule.last_tick(size)
        if last == 0:
            return 0
        due, start = self.schedule.due(last), self.schedule.epochs[0].start
        # A month too few or many, by the day of the month; then the very number.
        apart = (due.year - start.year) * _MONTHS + due.month - start.month
        period = max(0, apart // self.months - 1)
        while self._is_over(period + 1, size):
            period += 1
        return period

    def _is_over(self, period: int, size: int) -> bool:
        try:
            return self.size(period) <= size
        except Malformed:
            return False


def heads_digest(salt: bytes, size: int, heads: Mapping[bytes, StreamHead]) -> bytes:
    """Return the digest over the heads of all streams below a size, by their 16 bytes. Pure."""
    digest = sha256(label("heads") + salt + u64be(size))
    for stream, (seq, e) in sorted(heads.items()):
        digest.update(stream + u64be(seq) + e)
    return digest.digest()
