"""Labels: the name of a case leads to its newest stream, or nowhere once the case was withdrawn.

Rows of `labels` are only ever added; of those with one label the last one counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.stores.database import Asked, Cursor

NOWHERE = bytes(16)
"""Stands in the place of a stream where a label was withdrawn; no stream has this id."""

_NEWEST_UNDER = "SELECT stream FROM labels WHERE label = ? ORDER BY position DESC LIMIT 1"


def standing(cursor: Cursor, labels: Sequence[str]) -> dict[str, bool]:
    """Whether each of these labels leads somewhere; those that were never given are left out."""
    asked: list[Asked] = [(_NEWEST_UNDER, (one,)) for one in labels]
    found = zip(labels, cursor.together(asked), strict=True)
    return {one: rows[0][0] != NOWHERE.hex() for one, rows in found if rows}
