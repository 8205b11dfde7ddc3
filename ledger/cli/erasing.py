"""Commands on erasure: propose, assent, carry out, try. Two people, and no hold on the matter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ledger.answering import Answering
from ledger.backup.drill import opened_again
from ledger.cli.app import session
from ledger.cli.copies import copies_for, outside
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.domain.erasure_events import ErasureDrilled
from ledger.domain.law.provisions import DeadlineRule, Provision
from ledger.domain.law.resolved import Law
from ledger.domain.retention import RULE, SILENCE, kept, schedule_of
from ledger.erasing import Standing, carry_out, standings
from ledger.errors import BadRequest, NotFound
from ledger.home import OpenHome
from ledger.register.acts import OFFICE, Act
from ledger.register.erasure import (
    ASSENT,
    WAITS,
    Waiting,
    erasures,
    not_awaited,
    parts_of,
    waiting,
)
from ledger.register.reading import Reader

DRILL = ErasureDrilled.COMMAND
NEEDS_READER = "waits for somebody who can open it"
erase = App(name="erase", help="Erasure: propose, assent, finish, list, due, drill.")


@erase.command
def propose(ref: str, *, people_only: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Propose to erase a closed case, with its advice and its tasks. Another person who can open it
    assents. A task that has not ended is not erased, and then nothing of its matter is proposed.

    Parameters
    ----------
    ref
        The case's reference.
    people_only
        Erase names and free text only; what was done, when and by whom stays.
    """
    s = session()
    reader = s.reader()
    file = reader.case(ref)
    parts = parts_of(reader, file, "personal" if people_only else "both")
    parts = not_awaited(s.register.office(), reader, parts)
    if not parts:
        raise BadRequest(WAITS)
    done = [
        one.e
        for part in parts
        for one in s.register.handle(s.keyring, part.act, vault=s.vault).records
    ]
    copies = copies_for(s).of(file.streams)
    lines = [
        f"Proposed the erasure of {counted(len(done), 'stream')}. Nothing is destroyed yet.",
        "A second person who can open the case runs: disclosure-ledger --as NAME erase assent",
        *outside(copies),
    ]
    s.answer({"proposed": done, "outside": [one.record.ref for one in copies]}, lines)
    return 0


@erase.command
def assent(*record: str) -> int:
    """Assent to what another person proposed to erase, and carry it out. There is no way back.

    Parameters
    ----------
    record
        Only these proposals, as the list names them: erase list. Without one, all that wait.
    """
    s = session()
    reader, done, streams = s.reader("act"), [], []
    for waits in _waiting(s):
        one = waits.proposed
        if one.recorded_by == s.keyring.person or (record and one.ref not in record):
            continue
        try:
            streams.append(reader.stream(bytes.fromhex(waits.event.stream)))
        except NotFound:
            if record:
                raise
            # Not theirs to open, or gone meanwhile: it hinders nothing else that waits.
            continue
        act = Act(ASSENT, {"of": one.e}, waits.place)
        s.register.handle(s.keyring, act, vault=s.vault)
        done.append(one.e)
    if not done:
        s.answer({"assented": []}, ["Nothing waits for your assent."])
        return 0
    s.say(f"Assented to the erasure of {counted(len(done), 'stream')}.")
    for sentence in outside(copies_for(s).of(streams)):
        s.say(sentence)
    return _finish(s)


@erase.command(name="finish")
def finish_() -> int:
    """Carry out what two people decided and what was not carried out yet."""
    return _finish(session())


@erase.command(name="list")
def list_() -> int:
    """List the erasures that wait for a second person, and those that were decided."""
    s = session()
    rows = [*map(_about, _waiting(s)), *(_told(s, one) for one in _decided(s))]
    lines = [f"{row['record']}  {row['said']}" for row in rows] or ["There are none."]
    s.answer({"erasures": rows}, lines)
    return 0


@erase.command
def drill(backup: Path, *, keystore: Path | None = None) -> int:
    """Try, as each quarter asks, whether a backup opens what was erased: it is restored apart, with
    your keys and without an office copy, and removed again. Whether it does is recorded.

    This shows what this ledger and this backup can do. Nothing shows that nobody copied a key, or
    read a case, before it was erased.

    Parameters
    ----------
    backup
        The oldest backup that is kept.
    keystore
        Its keystore part, where that is kept apart: the oldest that was not destroyed.
    """
    s = session()
    home, now = s.vault_home, s.now()
    effective = [one.erasure for one in _decided(s) if one.state == "in-effect"]
    if not effective:
        raise BadRequest(
            "Nothing that you may know of is erased and in effect: there is nothing to try. See:"
            " erase list"
        )
    again = opened_again(home, backup, s.keyring, effective, now, keystore=keystore)
    result = "opened" if again else "closed"
    done = s.register.handle(s.keyring, Act(DRILL, {"result": result}, OFFICE))
    sentence = (
        f"THIS BACKUP OPENS {counted(len(again), 'erased stream')}. Destroy its keystore part, and"
        " find out why it was still there."
        if again
        else "Nothing that is erased opens with this backup and your keys."
    )
    s.answer({"result": result, "record": done.records[0].ref}, [sentence, "That is recorded."])
    return 1 if again else 0


