"""Broken glass: who looked outside of their ordinary course, and who answered for it. Pure.

A second person answers within 24 hours. No law says so, and no effect on the matter follows: what
was not answered in time stands overdue before counsel until somebody answers.

Cites: threats §4 "Read audit"; ADR 0016.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from ledger.domain.office import Recorded
from ledger.domain.vault_events import GlassBroken, GlassConfirmed

CONFIRMED_WITHIN = timedelta(hours=24)
"""The product's own rule, like the number of people that it takes."""


class Glass(Struct, frozen=True, kw_only=True):
    """One break of the glass, and the answer to it; None while there is none."""

    record: Recorded
    event: GlassBroken
    answered: Recorded | None = None

    @property
    def due_at(self) -> datetime:
        """Until when a second person is to answer."""
        return self.record.recorded_at + CONFIRMED_WITHIN

    def state(self, now: datetime) -> str:
        """What became of it, in a word: the answer, or that one is awaited or overdue."""
        if self.answered is not None and isinstance(self.answered.event, GlassConfirmed):
            return self.answered.event.outcome
        return "overdue" if now > self.due_at else "awaited"


def broken_glass(records: Iterable[Recorded]) -> tuple[Glass, ...]:
    """Every break of the glass among records of looks, with the first answer of another person."""
    told = tuple(records)
    return tuple(
        Glass(record=one, event=one.event, answered=_answer(one, told))
        for one in told
        if isinstance(one.event, GlassBroken)
    )


def _answer(broken: Recorded, told: Iterable[Recorded]) -> Recorded | None:
    for one in told:
        match one.event:
            case GlassConfirmed(of=of) if of == broken.e and one.recorded_by != broken.recorded_by:
                return one
            case _:
                continue
    return None
