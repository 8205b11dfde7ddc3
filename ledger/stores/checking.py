"""What is wrong with one store, and what is in it.

Looking changes nothing, and goes on after what is found. A digest that could not be taken is not
there, which is a problem by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ledger.errors import EvidenceCorrupt, LedgerError
from ledger.stores.copying import FileSide, check_file, read_file
from ledger.stores.opening import Where
from ledger.stores.place import StoreName
from ledger.stores.schema import SCHEMAS
from ledger.stores.sqlite import FENCED
from ledger.stores.tables import Digest, digests
from ledger.stores.transfer import reading

Severity = Literal["corrupt", "unusable", "unsafe", "leak", "note"]

MOVED = "The ledger was moved away from here; nothing can be recorded here any more."
_ASTRAY = (
    "Parts of a document lie here without their record, or without the parts before them. The"
    " program never leaves that: stop writing and call counsel."
)
_STRAY_PARTS = (
    "SELECT 1 FROM documents GROUP BY stream, seq HAVING COUNT(*) <> MAX(part) + 1"
    " OR NOT EXISTS (SELECT 1 FROM stored_events"
    " WHERE originator_id = stream AND originator_version = seq) LIMIT 1"
)
_OTHER_TABLES = (
    "Tables or triggers are not as this program makes them. Run: disclosure-ledger store migrate."
    " If that does not help, somebody changed them: stop writing and call counsel."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: a code that never changes, how bad it is, and what to do.

    `corrupt`: what is stored is not what was recorded. `unusable`: the store cannot be read, or not
    written. The others are those of `ledger.stores.postgresql.settings`.
    """

    code: str
    severity: Severity
    sentence: str


@dataclass(slots=True)
class Checked:
    """One store: its problems, and the digest of each table."""

    name: StoreName
    kind: Literal["file", "server"]
    problems: list[Problem] = field(default_factory=list)
    tables: Mapping[str, Digest] = field(default_factory=dict)


def check_store(where: Where, name: StoreName) -> Checked:
    """Look at one store."""
    found = Checked(name, "file" if isinstance(where, Path) else "server")
    try:
        if isinstance(where, Path):
            found.problems += _of_file(where, found.name)
        else:
            from ledger.stores.postgresql.checking import problems

            found.problems += (Problem(*one) for one in problems(where))
        with reading(where) as side:
            side.pin()
            if side.is_fenced():
                found.problems.append(Problem("moved", "unusable", MOVED))
            found.tables = digests(side, found.name)
            if "documents" in found.tables and side.ask(_STRAY_PARTS):
                found.problems.append(Problem("documents-astray", "corrupt", _ASTRAY))
    except LedgerError as error:
        if isinstance(error, EvidenceCorrupt):
            found.problems.append(Problem("damaged", "corrupt", str(error)))
        elif _OTHER_TABLES not in (one.sentence for one in found.problems):
            # A table that is missing was told of already, with what to do about it.
            found.problems.append(Problem("not-opened", "unusable", str(error)))
    return found


def _of_file(path: Path, name: StoreName) -> Iterator[Problem]:
    if path.exists() and path.stat().st_mode & 0o077:
        yield Problem("readable", "leak", f"Others may read {path.name}. Run: chmod 600 {path}")
    with read_file(path) as side:
        check_file(side)
        with closing(sqlite3.connect(":memory:")) as fresh:
            for statement in SCHEMAS[name]:
                fresh.execute(statement)
            wanted = _made(FileSide(fresh))
        if _made(side) != wanted:
            yield Problem("tables-differ", "unsafe", _OTHER_TABLES)


def _made(side: FileSide) -> set[tuple[str, str, str]]:
    """Everything that the schema's statements make, as SQLite writes it down."""
    found = side.ask("SELECT type, name, COALESCE(sql, '') FROM sqlite_master")
    return {row for row in found if not (row[0] == "trigger" and row[1].startswith(f"{FENCED}_"))}
