"""Deciding: facts are never refused, decisions are refused with every provision at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.domain import events as e
from ledger.domain import office_events as o
from ledger.domain import passkey_events as k
from ledger.domain.codec import EVENT_TYPES
from ledger.domain.context import Context
from ledger.domain.decide import Refused, decide
from ledger.domain.events import Event
from ledger.domain.evolve import replay
from ledger.domain.office import Office, Recorded
from tests.domain.given import OFFICE, STAFF, ZONES, given, law, law_of
from tests.domain.strategies import events, histories, instants

FACTS = sorted(
    (kind for kind in EVENT_TYPES.values() if issubclass(kind, e.Fact)), key=lambda k: k.__name__
)
DECISIONS = sorted(
    (kind for kind in EVENT_TYPES.values() if issubclass(kind, e.Decision)),
    key=lambda kind: kind.__name__,
)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    """Anybody, at any time, in any role, under any law."""
    pack = draw(st.sampled_from(sorted(ZONES)))
    return Context(
        at=draw(instants()),
        recorded_by=draw(st.sampled_from(["maya", "tomas", "ines", "front-desk", "stranger"])),
        role=draw(st.sampled_from(["custodian", "designee", "counsel", "staff", "desk", "x"])),
        under=draw(st.sampled_from([None, f"{'a' * 32}:1"])),
        office=draw(st.sampled_from([OFFICE, Office()])),
        law=law(pack),
        zone=ZONES[pack],
        law_of=draw(st.sampled_from([None, law_of])),
    )


@pytest.mark.no_cover  # The examples of each rule reach every line.
@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
@settings(max_examples=6)
@for_all(data=st.data(), history=histories(), context=contexts())
def test_a_fact_is_never_refused(
    kind: type[Event], data: st.DataObject, history: list[Recorded], context: Context
) -> None:
    """Whatever was seen, heard or received is recordable by anybody at any time."""
    fact = data.draw(events(kind, nearby=True))
    assert decide(replay(history), fact, context) == (fact,)


@pytest.mark.no_cover  # As above.
@pytest.mark.parametrize("kind", DECISIONS, ids=lambda kind: kind.__name__)
@settings(max_examples=6)
@for_all(data=st.data(), history=histories(), context=contexts())
def test_a_decision_is_permitted_or_refused_with_reasons(
    kind: type[Event], data: st.DataObject, history: list[Recorded], context: Context
) -> None:
    """No case and no context breaks a rule; each refusal has its sentence, source and citation."""
    decision = data.draw(events(kind, nearby=True))
    outcome = decide(replay(history), decision, context)
    if isinstance(outcome, Refused):
        assert outcome.provisions
        assert len({one.rule for one in outcome.provisions}) == len(outcome.provisions)
        for broken in outcome.provisions:
            assert broken.sentence.endswith(".")
            assert broken.citation
            assert broken.source
            assert broken.confidence in {"verified", "partly", "unverified"}
    else:
        assert outcome == (decision,)


AUTHORITY = {
    *("custodian_decides_v1", "counsel_answers_v1", "directorate_v1"),
    *("recovery_proposed_v1", "counsel_reattests_v1", "counsel_attests_v1"),
    *("auditor_audits_v1", "counsel_confirms_v1", "counsel_owns_answer_v1"),
    *("another_answers_for_glass_v1", "band_by_counsel_and_custodian_v1", "report_by_custodian_v1"),
}


FOR_ONESELF = {o.Assented, k.PasskeyEnrolled, k.PasskeyApproved}
"""In these a person of any role speaks for themselves."""


@pytest.mark.parametrize(
    "kind", [kind for kind in DECISIONS if kind not in FOR_ONESELF], ids=lambda kind: kind.__name__
)
@settings(max_examples=3)
@for_all(data=st.data())
def test_staff_decide_nothing(kind: type[Event], data: st.DataObject) -> None:
    """Every decision but one's own word asks first who decides, whatever else stands against it."""
    decision = data.draw(events(kind, nearby=True))
    refused = given().when(decision, by="-", role="staff")
    assert AUTHORITY & {one.rule for one in refused.broken}


def test_founding_is_not_proposed_through_a_door() -> None:
    """Founding has no rule, because there is no office yet that could have one."""
    countersigned = o.FoundingCountersigned(founded="ab" * 32)
    given().when(countersigned, by=STAFF, role="staff").then(countersigned)


def test_the_day_of_an_act_is_the_librarys_own() -> None:
    """Half past six in the morning of the ninth in London was still the eighth in Colorado."""
    context = Context(
        at=datetime(2026, 3, 9, 5, 30, tzinfo=UTC),
        recorded_by="maya",
        role="custodian",
        under=None,
        office=OFFICE,
        law=law("us"),
        zone="America/Denver",
    )
    assert str(context.on) == "2026-03-08"
    assert context.pinned("00" * 32) is context.law
