"""Evolve: fold records into a case, with the corrections that are in effect.

Pure and total: nothing here refuses, and nothing raises. What each event does to a case stands in
`ledger.domain.folds`.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain.case import Case
from ledger.domain.corrections import names_of, wants_two_people
from ledger.domain.folds import FOLDS
from ledger.domain.office import Recorded


def replay(records: Iterable[Recorded], case: Case | None = None) -> Case:
    """Fold records in order. Pure. Total. The same at any split."""
    folded = case or Case()
    for recorded in records:
        folded = evolve(folded, recorded)
    return folded


def evolve(case: Case, recorded: Recorded) -> Case:
    """Fold one record. Pure. Total."""
    case = replace(case, records=(*case.records, recorded))
    match recorded.event:
        case e.EventCorrected() as correction if wants_two_people(names_of(correction)):
            return replace(case, waiting=(*case.waiting, recorded))
        case e.EventCorrected(of=of):
            return _take_effect(case, of, recorded.ref)
        case o.Assented(of=of):
            return _assent(case, recorded, of)
        case _:
            return _apply(case, case.shown(recorded))


# --- Corrections -----------------------------------------------------------------------------


def _assent(case: Case, assent: Recorded, of: str) -> Case:
    case = replace(case, assents=(*case.assents, (of, assent.recorded_by)))
    found = next((one for one in case.waiting if _is_second(assent, one, of)), None)
    if found is None or not isinstance(found.event, e.EventCorrected):
        return case
    left = tuple(one for one in case.waiting if one is not found)
    return _take_effect(replace(case, waiting=left), found.event.of, found.ref)


def _is_second(assent: Recorded, waiting: Recorded, of: str) -> bool:
    return waiting.e == of and waiting.recorded_by != assent.recorded_by


def _take_effect(case: Case, of: str, correction: str) -> Case:
    """Fold again with the correction in effect; the wrong record stays in the history."""
    again = Case(
        records=case.records,
        assents=case.assents,
        waiting=case.waiting,
        corrected=(*case.corrected, (of, correction)),
    )
    for recorded in case.records:
        again = _apply(again, again.shown(recorded))
    return again


def _apply(case: Case, recorded: Recorded) -> Case:
    """Apply a record as it is shown; what has no fold changes only the history."""
    fold = FOLDS.get(type(recorded.event))
    return case if fold is None else fold(case, recorded, recorded.event)
