"""The runner: rows of what stands open, caught up page by page, and never a skipped record."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from ledger.errors import AppendConflict, EvidenceCorrupt, Unavailable
from ledger.projections import runner as runners
from ledger.projections.definitions import CASES, DEADLINES, DEFINITIONS, HISTORY, Told
from ledger.projections.definitions.definition import Made
from ledger.stores.projected import Progress, Step
from tests.projections.library import PRESERVED, Library

OPEN = [one for one in DEFINITIONS if one.subject == "case"]


def test_the_case_list_says_where_a_case_stands_and_what_is_due(library: Library) -> None:
    """An open case with a hold shows its state, its hold and the date of its next duty."""
    reference = library.held()
    (row,) = library.rows(CASES)
    assert (row["reference"], row["holds"], row["last"]) == (reference, 1, "hold-placed.v1")
    assert (row["state"], row["with"]) == ("under-decision", ["custodian"])
    assert (row["next_duty"], row["next_on"]) == ("preservation-renewal", "2026-04-05")
    keep = next(one for one in library.rows(DEADLINES) if one["rule"] == "preservation")
    assert (keep["nominal_on"], keep["rolled_on"]) == ("2026-04-05", "2026-04-06")


def test_a_sealed_visit_leaves_no_trace_in_the_stored_rows(library: Library) -> None:
    """Until a case is opened, nothing of it reaches the open projections."""
    library.act("intake", mode="in-person")
    library.runner().catch_up()
    assert {view for view, rows in library.stored().items() if rows} == {
        one.tag for one in DEFINITIONS if one.subject == "office"
    }


def test_catching_up_twice_changes_nothing(library: Library) -> None:
    """A second run reads nothing and leaves the rows as they are."""
    library.held()
    library.runner().catch_up()
    rows = library.stored()
    assert library.runner().catch_up() == 0
    assert library.stored() == rows


def test_a_closure_moves_what_counts_working_days_in_every_case(library: Library) -> None:
    """Ten working days to acknowledge a complaint of 5 January 2026 end on Tuesday the 20th, since
    Monday the 19th is a holiday; shut on the 15th, the library has until the 21st.
    """
    reference = library.opened()
    library.act("receive-complaint", reference, complainant="patron", allegation="conduct")

    def acknowledged_by() -> list[str]:
        rows = library.rows(DEADLINES)
        return [r["effective_on"] for r in rows if r["rule"] == "complaint-acknowledgement"]

    assert acknowledged_by() == ["2026-01-20"]
    library.act("close-library", "office", from_on="2026-01-15", reason="weather")
    assert acknowledged_by() == ["2026-01-21"]
    assert library.home.projected.views() == tuple(sorted(one.tag for one in DEFINITIONS))


def test_rows_that_a_case_no_longer_has_disappear(library: Library) -> None:
    """When a case's deadlines change, the stored rows are replaced, not added to."""
    reference = library.held()
    before = {one["rolled_on"] for one in library.rows(DEADLINES)}
    hold = library.register.reader(None).case(reference).case.holds[0].ref
    library.act("extend-hold", reference, hold=hold, renewal_received_on="2026-01-05")
    after = {one["rolled_on"] for one in library.rows(DEADLINES)}
    assert "2026-04-06" in before
    assert "2026-04-06" not in after
    assert "2026-07-06" in after


def test_an_older_definition_gives_way_to_the_new_one(library: Library) -> None:
    """A changed definition is made anew, and what the older one wrote is dropped."""
    library.opened()
    older = replace(CASES, version=CASES.version - 1)
    library.runner([older]).catch_up()
    assert older.tag in library.stored()
    library.runner([CASES]).catch_up()
    assert [*library.stored()] == [CASES.tag]


# ---- failing ----


def test_a_definition_that_fails_stops_alone_and_says_where(library: Library) -> None:
    """The others go on. Mended, it goes on from the record before which it stopped."""
    first = library.opened()
    library.runner().catch_up()
    second = library.opened()

    def broken(told: Told) -> Made:
        if told.reference == second:
            raise ZeroDivisionError
        return HISTORY.make(told)

    failing = [CASES, replace(HISTORY, make=broken)]
    runner, since = library.runner(failing), library.now
    runner.catch_up()
    whole, stopped = runner.status()
    assert whole.behind == 0
    assert stopped.progress.stopped is not None
    assert (stopped.progress.stopped.kind, stopped.behind) == ("ZeroDivisionError", 1)
    assert stopped.progress.stopped.at == (stopped.progress.position or 0) + 1
    assert stopped.progress.stopped.since == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert {row["reference"] for row in runner.rows(CASES)} == {first, second}
    with pytest.raises(Unavailable, match="history has stopped"):
        runner.check(HISTORY)
    library.minutes += 5
    library.runner(failing).catch_up()
    assert library.runner(failing).progress(HISTORY) == stopped.progress
    assert {row["reference"] for row in library.rows(HISTORY)} == {first, second}


