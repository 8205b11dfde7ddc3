"""When a closed case may be erased by the library's own schedule. Pure.

No source says how long a ledger of disclosures is kept (domain U12), so no pack that is shipped has
the rule `case-retention`; a library's own pack may. What is due is a list for people: nothing is
erased by a date. A hold wins.

Cites: domain §4.2 (nothing is destroyed before the later date has ended), §5.5 (8).
"""

from collections.abc import Set as AbstractSet
from datetime import date
from typing import Literal

from msgspec import Struct

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.ending import is_held, running
from ledger.domain.events import CaseClosed
from ledger.domain.law.pack import NotInLaw
from ledger.domain.law.provisions import DeadlineRule
from ledger.domain.law.reckoning import Reckoning, reckon
from ledger.domain.law.resolved import Law

RULE = "case-retention"
SILENCE = "retention.ledger"
"""The value that says that nobody has set a period."""
State = Literal["due", "held", "goes on", "not yet"]


class Kept(Struct, frozen=True, kw_only=True):
    """How long a closed case is kept: what was reckoned, and what is to be done today."""

    closed_on: date
    reckoning: Reckoning
    state: State


def schedule_of(law: Law, today: date) -> DeadlineRule | None:
    """The library's rule on closed cases, as it counts on a day; None where it has none.

    Raises:
        ValueError: it is none by which something may be destroyed after a closing.
    """
    rule = law.find_deadline(RULE, today)
    if rule is None:
        return None
    if (rule.kind, rule.measured_from) != ("may-destroy", "closing"):
        raise ValueError(f"{RULE} must be of the kind may-destroy, measured from closing.")
    try:
        # A case that is closed today is kept longest: what can be reckoned for it, can for all.
        reckon(law, rule, today, on=today)
    except (NotInLaw, OverflowError, ValueError) as error:
        raise ValueError(
            f"{RULE} must count a period that is in force, in days, months or years, and that ends"
            " before the year 10000."
        ) from error
    return rule


def kept(
    case: Case,
    rule: DeadlineRule,
    law: Law,
    zone: str,
    today: date,
    shut: AbstractSet[date],
) -> Kept | None:
    """Reckon how long a case is kept; None for one that is not closed. `zone` is the library's, and
    so is the day `today`; on those of `shut` it is closed.

    Raises: nothing for what `schedule_of` gave that day.
    """
    if case.closed is None:
        return None
    closing = next(one for one in reversed(case.records) if isinstance(one.event, CaseClosed))
    closed_on = local_date(case.shown(closing).occurred_at, zone)
    found = reckon(law, rule, closed_on, on=today, closed_on=frozenset(shut))
    state: State = "due" if today > found.effective else "not yet"
    if is_held(case):
        state = "held"
    elif running(case):
        state = "goes on"
    return Kept(closed_on=closed_on, reckoning=found, state=state)
