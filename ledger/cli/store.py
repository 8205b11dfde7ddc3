"""Commands about what the ledger is kept in: check it, bring it up to date, copy and move it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from cyclopts import App, Parameter

from ledger.checking import check_log, check_stores, migrate_stores
from ledger.cli.app import session
from ledger.counted import counted
from ledger.moving import copy_stores
from ledger.outcomes import GOOD, NOT_NOW, PROOF_FAILED
from ledger.stores.checking import Checked, Problem

store = App(name="store", help="What the ledger is kept in: check, migrate, copy it to a server.")


@store.command
def check() -> int:
    """Look at each store, take the digest of each table, and hold the log against its checkpoint.

    Exit 0 when nothing is wrong, 1 when stored evidence is not what was recorded, 5 when an
    operator must mend something. Digests are the same in files and on a server.
    """
    s = session()
    stores, log = check_stores(s.vault_home), check_log(s.vault_home)
    problems = [problem for one in stores for problem in one.problems]
    problems += [log.problem] if log.problem is not None else []
    data = {
        "stores": [_row(one) for one in stores],
        "log": {
            "published": log.published,
            "kept": log.kept,
            "root": log.root,
            "problems": [] if log.problem is None else [row_of(log.problem)],
        },
    }
    lines = [line for one in stores for line in _lines(one)]
    lines += [f"published log: {counted(log.published, 'entry')} of {log.kept}"]
    lines += ["  its root is the signed one"] if log.root and log.problem is None else []
    lines += said([log.problem] if log.problem is not None else [])
    s.answer(data, lines)
    return exit_code(problems)


@store.command
def migrate() -> int:
    """Bring the tables of every store up to date; does nothing where they are."""
    s = session()
    names = migrate_stores(s.vault_home)
    s.answer({"stores": list(names)}, ["Every store's tables are as this program needs them."])
    return GOOD


@store.command
def copy(to: str, *, switch: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Copy all stores, as they are at one moment, to where nothing is yet.

    Every table is compared on both sides before anything is called done. What breaks off leaves
    nothing that is used; repeat it.

    Parameters
    ----------
    to
        postgresql://HOST[,HOST]/PREFIX without a password, or: files
    switch
        Move the ledger there. The old stores are closed for ever; nobody writes meanwhile.
    """
    s = session()
    done = copy_stores(s.vault_home, to, switch=switch)
    rows = {
        name: {table: {"rows": one.rows, "sha256": one.sha256} for table, one in found.items()}
        for name, found in done.digests.items()
    }
    lines = ["Copied five stores; every table is the same on both sides."]
    if done.switched:
        lines += [
            "The ledger is kept there from now on. Start programs that still run again.",
            "The old stores are closed. Destroy them once you have a backup of the new ones: what"
            " is erased from now on stays in them.",
        ]
    else:
        lines += [
            "The ledger is kept where it was. Destroy this copy when you do not need it: what is"
            " erased from now on stays in it.",
        ]
    s.answer({"stores": rows, "switched": done.switched}, lines)
    return GOOD


def _row(one: Checked) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "problems": [row_of(problem) for problem in one.problems],
        "tables": {
            table: {"rows": digest.rows, "sha256": digest.sha256}
            for table, digest in one.tables.items()
        },
    }


def row_of(one: Problem) -> dict[str, str]:
    """A problem for programs."""
    return {"code": one.code, "severity": one.severity, "sentence": one.sentence}


def _lines(one: Checked) -> Iterator[str]:
    yield f"{one.name} ({one.kind})"
    for table, digest in one.tables.items():
        yield f"  {table:<16}{digest.rows:>10}  {digest.sha256}"
    yield from said(one.problems)


def said(problems: Sequence[Problem]) -> list[str]:
    """Problems for people, a line each."""
    return [f"  {one.severity.upper()} {one.code}: {one.sentence}" for one in problems]


def exit_code(problems: Sequence[Problem]) -> int:
    """1 where stored evidence is not what was recorded, 5 where an operator must mend something."""
    severities = {one.severity for one in problems}
    if "corrupt" in severities:
        return PROOF_FAILED
    return NOT_NOW if severities - {"note"} else GOOD
