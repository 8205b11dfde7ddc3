r"""A store's tables as text, for a ledger that leaves: one file a table, one line a row.

A line is a JSON object: the table's columns by their names, bytes as base64 in an object of their
own, nothing as null. Rows come in the order of their keys, and what encrypts them stays on them.

    {"one":1,"closed":3,"running":4}
    {"head":{"base64":"/w=="}}
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ledger.stores.tables import POSITION, Side, Table, pages

_BYTES = "base64"


def lines_of(side: Side, table: Table) -> Iterator[bytes]:
    """Write a table down, page by page.

    Raises:
        EvidenceCorrupt: its rows cannot be counted in their order.
    """
    names = _names(table)
    for page in pages(side, table):
        rows = (dict(zip(names, map(_told, row), strict=True)) for row in page)
        yield b"".join(_line(row) for row in rows)


def rows_in(path: Path, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Read back what `lines_of` wrote, page by page. The caller knows who wrote it."""
    names = _names(table)
    with path.open("rb") as file:
        while page := [json.loads(line) for line in islice(file, table.page)]:
            yield [tuple(_value(row[name]) for name in names) for row in page]


def _names(table: Table) -> tuple[str, ...]:
    return tuple("position" if one == POSITION else one for one in table.columns)


def _line(row: object) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _told(value: object) -> object:
    return {_BYTES: base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _value(value: object) -> object:
    return base64.b64decode(value[_BYTES]) if isinstance(value, dict) else value


def rows_as_lines(rows: Iterable[object]) -> Iterator[bytes]:
    """Write rows of a projection down, one a line."""
    return (_line(row) for row in rows)
