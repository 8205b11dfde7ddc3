"""Whether a matter has ended: closed, nothing of it going on, and no hold on it. Pure."""

from collections.abc import Iterator
from itertools import takewhile

from ledger.domain.case import Case
from ledger.domain.events import (
    CaseClosed,
    InstrumentReceived,
    PreservationRequested,
    RequestReceived,
)

_ASKING = (RequestReceived, InstrumentReceived, PreservationRequested)


def is_held(case: Case) -> bool:
    """Whether a hold on the case is not released."""
    return any(hold.released is None for hold in case.holds)


def running(case: Case) -> tuple[str, ...]:
    """What of a case goes on though it was closed, in words, each once."""
    return tuple(dict.fromkeys([*case.going_on, *_come_since(case)]))


def _come_since(case: Case) -> Iterator[str]:
    """Say whether somebody asked for records, or that they be kept, after the closing. What a hold
    answered is the hold's.
    """
    held = {hold.event.request for hold in case.holds}
    after = takewhile(lambda one: not isinstance(one.event, CaseClosed), reversed(case.records))
    if any(isinstance(one.event, _ASKING) and one.ref not in held for one in after):
        yield "a request came after the closing"
