"""Papers, their defects, and what officers did on their authority."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    DefectResolved,
    InstrumentAuthenticated,
    InstrumentDefectFound,
    InstrumentReceived,
    ReceiptObtained,
    WarrantCopyRequested,
    WarrantExecutionEnded,
    WarrantExecutionStarted,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Execution, Instrument, change, origin


def instrument_received(case: Case, recorded: Recorded, event: InstrumentReceived) -> Case:
    """One more paper."""
    paper = Instrument(event=event, **origin(recorded))
    return replace(case, instruments=(*case.instruments, paper))


def instrument_defect_found(case: Case, recorded: Recorded, event: InstrumentDefectFound) -> Case:
    """The paper lacks one thing more."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    return _changed(case, paper, defects=(*paper.defects, event.element))


def defect_resolved(case: Case, recorded: Recorded, event: DefectResolved) -> Case:
    """What the paper lacked stands against it no more."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    left = tuple(element for element in paper.defects if element != event.element)
    return _changed(case, paper, defects=left)


def instrument_authenticated(
    case: Case, recorded: Recorded, event: InstrumentAuthenticated
) -> Case:
    """The paper is real, or is not, or nobody could say; what was found last holds."""
    paper = case.instrument(event.instrument)
    return case if paper is None else _changed(case, paper, authenticity=event.outcome)


def warrant_copy_requested(case: Case, recorded: Recorded, event: WarrantCopyRequested) -> Case:
    """The copy was asked for, whatever came of it."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    return _changed(case, paper, copy_requested=True, copy_outcome=event.outcome)


def receipt_obtained(case: Case, recorded: Recorded, event: ReceiptObtained) -> Case:
    """A receipt or an inventory came, then or later."""
    paper = case.instrument(event.instrument)
    return case if paper is None else _changed(case, paper, receipt_obtained=True)


def warrant_execution_started(
    case: Case, recorded: Recorded, event: WarrantExecutionStarted
) -> Case:
    """Officers came; they may come twice on one paper."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    began = Execution(started_at=recorded.occurred_at, **origin(recorded))
    return _changed(case, paper, executions=(*paper.executions, began))


def warrant_execution_ended(case: Case, recorded: Recorded, event: WarrantExecutionEnded) -> Case:
    """Officers left; their coming may have gone unrecorded."""
    paper = case.instrument(event.instrument)
    if paper is None:
        return case
    executions = paper.executions
    running = next((one for one in executions if one.ended_at is None), None)
    if running is None:
        running = Execution(**origin(recorded))
        executions = (*executions, running)
    ended = {"ended_at": recorded.occurred_at, "receipt": event.receipt}
    return _changed(case, paper, executions=change(executions, running.ref, **ended))


def _changed(case: Case, paper: Instrument, **changes: object) -> Case:
    return replace(case, instruments=change(case.instruments, paper.ref, **changes))