@erase.command
def due() -> int:
    """List the closed cases that are open to you with the day from which your library's own
    schedule allows to erase them. Nothing is erased by a date; a hold wins.
    """
    s = session()
    reader = s.reader("act")
    law, today = reader.office().law, local_date(s.now(), s.home.config.zone)
    try:
        rule = schedule_of(law, today)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if rule is None:
        s.answer({"rule": None, "cases": []}, _silent(law, today))
        return 0
    rows = _scheduled(s, reader, law, rule, today)
    lines = [rule.sentence, f"  {_standing(rule)}"]
    lines += [f"{row['reference']}  {row['state']:<7}  after {row['after']}" for row in rows]
    s.answer({"rule": rule.id, "standing": _standing(rule), "cases": rows}, lines)
    return 0


def _scheduled(
    s: Session, reader: Reader, law: Law, rule: DeadlineRule, today: date
) -> list[dict[str, str]]:
    """Every closed case with the day after which it may be erased, those that are due first."""
    listed = Answering(s.home, s.register, s.now).cases(reader)
    zone, shut = s.home.config.zone, reader.office().office.closed_on
    rows: list[dict[str, str]] = []
    for reference in [row["reference"] for row in listed if row["state"] == "closed"]:
        found = kept(reader.case(reference).whole, rule, law, zone, today, shut)
        if found is not None:
            told = {"reference": reference, "state": found.state, "closed": str(found.closed_on)}
            told |= {"after": str(found.reckoning.effective)}
            told |= {"confidence": found.reckoning.confidence}
            rows.append(told)
    return sorted(rows, key=lambda row: (row["state"] != "due", row["after"], row["reference"]))


def _silent(law: Law, today: date) -> list[str]:
    """What to say where the library has no schedule: nothing is due, and why."""
    row = law.find(SILENCE, today)
    said = [] if row is None else [row.sentence, f"  {_standing(row)}"]
    return [
        *said,
        "Your law has no schedule for closed cases, so nothing is due. The board chooses one, and a"
        f" lawyer reads it: put the deadline {RULE} into your own pack, then run: law activate",
    ]


def _standing(row: Provision) -> str:
    """Where a row comes from, and how sure that is."""
    return f"{row.citation} ({row.source.replace('_', ' ')}; {row.confidence})"


def _about(one: Waiting) -> dict[str, str]:
    """What a second person must know of a proposal: which stream, how much of it, whose it is."""
    return {
        "record": one.proposed.ref,
        "state": "proposed",
        "said": f"waits for assent; proposed by {one.proposed.recorded_by}",
        "stream": one.event.stream,
        "secrets": one.event.secrets,
        "by": one.proposed.recorded_by,
    }


def _finish(s: Session) -> int:
    left = carry_out(_home(s), s.register, s.keyring, s.now())
    why = {one.erasure.e: one.state for one in left}
    rows = [_told(s, one, why.get(one.erasure.e)) for one in _decided(s)]
    lines = [f"{row['record']}  {row['said']}" for row in rows]
    lines.append("Make an office copy now, and keep it with the newest checkpoint.")
    s.answer({"erasures": rows}, lines)
    return 0


def _decided(s: Session) -> tuple[Standing, ...]:
    """How far each erasure is that was decided, as far as the person may know."""
    reader = s.reader("act")
    return standings(_home(s), erasures(s.register.office(), reader), reader, s.now())


def _home(s: Session) -> OpenHome:
    """The home, as far as the acting person sees it."""
    return s.vault_home if s.register.sees_vault else s.home


def _told(s: Session, one: Standing, why: str | None = None) -> dict[str, str]:
    """One that was decided: its record, how far it is, and that in words; `why` it is not done."""
    zone = s.home.config.zone
    said = NEEDS_READER if why == "waits" else one.said(zone)
    if one.state in ("decided", "destroyed"):
        said = f"{said}: disclosure-ledger --as NAME erase finish"
    on = one.effective_at and local_date(one.effective_at, zone).isoformat()
    dates = {"effective_on": on} if on else {}
    return {"record": one.erasure.ref, "state": one.state, **dates, "said": said}


def _waiting(s: Session) -> tuple[Waiting, ...]:
    return waiting(s.register.office(), s.reader("act"))
