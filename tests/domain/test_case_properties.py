"""What holds of every case, whatever was recorded, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.domain.case import Case
from ledger.domain.evolve import replay
from ledger.domain.law.deadlines import Reading, deadlines
from ledger.domain.law.flags import flags
from ledger.domain.office import Recorded
from tests.domain.given import law_of
from tests.domain.strategies import histories

# Examples by hand reach every line in every run; what is drawn reaches others each time.
pytestmark = pytest.mark.no_cover
ZONE = st.sampled_from(["America/Denver", "America/Chicago", "Pacific/Kiritimati"])


@settings(max_examples=100)
@for_all(history=histories())
def test_no_history_breaks_the_fold(history: list[Recorded]) -> None:
    """Every record is kept as it was signed, in its order, and every case has a state."""
    case = replay(history)
    assert case.records == tuple(history)
    assert case.state
    assert len(case.assents) == sum(one.type == "assented.v1" for one in history)


@settings(max_examples=60)
@for_all(history=histories(), data=st.data())
def test_replay_is_the_same_at_any_split(history: list[Recorded], data: st.DataObject) -> None:
    """Folding some records first and the rest later gives the same case."""
    at = data.draw(st.integers(0, len(history)))
    assert replay(history[at:], replay(history[:at])) == replay(history)


@settings(max_examples=80)
@for_all(history=histories(), zone=ZONE)
def test_no_history_breaks_deadlines_and_flags(history: list[Recorded], zone: str) -> None:
    """Whatever happened has deadlines and flags, each tied to a record of the case."""
    case = replay(history)
    refs = {one.ref for one in history}
    due = deadlines(case, Reading(law_of, zone))
    found = flags(case, Reading(law_of, zone))
    assert {one.trigger for one in due} | {one.ref for one in found} <= refs
    assert list(due) == sorted(due, key=lambda d: (d.effective_on, d.rule, d.trigger))
    assert all(one.sentence and one.citation and one.confidence for one in due)
    assert all(one.sentence and one.citation and one.confidence for one in found)
    assert all(one.nominal_on <= one.rolled_on for one in due)


@settings(max_examples=60)
@for_all(history=histories())
def test_a_duty_to_keep_is_shown_late_and_a_duty_to_act_early(history: list[Recorded]) -> None:
    """Safety is asymmetric: keep until the later date, act by the earlier one, faces never roll."""
    for due in deadlines(replay(history), Reading(law_of, "America/Denver")):
        match due.kind:
            case "keep":
                assert due.effective_on == due.rolled_on
            case "act":
                assert due.effective_on <= due.nominal_on
            case "validity":
                assert due.effective_on == due.nominal_on == due.rolled_on
            case "may-destroy" | "may-release":
                assert due.effective_on == due.rolled_on


def test_nothing_happened_in_an_empty_case() -> None:
    """No records, no state but received, no deadlines, no flags."""
    case = replay([])
    assert case == Case()
    assert deadlines(case, Reading(law_of, "America/Denver")) == ()
    assert flags(case, Reading(law_of, "America/Denver")) == ()
