"""Commands on the guard: what the library system's agent may ask, purges, and freezes by hand."""

from __future__ import annotations

import re
import sys
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from keys.errors import KeysError
from keys.files import NotPrivate, read_private, write_private
from keys.guard import credential_digest, new_credential
from ledger.answering import receipt_answer
from ledger.cli.app import session
from ledger.cli.cases import With, full_list
from ledger.cli.session import Session, read_fields
from ledger.domain.case import Case
from ledger.domain.events import System
from ledger.domain.parts import Hold
from ledger.errors import BadRequest, NotFound, NotPermitted
from ledger.evidence.grammar import format_instant
from ledger.guard.freezing import Instruction, Printed, prior_state, still_kept_by
from ledger.guard.keeping import Guard
from ledger.guard.numbers import number
from ledger.guarding import held_openly, reconcile, record_blocked, record_purge_run, renew_tonight

guard = App(name="guard", help="What the library system is to retain; purges; freezes by hand.")

_LONGEST = 200
_INPUT = Path("-")
Tokens = Annotated[Path, Parameter(allow_leading_hyphen=True)]
_TOKEN = re.compile(r"[0-9a-f]{64}")


# ---- agents ----


@guard.command
def enrol(name: str, *, credential_to: Path) -> int:
    """Let the library system's agent ask the guard. Its credential is shown once, in a new file.

    Parameters
    ----------
    name
        A name for the agent, for your own use.
    credential_to
        The new file, which only its owner can read. Give it to the agent, and to nobody else.
    """
    s = session()
    s.check_administers()
    credential = new_credential()
    try:
        # Before anything is enrolled: a credential that nobody has opens nothing.
        write_private(credential_to, f"{credential}\n".encode(), replace=False)
    except OSError as error:
        raise BadRequest("The file is there already, or cannot be written.") from error
    if not s.home.guard.enrol(name, credential_digest(credential), format_instant(s.now())):
        credential_to.unlink()
        raise BadRequest("There is an agent of that name. Revoke it first.")
    s.answer({"enrolled": name}, [f"{name} may ask the guard."])
    return 0


@guard.command
def revoke(name: str) -> int:
    """Let an agent ask no more.

    Parameters
    ----------
    name
        The agent.
    """
    s = session()
    s.check_administers()
    if not s.home.guard.revoke(name):
        raise BadRequest("There is no agent of that name.")
    s.answer({"revoked": name}, ["Its credential opens nothing any more."])
    return 0


@guard.command
def agents() -> int:
    """List the agents that may ask the guard."""
    s = session()
    s.check_administers()
    rows = [{"agent": name, "since": since} for name, _, since in s.home.guard.agents()]
    lines = [f"{row['agent']}  since {row['since']}" for row in rows]
    s.answer({"agents": rows}, lines or ["No agent may ask."])
    return 0


@guard.command
def check(tokens: Tokens = _INPUT, *, credential: Path) -> int:
    """Say of each token, in the order of the file, whether to retain its record or to purge it.

    That a record is retained proves nothing: some are at all times, for no reason. Where this
    command fails, nothing may be purged.

    Parameters
    ----------
    tokens
        A file with one token a line, or - for standard input.
    credential
        The agent's credential file.
    """
    s = session()
    _check_agent(s, credential)
    asked = _tokens(tokens)
    told = ["retain" if one else "purge" for one in Guard(s.home, s.now).answers(asked)]
    s.answer({"answers": told}, told)
    return 0


@guard.command(name="list")
def list_(*, credential: Path) -> int:
    """Print the marks of all that is to be retained, as many at any time, after how many there are.

    The mark of a token is its first eight bytes as a number, modulo how many marks there are. Ask
    for the list right before each purge; where this fails, nothing may be purged.

    Parameters
    ----------
    credential
        The agent's credential file.
    """
    s = session()
    _check_agent(s, credential)
    marks, of = Guard(s.home, s.now).marks(), number("marks")
    s.answer({"of": of, "marks": list(marks)}, [f"{of}", *(f"{one:05d}" for one in marks)])
    return 0


# ---- upkeep and purges ----


