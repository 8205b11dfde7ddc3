"""The register of copies: what left as files, and what became of it. Pure.

Cites: threats 2.5 ("register every export with its own expiry"); ADR 0036.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from ledger.domain.events import CopyDestroyed, CopyExported, CopyKept
from ledger.domain.office import Recorded

HOUSE_DAYS = 365
"""After so many days a copy is destroyed or kept anew where nobody said when: the product's own
rule, without the authority of any law."""
Answer = CopyDestroyed | CopyKept
State = Literal["overdue", "out", "destroyed"]
STATES: tuple[State, ...] = ("overdue", "out", "destroyed")
"""In the order in which they are listed."""


class Copy(Struct, frozen=True, kw_only=True):
    """One copy that left, and what was said of it since, oldest first."""

    record: Recorded
    event: CopyExported
    answers: tuple[Answer, ...] = ()

    @property
    def until_on(self) -> date:
        """The day by which it is to be destroyed, or kept anew."""
        kept = [one.until_on for one in self.answers if isinstance(one, CopyKept)]
        return kept[-1] if kept else self.event.until_on

    @property
    def is_houses(self) -> bool:
        """Whether that day is the house's own rule, and nobody chose it."""
        was_kept = any(isinstance(one, CopyKept) for one in self.answers)
        return self.event.until_by == "house" and not was_kept

    def state(self, today: date) -> State:
        """What became of it, by what was said last: whoever finds a copy that was said to be
        destroyed says until when it is kept. The day itself is not overdue. `today` is the
        library's.
        """
        if self.answers and isinstance(self.answers[-1], CopyDestroyed):
            return "destroyed"
        return "overdue" if today > self.until_on else "out"

    def shows(self, streams: Collection[str], began_at: datetime) -> bool:
        """Whether it shows, or may show, a matter of these streams, which began then."""
        if self.event.streams:
            return not {*streams}.isdisjoint(self.event.streams)
        return self.record.recorded_at >= began_at


def house_day(today: date) -> date:
    """The day by which a copy is answered for where nobody said when."""
    return today + timedelta(days=HOUSE_DAYS)


def copies_of(records: Iterable[Recorded]) -> tuple[Copy, ...]:
    """Every copy among records, in their order. Total: what answers for none is passed over."""
    told = tuple(records)
    answers: dict[str, list[Answer]] = {}
    for one in told:
        if isinstance(one.event, CopyDestroyed | CopyKept):
            answers.setdefault(one.event.of, []).append(one.event)
    return tuple(
        Copy(record=one, event=one.event, answers=tuple(answers.get(one.e, ())))
        for one in told
        if isinstance(one.event, CopyExported)
    )


def by_urgency(copies: Iterable[Copy], today: date) -> tuple[Copy, ...]:
    """Those that are overdue first, then those that are out, the nearest day first."""
    return tuple(sorted(copies, key=lambda one: (STATES.index(one.state(today)), one.until_on)))