def test_one_that_fails_while_it_is_made_anew_keeps_its_old_rows(library: Library) -> None:
    """Nobody reads half of it, and it says where it stopped."""
    library.opened()
    library.runner([CASES]).catch_up()
    rows = library.stored()

    def broken(_: Told) -> Made:
        raise LookupError

    failing = library.runner([replace(CASES, make=broken)])
    failing.rebuild([replace(CASES, make=broken)])
    assert library.stored() == rows
    stopped = failing.progress(CASES).stopped
    assert stopped is not None
    assert stopped.kind == "LookupError"


def test_a_record_that_cannot_be_read_stops_what_needs_it(library: Library) -> None:
    """Whatever is made of cases stops before it; the office goes on."""
    library.held()
    library.runner().catch_up()
    library.opened()
    library.act("receive-preservation-request", library.opened(), **PRESERVED)
    position = library.home.open.last_position()
    with closing(sqlite3.connect(library.home.path / "open.db")) as raw, raw:
        raw.execute("DROP TRIGGER stored_events_UPDATE")
        (state,) = raw.execute(
            "SELECT state FROM stored_events WHERE rowid = ?", (position,)
        ).fetchone()
        altered = bytes([state[0] ^ 1, *state[1:]])
        raw.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (altered, position))
    runner = library.runner()
    runner.catch_up()
    for one in runner.status():
        kinds = one.progress.stopped and one.progress.stopped.kind
        assert kinds == ("EvidenceCorrupt" if one.definition in OPEN else None)
    with pytest.raises(EvidenceCorrupt):
        runner.check(CASES)
    with closing(sqlite3.connect(library.home.path / "open.db")) as raw, raw:
        raw.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, position))
    assert library.runner().catch_up() > 0
    assert len(library.rows(CASES)) == 3


# ---- several runners ----


def test_two_runners_do_not_apply_one_page_twice(library: Library) -> None:
    """Who comes second with the same progress is refused, and nothing changes."""
    projected = library.home.projected
    before, after = Progress("trial.v1"), Progress("trial.v1", 3)
    projected.apply([Step(before, after, {"a": "{}"})])
    for again in (Step(before, after, {"a": None}), Step(Progress("trial.v1", 2), after, {})):
        with pytest.raises(AppendConflict):
            projected.apply([again])
    assert [*projected.rows("trial.v1")] == [("a", "{}")]


def test_who_began_last_makes_it_anew_and_who_catches_up_does_not_disturb(
    library: Library,
) -> None:
    """A build that somebody else took over writes nothing more; one that goes on is swapped in,
    though the old rows were caught up meanwhile.
    """
    projected = library.home.projected
    projected.apply([Step(Progress("trial.v1"), Progress("trial.v1", 3), {"a": "old"})])
    given_up = projected.begin("trial.v1")
    begun = projected.begin("trial.v1")
    with pytest.raises(AppendConflict):
        projected.build(given_up, {"a": "half"})
    projected.build(begun, {"b": "new"})
    at = projected.progress()["trial.v1"]
    projected.apply([Step(at, replace(at, position=4), {"c": "later"})])
    assert [*projected.rows("trial.v1")] == [("a", "old"), ("c", "later")]
    with pytest.raises(AppendConflict):
        projected.finish(given_up, replace(given_up, position=3), ())
    projected.finish(begun, replace(begun, position=3), ())
    assert [*projected.rows("trial.v1")] == [("b", "new")]
    assert [*projected.rows("trial.v1", "rebuilding")] == []


def test_a_long_store_is_read_in_pages_and_each_case_is_what_it_was_at_the_page(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pages of three records the rows come out the same as with one page for all."""
    library.runner().catch_up()
    for _ in range(3):
        library.held()
    library.runner().catch_up()
    rows = library.stored()
    library.runner().rebuild(DEFINITIONS)
    assert library.stored() == rows
    projected = library.home.projected
    projected.forget()
    for one in DEFINITIONS:
        under = runners.closures(frozenset()) if one in OPEN else ""
        projected.apply([Step(Progress(one.tag), Progress(one.tag, 0, under=under), {})])
    monkeypatch.setattr(runners, "PAGE", 3)
    last = library.home.open.last_position()
    assert library.runner().catch_up() == last
    assert library.stored() == rows


def test_an_altered_line_of_progress_stops_everything_until_it_is_made_anew(
    library: Library,
) -> None:
    """Nobody goes on from a place that somebody wrote in by hand."""
    library.opened()
    library.runner().catch_up()
    rows = library.stored()
    with library.home.open.database.writing() as cursor:
        cursor.execute("UPDATE progress SET position = 1 WHERE view = ?", (CASES.tag,))
    with pytest.raises(EvidenceCorrupt, match="rebuild cases"):
        library.runner().catch_up()
    library.runner().rebuild([CASES])
    library.runner().catch_up()
    assert library.stored() == rows
