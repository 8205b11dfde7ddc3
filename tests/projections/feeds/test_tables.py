"""Tables for spreadsheets: no cell is a formula (T-50), and nothing is lost on the way back."""

from __future__ import annotations

import csv
import io
import json

import pytest
from defusedcsv import csv as second_opinion  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadRequest
from ledger.projecting import definition_of, open_rows
from ledger.projections.feeds.tables import as_csv, as_jsonl, harmless
from tests.projections.feeds.reading import opened
from tests.register.ledgers import Ledger

ATTACKS = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "=cmd|' /C calc'!A0"),
    *("=1+1", "+1", "-1", "@A1", "|calc", "%0A=1", "'=1", '=HYPERLINK("x")', "-2+3"),
)

STARTS = "=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05"


def read_back(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file, without the apostrophe of what was made harmless."""
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [{k: v[1:] if v.startswith("'") else v for k, v in row.items()} for row in rows]


@pytest.mark.parametrize("attack", ATTACKS)
def test_t50_no_cell_begins_as_a_formula(attack: str) -> None:
    """T-50: plain and full-width, after a tab or a line's end; every cell stands in quotes."""
    text = as_csv([{"a": attack, "b": [attack], attack: 1}])
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [one for one in cells if one[:1] in STARTS and one]
    assert f"'{attack}" in cells
    assert [row["a"] for row in read_back(text)] == [attack]


@given(st.text())
def test_t50_whatever_another_tool_defuses_is_harmless_here_too(text: str) -> None:
    """T-50: beside ours stands the list of another project: it finds nothing left to do."""
    made = io.StringIO()
    second_opinion.writer(made).writerow([harmless(text)])
    plain = io.StringIO()
    csv.writer(plain).writerow([harmless(text)])
    assert made.getvalue() == plain.getvalue()


@given(st.lists(st.fixed_dictionaries({"name": st.text(), "n": st.integers(-9, 9)})))
def test_every_text_is_read_back(rows: list[dict[str, str | int]]) -> None:
    """Quotes, line ends and separators of any kind stay within their cell."""
    text = as_csv(rows)
    assert [row["name"] for row in read_back(text)] == [row["name"] for row in rows]
    assert [int(row["n"]) for row in read_back(text)] == [row["n"] for row in rows]
    assert [json.loads(line) for line in as_jsonl(rows).split("\n")[:-1]] == rows


def test_a_table_of_cases_has_their_rows(ledger: Ledger) -> None:
    """One line for the names, one for each open case; lists are JSON, what is absent is empty."""
    references = sorted([opened(ledger), opened(ledger)])
    rows = open_rows(
        ledger.home, ledger.register.reader(None), definition_of("cases"), ledger.clock
    )
    told = read_back(as_csv(rows))
    assert [row["reference"] for row in told] == references
    assert {row["flags"][0] for row in told} == {"["}
    assert as_csv(rows).count("\r\n") == 3
    assert [json.loads(one)["reference"] for one in as_jsonl(rows).splitlines()] == references
    assert (as_csv([]), as_jsonl([]), as_csv([{"a": None, "b": True}])) == (
        "",
        "",
        '"a","b"\r\n"","true"\r\n',
    )


def test_there_are_tables_of_projections_only() -> None:
    """A name that is no projection's is refused, and says where the names stand."""
    with pytest.raises(BadRequest, match="no projection people"):
        definition_of("people")
