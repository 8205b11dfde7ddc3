"""Commands on erasure: propose, assent, carry out. Two people, and no hold on the matter."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import App, Parameter

from ledger.answering import Answering
from ledger.cli.app import session
from ledger.cli.copies import copies_for, outside
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.domain.calendar import local_date
from ledger.domain.law.provisions import DeadlineRule, Provision
from ledger.domain.law.resolved import Law
from ledger.domain.retention import RULE, SILENCE, kept, schedule_of
from ledger.errors import BadRequest
from ledger.register.acts import Act
from ledger.register.eraser import finish, standing
from ledger.register.erasure import ASSENT, Waiting, erasures, parts_of, waiting
from ledger.register.reading import Reader

erase = App(name="erase", help="Erasure: propose, assent, finish, list.")


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
        if one.recorded_by != s.keyring.person and (not record or one.ref in record):
            act = Act(ASSENT, {"of": one.e}, waits.place)
            streams.append(reader.stream(bytes.fromhex(waits.event.stream)))
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
    decided = erasures(s.register.office(), s.reader("act")).erasures
    rows = [
        *(_about(one) for one in _waiting(s)),
        *({"record": one.ref, "state": "decided"} for one in decided),
    ]
    lines = ["  ".join(row.values()) for row in rows] or ["There are none."]
    s.answer({"erasures": rows}, lines)
    return 0


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
        "state": "waits for assent",
        "stream": one.event.stream,
        "secrets": one.event.secrets,
        "by": one.proposed.recorded_by,
    }


def _finish(s: Session) -> int:
    view = s.register.office()
    if s.register.sees_vault:
        outcomes = finish(s.vault_home, view, s.keyring, s.now())
    else:
        # Rows may lie in the vault too: somebody cleared carries it out, or the timer.
        outcomes = standing(s.home, view.office)
    sentences = {
        "done": "erased",
        "held": "kept: a hold covers the matter",
        "waits": "waits for somebody who can open it: erase finish",
    }
    rows = [{"record": one.erasure.ref, "state": one.state} for one in outcomes]
    lines = [f"{one.erasure.ref}  {sentences[one.state]}" for one in outcomes]
    lines.append("Make an office copy now, and keep it with the newest checkpoint.")
    s.answer({"erasures": rows}, lines)
    return 0


def _waiting(s: Session) -> tuple[Waiting, ...]:
    return waiting(s.register.office(), s.reader("act"))
