"""Open projections: the same rows however they were reached, and never a skipped record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.keyring import Keyring, create
from ledger.domain.case import Case
from ledger.domain.law.deadlines import Reading
from ledger.errors import AppendConflict, EvidenceCorrupt
from ledger.founding import Founding, found
from ledger.home import Home
from ledger.projections.runner import Runner
from ledger.projections.views import CASES, DEADLINES, VIEWS
from ledger.register.acts import OFFICE, Act
from ledger.register.handle import Register

START = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
ZONE = "America/Chicago"


@dataclass
class Library:
    """A ledger with its director, whose clock moves a minute with each act."""

    home: Home
    director: Keyring
    minutes: int = 0

    @property
    def register(self) -> Register:
        """A register that has read nothing yet."""
        return Register(self.home, lambda: START + timedelta(minutes=self.minutes))

    def act(self, command: str, case: str | None = None, **fields: object) -> tuple[str, str]:
        """Act as the director; gives the reference and the last record's place."""
        self.minutes += 1
        receipt = self.register.handle(self.director, Act(command, fields, case))
        return receipt.case, receipt.records[-1].ref

    def runner(self) -> Runner:
        """A runner over the open store."""
        service = self.register.reader(None)

        def case_of(reference: str) -> Case:
            return service.case(reference).case

        return Runner(self.home.open, self.home.projected, case_of, service.reading())

    def reading(self) -> Reading:
        """How cases are read now."""
        return self.register.reader(None).reading()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A founded ledger under Missouri's law."""
    ruth, abel = create("ruth", b"", throw_away=True), create("abel", b"", throw_away=True)
    founders = ((ruth, "director"), (abel, "counsel"))
    founding = Founding("ledger.oak.example", ZONE, "us-mo/jcl", founders)
    home = found(tmp_path / "home", founding, START)
    yield Library(home, ruth)
    home.close()


def open_case_with_hold(library: Library) -> str:
    """An open case with a preservation request and a hold."""
    reference, _ = library.act("intake", mode="mail")
    library.act("open", reference)
    fields: dict[str, object] = {"level": "state", "categories": ["circulation"]}
    _, asked = library.act("receive-preservation-request", reference, **fields)
    held: dict[str, object] = {"categories": ["circulation"], "places": ["library-system"]}
    library.act("place-hold", reference, request=asked, **held)
    return reference


def test_the_case_list_says_where_a_case_stands_and_what_is_due(library: Library) -> None:
    """An open case with a hold shows its state, its hold and the date of its next duty."""
    reference = open_case_with_hold(library)
    runner = library.runner()
    assert runner.catch_up() > 0
    (row,) = runner.rows(CASES)
    assert (row["reference"], row["holds"], row["last"]) == (reference, 1, "hold-placed.v1")
    assert row["next_on"] == "2026-04-05"
    keep = next(one for one in runner.rows(DEADLINES) if one["rule"] == "preservation")
    assert (keep["nominal_on"], keep["rolled_on"]) == ("2026-04-05", "2026-04-06")


def test_a_sealed_visit_leaves_no_trace_in_the_stored_rows(library: Library) -> None:
    """Until a case is opened, nothing of it reaches the open projections."""
    library.act("intake", mode="in-person")
    runner = library.runner()
    runner.catch_up()
    assert [runner.rows(view) for view in VIEWS] == [(), ()]


def test_catching_up_twice_changes_nothing(library: Library) -> None:
    """A second run reads nothing and leaves the rows as they are."""
    open_case_with_hold(library)
    runner = library.runner()
    runner.catch_up()
    rows = [runner.rows(view) for view in VIEWS]
    assert library.runner().catch_up() == 0
    assert [runner.rows(view) for view in VIEWS] == rows


def test_a_closure_moves_what_counts_working_days_in_every_case(library: Library) -> None:
    """Ten working days to acknowledge a complaint of 5 January 2026 end on Tuesday the 20th, since
    Monday the 19th is a holiday; shut on the 15th, the library has until the 21st.
    """
    reference, _ = library.act("intake", mode="mail")
    library.act("open", reference)
    library.act("receive-complaint", reference, complainant="patron", allegation="conduct")

    def acknowledged_by() -> list[str]:
        runner = library.runner()
        runner.catch_up()
        rows = (row for row in runner.rows(DEADLINES) if row["reference"] == reference)
        return [r["effective_on"] for r in rows if r["rule"] == "complaint-acknowledgement"]

    assert acknowledged_by() == ["2026-01-20"]
    library.act("close-library", OFFICE, from_on="2026-01-15", reason="weather")
    assert acknowledged_by() == ["2026-01-21"]
    assert len(library.home.projected.views()) == len(VIEWS)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stops=st.lists(st.booleans(), min_size=4, max_size=4))
def test_rebuilt_rows_equal_those_that_grew(library: Library, stops: list[bool]) -> None:
    """Whenever the runner catches up in between, a rebuild from nothing gives the same rows."""
    for stop in stops:
        open_case_with_hold(library)
        if stop:
            library.runner().catch_up()
    runner = library.runner()
    runner.catch_up()
    grown = [runner.rows(view) for view in VIEWS]
    for view in VIEWS:
        runner.rebuild(view)
    assert [runner.rows(view) for view in VIEWS] == grown


def test_a_record_that_cannot_be_read_stops_the_runner(library: Library) -> None:
    """A projection that fails stops before the record, and goes on when it is mended."""
    open_case_with_hold(library)

    def broken(_: str) -> Case:
        raise EvidenceCorrupt("altered")

    failing = Runner(library.home.open, library.home.projected, broken, library.reading())
    with pytest.raises(EvidenceCorrupt):
        failing.catch_up()
    assert library.home.projected.position(CASES.tag) == 0
    assert library.runner().catch_up() > 0
    assert len(library.runner().rows(CASES)) == 1


def test_two_runners_do_not_apply_one_page_twice(library: Library) -> None:
    """Who comes second with the same position is refused, and nothing changes."""
    projected = library.home.projected
    projected.apply("trial.v1", 3, {"a": "{}"})
    with pytest.raises(AppendConflict):
        projected.apply("trial.v1", 3, {"a": None})
    assert projected.rows("trial.v1") == (("a", "{}"),)


def test_rows_that_a_case_no_longer_has_disappear(library: Library) -> None:
    """When a case's deadlines change, the stored rows are replaced, not added to."""
    reference = open_case_with_hold(library)
    library.runner().catch_up()
    before = {one["rolled_on"] for one in library.runner().rows(DEADLINES)}
    hold = library.register.reader(None).case(reference).case.holds[0].ref
    library.act("extend-hold", reference, hold=hold, renewal_received_on="2026-01-05")
    library.runner().catch_up()
    after = {one["rolled_on"] for one in library.runner().rows(DEADLINES)}
    assert "2026-04-06" in before
    assert "2026-04-06" not in after
    assert "2026-07-06" in after
