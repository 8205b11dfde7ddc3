"""Commands on the register of copies: what left as files, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from cyclopts import App

from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.domain.copies import Copy, by_urgency
from ledger.domain.events import CopyDestroyed, CopyKept
from ledger.errors import BadRequest, NotFound
from ledger.register.copies import Copies, Terms
from ledger.register.erasure import reference_of
from ledger.register.reading import CaseFile, Reader

copy = App(name="copy", help="Copies that left as files, and what became of them.")
HOUSES = "the house's own rule, no law's"


@copy.command(name="list")
def list_() -> int:
    """List the copies that left as files, those that are overdue first. What shows something sealed
    is listed to whoever exported it, to counsel and to the custodian.
    """
    s = session()
    reader, copies = s.reader(), copies_for(s)
    zone = s.home.config.zone
    rows = [
        _row(one, copies.today, reader, zone) for one in by_urgency(copies.known(), copies.today)
    ]
    lines = [_line(row) for row in rows]
    s.answer({"copies": rows}, lines or ["No copy left."])
    return 0


@copy.command
def destroyed(record: str) -> int:
    """Record that a copy exists no more: every file of it, and every print.

    Parameters
    ----------
    record
        The copy, as the list names it: copy list
    """
    s = session()
    copies = copies_for(s)
    found = _named(copies, record)
    if found.state(copies.today) == "destroyed":
        raise BadRequest(
            "This copy was destroyed already, as somebody recorded. Where it turned up again, say"
            " until when it is kept: copy keep"
        )
    copies.answer(found, CopyDestroyed(of=found.record.e))
    s.answer({"destroyed": record}, ["Recorded: this copy exists no more."])
    return 0


@copy.command
def keep(record: str, *, until: date, reason: str | None = None) -> int:
    """Record that a copy is needed longer, or that one said to be destroyed turned up again.

    Parameters
    ----------
    record
        The copy, as the list names it: copy list
    until
        The day by which it is to be destroyed now: 2027-06-30.
    reason
        Why it is needed; it can be erased with the people in the office's records.
    """
    s = session()
    copies = copies_for(s)
    if until < copies.today:
        raise BadRequest("The day by which the copy is destroyed lies behind. Give a later one.")
    found = _named(copies, record)
    copies.answer(found, CopyKept(of=found.record.e, until_on=until, reason=reason))
    s.answer({"kept": record, "until_on": until.isoformat()}, [f"Recorded: kept until {until}."])
    return 0


def copies_for(s: Session) -> Copies:
    """The register of copies, as the acting person knows it."""
    if s.register.sees_vault:
        return Copies(s.vault_home, s.register, s.keyring, s.now)
    return Copies(s.home, s.register, s.keyring, s.now)


def entering(
    s: Session,
    shows: str,
    holder: str | None,
    until: date | None,
    reveal: tuple[str, ...],
    file: CaseFile | None = None,
    *,
    with_openings: bool = False,
) -> Callable[[bytes], None]:
    """Give what enters a copy that the acting person is about to make; see `Copies.entering`."""
    terms = Terms(holder, until, reveal)
    return copies_for(s).entering(shows, terms, file, with_openings=with_openings)


def outside(found: tuple[Copy, ...]) -> list[str]:
    """What an erasure does not reach, in a sentence; nothing where there are no copies."""
    if not found:
        return []
    whose = (
        _one_line(one.event.holder) or f"whoever {one.record.recorded_by} gave it to"
        for one in found
    )
    return [
        f"Cannot be erased from here: {counted(len(found), 'copy')} outside, with"
        f" {'; '.join(dict.fromkeys(whose))}. See: copy list"
    ]


def _one_line(text: str | None) -> str:
    """What somebody wrote, in one line."""
    return " ".join((text or "").split())


def _line(row: dict[str, object]) -> str:
    rule = f" ({HOUSES})" if row["is_houses"] else ""
    held = f", with {_one_line(str(row['holder']))}" if row["holder"] else ""
    what = f"{row['shows']} {row['case'] or ''}".rstrip()
    return (
        f"{row['record']}  {row['state']:<9}  until {row['until_on']}{rule}  {what}"
        f"  {row['by']}, {row['exported_on']}{held}"
    )


def _row(one: Copy, today: date, reader: Reader, zone: str) -> dict[str, object]:
    return {
        "record": one.record.ref,
        "state": one.state(today),
        "until_on": one.until_on.isoformat(),
        "is_houses": one.is_houses,
        "shows": one.event.shows,
        "case": _case(reader, one),
        "by": one.record.recorded_by,
        "exported_on": local_date(one.record.recorded_at, zone).isoformat(),
        "holder": one.event.holder,
        "revealed": list(one.event.revealed),
        "sha256": one.event.sha256,
    }


def _case(reader: Reader, one: Copy) -> str | None:
    """The case that a copy shows; None for all that stood open, and where it is not, or no more,
    open to this person.
    """
    for stream in one.event.streams:
        try:
            return reference_of(reader, reader.stream(bytes.fromhex(stream)))
        except (NotFound, BadRequest):
            continue
    return None


def _named(copies: Copies, record: str) -> Copy:
    """The copy of a record. Raises: BadRequest."""
    found = next((one for one in copies.known() if one.record.ref == record), None)
    if found is None:
        raise BadRequest("There is no copy of this name. See: copy list")
    return found
