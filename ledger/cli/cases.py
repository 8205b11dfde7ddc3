"""Commands on cases: log a visit, look, act."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from msgspec.structs import replace

from ledger.answering import (
    Answering,
    case_answer,
    done_answer,
    history_rows,
    receipt_answer,
    tasks_left,
)
from ledger.cli.app import session
from ledger.cli.session import Session, read_fields
from ledger.counted import counted
from ledger.errors import BadRequest
from ledger.projections.definitions import Row
from ledger.register.acts import Act
from ledger.register.reading import Reader

With = Annotated[str | None, Parameter(name="--with", allow_leading_hyphen=True)]

case = App(name="case", help="Visits and cases.")


@case.command
def new(*, with_: With = None, about: str | None = None, document: Path | None = None) -> int:
    """Log a visit at the desk. Every field may be left out; it is sealed at once.

    Parameters
    ----------
    with_
        Fields as JSON, @FILE or -. See: disclosure-ledger commands intake
    about
        The reference of an earlier visit that this one belongs to; it is not looked up.
    document
        A scan that goes with it: PDF, PNG, JPEG or plain text.
    """
    from ledger.register.documents import brought

    s = session()
    act = Act("intake", read_fields(with_), about)
    with nullcontext() if document is None else brought(document) as incoming:
        receipt = s.register.handle(s.keyring, replace(act, document=incoming), vault=s.vault)
    lines = [
        f"Saved. Reference: {receipt.case}",
        "It is sealed, and waits for those who decide. Write the reference on the drawer card, and"
        " talk about the visit with nobody but them and counsel.",
    ]
    s.answer(receipt_answer(receipt), lines)
    return 0


@case.command(name="list")
def list_() -> int:
    """List the cases that are open to you."""
    s = session()
    rows = _answering(s).cases(s.reader())
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
    data = case_answer(reader, file)
    row, due, found = data["case"], data["deadlines"], data["flags"]
    lines = [f"{row['reference']}: {row['state']}, {counted(len(file.case.records), 'record')}"]
    if "exposed" in data:
        lines.append(f"  while it stood open these could read it: {', '.join(data['exposed'])}")
    lines += [_deadline_line(one) for one in due]
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
    s, file = session(), reader.case(reference)
    rows = history_rows(reader, file)
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
    lines += full_list(receipt.not_guarded)
    left = tasks_left(act, lambda: s.reader("act"))
    lines += [f"A task of it goes on: {one['reference']}, of {one['person']}" for one in left or ()]
    s.answer(done_answer(receipt, left), lines)
    if left is None:
        s.say("Which tasks of it go on cannot be told now. Look: task list")
    return 0


def deadlines() -> int:
    """List what is due in the cases that are open to you, earliest first.

    Counsel and the custodian are told too for which looks a second person is to answer.
    """
    from ledger.cli.glass import awaited

    s = session()
    rows = _answering(s).deadlines(s.reader())
    lines = [f"{row['reference']}{_deadline_line(row)}" for row in rows]
    glass = awaited(s)
    lines += [f"{one['due_at']}  break-glass of {one['person']}: {one['state']}" for one in glass]
    data = {"deadlines": rows, **({"break-glass": glass} if glass else {})}
    s.answer(data, lines or ["Nothing is due."])
    return 0


def _answering(s: Session) -> Answering:
    return Answering(s.home, s.register, s.now)


def full_list(lacking: tuple[str, ...]) -> list[str]:
    """What to do about tokens for which the list has no place."""
    if not lacking:
        return []
    return [
        f"The guard's list is full: of {len(lacking)} records the library system is NOT told to"
        " retain them. Freeze these in the system itself now (guard freeze), release holds that"
        " have ended, then run: guard reconcile",
        *(f"  {token}" for token in lacking),
    ]


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
