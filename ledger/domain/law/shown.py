"""The rows of a law in the order in which people read them: a library's own law first. Pure."""

from datetime import date

from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import Basis, DeadlineRule, Quotation, TimeProvision, Value
from ledger.domain.law.resolved import AnyRow, governing

KINDS: dict[type[AnyRow], str] = {
    Value: "value",
    Basis: "basis",
    TimeProvision: "time-rule",
    DeadlineRule: "deadline",
    Quotation: "quotation",
}
"""What each kind of row is called."""


def shown_rows(law: Law, on: date | None) -> tuple[tuple[str, bool, AnyRow], ...]:
    """List rows with their kind and whether they hold, in the order of the sources, a library's own
    law first. With a day, only rows that were in force on it.
    """
    by_kind: tuple[tuple[AnyRow, ...], ...] = (
        *(law.values, law.all_bases, law.time_rules),
        *(law.all_deadlines, law.quotations),
    )
    heights = {layer.name: height for height, layer in enumerate(law.layers)}
    found = [
        (KINDS[type(row)], _holds(rows, row, on), row)
        for rows in by_kind
        for row in rows
        if on is None or row.in_force(on)
    ]
    return tuple(sorted(found, key=lambda one: (-heights[one[2].layer or ""], one[2].place or 0)))


def _holds(rows: tuple[AnyRow, ...], row: AnyRow, on: date | None) -> bool:
    same = tuple(one for one in rows if one.id == row.id)
    return row is governing(same, row.id, on)  # type: ignore[type-var]  # rows are of one kind
