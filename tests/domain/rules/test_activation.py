"""A pack becomes law when somebody has reviewed it and the record says what it changes."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.domain.law.difference import difference
from ledger.domain.office_events import PackActivated
from tests.domain.given import AS_COUNSEL, AS_STAFF, COUNSEL, JCL, LCLD, given, law, local

REVIEWED_ON = date(2026, 3, 9)
NOON = local("2026-03-09 12:00")
LINES = tuple(change.line for change in difference(law(LCLD), law(JCL)))
ACTIVATED = PackActivated(
    law=law(JCL).digest().hex(),
    pack="us-mo/jcl 1",
    reviewed_by=COUNSEL,
    reviewed_on=REVIEWED_ON,
    difference=LINES,
)
LAWS = {law(name).digest().hex(): law(name) for name in (LCLD, JCL)}.__getitem__


def test_the_directorate_activates_a_reviewed_pack() -> None:
    """The director and the custodian do; counsel reviews and staff do neither."""
    given().when(ACTIVATED, at=NOON, role="director", laws=LAWS).then(ACTIVATED)
    given().when(ACTIVATED, at=NOON, laws=LAWS).then(ACTIVATED)
    for other in (AS_COUNSEL, AS_STAFF):
        refused = given().when(ACTIVATED, at=NOON, laws=LAWS, **other)
        refused.then_refused("directorate_v1", citing="FORMAT §1")


@pytest.mark.parametrize(
    ("at", "allowed"),
    [("2026-03-08 23:59", False), ("2026-03-09 00:00", True), ("2026-03-10 08:00", True)],
)
def test_no_pack_is_law_before_the_day_of_its_review(at: str, allowed: bool) -> None:
    """The day before, the day and the day after, by the library's own calendar."""
    decided = given().when(ACTIVATED, at=local(at), laws=LAWS)
    if allowed:
        decided.then(ACTIVATED)
    else:
        decided.then_refused("activation_reviewed_v1", citing="no. 55", saying="day of its review")


def test_a_review_has_a_day() -> None:
    """Without one nobody can tell whether the review came first."""
    undated = replace(ACTIVATED, reviewed_on=None)
    given().when(undated, at=NOON, laws=LAWS).then_refused("activation_reviewed_v1")


@pytest.mark.parametrize("told", [None, (), LINES[1:], (*LINES, "added value a.b"), LINES[::-1]])
def test_the_stated_difference_is_the_true_one(told: tuple[str, ...] | None) -> None:
    """Nothing is left out of what the reviewer is said to have read, and nothing added."""
    other = replace(ACTIVATED, difference=told)
    refused = given().when(other, at=NOON, laws=LAWS)
    refused.then_refused("activation_shows_difference_v1", saying="law diff")


def test_a_law_that_is_in_force_or_unknown_is_not_activated() -> None:
    """The same law again changes nothing; a digest that nobody has shows nothing."""
    again = replace(ACTIVATED, law=law(LCLD).digest().hex(), difference=())
    unknown = replace(ACTIVATED, law="ab" * 32)
    for wrong in (again, unknown):
        refused = given().when(wrong, at=NOON, laws=LAWS)
        refused.then_refused("activation_shows_difference_v1")
