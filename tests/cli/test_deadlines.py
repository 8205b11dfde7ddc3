"""What is due, as people see it at the command line."""

from __future__ import annotations

from tests.cli.conftest import Line


def subpoena(line: Line) -> str:
    """An open case with a federal subpoena that came on Friday 19 June 2026."""
    reference = str(line.good("case", "new", by="mara")["reference"])
    line.do(reference, "open", "mara", reference=reference)
    paper = {"kind": "subpoena", "issuer": "clerk", "level": "federal"}
    line.do(reference, "receive-instrument", "mara", **paper)
    return reference


def test_what_was_not_done_in_time_is_overdue(line: Line) -> None:
    """Day 14 is Friday 3 July, an observed holiday; safe is the 2nd, and on the 3rd it is late."""
    reference = subpoena(line)
    for days, late in ((12, False), (1, False), (1, True)):
        line.later(days=days)
        (row,) = line.good("deadlines", by="mara")["deadlines"]
        assert (row["rule"], row["effective_on"]) == ("subpoena-objection", "2026-07-02")
        assert row["overdue"] is late
    told = line("deadlines", by="mara", as_json=False).out
    assert told.startswith(
        f"{reference}  2026-07-02  subpoena-objection (rolled: 2026-07-06), overdue"
    )
    assert told.rstrip().endswith("unverified")


def test_a_closure_of_the_library_is_recorded_and_verifies(line: Line) -> None:
    """The director closes the library for two days; the record holds offline."""
    line.do("office", "close-library", "mara", from_on="2026-07-02", days=2, reason="works")
    line.later(days=2)
    line.good("tick", by="mara")
    assert line("verify", by="mara").code == 0
