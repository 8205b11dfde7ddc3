"""Tasks of people who need only know a task: what there is to do, and what became of it.

Whoever asks is shown what their own keyring opens, whatever their role. Somebody who has no task is
told so, like everybody else who has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from cyclopts import App

from ledger.answering import receipt_answer
from ledger.cli.app import session
from ledger.cli.cases import With
from ledger.cli.session import read_fields
from ledger.domain.case import Case
from ledger.domain.parts import Task
from ledger.errors import NotFound
from ledger.projections.definitions import HISTORY, Told
from ledger.register.acts import Act
from ledger.register.reading import Reader

task = App(name="task", help="Tasks that you were given.")


@task.command(name="list")
def list_() -> int:
    """List the tasks that are open to you: yours, and those that you gave."""
    s = session()
    reader = s.vault_register.looking(s.keyring, "duty", vault=True)
    rows = [_row(one) for _, one in _tasks(reader)]
    lines = [
        f"{row['reference']}  {row['person']:<12} {row['state']:<12} {row['task']}" for row in rows
    ]
    s.answer({"tasks": rows}, lines or ["You have no task."])
    return 0


@task.command
def show(reference: str) -> int:
    """Show a task, and what was said of it since.

    Parameters
    ----------
    reference
        The task's reference.
    """
    s = session()
    reader = s.vault_register.looking(s.keyring, "duty", vault=True)
    case, found = _task(reader, reference)
    told = Told(found.event.reference, case.records, reader.reading())
    row, said = _row(found), HISTORY.rows(told).values()
    lines = [
        f"{row['reference']}: {row['task']}",
        f"  {row['state']}, read by {', '.join(row['readers'])}",
    ]
    lines += [f"  {one['recorded_at']}  {one['type']}  by {one['recorded_by']}" for one in said]
    s.answer({"task": row, "history": list(said)}, lines)
    return 0


@task.command
def done(
    reference: str,
    *,
    outcome: Literal["done", "going-on", "cannot", "question"] = "done",
    with_: With = None,
) -> int:
    """Report what became of a task.

    Parameters
    ----------
    reference
        The task's reference.
    outcome
        Done, or how it stands.
    with_
        Words for whoever gave it, as JSON, @FILE or -: an object with the key words.
    """
    s = session()
    _task(s.vault_register.looking(s.keyring, "duty", vault=True), reference)
    act = Act("report-task", {**read_fields(with_), "outcome": outcome}, reference)
    receipt = s.vault_register.handle(s.keyring, act, vault=True)
    s.answer(receipt_answer(receipt), ["Reported. Who gave the task will see it."])
    return 0


def _tasks(reader: Reader) -> Iterator[tuple[Case, Task]]:
    for reference in reader.sealed_references():
        case = reader.case(reference).case
        if case.task is not None:
            yield case, case.task


def _task(reader: Reader, reference: str) -> tuple[Case, Task]:
    """A task by its reference.

    Raises:
        NotFound: there is none that is open to this person.
    """
    case = reader.case(reference).case
    if case.task is None:
        raise NotFound
    return case, case.task


def _row(task: Task) -> dict[str, Any]:
    state = "ended" if task.ended else task.reported
    return {**msgspec.to_builtins(task.event), "state": state or "given"}
