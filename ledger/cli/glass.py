"""Commands on broken glass: look where that cannot wait, see who did, answer for another person."""

from __future__ import annotations

from typing import Any, Literal

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.cases import With, tell_history
from ledger.cli.reads import check_sees, sees
from ledger.cli.session import Session, read_fields
from ledger.domain.glass import Glass
from ledger.errors import BadRequest
from ledger.evidence.grammar import format_instant
from ledger.register.glass import answer, glass_of, reason_of

glass = App(name="break-glass", help="Look outside of your ordinary course; answer for who did.")


@glass.command(name="open")
def open_(reference: str, *, with_: With = None) -> int:
    """Read a waiting visit that is not yours to read now, and say why. Counsel sees it at once.

    It is for a designee when nobody is recorded as absent. You decide nothing by it. Another person
    answers for it within 24 hours.

    Parameters
    ----------
    reference
        The visit's reference.
    with_
        Why it cannot wait, as JSON, @FILE or -: an object with the key reason.
    """
    s = session()
    reader = s.reader(glass=reason_of(read_fields(with_)))
    code = tell_history(reader, reference)
    if reader.broke_glass:
        s.say("Recorded with your reason. Another person answers for it: break-glass confirm")
    else:
        s.say("This is in your ordinary course. No glass was broken.")
    return code


@glass.command(name="list")
def list_() -> int:
    """List who looked outside of their ordinary course, why, and who answered for it."""
    s = session()
    check_sees(s)
    s.register.looks(s.keyring, "review").record(())
    rows = [_row(s, one) for one in glass_of(s.vault_home, s.register.custody, s.keyring)]
    lines = [
        f"{row['at']}  {row['person']}  {row['way']}  {row['state']}"
        f"{' by ' + row['answered_by'] if row['answered_by'] else ''}"
        f"  {' '.join(row['shown'])}\n    {row['ref']}\n    {row['reason'] or 'no reason given'}"
        for row in rows
    ]
    s.answer({"glass": rows}, lines or ["Nobody broke the glass."])
    return 0


@glass.command
def confirm(
    record: str,
    *,
    outcome: Literal["justified", "not-justified"] = "justified",
    with_: With = None,
) -> int:
    """Answer for another person's look outside of their ordinary course. It changes no matter.

    Parameters
    ----------
    record
        The record, as the list names it: break-glass list
    outcome
        Whether it was right to look.
    with_
        Words of yours, as JSON, @FILE or -: an object with the key words.
    """
    s = session()
    check_sees(s)
    seen = glass_of(s.vault_home, s.register.custody, s.keyring)
    found = next((one for one in seen if one.record.ref == record), None)
    if found is None:
        raise BadRequest("There is no such record among those that you see: break-glass list")
    # The words are the rest: what this command says in another way is not said there again.
    words = read_fields(with_)
    if words.keys() & {"of", "outcome"}:
        raise BadRequest("Name the record and the outcome in the command, not in --with.")
    answer(s.register, s.keyring, found, {**words, "outcome": outcome})
    s.answer({"record": record, "outcome": outcome}, ["Answered. Whoever sees the looks sees it."])
    return 0


def awaited(s: Session) -> list[dict[str, Any]]:
    """What a second person is still to answer for, for those who see the looks."""
    if not sees(s):
        return []
    rows = [_row(s, one) for one in glass_of(s.vault_home, s.register.custody, s.keyring)]
    return [one for one in rows if one["state"] in ("awaited", "overdue")]


def _row(s: Session, one: Glass) -> dict[str, Any]:
    return {
        "at": format_instant(one.record.recorded_at),
        "due_at": format_instant(one.due_at),
        "person": one.record.recorded_by,
        "way": one.event.way,
        "shown": list(one.event.matters),
        "reason": one.event.reason,
        "state": one.state(s.now()),
        "answered_by": None if one.answered is None else one.answered.recorded_by,
        "ref": one.record.ref,
    }
