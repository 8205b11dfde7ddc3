"""Objections, motions, what the court said of a paper, and papers that were taken back."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    InstrumentRuledOn,
    InstrumentWithdrawn,
    MotionFiled,
    ObjectionServed,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Contest, Instrument, change, origin


def contested(case: Case, recorded: Recorded, event: ObjectionServed | MotionFiled) -> Case:
    """One more objection or motion; nothing leaves on the paper until it is settled."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    contest = Contest(event=event, **origin(recorded))
    return _changed(case, paper, contests=(*paper.contests, contest))


def instrument_ruled_on(case: Case, recorded: Recorded, event: InstrumentRuledOn) -> Case:
    """The court spoke: the paper is gone, narrower, or as it was."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    told: dict[str, dict[str, object]] = {
        "quashed": {"ended": "was quashed"},
        "modified": {"scope": event.categories},
    }
    return _settled(case, recorded, paper, **told.get(event.outcome, {}))


def instrument_withdrawn(case: Case, recorded: Recorded, event: InstrumentWithdrawn) -> Case:
    """Nobody asks by this paper any more."""
    paper = case.instrument(event.instrument)
    return case if paper is None else _settled(case, recorded, paper, ended="was withdrawn")


def _settled(case: Case, recorded: Recorded, paper: Instrument, **changes: object) -> Case:
    contests = tuple(
        contest if contest.settled_by else replace(contest, settled_by=recorded.ref)
        for contest in paper.contests
    )
    return _changed(case, paper, contests=contests, **changes)


def _changed(case: Case, paper: Instrument, **changes: object) -> Case:
    return replace(case, instruments=change(case.instruments, paper.ref, **changes))
