"""Tasks of sealed matters, as their people see them."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import TaskEnded, TaskGiven, TaskReported
from ledger.domain.office import Recorded
from ledger.domain.parts import Task, origin


def task_given(case: Case, recorded: Recorded, event: TaskGiven) -> Case:
    """This is a task, and no matter."""
    return replace(case, reference=event.reference, task=Task(event=event, **origin(recorded)))


def task_reported(case: Case, recorded: Recorded, event: TaskReported) -> Case:
    """The person said what became of it."""
    return _changed(case, reported=event.outcome)


def task_ended(case: Case, recorded: Recorded, event: TaskEnded) -> Case:
    """There is nothing more to be done."""
    return _changed(case, ended=recorded.ref)


def _changed(case: Case, **changes: object) -> Case:
    return case if case.task is None else replace(case, task=replace(case.task, **changes))
