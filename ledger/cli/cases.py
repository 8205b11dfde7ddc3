"""Commands on cases: log a visit, look, act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.cli.session import Session, read_fields
from ledger.domain.calendar import local_date
from ledger.domain.events import CaseClosed
from ledger.errors import BadRequest, LedgerError
from ledger.projecting import rows_for
from ledger.projections.definitions import CASES, DEADLINES, HISTORY, Definition, Row, Told
from ledger.projections.definitions.deadlines import overdue
from ledger.register.acts import Act, Receipt
from ledger.register.aside import tasks_of
from ledger.register.reading import Reader

With = Annotated[str | None, Parameter(name="--with", allow_leading_hyphen=True)]

case = App(name="case", help="Visits and cases.")


@case.command
def new(*, with_: With = None, about: str | None = None) -> int:
    """Log a visit at the desk. Every field may be left out; it is sealed at once.

    Parameters
    ----------
    with_
        Fields as JSON, @FILE or -. See: disclosure-ledger commands intake
    about
        The reference of an earlier visit that this one belongs to; it is not looked up.
    """
    s = session()
    act = Act("intake", read_fields(with_), about)
    receipt = s.register.handle(s.keyring, act, vault=s.vault)
    lines = [
        f"Saved. Reference: {receipt.case}",
        "It is sealed, and waits for those who decide. Write the reference on the drawer card, and"
        " talk about the visit with nobody but them and counsel.",
    ]
    s.answer(receipt_json(receipt), lines)
    return 0


@case.command(name="list")
def list_() -> int:
    """List the cases that are open to you."""
    s = session()
    rows = _rows(s.reader(), CASES)
    lines = [
        f"{row['reference']}  {row['state']:<22} {row['last']:<32} {row['last_at']}"
        + (f"  next: {row['next_duty']} by {row['next_on']}" if row["next_on"] else "")
        for row in rows
    ]
    s.answer({"cases": rows}, lines or ["No case is open to you."])
    return 0


@case.command
def show(reference: str) -> int:
    """Show a case: its state, what is due, what counsel should look at.

    Parameters
    ----------
    reference
        The case's reference.
    """
    s = session()
    reader = s.reader()
    file = reader.case(reference)
    reading = reader.reading()
    told = Told.impersonal(file.reference, file.case.records, reading)
    row = CASES.rows(told)[file.reference]
    due = DEADLINES.rows(told)
    found = msgspec.to_builtins(told.flags)
    data = {"case": row, "deadlines": list(due.values()), "flags": found}
    lines = [f"{row['reference']}: {row['state']}, {len(file.case.records)} records"]
    if file.case.sealed is not None and file.case.sealed.event.exposed:
        data["exposed"] = list(file.case.sealed.event.exposed)
        lines.append(f"  while it stood open these could read it: {', '.join(data['exposed'])}")
    lines += [_deadline_line(one) for one in due.values()]
    lines += [f"  flag {f['name']}: {f['sentence']} ({f['citation']}{_standing(f)})" for f in found]
    s.answer(data, lines)
    return 0


@case.command(name="history")
def history_(reference: str) -> int:
    """Show everything that was recorded in a case, in order; advice last, to whom it was given.

    Parameters
    ----------
    reference
        The case's reference.
    """
    return tell_history(session().reader(), reference)


def tell_history(reader: Reader, reference: str) -> int:
    """Answer with the history of a case, as a reader gives it."""
    s, file, reading = session(), reader.case(reference), reader.reading()
    advice = tuple(r for stream in file.advice for r in stream.records)
    # Whoever opens the case sees its people too, which no stored row holds.
    parts = (Told(file.reference, part, reading) for part in (file.case.records, advice))
    rows = [row for part in parts for row in HISTORY.rows(part).values()]
    lines = []
    for row in rows:
        lines.append(
            f"{row['occurred_at']}  {row['type']}  by {row['actor']} as {row['role']}"
            + (f", recorded by {row['recorded_by']}" if row["recorded_by"] != row["actor"] else "")
            + (f", corrected by {row['corrected_by']}" if row["corrected_by"] else "")
        )
        lines.append(f"    {row['ref']}")
        lines += [f"    {k}: {v}" for k, v in row["event"].items() if k != "type"]
    s.answer({"reference": file.reference, "history": rows}, lines)
    return 0


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Stated:
    """What whoever acts says of an act, besides its fields."""

    occurred_at: datetime | None = None
    """When it happened, if not now: 2026-06-19T21:30:00-06:00"""
    precision: str = "exact"
    """exact, approximate or unknown."""
    basis: str = "first-hand"
    """first-hand, reported or reconstructed."""
    actor: str | None = None
    """Who did it, if not you."""
    role: str | None = None
    """The role in which you sign, if you hold several."""
    under: str | None = None
    """The record (stream:seq) under which you stand in for the custodian."""
    branch: str | None = None
    """The branch where it happened."""
    command_id: str | None = None
    """32 hex; repeat the same one and nothing is recorded twice."""

    def act(self, command: str, fields: dict[str, object], case: str) -> Act:
        """The act of which this is said.

        Raises:
            BadRequest: the time has no offset, or the command id is none.
        """
        act = Act(
            command=command,
            fields=fields,
            case=case,
            occurred_at=_instant(self.occurred_at),
            precision=self.precision,
            basis=self.basis,
            actor=self.actor,
            role=self.role,
            under=self.under,
            branch=self.branch,
        )
        given = self.command_id
        return act if given is None else replace(act, command_id=_command_id(given))


NOTHING_STATED = Stated()


def do(reference: str, command: str, *, with_: With = None, stated: Stated = NOTHING_STATED) -> int:
    """Act in a case, or in the office.

    Parameters
    ----------
    reference
        The case's reference, or `office`.
    command
        What to do. See: disclosure-ledger commands
    with_
        Fields as JSON, @FILE or -.
    """
    s = session()
    act = stated.act(command, read_fields(with_), reference)
    receipt = s.register.handle(s.keyring, act, vault=s.vault)
    lines = [
        f"Recorded {one.type} as {one.ref}"
        + (f"; in the log by tick {one.tick}" if one.tick else "; its receipt follows")
        for one in receipt.records
    ]
    if receipt.office_changed:
        lines.append("Who may act changed while you recorded this. Look at the office.")
    left = _tasks_left(s, act)
    lines += [f"A task of it goes on: {one['reference']}, of {one['person']}" for one in left or ()]
    s.answer({**receipt_json(receipt), **({"tasks": left} if left else {})}, lines)
    if left is None:
        s.say("Which tasks of it go on cannot be told now. Look: task list")
    return 0


def _tasks_left(s: Session, act: Act) -> list[dict[str, str]] | None:
    """The tasks that go on in a case that was just closed. They refuse nothing, and are named; None
    where they cannot be read: the act is recorded all the same.
    """
    if act.command != CaseClosed.COMMAND or act.case is None:
        return []
    try:
        reader = s.reader("act")
        tasks = [one.case.task for one in tasks_of(reader, reader.case(act.case).case)]
    except LedgerError:
        return None
    return [
        {"reference": one.event.reference, "person": one.event.person}
        for one in tasks
        if one is not None and not one.ended
    ]


def deadlines() -> int:
    """List what is due in the cases that are open to you, earliest first.

    Counsel and the custodian are told too for which looks a second person is to answer.
    """
    from ledger.cli.glass import awaited

    s = session()
    rows = [row for row in _rows(s.reader(), DEADLINES) if row["status"] == "open"]
    rows.sort(key=lambda row: (row["effective_on"], row["reference"], row["rule"]))
    today = local_date(s.now(), s.home.config.zone)
    rows = [{**row, "overdue": overdue(row, today)} for row in rows]
    lines = [f"{row['reference']}{_deadline_line(row)}" for row in rows]
    glass = awaited(s)
    lines += [f"{one['due_at']}  break-glass of {one['person']}: {one['state']}" for one in glass]
    data = {"deadlines": rows, **({"break-glass": glass} if glass else {})}
    s.answer(data, lines or ["Nothing is due."])
    return 0


def _rows(reader: Reader, definition: Definition) -> list[Row]:
    """The rows that the person may see: stored for open cases, folded for sealed ones."""
    s = session()
    return rows_for(s.home, s.register.reader(None), reader, definition, s.now)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt as an answer for programs."""
    return {
        "reference": receipt.case,
        "office_changed": receipt.office_changed,
        "records": [
            {"ref": one.ref, "type": one.type, "e": one.e, "tick": one.tick, "receipt": one.note}
            for one in receipt.records
        ],
    }


def _deadline_line(row: Row) -> str:
    rolled = f" (rolled: {row['rolled_on']})" if row["rolled_on"] != row["nominal_on"] else ""
    met = ", met" if row["status"] == "met" else ", overdue" if row.get("overdue") else ""
    return f"  {row['effective_on']}  {row['rule']}{rolled}{met}: {row['citation']}{_standing(row)}"


def _standing(row: Row) -> str:
    """Say of what nobody has confirmed, or not wholly, that it is so."""
    return "" if row["confidence"] == "verified" else f", {row['confidence']}"


def _instant(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise BadRequest("Give the time with its offset, such as 2026-06-19T21:30:00-06:00.")
    return None if at is None else at.replace(microsecond=0)


def _command_id(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise BadRequest("A command id is 32 hexadecimal digits.")
    return found
