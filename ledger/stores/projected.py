"""Projected rows: a view's rows and how far it has read, changed in one transaction.

Rows are JSON text under a key that begins with its subject; what they mean is the view's affair.
Each view has one line of progress. Who writes names the line that they have read: if it is another
one by now, somebody else was first, and nothing is written. So two runners never apply one page
twice. A line carries a digest over itself, which tells nothing to who can write it, and tells of a
cell that was altered alone.

A view that is made anew is written beside its rows, in `rebuilding`, and takes their place in one
transaction: nobody reads half of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from ledger.errors import AppendConflict, EvidenceCorrupt
from ledger.stores.database import Batch, Cursor, Database
from ledger.stores.labels import standing

__all__ = ["CLEAR", "Progress", "Projected", "Step", "Stopped", "without"]

PAGE = 500
"""How many rows are read at once."""
CLEAR: tuple[Table, ...] = ("projected", "rebuilding")
"""The tables that hold rows, JSON in clear."""

Table = Literal["projected", "rebuilding"]
Changes = Mapping[str, str | None]
"""Rows by their keys; None for one that is to go."""

_COLUMNS = "view, position, build, under, stopped_at, stopped_since, stopped_kind, seal"
_BEGIN = f"INSERT INTO progress ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)"  # noqa: S608 - ours
_MOVE = (
    "UPDATE progress SET position = ?, build = ?, under = ?, stopped_at = ?, stopped_since = ?,"
    " stopped_kind = ?, seal = ? WHERE view = ? AND seal = ?"
)
# The key of a table begins with the view: the views are found from one to the next, so that nothing
# else is walked over, and none is left out, whatever became of its progress.
_WITHOUT = (
    "WITH RECURSIVE named (view) AS (SELECT MIN(view) FROM {table} UNION ALL"
    " SELECT (SELECT MIN(view) FROM {table} WHERE view > named.view) FROM named"
    " WHERE named.view IS NOT NULL)"
    " DELETE FROM {table} WHERE view IN (SELECT view FROM named) AND key >= ? AND key < ?"
)
_SPELT = json.JSONEncoder(default=repr)
"""Spells any line: an altered cell may hold what no line ever holds."""
_ALTERED = "How far the projection {view} has read was altered. Run: projection rebuild {name}"


@dataclass(frozen=True, slots=True)
class Stopped:
    """That a view stopped before the record at a position, since when, and on what error."""

    at: int
    since: str
    kind: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a view has read: up to `position`, None before it was made for the first time.

    `under` is a digest of whatever its rows depend on besides the records; `build` counts how often
    somebody began to make it anew.
    """

    view: str
    position: int | None = None
    build: int = 0
    under: str = ""
    stopped: Stopped | None = None
    is_altered: bool = False
    """Whether the line is not as it was written."""

    @property
    def seal(self) -> str:
        """The digest over the line, hex."""
        return _seal(self._cells)

    @property
    def _cells(self) -> tuple[object, ...]:
        stop = self.stopped
        stopped = (None, None, None) if stop is None else (stop.at, stop.since, stop.kind)
        return (self.view, self.position, self.build, self.under, *stopped)

    @property
    def line(self) -> tuple[object, ...]:
        """The line as the table has it."""
        return (*self._cells, self.seal)


@dataclass(frozen=True, slots=True)
class Step:
    """One view's share in a transaction: its progress as it was read, and after; changed rows."""

    before: Progress
    after: Progress
    changes: Changes


