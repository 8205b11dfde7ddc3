"""Waivers without a statute behind them, without the officer's form, or without counsel's word."""

from collections.abc import Iterator

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.events import DisclosureMade
from ledger.domain.law.deadlines import LawThen, Reading
from ledger.domain.law.deadlines.exigent import of_waivers as clocks
from ledger.domain.law.flags.flag import Flag, flag, house_flag
from ledger.domain.parts import Waiver


def of_waivers(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the waivers of a case."""
    for waiver in case.waivers:
        yield from _of_waiver(case, waiver, reading.then(waiver))
        yield from _late(case, waiver, reading)
        if waiver.review == "repudiated":
            yield from _left_on(case, waiver)


def _of_waiver(case: Case, waiver: Waiver, then: LawThen) -> Iterator[Flag]:
    exception = then.find("exigent.statutory_exception")
    if exception is not None and not exception.flag:
        yield flag("no-statutory-exception", waiver.ref, exception)
    form = then.find("exigent.officer_form")
    if form is not None and not _form_is_here(case, waiver):
        yield flag("officer-form-missing", waiver.ref, form)
    advice = then.find("exigent.counsel_advice_required")
    if advice is not None and advice.flag and not case.counsel_heard:
        yield flag("counsel-advice-not-confirmed", waiver.ref, advice)


def _late(case: Case, waiver: Waiver, reading: Reading) -> Iterator[Flag]:
    for due in (row for row in clocks(case, reading) if row.trigger == waiver.ref):
        first = waiver.papers[:1] if due.rule == "exigent-papers" else ()
        for came in first:
            if local_date(came.at, reading.zone) > due.effective_on:
                yield flag("exigent-papers-late", came.ref, due)


def _form_is_here(case: Case, waiver: Waiver) -> bool:
    assertion = case.assertion(waiver.asserted)
    signed = assertion is not None and assertion.event.form_signed == "yes"
    return signed or any(one.event.kind == "emergency-request" for one in waiver.papers)


def _left_on(case: Case, waiver: Waiver) -> Iterator[Flag]:
    for recorded in case.disclosures:
        if isinstance(recorded.event, DisclosureMade) and recorded.event.approval == waiver.ref:
            yield house_flag(
                "disclosed-on-repudiated-waiver",
                recorded.ref,
                "These records left on a waiver that was repudiated since; counsel decides whether"
                " to claim them back.",
                "domain §5.4.1 no. 34",
            )
