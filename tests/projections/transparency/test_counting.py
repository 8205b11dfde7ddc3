"""Which period a request is counted in, and as what."""

from __future__ import annotations

import pytest

from ledger.domain import events as e
from ledger.domain.events import Event
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.domain.reporting import period_of
from ledger.projections.definitions import Told
from ledger.projections.transparency.counting import (
    Counted,
    counted,
    instrument,
    outcome,
    time_to_decide,
    when,
)
from tests.domain.given import LCLD, Said, law_of, local, records, ref, said

REFERENCE = "7K3M-9Q2D-X"
VISIT, OPEN, SEALED, AGAIN = (letter * 32 for letter in "abcd")
Stream = tuple[str, list[Event | Said]]
OPENED = e.CaseOpened(reference=REFERENCE)
KEPT = e.CaseKeptSealed(reference=REFERENCE, ground="investigation", citation="Policy 7")


def on(event: Event, day: str, hour: str = "10:00") -> Said:
    """An event of a day in 2026, such as 06-19."""
    return said(event, at=local(f"2026-{day} {hour}"))


def request(day: str) -> Said:
    """A request of a day."""
    return on(e.RequestReceived(requester="law-enforcement", categories=("circulation",)), day)


def denied(day: str, asked: str) -> Said:
    """A denial of a day."""
    return on(e.DenialIssued(request=asked, reason="no-instrument"), day)


def case(*streams: Stream) -> Told:
    """A case of these streams, in reading order."""
    found: list[Recorded] = []
    for stream, events in streams:
        found += records(events, LCLD, stream)
    return Told.impersonal(REFERENCE, found, Reading(law_of, "America/Denver"))


def in_period(told: Told, name: str) -> list[Counted]:
    """What a period counts of a case, as new or as answered later."""
    found = counted([told], period_of(name))
    return [one for one in found if one.is_new or one.is_answered_later]


def periods(told: Told) -> dict[str, str]:
    """In which quarters of 2026 a case's only request is new, and when it was received."""
    names = [f"2026-Q{number}" for number in (1, 2, 3, 4)]
    return {
        name: when(one.row, period_of(name))
        for name in names
        for one in in_period(told, name)
        if one.is_new
    }


def test_a_request_is_counted_once_it_can_be_seen() -> None:
    """Not while its visit waits or is sealed: in the quarter in which its case was opened, as now
    reportable where it came before that quarter.
    """
    visit: Stream = (VISIT, [request("03-30")])
    assert periods(case(visit)) == {}
    assert periods(case(visit, (OPEN, [on(OPENED, "03-31")]))) == {"2026-Q1": "of-this-period"}
    sealed: Stream = (SEALED, [on(KEPT, "04-02")])
    assert periods(case(visit, sealed)) == {}
    opened = case(visit, sealed, (OPEN, [on(OPENED, "08-03")]))
    assert periods(opened) == {"2026-Q3": "now-reportable"}


def test_the_day_ends_by_the_librarys_clock() -> None:
    """Opened in the last minute of the quarter, or in the first of the next."""
    visit: Stream = (VISIT, [request("06-20")])
    before = case(visit, (OPEN, [on(OPENED, "06-30", "23:58")]))
    after = case(visit, (OPEN, [on(OPENED, "07-01", "00:00")]))
    assert (list(periods(before)), list(periods(after))) == (["2026-Q2"], ["2026-Q3"])


def test_what_is_sealed_late_is_counted_when_it_is_opened_again() -> None:
    """While it is sealed no draft counts it, of no period; what was done under seal is seen when
    it is opened.
    """
    streams: list[Stream] = [
        (OPEN, [on(OPENED, "01-10"), request("01-11")]),
        (SEALED, [on(KEPT, "02-01"), denied("05-09", ref(2, OPEN))]),
    ]
    assert periods(case(*streams)) == {}
    again = case(*streams, (AGAIN, [on(OPENED, "11-05")]))
    assert periods(again) == {"2026-Q4": "now-reportable"}
    assert [outcome(one.row) for one in in_period(again, "2026-Q4")] == ["denied"]


