"""The register of copies, folded: what is out, until when, and which matter it shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from ledger.domain.copies import Copy, by_urgency, copies_of, house_day
from ledger.domain.events import CopyDestroyed, CopyExported, CopyKept
from tests.domain.given import CUSTODIAN, STAFF, Said, digest, given, said

UNTIL = date(2026, 9, 30)
STREAM, OTHER = "1a" * 16, "2b" * 16
CASE = CopyExported(
    shows="case", streams=(STREAM,), sha256=digest(7), until_on=UNTIL, until_by="person"
)
ALL = CopyExported(
    shows="ledger", sha256=digest(8), until_on=UNTIL + timedelta(days=5), until_by="house"
)


def copies(*events: Said) -> tuple[Copy, ...]:
    """What a story of records says of copies."""
    return copies_of(given(*events).case.records)


def test_a_copy_is_overdue_from_the_day_after_its_day() -> None:
    """The day before and the day itself are in time."""
    (copy,) = copies(said(CASE, by=STAFF))
    days = [UNTIL + timedelta(days=number) for number in (-1, 0, 1)]
    assert [copy.state(one) for one in days] == ["out", "out", "overdue"]
    assert not copy.is_houses


def test_what_is_kept_has_another_day_and_what_is_destroyed_none() -> None:
    """The last day that somebody chose counts, and is no more the house's; what answers for no copy
    changes nothing. What was said to be destroyed and turned up again is out, and may be overdue.
    """
    first = said(ALL, by=STAFF)
    of = copies(first)[0].record.e
    later = said(CopyKept(of=of, until_on=UNTIL + timedelta(days=90)), by=CUSTODIAN)
    (kept,) = copies(first, said(CopyDestroyed(of=digest(3)), by=STAFF), later)
    assert copies(first)[0].is_houses
    assert (kept.until_on, kept.is_houses) == (UNTIL + timedelta(days=90), False)
    assert kept.state(UNTIL + timedelta(days=6)) == "out"
    (gone,) = copies(first, later, said(CopyDestroyed(of=of), by=CUSTODIAN))
    assert gone.state(date(2030, 1, 1)) == "destroyed"
    (found,) = copies(first, said(CopyDestroyed(of=of), by=CUSTODIAN), later)
    last = UNTIL + timedelta(days=90)
    assert [found.state(day) for day in (last, last + timedelta(days=1))] == ["out", "overdue"]


@pytest.mark.parametrize(("streams", "shown"), [((STREAM, OTHER), True), ((OTHER,), False)])
def test_a_copy_of_a_case_shows_its_streams_and_no_others(
    streams: tuple[str, ...], shown: bool
) -> None:
    """An erasure names the copies of its own matter."""
    (copy,) = copies(said(CASE, by=STAFF))
    assert copy.shows(streams, copy.record.recorded_at - timedelta(days=9)) is shown


def test_a_copy_of_everything_may_show_what_had_begun() -> None:
    """What began after a copy of the ledger left is not in it."""
    (copy,) = copies(said(ALL, by=STAFF))
    at = copy.record.recorded_at
    assert copy.shows((OTHER,), at)
    assert not copy.shows((OTHER,), at + timedelta(seconds=1))


def test_the_overdue_come_first_and_the_destroyed_last() -> None:
    """Among equals the nearest day is first; where nobody said when, a year is the house's rule."""
    later = replace(ALL, until_on=UNTIL + timedelta(days=40), sha256=digest(9))
    told = (said(later, by=STAFF), said(ALL, by=STAFF), said(CASE, by=STAFF))
    of = copies(*told)[2].record.e
    found = copies(*told, said(CopyDestroyed(of=of), by=STAFF))
    listed = by_urgency(found, UNTIL + timedelta(days=10))
    states = [one.state(UNTIL + timedelta(days=10)) for one in listed]
    assert states == ["overdue", "out", "destroyed"]
    assert house_day(date(2027, 6, 19)) == date(2028, 6, 18)
