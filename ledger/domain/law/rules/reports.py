"""The transparency report: who chooses its band, and which period comes next.

Sources: 50 U.S.C. 1874; threats §1.3 "Counts, statistics"; ADR 0023.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import ReportBandChosen, ReportPublished
from ledger.domain.office import BAND_ROLES
from ledger.domain.reporting import period_of, value_of_band

_REPORT = "Disclosure ledger, threats §1.3: counts, statistics"


def band_by_counsel_and_custodian_v1(
    case: Case, event: ReportBandChosen, context: Context
) -> Broken | None:
    """The band is a question of law and of the library's name, so both answer it."""
    if context.role in BAND_ROLES:
        return None
    return broken_house_rule(
        "band_by_counsel_and_custodian_v1",
        "Counsel and the custodian choose the band that reports name, each in that role.",
        _REPORT,
    )


def band_chosen_once_v1(case: Case, event: ReportBandChosen, context: Context) -> Broken | None:
    """A band that changes would tell that something changed."""
    if context.office.report_band is None:
        return None
    return broken_house_rule(
        "band_chosen_once_v1",
        "The band that reports name was chosen. It stays the same in every report.",
        _REPORT,
    )


def band_in_law_v1(case: Case, event: ReportBandChosen, context: Context) -> Broken | None:
    """A band is one that the law in force has; naming none needs no law."""
    if event.band == "none" or context.law.find(value_of_band(event.band), context.on) is not None:
        return None
    return broken_house_rule(
        "band_in_law_v1",
        "The law in force here knows no such band. Name another, or none.",
        _REPORT,
    )


def report_by_custodian_v1(case: Case, event: ReportPublished, context: Context) -> Broken | None:
    """The custodian or the director publishes."""
    if context.role in ("custodian", "director"):
        return None
    return broken_house_rule(
        "report_by_custodian_v1",
        "Only the custodian or the director publishes a report.",
        _REPORT,
    )


def report_names_its_band_v1(case: Case, event: ReportPublished, context: Context) -> Broken | None:
    """No report goes out before it is settled what every report says of silence."""
    if context.office.report_band is not None:
        return None
    return broken_house_rule(
        "report_names_its_band_v1",
        "First counsel and the custodian choose the band that every report names:"
        " do office choose-report-band.",
        "50 U.S.C. 1874; Disclosure ledger, threats §1.3: counts, statistics",
    )


def period_is_over_v1(case: Case, event: ReportPublished, context: Context) -> Broken | None:
    """A report is of a period whose last day has ended."""
    if period_of(event.period).last < context.on:
        return None
    return broken_house_rule(
        "period_is_over_v1", "A report is published once its period has ended.", _REPORT
    )


def period_comes_next_v1(case: Case, event: ReportPublished, context: Context) -> Broken | None:
    """A published period is never restated, and none overlaps it or is left out."""
    last = context.office.last_report
    if last is None or period_of(event.period).follows(period_of(last.period)):
        return None
    return broken_house_rule(
        "period_comes_next_v1",
        f"A period is published once, and the next begins where {last.period} ended.",
        _REPORT,
    )
