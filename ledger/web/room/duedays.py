"""Deadlines of all cases: a list, a month, and a line of time whose numbers stand in the list."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from ledger.errors import BadRequest
from ledger.projections.definitions import DEADLINES
from ledger.web.addresses import case_path
from ledger.web.doors import Door
from ledger.web.pages import render
from ledger.web.room.dates import Due, due_of_row
from ledger.web.room.gathering import Gathered
from ledger.web.visit import Visit

WIDTH, ROW = 800, 30
"""Of the drawing, in its own units."""
SPAN_DAYS = 90
MOST_DRAWN = 40


@dataclass(frozen=True)
class Line:
    """One open deadline of a case."""

    number: int
    reference: str
    path: str
    due: Due
    is_late: bool


@dataclass(frozen=True)
class Mark:
    """A deadline in the drawing: its line, and where its two dates stand, from 0 to `WIDTH`."""

    line: Line
    nominal_x: int
    effective_x: int
    y: int


def show(visit: Visit) -> Response:
    """Everything that is due in the cases that the visitor may see, earliest first.

    Raises:
        BadRequest: that is no month.
    """
    seen = Gathered(visit, visit.reader())
    today = date.fromisoformat(seen.today)
    lines = _lines(visit, seen)
    month = _month(visit.request.query_params.get("month"), today)
    before, after = month - timedelta(days=1), month + timedelta(days=31)
    told = {
        "lines": lines,
        "weeks": _weeks(month, lines),
        "month": f"{month:%B %Y}",
        "before": f"{before:%Y-%m}",
        "after": f"{after:%Y-%m}",
        "today": seen.today,
        "marks": _marks(lines, today),
        "ticks": _ticks(today),
        "width": WIDTH,
        "row": ROW,
    }
    return render(visit, "room/deadlines.html", told)


def _lines(visit: Visit, seen: Gathered) -> list[Line]:
    rows = [row for row in seen.rows(DEADLINES) if row["status"] == "open"]
    rows.sort(key=lambda row: (row["effective_on"], row["reference"], row["rule"]))
    return [
        Line(
            number,
            row["reference"],
            case_path(visit, row["reference"]),
            due := due_of_row(row),
            due.is_late(seen.today),
        )
        for number, row in enumerate(rows, start=1)
    ]


def _month(asked: str | None, today: date) -> date:
    """The first day of the month that was asked for. Raises: BadRequest."""
    if asked is None:
        return today.replace(day=1)
    try:
        month = date.fromisoformat(f"{asked}-01")
    except ValueError:
        month = date.min
    # Of the first year and of the last one a month has no month before it, or none after it.
    if not date.min.year < month.year < date.max.year:
        raise BadRequest("That is no month. Write it as 2026-06.")
    return month


def _weeks(month: date, lines: list[Line]) -> list[list[tuple[date, bool, list[Line]]]]:
    """The weeks that hold a month, from Sunday on: each day, whether it is of the month, and what
    is due on it.
    """
    due: dict[str, list[Line]] = {}
    for one in lines:
        due.setdefault(one.due.effective, []).append(one)
    weeks = calendar.Calendar(calendar.SUNDAY).monthdatescalendar(month.year, month.month)
    return [
        [(day, day.month == month.month, due.get(day.isoformat(), [])) for day in week]
        for week in weeks
    ]


def _marks(lines: list[Line], today: date) -> list[Mark]:
    """What the drawing shows: the first of the list that lie in its span."""
    drawn = [one for one in lines if _x(one.due.effective, today) is not None][:MOST_DRAWN]
    return [
        Mark(
            one,
            _x(one.due.nominal, today) or 0,
            _x(one.due.effective, today) or 0,
            place * ROW,
        )
        for place, one in enumerate(drawn, start=1)
    ]


def _x(day: str, today: date) -> int | None:
    """Where a day stands: some days of the span lie behind today; None outside of it."""
    behind = SPAN_DAYS // 6
    days = (date.fromisoformat(day) - today).days + behind
    return round(days * WIDTH / (SPAN_DAYS + behind)) if 0 <= days <= SPAN_DAYS + behind else None


def _ticks(today: date) -> list[tuple[int, str]]:
    """Today, and every fourteenth day after it."""
    days = [today + timedelta(days=n) for n in range(0, SPAN_DAYS, 14)]
    return [(x, f"{day.day} {day:%b}") for day in days if (x := _x(day.isoformat(), today))]


DOORS = (Door("GET", "/deadlines", "read-cases", show),)
