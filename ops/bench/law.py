"""The law: how long a decision takes in a long case, and how long until a pack is resolved."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median

from figures import Figure

from ledger.domain import events as e
from ledger.domain.codec import tag_of
from ledger.domain.context import Context
from ledger.domain.decide import decide
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import Reading, deadlines
from ledger.domain.law.pack import resolve
from ledger.domain.law.rules import rule_versions
from ledger.domain.office import Office, Recorded

PACK, ZONE = "us-mo/jcl", "America/Chicago"
LENGTH = 200
STREAM = "b" * 32
BEGUN = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
MILLISECONDS = 1_000.0


def law_figures(rounds: int) -> Iterator[Figure]:
    """Decisions and deadlines in a case of 200 records, and the pack with the most rows."""
    law = resolve(PACK, rule_versions())
    records = [_recorded(n, event, law.digest().hex()) for n, event in enumerate(_story(), 1)]
    case = replay(records)
    context = Context(
        at=BEGUN + timedelta(days=60),
        recorded_by="mara",
        role="custodian",
        under=None,
        office=Office(custodian="mara"),
        law=law,
        zone=ZONE,
    )

    reading = Reading(lambda _: law, ZONE)

    def decided() -> None:
        for event in _DECISIONS:
            decide(case, event, context)

    each = _taken(decided, rounds * 20) / len(_DECISIONS)
    yield _below(f"decide, case of {LENGTH} records", each, 1)
    due = _taken(lambda: deadlines(case, reading), rounds * 20)
    yield _below(f"deadlines, case of {LENGTH} records", due, 10)
    first = median(_first_load() for _ in range(rounds * 2))
    yield _below(f"load and resolve {PACK}, first in a process", first, 20)


def _first_load() -> float:
    """How long a process takes that has read no law before, in seconds of the processor: later ones
    find the files' rows in memory.
    """
    program = (
        "import time; from ledger.domain.law.pack import resolve; began = time.process_time();"
        f" resolve({PACK!r}); print(time.process_time() - began)"
    )
    told = subprocess.run(
        [sys.executable, "-P", "-c", program], check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def _taken(work: Callable[[], object], times: int) -> float:
    """The median of many runs, in seconds of the processor: nothing here waits for a disk."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return median(taken)


def _below(name: str, seconds: float, limit: float) -> Figure:
    """A figure that has no ceiling to be compared with, only a limit in milliseconds."""
    share = seconds * MILLISECONDS / limit
    bound = f"<= {limit:g} ms"
    return Figure(
        name, seconds * 1e6, "us", "limit", limit * MILLISECONDS, share, bound, share <= 1
    )


def _story() -> Iterator[e.Event]:
    """A request, a paper, a hold and its renewal, and then many attempts to reach somebody."""
    yield e.RequestReceived(requester="law-enforcement", categories=("circulation",))
    yield e.InstrumentReceived(kind="subpoena", issuer="clerk", level="state")
    yield e.PreservationRequested(level="state", categories=("circulation",))
    yield e.HoldPlaced(request=_ref(3), categories=("circulation",), places=("library-system",))
    yield e.HoldExtended(hold=_ref(4), renewal_received_on=date(2026, 2, 9))
    yield e.ApprovalGranted(request=_ref(1), basis="court-order", categories=("circulation",))
    for _ in range(LENGTH - 6):
        yield e.ContactAttempted(person="tom", channel="telephone", outcome="no-answer")


_DECISIONS = (
    e.HoldReleased(hold=f"{STREAM}:4", reason="period-ended"),
    e.HoldExtended(hold=f"{STREAM}:4", renewal_received_on=date(2026, 3, 2)),
    e.ApprovalGranted(request=f"{STREAM}:1", basis="court-order", categories=("circulation",)),
    e.DenialIssued(request=f"{STREAM}:1", reason="instrument-not-sufficient"),
    e.DisclosureMade(
        approval=f"{STREAM}:6", categories=("circulation",), records=1, method="paper"
    ),
)


def _ref(number: int) -> str:
    return f"{STREAM}:{number}"


def _recorded(number: int, event: e.Event, law: str) -> Recorded:
    at = BEGUN + timedelta(minutes=number)
    return Recorded(
        ref=_ref(number),
        e=f"{number:064x}",
        event=event,
        type=tag_of(event),
        occurred_at=at,
        recorded_at=at,
        actor="mara",
        recorded_by="mara",
        role="custodian",
        under=None,
        law=law,
    )
