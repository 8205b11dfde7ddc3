"""Commands of projections: bring them up to date, check them, show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclopts import App

from keys.files import write_private
from ledger.answering import Answering, projection_answer, projections_answer
from ledger.cli.app import session
from ledger.cli.session import Session
from ledger.counted import counted
from ledger.errors import Unavailable
from ledger.outcomes import GOOD, PROOF_FAILED
from ledger.projecting import definition_of, runner, source
from ledger.projections.checking import Difference, first_difference
from ledger.projections.definitions import DEFINITIONS
from ledger.projections.runner import Runner, Standing
from ledger.vouching import Verified, Vouching, key_of, verify_alone

projection = App(name="projection", help="Rows for people and programs: run, check, show.")


@projection.command(name="list")
def list_() -> int:
    """List what there is: name, version, and of what it has rows."""
    told = projections_answer()
    lines = [
        f"{row['name']:<14}v{row['version']}  of each {row['subject']}"
        for row in told["projections"]
    ]
    session().answer(told, lines)
    return GOOD


@projection.command
def run() -> int:
    """Read what is new, and let what had stopped go on (for the timer)."""
    running = _runner()
    running.catch_up()
    return _tell(running)


@projection.command
def rebuild(name: str) -> int:
    """Make one anew from the records; until that is done, its old rows are read.

    Parameters
    ----------
    name
        Which one. See: projection list
    """
    running, definition = _runner(), definition_of(name)
    running.rebuild([definition])
    running.catch_up()
    return _tell(running)


@projection.command
def status() -> int:
    """Tell how far each has come, and where and since when one has stopped."""
    return _tell(_runner())


@projection.command
def verify(what: str | None = None, *, key: str | None = None) -> int:
    """Derive every row again from the records, and name the first one that differs.

    Parameters
    ----------
    what
        One alone (see: projection list), or the folder or file of an attestation; all without it.
    key
        Check the folder or file without the ledger, with the signer's key alone.
    """
    names = {one.name for one in DEFINITIONS}
    if what is not None and key is not None:
        alone = "Nobody looked at the records; that takes the ledger, and no key."
        return _tell_verified(verify_alone(Path(what), key), alone)
    if what is not None and what not in names:
        done = _vouching(session()).verify(Path(what))
        return _tell_verified(done, "What it shows is what follows from the records below that.")
    s = session()
    asked = DEFINITIONS if what is None else (definition_of(what),)
    found = first_difference(source(s.home, s.register.reader(None)), s.home.projected, asked)
    lines = [f"Every row of {one.name} is what follows from the records." for one in asked]
    return _found(found, {"projections": [one.name for one in asked]}, lines)


def _tell_verified(done: Verified, sentence: str) -> int:
    attested = done.attested
    data = {
        "name": attested.name,
        "version": attested.version,
        "size": attested.size,
        "rows": attested.rows,
        "person": done.person,
    }
    lines = [
        f"{attested.name} is signed by {done.person}, of a log of"
        f" {counted(attested.size, 'entry')}.",
        sentence,
    ]
    return _found(done.difference, data, lines)


def _found(found: Difference | None, data: dict[str, Any], lines: list[str]) -> int:
    s = session()
    if found is None:
        s.answer({**data, "difference": None}, lines)
        return GOOD
    told = {"view": found.view, "key": found.key, "field": found.field, "what": found.what}
    s.answer({**data, "difference": told}, [found.sentence])
    return PROOF_FAILED


@projection.command
def attest(name: str, folder: Path) -> int:
    """Sign what the rows were when the newest checkpoint was published, and write them beside it.

    Parameters
    ----------
    name
        Which one. See: projection list
    folder
        A new folder. Others check it with: projection verify FOLDER
    """
    s = session()
    _check_reads(s)
    attested = _vouching(s).attest(definition_of(name), s.keyring, folder)
    key = key_of(s.home, s.keyring)
    lines = [
        f"Attested to {counted(attested.rows, 'row')} of {name},"
        f" as of {counted(attested.size, 'entry')}.",
        f"Whoever has no ledger needs your key: {key}",
    ]
    s.answer({"name": name, "size": attested.size, "rows": attested.rows, "key": key}, lines)
    return GOOD


@projection.command
def prove(name: str, key: str, file: Path) -> int:
    """Sign what the rows were, and write one of them with the proof that it stands among them.

    Parameters
    ----------
    name
        Which one. See: projection list
    key
        The row's key.
    file
        The file to write. Others check it with: projection verify FILE
    """
    s = session()
    _check_reads(s)
    proof = _vouching(s).prove(definition_of(name), key, s.keyring)
    try:
        write_private(file, proof.dump())
    except OSError as error:
        raise Unavailable("The proof cannot be written there.") from error
    lines = [f"Wrote row {proof.index} of {name} and its proof."]
    signer = key_of(s.home, s.keyring)
    lines += [f"Whoever has no ledger needs your key: {signer}"]
    s.answer({"name": name, "row": key, "index": proof.index, "key": signer}, lines)
    return GOOD


@projection.command
def show(name: str) -> int:
    """Show the rows that are open to you; of sealed cases they are made in memory, for you alone.

    Parameters
    ----------
    name
        Which one. See: projection list
    """
    s = session()
    definition, reader = definition_of(name), s.reader()
    rows = Answering(s.home, s.register, s.now).rows(reader, definition)
    lines = [line for row in rows for line in (*_row_lines(row), "")]
    s.answer(projection_answer(definition, rows), lines)
    return GOOD


def _check_reads(s: Session) -> None:
    """See that the acting person reads cases. Raises: NotPermitted."""
    s.reader()


def _vouching(s: Session) -> Vouching:
    return Vouching(s.home, s.register.reader(None))


def _runner() -> Runner:
    s = session()
    return runner(s.home, s.register.reader(None), s.now)


def _tell(running: Runner) -> int:
    rows = [_standing(one) for one in running.status()]
    session().answer({"projections": rows}, [_line(row) for row in rows])
    is_good = all(row["stopped"] is None and not row["altered"] for row in rows)
    return GOOD if is_good else PROOF_FAILED


def _standing(one: Standing) -> dict[str, Any]:
    at, stop = one.progress, one.progress.stopped
    return {
        "name": one.definition.name,
        "version": one.definition.version,
        "position": at.position,
        "behind": one.behind,
        "altered": at.is_altered,
        "stopped": stop and {"at": stop.at, "since": stop.since, "kind": stop.kind},
    }


def _line(row: dict[str, Any]) -> str:
    behind = row["position"] is not None
    place = f"{counted(row['behind'], 'record')} behind" if behind else "not made yet"
    if row["altered"]:
        place = f"altered: make it anew: projection rebuild {row['name']}"
    stop = row["stopped"]
    stopped = f"  STOPPED before {stop['at']} since {stop['since']}: {stop['kind']}" if stop else ""
    return f"{row['name']:<14}v{row['version']}  {place}{stopped}"


def _row_lines(row: dict[str, Any]) -> list[str]:
    return [f"{name}: {value}" for name, value in row.items() if value not in (None, [], "")]
