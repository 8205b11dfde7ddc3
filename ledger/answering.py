"""What a program is told, in plain values: the same at the command line and in the web's API.

Whoever calls has seen to it that the person may read; a `reader` records its looks itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.calendar import local_date
from ledger.domain.events import CaseClosed
from ledger.errors import LedgerError
from ledger.home import OpenHome
from ledger.projecting import rows_for
from ledger.projections.definitions import CASES, DEADLINES, HISTORY, Definition, Row, Told
from ledger.projections.definitions.deadlines import overdue
from ledger.register.acts import Act, Receipt
from ledger.register.aside import tasks_of
from ledger.register.handle import Register
from ledger.register.kept import CaseFile
from ledger.register.reading import Reader
from ledger.reporting import published

Answer = dict[str, Any]  # Plain JSON, as msgspec.to_builtins gives it.
Tasks = list[dict[str, str]]
Clock = Callable[[], datetime]


class Answering:
    """The answers of one home. `register` is the one of the side on which it is asked."""

    def __init__(self, home: OpenHome, register: Register, clock: Clock) -> None:
        self.home = home
        self.service = register.reader(None)
        self._clock = clock

    def rows(self, reader: Reader, definition: Definition) -> list[Row]:
        """The rows that the person may see: stored for open cases, folded for sealed ones."""
        return rows_for(self.home, self.service, reader, definition, self._clock)

    def cases(self, reader: Reader) -> list[Row]:
        """The cases that are open to the person."""
        return self.rows(reader, CASES)

    def deadlines(self, reader: Reader) -> list[Row]:
        """What is due in the cases that are open to the person, earliest first."""
        rows = [row for row in self.rows(reader, DEADLINES) if row["status"] == "open"]
        rows.sort(key=lambda row: (row["effective_on"], row["reference"], row["rule"]))
        today = local_date(self._clock(), self.home.config.zone)
        return [{**row, "overdue": overdue(row, today)} for row in rows]

    def reports(self) -> list[Row]:
        """The transparency reports that were published."""
        return [
            {
                "period": one.period,
                "sha256": one.sha256_hex,
                "on": local_date(one.at, self.home.config.zone).isoformat(),
            }
            for one in published(self.service)
        ]


def case_answer(reader: Reader, file: CaseFile) -> Answer:
    """A case: its state, what is or was due, what counsel should look at; who could read it while
    it stood open, if it was sealed late.
    """
    told = Told.impersonal(file.reference, file.case.records, reader.reading())
    data: Answer = {
        "case": CASES.rows(told)[file.reference],
        "deadlines": list(DEADLINES.rows(told).values()),
        "flags": msgspec.to_builtins(told.flags),
    }
    if file.case.sealed is not None and file.case.sealed.event.exposed:
        data["exposed"] = list(file.case.sealed.event.exposed)
    return data


def history_rows(reader: Reader, file: CaseFile) -> list[Row]:
    """Everything that was recorded in a case, in order; advice last, to whom it was given."""
    reading = reader.reading()
    advice = tuple(r for stream in file.advice for r in stream.records)
    # Whoever opens the case sees its people too, which no stored row holds.
    parts = (Told(file.reference, part, reading) for part in (file.case.records, advice))
    return [row for part in parts for row in HISTORY.rows(part).values()]


def receipt_answer(receipt: Receipt) -> Answer:
    """A receipt."""
    return {
        "reference": receipt.case,
        "office_changed": receipt.office_changed,
        "records": [
            {"ref": one.ref, "type": one.type, "e": one.e, "tick": one.tick, "receipt": one.note}
            for one in receipt.records
        ],
    }


def done_answer(receipt: Receipt, tasks: Tasks | None) -> Answer:
    """The answer to an act: its receipt, for which tokens the guard's list has no place, and which
    tasks of a closed case go on.
    """
    more = {"not_guarded": list(receipt.not_guarded), "tasks": tasks}
    return {**receipt_answer(receipt), **{name: value for name, value in more.items() if value}}


def tasks_left(act: Act, reader: Callable[[], Reader]) -> Tasks | None:
    """The tasks that go on in a case that was just closed. They refuse nothing, and are named; None
    where they cannot be read: the act is recorded all the same.
    """
    if act.command != CaseClosed.COMMAND or act.case is None:
        return []
    try:
        asked = reader()
        tasks = [one.case.task for one in tasks_of(asked, asked.case(act.case).case)]
    except LedgerError:
        return None
    return [
        {"reference": one.event.reference, "person": one.event.person}
        for one in tasks
        if one is not None and not one.ended
    ]
