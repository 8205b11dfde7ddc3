"""Who knows all that is printed, and this program, is not told any small figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, pairwise, product

import pytest

from ledger.projections.transparency.cells import Cell, Sum, cell, gives_away
from ledger.projections.transparency.counting import Counted
from ledger.projections.transparency.report import Table, part_of

SMALL = "fewer than 5"


def test_how_figures_are_printed() -> None:
    """0, "fewer than 5", and bands of five; at their edges."""
    printed = {count: cell(count).text for count in (0, 1, 4, 5, 9, 10, 14, 15, 109, 110)}
    assert printed == {
        **{0: "0", 1: SMALL, 4: SMALL, 5: "5 to 9", 9: "5 to 9"},
        **{10: "10 to 14", 14: "10 to 14", 15: "15 to 19", 109: "105 to 109", 110: "110 to 114"},
    }
    assert [cell(count, shows_zero=False).text for count in (0, 4, 5)] == [SMALL, SMALL, "5 to 9"]


def test_figures_at_the_edges_of_their_bands_give_themselves_away() -> None:
    """Four figures that make at most eight, three of them small, and one at least 5: three are 1;
    one more to share would hide them.
    """
    printed = {"a": cell(5), "b": cell(1), "c": cell(1), "d": cell(1), "all": Cell(5, 8)}
    sums = [Sum("all", ("a", "b", "c", "d"))]
    assert gives_away(printed, sums)
    assert not gives_away({**printed, "all": Cell(5, 9)}, sums)
    full = {"a": cell(4), "b": cell(4), "all": Cell(8, 12)}
    assert gives_away(full, [Sum("all", ("a", "b"))])
    assert not gives_away({**full, "all": Cell(7, 12)}, [Sum("all", ("a", "b"))])


def test_what_follows_in_two_steps_is_found() -> None:
    """A figure that two sums share carries what one tells to the other."""
    printed = {"a": cell(1), "b": cell(1), "c": Cell(2, 2), "d": Cell(0, 0)}
    sums = [Sum("shared", ("a", "b")), Sum("shared", ("c", "d"))]
    assert gives_away(printed, sums)


def ways(total: int, rows: int) -> Iterator[tuple[int, ...]]:
    """Every way to divide a number among rows."""
    for bars in combinations(range(total + rows - 1), rows - 1):
        edges = (-1, *bars, total + rows - 1)
        yield tuple(after - before - 1 for before, after in pairwise(edges))


@pytest.mark.parametrize(("first", "second"), [(4, 2), (3, 3)])
def test_every_report_that_prints_a_small_figure_has_another_one_behind_it(
    first: int, second: int
) -> None:
    """Of all tables of two kinds with 5 to 9 requests: whatever is printed, each small figure in it
    has two values at least, for who tries every table in this very program.
    """
    tables = [
        Table("x", tuple(map(str, range(first))), lambda one: str(one.row["x"])),
        Table("y", tuple(map(str, range(second))), lambda one: str(one.row["y"])),
    ]
    behind: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    left_out = 0
    for total in range(5, 10):
        for counts in product(ways(total, first), ways(total, second)):
            told = part_of(requests(*counts), tables, (), shows_zero=True)
            left_out += not told["tables"]
            for table, known in zip(told["tables"], counts, strict=False):
                for row, count in zip(table["rows"], known, strict=True):
                    if row["count"] == SMALL:
                        behind[str(told)][f"{table['table']}/{row['row']}"].add(count)
    assert behind
    assert bool(left_out) == (first == 4)
    assert min(len(found) for cells in behind.values() for found in cells.values()) > 1


def requests(xs: tuple[int, ...], ys: tuple[int, ...]) -> list[Counted]:
    """Requests of which so many are in each row of two tables."""
    x_of = [row for row, count in enumerate(xs) for _ in range(count)]
    y_of = [row for row, count in enumerate(ys) for _ in range(count)]
    return [Counted({"x": x, "y": y}, None) for x, y in zip(x_of, y_of, strict=True)]
