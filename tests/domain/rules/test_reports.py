"""Which band reports name, and which period comes next."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain import events as e
from ledger.domain.events import Event
from ledger.domain.office import Office, Recorded, evolve_office
from ledger.domain.reporting import period_of
from tests.domain.given import (
    AS_COUNSEL,
    AS_DESIGNEE,
    AS_STAFF,
    LCLD,
    OFFICE_STREAM,
    Given,
    Said,
    given,
    law,
    local,
    records,
    said,
)

BAND = e.ReportBandChosen(band="semiannual-combined")
OTHER = e.ReportBandChosen(band="none")
AS_DIRECTOR: dict[str, Any] = {"role": "director"}


def chosen() -> Recorded:
    """The record by which the band was chosen."""
    return records([said(BAND)], LCLD, OFFICE_STREAM)[0]


def report(period: str) -> e.ReportPublished:
    """A report of a period."""
    return e.ReportPublished(period=period, sha256="4b" * 32)


def after(period: str | None) -> Given:
    """An office with a band, whose last report was of this period."""
    last = None if period is None else report(period)
    return given().in_office(report_band=chosen(), last_report=last)


def folded(*events: Event | Said) -> Office:
    """The office after these records."""
    office = Office()
    for one in records(events, LCLD, OFFICE_STREAM):
        office = evolve_office(office, one)
    return office


# --- The band ------------------------------------------------------------------------------------


def test_counsel_and_the_custodian_choose_the_band() -> None:
    """Each in that role; nobody else does, the director no more than the staff."""
    given().when(BAND).then()
    given().when(BAND, **AS_COUNSEL).then()
    for other in (AS_STAFF, AS_DIRECTOR):
        given().when(BAND, **other).then_refused("band_by_counsel_and_custodian_v1")


def test_the_band_is_chosen_once() -> None:
    """Neither another nor the same is said again."""
    for one in (BAND, OTHER):
        after(None).when(one).then_refused("band_chosen_once_v1", saying="stays the same")


def test_a_band_is_one_of_the_law_in_force() -> None:
    """Where the law has no bands, reports name none."""
    silent = replace(law(LCLD), values=())
    given().when(BAND, in_force=silent).then_refused("band_in_law_v1")
    given().when(OTHER, in_force=silent).then()


def test_it_holds_once_both_have_said_the_same() -> None:
    """One alone chooses nothing; who changes their mind before that is heard; the first that both
    name stays.
    """
    assert folded(BAND).report_band is None
    assert folded(BAND, said(OTHER, **AS_COUNSEL)).report_band is None
    both = folded(BAND, said(OTHER, **AS_COUNSEL), OTHER)
    assert both.report_band is not None
    assert both.report_band.event == OTHER
    later = folded(BAND, said(BAND, **AS_COUNSEL), OTHER, said(OTHER, **AS_COUNSEL))
    assert later.report_band is not None
    assert later.report_band.event == BAND


def test_one_person_in_two_roles_is_one_person() -> None:
    """Nor does somebody in another role count."""
    assert folded(BAND, said(BAND, role="counsel")).report_band is None
    assert folded(BAND, said(BAND, **AS_STAFF)).report_band is None


# --- The period ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", (2026, 1, 1), (2026, 12, 31)),
        ("2026-Q1", (2026, 1, 1), (2026, 3, 31)),
        ("2028-Q2", (2028, 4, 1), (2028, 6, 30)),
        ("2026-Q3", (2026, 7, 1), (2026, 9, 30)),
        ("2026-Q4", (2026, 10, 1), (2026, 12, 31)),
    ],
)
def test_a_period_is_a_year_or_a_quarter(
    name: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    """By the calendar, from its first day to its last."""
    period = period_of(name)
    assert (period.first, period.last) == (date(*first), date(*last))


def test_the_custodian_or_the_director_publishes() -> None:
    """Counsel does not, nor staff, nor a designee."""
    at = local("2026-07-01 09:00")
    for one in ({}, AS_DIRECTOR):
        after("2026-Q1").when(report("2026-Q2"), at=at, **one).then()
    for other in (AS_COUNSEL, AS_STAFF, AS_DESIGNEE):
        after("2026-Q1").when(report("2026-Q2"), at=at, **other).then_refused(
            "report_by_custodian_v1"
        )


def test_a_report_waits_for_the_end_of_its_period() -> None:
    """In the last minute of the last local day it is too early, in the next it is not."""
    early = after("2026-Q1").when(report("2026-Q2"), at=local("2026-06-30 23:59"))
    early.then_refused("period_is_over_v1")
    after("2026-Q1").when(report("2026-Q2"), at=local("2026-07-01 00:00")).then()


@pytest.mark.parametrize(
    ("last", "period", "is_next"),
    [
        (None, "2025-Q3", True),
        ("2025-Q4", "2026-Q1", True),
        ("2025-Q4", "2026", True),
        ("2025", "2026-Q1", True),
        ("2026-Q1", "2026-Q1", False),
        ("2026-Q1", "2026", False),
        ("2025", "2025-Q4", False),
        ("2025-Q4", "2026-Q2", False),
        ("2025-Q4", "2025-Q3", False),
    ],
)
def test_a_period_is_published_once_and_in_its_turn(
    last: str | None, period: str, is_next: bool
) -> None:
    """No report restates another, overlaps it, or leaves days out."""
    proposed = after(last).when(report(period), at=local("2027-02-01 09:00"))
    if is_next:
        proposed.then()
    else:
        proposed.then_refused("period_comes_next_v1", saying=f"{last} ended.")


def test_no_report_goes_out_before_its_band_is_chosen() -> None:
    """Else the first sealed matter could be what makes them choose."""
    given().when(report("2025"), at=local("2026-02-01 09:00")).then_refused(
        "report_names_its_band_v1", citing="50 U.S.C. 1874"
    )
    assert folded(report("2025"), report("2026-Q1")).last_report == report("2026-Q1")
