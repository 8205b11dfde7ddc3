"""What a program is told, in plain values: the same at the command line and in the web's API.

Whoever calls has seen to it that the person may read; a `reader` records its looks itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.calendar import local_date
from ledger.domain.events import CaseClosed
from ledger.domain.fields import Document
from ledger.domain.office import Office
from ledger.domain.office_events import KeyEnrolled, RoleGranted
from ledger.domain.passkey_events import PasskeyEnrolled
from ledger.errors import LedgerError
from ledger.feeding import feed_keys, feed_log
from ledger.home import OpenHome
from ledger.projecting import open_rows, rows_for
from ledger.projections.definitions import (
    CASES,
    DEADLINES,
    DEFINITIONS,
    HISTORY,
    Definition,
    Row,
    Told,
)
from ledger.projections.definitions.deadlines import overdue
from ledger.projections.feeds.log import Feed
from ledger.projections.feeds.pages import Page, page, position_of
from ledger.register.acts import Act, Receipt
from ledger.register.aside import tasks_of
from ledger.register.documents import attached_to
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

    def feeds(self, names: Sequence[Feed]) -> list[Row]:
        """How many entries feeds have, up to now, and the chain at the end of each."""
        log, rows = feed_log(self.home, self.service), []
        for name in names:
            log.catch_up(name)
            head = self.home.feeds.head(name)
            rows.append({"feed": name, "position": head.position, "chain": head.chain.hex()})
        return rows

    def feed_page(self, name: Feed, after: str | None, limit: int) -> Page:
        """One page of a feed, after a cursor. Raises: BadRequest for a cursor that is none."""
        keys = feed_keys(self.home)
        feed_log(self.home, self.service).catch_up(name)
        start = position_of(keys, self.home.feeds, name, after)
        return page(keys, self.home.feeds, name, start, limit)

    def calendar(self) -> bytes:
        """The open deadlines of open cases as an iCalendar, which says nothing of any case."""
        from ledger.projections.feeds.calendar import calendar

        return calendar(feed_keys(self.home), self.stored(DEADLINES), self._clock())

    def stored(self, definition: Definition) -> list[Row]:
        """The rows of what stands open, which are the same for everybody."""
        return open_rows(self.home, self.service, definition, self._clock)

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


def document_rows(origin: str, file: CaseFile) -> list[Row]:
    """The documents of a case, as they came; of one that was erased only that it was there."""
    return [
        {
            "ref": one.record.ref,
            "of": one.of,
            "name": one.name,
            "sha256": one.document and one.document.sha256,
            "size": one.document and one.document.size,
            "type": one.document and one.document.type,
        }
        for one in attached_to(origin, file)
    ]


def attached_answer(receipt: Receipt, document: Document) -> Answer:
    """The receipt of a document, with the digest of its bytes."""
    return {**receipt_answer(receipt), "sha256": document.sha256}


def office_answer(office: Office) -> Answer:
    """The people and desks with their roles, and what waits for a second person's assent."""
    return {
        "people": {
            one.person: sorted(office.roles_of(one.person))
            for one in office.keys
            if not one.revoked
        },
        "waiting": [
            {"person": one.event.person, "type": one.type, "by": one.recorded_by}
            for one in office.awaiting_assent
            if isinstance(one.event, KeyEnrolled | PasskeyEnrolled | RoleGranted)
        ],
    }


def projection_answer(definition: Definition, rows: list[Row]) -> Answer:
    """Rows of a projection."""
    return {"name": definition.name, "version": definition.version, "rows": rows}


def projections_answer() -> Answer:
    """Every projection: name, version, and of what it has rows."""
    rows = [{"name": d.name, "version": d.version, "subject": d.subject} for d in DEFINITIONS]
    return {"projections": rows}


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
