"""Deadlines of holds: 18 U.S.C. 2703(f) and the policies (R-86, R-87, R-99, R-100)."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.law.deadlines.row import Deadline, Reading
from ledger.domain.law.provisions import DeadlineRule, Value
from ledger.domain.parts import Extension, Hold


def of_holds(case: Case, reading: Reading) -> Iterator[Deadline]:
    """Until when held records are kept, and by when a renewal is awaited."""
    for hold in case.holds:
        yield from _of_hold(hold, reading)


def hold_end(hold: Hold, reading: Reading) -> date:
    """The last day of a hold, which is kept through its end on the later reckoning."""
    return kept_until(hold, reading).effective_on


def kept_until(hold: Hold, reading: Reading) -> Deadline:
    """The row of a hold that says until when its records are kept, on both reckonings."""
    (kept, *_) = _of_hold(hold, reading)
    return kept


def _periods(hold: Hold, reading: Reading) -> tuple[DeadlineRule, tuple[Value, ...]]:
    """Give all periods of a hold, to be counted at once from the day of the request.

    Each is as long as the law of its own record has it; none is chained from a rolled date (domain
    §4.2).
    """
    then = reading.then(hold)
    first = then.value("preservation.initial_days")
    if not hold.extensions:
        return then.rule("preservation"), (first,)
    more = (_period(one, reading) for one in hold.extensions)
    return then.rule("preservation-total"), (first, *more)


def _period(extension: Extension, reading: Reading) -> Value:
    """The law's period, or the shorter one for which this renewal asked."""
    longest = reading.then(extension).value("preservation.extension_days")
    asked = extension.event.days
    return longest if asked is None else replace(longest, value=min(asked, longest.number))


def _of_hold(hold: Hold, reading: Reading) -> Iterator[Deadline]:
    then, start, done = reading.then(hold), hold.requested_at, hold.released
    rule, values = _periods(hold, reading)
    yield from then.deadline(rule, hold, start, values=values, met_by=done)
    if len(hold.extensions) < then.value("preservation.max_extensions").number:
        renewal = then.rule("preservation-renewal")
        yield from then.deadline(renewal, hold, start, values=values, met_by=done)