def test_a_visit_that_joins_an_open_case_moves_nothing_that_was_there() -> None:
    """The request of January stays in the first quarter; that of the new visit comes later."""
    told = case(
        (OPEN, [on(OPENED, "01-10"), request("01-11")]),
        (VISIT, [request("06-29")]),
        (AGAIN, [on(OPENED, "07-02")]),
    )
    found = {
        name: [one.row["ref"] for one in in_period(told, name)] for name in ("2026-Q1", "2026")
    }
    assert found == {"2026-Q1": [ref(2, OPEN)], "2026": [ref(2, OPEN), ref(1, VISIT)]}
    assert [one.row["ref"] for one in in_period(told, "2026-Q3")] == [ref(1, VISIT)]


def test_a_later_answer_is_told_by_the_period_in_which_it_came() -> None:
    """The first quarter ended without one, and says so for ever; the second counts it apart."""
    told = case(
        (OPEN, [on(OPENED, "01-10"), request("01-11"), denied("04-20", ref(2, OPEN))]),
    )
    (first,), (second,) = in_period(told, "2026-Q1"), in_period(told, "2026-Q2")
    assert (outcome(first.row), time_to_decide(first.row)) == ("unanswered", "not-decided")
    assert (second.is_new, outcome(second.row)) == (False, "denied")
    assert time_to_decide(second.row) == "more-than-90-days"
    assert in_period(told, "2026-Q3") == []


def test_what_leaves_after_its_approval_is_told_too() -> None:
    """Approved in one quarter, gone in the next."""
    approval = e.ApprovalGranted(request=ref(2, OPEN), basis="order", categories=("circulation",))
    left = e.DisclosureMade(
        approval=ref(3, OPEN), categories=("circulation",), records=2, method="paper"
    )
    told = case(
        (OPEN, [on(OPENED, "01-10"), request("01-11"), on(approval, "03-30"), on(left, "04-01")])
    )
    found = [(one.is_new, outcome(one.row)) for q in "12" for one in in_period(told, f"2026-Q{q}")]
    assert found == [(True, "approved"), (False, "disclosed")]


REFERRAL = e.AgentReferred(to="maya", outcome="no-answer")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), "unanswered"),
        ((on(REFERRAL, "01-12"),), "referred"),
        ((on(REFERRAL, "01-12"), denied("01-13", ref(2, OPEN))), "denied"),
    ],
)
def test_what_became_of_a_request(more: tuple[Said, ...], expected: str) -> None:
    """A referral counts as long as nothing was decided."""
    told = case((OPEN, [on(OPENED, "01-10"), request("01-11"), *more]))
    assert [outcome(one.row) for one in in_period(told, "2026-Q1")] == [expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"outcome": "disclosed", "narrowed_by": None}, "disclosed"),
        ({"outcome": "disclosed", "narrowed_by": "court"}, "narrowed-by-court"),
        ({"outcome": "partly-disclosed", "narrowed_by": None}, "narrowed-by-library"),
        ({"outcome": "partly-disclosed", "narrowed_by": "court"}, "narrowed-by-court"),
        ({"outcome": "denied", "narrowed_by": "library"}, "denied"),
    ],
)
def test_less_than_was_asked_is_no_whole_disclosure(row: dict[str, object], expected: str) -> None:
    """Whoever narrowed it is named; what was denied is denied."""
    assert outcome(row) == expected


def test_papers_and_days_fall_into_one_row_each() -> None:
    """None, one kind, several kinds; and the days at the edges of their bands."""
    kinds: tuple[list[str], ...] = ([], ["subpoena"], ["court-order", "subpoena"])
    assert [instrument({"instruments": one}) for one in kinds] == ["none", "subpoena", "several"]
    days = (0, 1, 3, 4, 10, 11, 30, 31, 90, 91)
    assert [time_to_decide({"days_to_decide": one}) for one in days] == [
        *("same-day", *["1-to-3-days"] * 2, *["4-to-10-days"] * 2),
        *(*["11-to-30-days"] * 2, *["31-to-90-days"] * 2, "more-than-90-days"),
    ]
