"""Rows as tables for other programs: CSV that no spreadsheet takes for formulas, and JSON Lines.

A cell that begins as a formula could begin, or with an apostrophe, gets an apostrophe in front: who
reads the table back takes one away. Every cell is quoted, so that no separator of any country
divides one. Cites: RFC 4180; threats T-50.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "'")
"""What a spreadsheet begins to reckon or to run at; their full-width forms besides."""
_WIDE = {"\uff1d": "=", "\uff0b": "+", "\uff0d": "-", "\uff20": "@", "\uff5c": "|", "\uff05": "%"}


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """One line for the names of the columns, in alphabetical order, and one for each row."""
    kept = list(rows)
    columns = sorted({name for row in kept for name in row})
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if columns:
        writer.writerow([harmless(name) for name in columns])
    writer.writerows([_cell(row.get(name)) for name in columns] for row in kept)
    return text.getvalue()


def as_jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    first = text[:1]
    return f"'{text}" if _WIDE.get(first, first) in FORMULA_STARTS else text


def _cell(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return harmless(json.dumps(value, sort_keys=True, ensure_ascii=False))
