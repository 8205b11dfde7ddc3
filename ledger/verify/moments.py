"""V11: what the log says about when a record was made.

Each record names the newest checkpoint that its writer knew, so it was made after that; and it is
in the log by a tick, so it was made before that. Between them lies the time that it claims for
itself. A place in the log proves order only; the schedule ties that order to time.

Cites: FORMAT §4 "Schedule", "Receipt", §6 V11.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.evidence.record import TreeHead
from ledger.evidence.schedule import Schedule
from ledger.verify.chain import Streams
from ledger.verify.container import Container
from ledger.verify.leaves import ProvenRecord
from ledger.verify.log import Log, is_prefix
from ledger.verify.report import Tally
from ledger.verify.trust import Trust

__all__ = ["check_moments"]


def check_moments(
    container: Container, trust: Trust, log: Log, streams: Streams, tally: Tally
) -> None:
    """Run V11."""
    if log.schedule is None:
        tally.skip("the schedule is not verified", "V11")
        return
    tally.ran("V11")
    proven: dict[TreeHead, bool] = {}
    for one in streams.all():
        head = one.record.head
        if head not in proven:
            proven[head] = is_prefix(container, log, head) is True
        tick = log.schedule.tick_of(one.index)
        if head.size > log.schedule.size_after(tick - 1):
            sentence = "A record names a state of the log that is newer than its own place in it."
            tally.add("V11.head-too-new", sentence, one.place)
        if not proven[head]:
            sentence = "A record names a state of the log that this log never had, or no proof is."
            tally.add("V11.head-unproven", sentence, one.place)
        _check_recorded(one, tick, log.schedule, trust.tolerance, tally)
    _check_monotonic(streams, tally)


def _check_recorded(
    one: ProvenRecord, tick: int, schedule: Schedule, tolerance: timedelta, tally: Tally
) -> None:
    """Compare the time that a record claims for itself with its tick."""
    earliest = schedule.running_tick(_moved(one.record.recorded_at, -tolerance))
    if earliest > tick:
        sentence = "A record claims to be written after the log already held it."
        tally.add("V11.recorded-after-tick", sentence, one.place)
    running = schedule.running_tick(_moved(one.record.recorded_at, tolerance))
    if tick > running + schedule.epoch_of(running).delay:
        sentence = "A record came into the log later than receipts of its time promise."
        tally.add("V11.late", sentence, one.place)


def _moved(instant: datetime, by: timedelta) -> datetime:
    """Return an instant moved by a tolerance, as far as the calendar goes."""
    try:
        return instant + by
    except OverflowError:
        return instant


def _check_monotonic(streams: Streams, tally: Tally) -> None:
    for shown in streams.records.values():
        latest: datetime | None = None
        for one in shown.values():
            if latest is not None and one.record.recorded_at < latest:
                sentence = "A record claims to be written before the one that it follows."
                tally.add("V11.recorded-at-falls", sentence, one.place)
            latest = one.record.recorded_at
