"""A definition: a named, versioned function from the records of a subject to rows. Pure.

A row is plain JSON in one spelling (`ledger.evidence.jcs`) under a key that begins with its
subject. It says in `records` on which records (stream:seq) it rests, and where law decided, in
`law` and `pack` under which. A changed definition gets a new version, which forces a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ledger.domain.form import Form
from ledger.evidence import jcs
from ledger.projections.definitions.told import OFFICE, Told

Row = dict[str, Any]  # Plain JSON, as msgspec.to_builtins gives it.
Rows = Mapping[str, Row]
Made = Iterator[tuple[str, Row]]
"""Rows, each with what its key says after the subject; empty where a subject has but one row."""
_ROW = Form[Row](Row)


class SameKey(ValueError):
    """A definition gave two rows under one key."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What is kept of each subject, under which name and version."""

    name: str
    version: int
    subject: Literal["case", "office"]
    make: Callable[[Told], Made]

    @property
    def tag(self) -> str:
        """The name under which rows and progress are kept."""
        return f"{self.name}.v{self.version}"

    def rows(self, told: Told) -> Rows:
        """The rows of one subject by their keys.

        Raises: SameKey, and whatever reading the law raises.
        """
        rows: dict[str, Row] = {}
        for rest, row in self.make(told):
            key = f"{told.reference} {rest}" if rest else told.reference
            if key in rows:
                raise SameKey(self.name)
            rows[key] = msgspec.to_builtins(row)
        return rows

    def spelt(self, told: Told) -> dict[str, str]:
        """The rows of one subject in their one spelling.

        Raises: as `rows`; Malformed for what is no plain JSON.
        """
        return {key: spell(row) for key, row in self.rows(told).items()}

    def is_of(self, subject: str) -> bool:
        """Whether its rows are of such a subject: the office, or cases."""
        return (subject == OFFICE) is (self.subject == "office")


def spell(row: Row) -> str:
    """A row in its one spelling. Raises: Malformed."""
    return jcs.dump(row).decode()


def read(text: str) -> Row:
    """A row from its spelling. Raises: ValueError for what is no JSON object."""
    try:
        return _ROW.parse(text.encode())
    except msgspec.DecodeError as error:
        raise ValueError("no row") from error


def subject_of(key: str) -> str:
    """The case's reference, or the office, with which a key begins."""
    return key.partition(" ")[0]