class Projected:
    """The projected rows in one database (the open store's)."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # ---- writing ----

    def apply(self, steps: Sequence[Step]) -> None:
        """Write rows of views and move their progress, all or nothing.

        What belongs to a case that was withdrawn meanwhile is not written.

        Raises:
            AppendConflict: somebody else moved one of the views.
            EvidenceCorrupt: a line of progress was altered.
            Unavailable: the store cannot be written; nothing changed.
        """
        with self.database.writing() as cursor:
            for step in steps:
                _move(cursor, step.before, step.after)
            _write(cursor, "projected", {step.after.view: step.changes for step in steps})

    def begin(self, view: str) -> Progress:
        """Begin to make a view anew, beside its rows; who had begun before gives it up.

        A line of progress that was altered is forgotten. Raises: Unavailable, as `apply`.
        """
        with self.database.writing() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} FROM progress WHERE view = ?", (view,))  # noqa: S608 - ours
            found = cursor.fetchone()
            before = Progress(view) if found is None else _progress(found)
            begun = replace(before, build=before.build + 1, is_altered=False)
            for table in ("progress", "rebuilding"):
                cursor.execute(f"DELETE FROM {table} WHERE view = ?", (view,))  # noqa: S608 - ours
            cursor.execute(_BEGIN, begun.line)
        return begun

    def build(self, begun: Progress, rows: Mapping[str, str]) -> None:
        """Write rows beside those that are read.

        Raises:
            AppendConflict: somebody else began to make the view anew after this one had.
            Unavailable: as `apply`.
        """
        with self.database.writing() as cursor:
            _seal_of(cursor, begun)
            _write(cursor, "rebuilding", {begun.view: rows})

    def finish(self, begun: Progress, after: Progress, others: Collection[str]) -> None:
        """Let what was built take the place of a view's rows, wherever these came meanwhile; drop
        `others`, which it replaces.

        Raises: as `build`.
        """
        view = begun.view
        with self.database.writing() as cursor:
            cursor.execute(_MOVE, (*after.line[1:], view, _seal_of(cursor, begun)))
            cursor.execute("DELETE FROM projected WHERE view = ?", (view,))
            cursor.execute(
                "INSERT INTO projected (view, key, row)"
                " SELECT view, key, row FROM rebuilding WHERE view = ?",
                (view,),
            )
            cursor.execute("DELETE FROM rebuilding WHERE view = ?", (view,))
            for other in others:
                _forget(cursor, other)

    def forget(self) -> None:
        """Drop the rows and the progress of every view, so that they are made anew, and leave no
        residue of the rows. Idempotent.

        Raises:
            Unavailable: the store cannot be written, or others read it now: do it again.
        """
        with self.database.writing() as cursor:
            for table in (*CLEAR, "progress"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
        self.database.drive_out(CLEAR)

    # ---- reading ----

    def progress(self) -> dict[str, Progress]:
        """How far each view has read, by its name, altered lines among them."""
        found = self.database.ask(f"SELECT {_COLUMNS} FROM progress ORDER BY view")  # noqa: S608 - ours
        return {str(row[0]): _progress(row) for row in found}

    def views(self) -> tuple[str, ...]:
        """The views that have rows or progress, in order."""
        found = self.database.ask(
            "SELECT view FROM projected UNION SELECT view FROM rebuilding"
            " UNION SELECT view FROM progress ORDER BY view"
        )
        return tuple(str(row[0]) for row in found)

    def rows(self, view: str, table: Table = "projected") -> Iterator[tuple[str, str]]:
        """Every row of a view with its key, in the order of the keys, page by page."""
        after = ""
        statement = f"SELECT key, row FROM {table} WHERE view = ? AND key > ? ORDER BY key LIMIT ?"  # noqa: S608 - ours
        while page := self.database.ask(statement, (view, after, PAGE)):
            yield from ((str(key), str(row)) for key, row in page)
            after = page[-1][0]

    def of_subject(self, subject: str, views: Sequence[str]) -> dict[str, dict[str, str]]:
        """The rows of a case, or of the office, in some views, by view and key."""
        found: dict[str, dict[str, str]] = {}
        # The views are named because the key of the table begins with them.
        places = ",".join("?" * len(views))
        statement = (
            f"SELECT view, key, row FROM projected WHERE view IN ({places})"  # noqa: S608 - ours
            " AND key >= ? AND key < ?"
        )
        for view, key, row in self.database.ask(statement, (*views, *_keys_of(subject))):
            found.setdefault(view, {})[key] = row
        return found


def without(subjects: Iterable[str]) -> list[Batch]:
    """What takes every row of these subjects out of all views. Every key begins with its subject,
    which for a case is its reference and its label.
    """
    keys = [_keys_of(one) for one in subjects]
    return [(_WITHOUT.format(table=table), keys) for table in CLEAR]


def _keys_of(subject: str) -> tuple[str, str]:
    return subject, f"{subject}\uffff"


def _progress(row: Sequence[Any]) -> Progress:
    view, position, build, under, *stop, seal = row
    if seal != _seal(row[:-1]):
        return Progress(str(view), is_altered=True)
    stopped = None if stop[0] is None else Stopped(*stop)
    return Progress(view, position, build, under, stopped)


def _seal(cells: Sequence[object]) -> str:
    return sha256(_SPELT.encode([*cells]).encode()).hexdigest()


def _move(cursor: Cursor, before: Progress, after: Progress) -> None:
    if before.is_altered:
        raise EvidenceCorrupt(_altered(before.view))
    if before == Progress(before.view):
        cursor.execute(f"{_BEGIN} ON CONFLICT DO NOTHING", after.line)
    else:
        cursor.execute(_MOVE, (*after.line[1:], after.view, before.seal))
    if not cursor.rowcount:
        raise AppendConflict("the projection")


def _altered(view: str) -> str:
    return _ALTERED.format(view=view, name=view.partition(".")[0])


def _seal_of(cursor: Cursor, begun: Progress) -> str:
    """The seal of a view that nobody else has begun to make anew."""
    cursor.execute(
        "SELECT seal FROM progress WHERE view = ? AND build = ?", (begun.view, begun.build)
    )
    found = cursor.fetchone()
    if found is None:
        raise AppendConflict("the projection")
    return str(found[0])


def _write(cursor: Cursor, table: Table, changes: Mapping[str, Changes]) -> None:
    """Write rows of views, but for those of cases that were withdrawn; the office has no label."""
    subjects = {key.partition(" ")[0] for rows in changes.values() for key in rows}
    stands = standing(cursor, sorted(subjects))
    rows = [
        (view, key, row)
        for view, found in changes.items()
        for key, row in found.items()
        if stands.get(key.partition(" ")[0], True)
    ]
    removed = [(view, key) for view, key, row in rows if row is None]
    written = [one for one in rows if one[2] is not None]
    cursor.write(
        [
            (f"DELETE FROM {table} WHERE view = ? AND key = ?", removed),  # noqa: S608 - ours
            (
                f"INSERT INTO {table} (view, key, row) VALUES (?,?,?)"  # noqa: S608 - ours
                " ON CONFLICT (view, key) DO UPDATE SET row = excluded.row",
                written,
            ),
        ]
    )


def _forget(cursor: Cursor, view: str) -> None:
    for table in ("projected", "rebuilding", "progress"):
        cursor.execute(f"DELETE FROM {table} WHERE view = ?", (view,))  # noqa: S608 - ours
