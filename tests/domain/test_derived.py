"""What is claimed of a case follows from its records, with the people in them or without."""

from __future__ import annotations

from hypothesis import given as for_all
from hypothesis import settings

from ledger.domain.derived import derive, impersonal
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import deadlines
from ledger.domain.law.flags import flags
from ledger.domain.office import Recorded
from ledger.evidence.derived import Claims, dump, load
from tests.domain.given import law_of
from tests.domain.strategies import histories

ZONE = "America/Chicago"


@settings(max_examples=80)
@for_all(history=histories())
def test_what_is_claimed_is_what_people_see(history: list[Recorded]) -> None:
    """State, flags and deadlines are those of the case, row by row, and have their one spelling."""
    case, derived = replay(history), derive(history, law_of, ZONE)
    assert derived.state == case.state
    found = [(one.ref, one.name, one.sentence) for one in flags(case, law_of, ZONE)]
    assert [(one["ref"], one["name"], one["sentence"]) for one in derived.flags] == found
    due = deadlines(case, law_of, ZONE)
    told = [(one.trigger, one.rule, one.effective_on.isoformat()) for one in due]
    assert [(one["ref"], one["name"], one["effective_on"]) for one in derived.deadlines] == told
    claims = Claims(1, ZONE, derived.state, derived.flags, derived.deadlines)
    assert load(dump(claims)) == claims


@settings(max_examples=80)
@for_all(history=histories())
def test_erasing_people_changes_nothing_that_is_claimed(history: list[Recorded]) -> None:
    """A record without its personal values is still one, and the same follows from it."""
    bare = [impersonal(one) for one in history]
    assert [one.ref for one in bare] == [one.ref for one in history]
    assert derive(bare, law_of, ZONE) == derive(history, law_of, ZONE)
