"""V16: whether counsel attested to the log on the dates that the founding fixed, and to this log.

The office shows the attestations to everybody, and the schedule shows when each was due, so that
the answer is the same whatever is sealed. Whoever brings openings of every leaf also holds the
digest over the heads of all streams against the streams themselves; the salt that blinds it stands
in the vault office.

Cites: FORMAT §4 "Attestation", §6 V16; threats T-59.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ledger.evidence.acts import LogAttested
from ledger.evidence.attestation import GRACE, Periods, StreamHead, heads_digest
from ledger.evidence.authority import Act
from ledger.evidence.grammar import Malformed, format_instant, format_position
from ledger.evidence.record import TreeHead
from ledger.verify.facts import Row
from ledger.verify.report import Outcome, Tally
from ledger.verify.shown import Period, PeriodState

__all__ = ["Stated", "attestations", "check_dates", "check_heads"]

_LAST: Final = datetime.max.replace(tzinfo=UTC)
Stated = tuple[Act, LogAttested]
"""A rightful attestation, and what it says."""


@dataclass(frozen=True, slots=True)
class _Dates:
    """What there is to hold against the dates."""

    periods: Periods
    now: datetime
    """When the log's last tick was due."""
    stated: Sequence[Stated]
    """Attestations to this log."""

    def of(self, period: int) -> Period:
        """Say what became of the attestation for a period that ended."""
        end = self.periods.end(period)
        until, latest = format_instant(end), min(end, _LAST - GRACE) + GRACE
        fitting = [act for act, event in self.stated if event.period >= period]
        if not fitting:
            state: PeriodState = "missing" if self.now > latest else "awaited"
            return Period(period, until, state, "")
        first = min(fitting, key=lambda act: (act.tick, act.seq))
        in_time = self.periods.schedule.due(first.tick) <= latest
        place = format_position(first.stream, first.seq)
        return Period(period, until, "present" if in_time else "late", place)


def attestations(
    stated: Iterable[Stated],
    head_sizes: Mapping[int, int],
    periods: Periods,
    is_prefix: Callable[[TreeHead], bool],
    tally: Tally,
) -> list[Stated]:
    """Return the attestations to this log, and say which are to none that it ever was.

    `head_sizes` gives by its seq the size of the log that the writer of an office record knew.
    """
    return [one for one in stated if _is_good(one, head_sizes, periods, is_prefix, tally)]


def check_dates(
    stated: Sequence[Stated], periods: Periods, size: int, tally: Tally
) -> tuple[Period, ...]:
    """Say of each period that ended in a log of this size what became of its attestation."""
    try:
        ended = periods.ended(size)
    except Malformed:  # V6 has said so.
        return ()
    if not ended:
        return ()
    now = periods.schedule.due(periods.schedule.last_tick(size))
    dates = _Dates(periods, now, stated)
    told = tuple(dates.of(period) for period in range(1, ended + 1))
    for one in told:
        _tell(one, tally)
    return told


def _is_good(
    one: Stated,
    head_sizes: Mapping[int, int],
    periods: Periods,
    is_prefix: Callable[[TreeHead], bool],
    tally: Tally,
) -> bool:
    """Tell whether an attestation is one to this log, and say so if not."""
    act, event = one
    place = format_position(act.stream, act.seq)
    if event.size > head_sizes[act.seq] or event.period != _ended(periods, event.size):
        sentence = "Counsel attested to a size of the log that is none of the period named."
        tally.add("V16.size", sentence, place)
        return False
    if not is_prefix(TreeHead(event.size, event.root)):
        sentence = "Counsel attested to a state that this log never had, or no proof is."
        tally.add("V16.root-differs", sentence, place)
        return False
    return True


def _ended(periods: Periods, size: int) -> int:
    try:
        return periods.ended(size)
    except Malformed:
        return -1


def _tell(one: Period, tally: Tally) -> None:
    if one.state == "missing":
        sentence = f"No attestation of counsel for the period that ended {one.until} is there."
        tally.add("V16.missing", sentence, ".")
    elif one.state == "late":
        sentence = f"The attestation of counsel for the period that ended {one.until} came late."
        tally.add("V16.late", sentence, one.place)


def check_heads(
    stated: Sequence[Stated],
    salts: Mapping[int, Sequence[bytes]],
    opened: Callable[[int], bool],
    streams: Callable[[], Iterable[Iterable[Row]]],
    tally: Tally,
) -> None:
    """Hold the digest over all heads of each attestation against the streams that are shown.

    `salts` are those of the vault office by size; `opened` tells whether every leaf below a size
    is opened; `streams` gives the rows of each stream by seq.
    """
    asked = {event.size for _, event in stated if event.size in salts and opened(event.size)}
    if any(event.size not in asked for _, event in stated):
        why = "the salt of an attestation, or a leaf below its size, is not shown"
        tally.skip(why, "V16", outcome=Outcome.COULD_NOT_RUN)
    heads: dict[int, dict[bytes, StreamHead]] = {size: {} for size in asked}
    for rows in streams() if asked else ():
        for row in rows:
            for size in asked:
                if row.leaf < size:
                    heads[size][row.stream] = (row.seq, row.e)
    for act, event in stated:
        if event.size in asked and not any(
            heads_digest(salt, event.size, heads[event.size]) == event.heads
            for salt in salts[event.size]
        ):
            sentence = "The streams below an attestation are not those that counsel opened."
            place = format_position(act.stream, act.seq)
            tally.add("V16.heads-differ", sentence, place)