@guard.command(name="reconcile")
def reconcile_() -> int:
    """Put the guard's list right: each night for open cases (the timer's tick does it), and for
    sealed ones when somebody who is cleared runs this or unlocks the vault. What purges did not
    take because of a hold is then recorded in the matters.
    """
    s = session()
    if s.person is None:
        renewed = renew_tonight(s.home, s.register.reader(None), s.now)
        s.answer({"renewed": renewed}, ["The list is as the open cases have it."])
        return 0
    reader, service, guard_ = s.reader(), s.register.reader(None), Guard(s.home, s.now)
    matters = reader.sealed_references()
    openly = reconcile(guard_, service, held_openly(s.home, service, s.now))
    lacking = tuple(dict.fromkeys((*openly, *reconcile(guard_, reader, matters))))
    count = record_blocked(s.home, s.register, s.keyring, reader, matters)
    s.answer(
        {"not_guarded": list(lacking), "blocked": count},
        [*full_list(lacking), f"The list is as the cases have it. Recorded of purges: {count}."],
    )
    return 0


@guard.command
def purge_run(*, with_: With) -> int:
    """Record that records were destroyed, right after the guard was asked about them.

    Parameters
    ----------
    with_
        The classes with their counts, the method, the schedule, and what becomes of backups, as
        JSON, @FILE or -. See: disclosure-ledger commands record-purge-run
    """
    s = session()
    fields = read_fields(with_)
    done, count = record_purge_run(s.home, s.register, s.keyring, fields, s.now)
    lines = [f"Recorded {one.type} as {one.ref}" for one in done.records]
    lines.append(f"What holds of open cases kept is recorded there: {count} classes.")
    s.answer({**receipt_answer(done), "blocked": count}, lines)
    return 0


# ---- freezes by hand ----


@guard.command
def freeze(reference: str, hold: str, *, system: System) -> int:
    """Print what a person does in a system so that it keeps a hold's records.

    Parameters
    ----------
    reference
        The case's reference.
    hold
        The hold's record, stream:seq.
    system
        Which system.
    """
    s = session()
    _, found = _hold(s, reference, hold)
    return _print(s, Printed(system).freeze(found))


@guard.command
def verify(reference: str, hold: str, *, system: System) -> int:
    """Print how a person reads back that a system keeps a hold's records.

    Parameters
    ----------
    reference
        The case's reference.
    hold
        The hold's record, stream:seq.
    system
        Which system.
    """
    s = session()
    _, found = _hold(s, reference, hold)
    return _print(s, Printed(system).verify(found))


@guard.command
def release(reference: str, hold: str, *, system: System) -> int:
    """Print what a person does when a hold was released: nothing, while another keeps the records.

    Parameters
    ----------
    reference
        The case's reference.
    hold
        The hold's record, stream:seq.
    system
        Which system.
    """
    s = session()
    case, found = _hold(s, reference, hold)
    if found.released is None:
        raise BadRequest("This hold goes on. Release it first: do REFERENCE release-hold")
    others = still_kept_by(case, found)
    if others:
        lines = (
            "Another hold of this case keeps these records: leave the system as it is.",
            *others,
        )
        return _print(s, Instruction("Nothing is released", lines))
    return _print(s, Printed(system).release(found, prior_state(case, found, system)))


# ---- who asks ----


def _hold(s: Session, reference: str, ref: str) -> tuple[Case, Hold]:
    case = s.reader().case(reference).case
    found = case.hold(ref)
    if found is None:
        raise NotFound
    return case, found


def _print(s: Session, told: Instruction) -> int:
    lines = [f"  {n}. {line}" for n, line in enumerate(told.lines, 1)]
    s.answer({"title": told.title, "lines": list(told.lines)}, [told.title, *lines])
    return 0


def _check_agent(s: Session, path: Path) -> None:
    """See that a credential is that of an agent which may ask.

    Raises:
        BadRequest: it cannot be read, or others may read it.
        NotPermitted: it is no agent's, or was revoked.
    """
    try:
        digest = credential_digest(read_private(path, _LONGEST).decode("ascii").strip())
    except (OSError, ValueError, NotPrivate) as error:
        raise BadRequest("The credential cannot be read, or others may read it.") from error
    except KeysError:
        digest = b""
    # Each is compared, so that how long it takes says nothing of which it is.
    known = [compare_digest(digest, one) for _, one, _ in s.home.guard.agents()]
    if not any(known):
        raise NotPermitted("This credential opens nothing.")


def _tokens(path: Path) -> list[bytes]:
    """The tokens of a file, one a line.

    Raises:
        BadRequest: it cannot be read, or a line is no token.
    """
    try:
        text = sys.stdin.read() if path == _INPUT else path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise BadRequest("The tokens cannot be read.") from error
    lines = text.split()
    wrong = next((n for n, one in enumerate(lines, 1) if not _TOKEN.fullmatch(one)), None)
    if wrong is not None:
        raise BadRequest(f"Line {wrong} is no token: 64 hexadecimal digits, the letters small.")
    return [bytes.fromhex(one) for one in lines]
