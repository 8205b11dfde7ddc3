"""What is due for erasure by the library's own schedule: a list, and nothing more."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Line
from tests.cli.test_upkeep import closed_case

LCLD = (files("ledger.domain.law") / "packs" / "us-co" / "lcld.toml").read_text(encoding="utf-8")
SCHEDULE = """

[[time_rule]]
id = "lcld-schedule"
sentence = "The board's schedule runs on the calendar."
rolls_off = ["saturday", "sunday", "holiday"]
calendar = "us-co"
citation = "An example's schedule, 2"
source = "product_default"
confidence = "unverified"

[[value]]
id = "retention.closed_case_days"
sentence = "Closed cases are kept for 20 days."
value = 20
unit = "days"
citation = "An example's schedule, 1"
source = "local_policy"
confidence = "verified"

[[deadline]]
id = "case-retention"
sentence = "A closed case may be erased once the period has ended, counted from its closing."
kind = "may-destroy"
counts = ["retention.closed_case_days"]
measured_from = "closing"
time_rule = "lcld-schedule"
ends = "after"
citation = "An example's schedule, 1"
source = "local_policy"
confidence = "unverified"
"""


def enact(line: Line, tmp_path: Path, text: str) -> None:
    """Put the library's own pack in force."""
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    reviewed = ("--reviewed-by", "jane.doe", "--reviewed-on", "2026-06-18")
    line.good("law", "activate", str(own), *reviewed, by="mara")


def due(line: Line, by: str) -> dict[str, str]:
    """The state of each case in somebody's list."""
    rows: list[dict[str, Any]] = line.good("erase", "due", by=by)["cases"]
    return {one["reference"]: one["state"] for one in rows}


def test_without_a_schedule_nothing_is_due_and_the_list_says_why(line: Line) -> None:
    """No period is invented: the law in force says that no source gives one, and how sure it is."""
    line.enrol("kim", "staff")
    closed_case(line)
    line.later(days=9_000)
    answer = line("erase", "due", by="kim", as_json=False)
    assert "No source says how long this ledger is kept" in answer.out
    assert "product default; unverified" in answer.out
    assert due(line, "kim") == {}


def test_a_closed_case_is_due_when_the_later_day_has_ended(line: Line, tmp_path: Path) -> None:
    """Twenty days from Friday the 19th of June end on Thursday the 9th of July: due on the 10th. A
    case with a hold is never due, one that is open is not in the list, and nothing is erased.
    """
    line.enrol("kim", "staff")
    enact(line, tmp_path, LCLD + SCHEDULE)
    case, held = closed_case(line), closed_case(line)
    opened = str(line.good("case", "new", by="kim")["reference"])
    line.do(opened, "open", "mara")
    asked = {"level": "federal", "categories": ["computer-use"]}
    request = line.do(held, "receive-preservation-request", "mara", **asked)
    places = {"categories": ["computer-use"], "places": ["terminal-logs"]}
    line.do(held, "place-hold", "mara", request=request, **places)
    line.later(days=20)
    assert due(line, "kim") == {case: "not yet", held: "held"}
    line.later(days=1)
    assert due(line, "kim") == {case: "due", held: "held"}
    told = line("erase", "due", by="kim", as_json=False).out
    assert f"{case}  due      after 2026-07-09" in told
    assert "An example's schedule, 1 (local policy; unverified)" in told
    line.good("tick")
    assert line.good("case", "show", case, by="kim")


@pytest.mark.parametrize(
    ("mistaken", "sentence"),
    [
        (('measured_from = "closing"', 'measured_from = "return"'), "measured from closing"),
        (('unit = "days"', 'unit = "hours"'), "in days, months or years"),
        (("value = 20", "value = 9999999"), "before the year 10000"),
    ],
)
def test_a_schedule_that_is_none_is_told_in_a_sentence(
    line: Line, tmp_path: Path, mistaken: tuple[str, str], sentence: str
) -> None:
    """A rule of that name which runs from something else would list the wrong cases; one in hours,
    or beyond all calendars, none.
    """
    line.enrol("kim", "staff")
    enact(line, tmp_path, LCLD + SCHEDULE.replace(*mistaken))
    closed_case(line)
    answer = line("erase", "due", by="mara")
    assert answer.code == 2
    assert sentence in answer.err
