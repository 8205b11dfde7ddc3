"""Deadlines of telling the patron, and of the standstill that follows (D.C. Code 39-108(b)).

What is asked here is asked by the rules of disclosure too, through the same functions, so that no
rule says of a notice what its row does not.
"""

from collections.abc import Iterator

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.law.deadlines.row import Deadline, LawThen, Reading
from ledger.domain.parts import Instrument, Notice, Withheld


def of_notices(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when the patron is told of a subpoena, and when its standstill ends."""
    for paper in case.instruments:
        if is_to_be_told_of(paper, reading.then(paper)):
            yield from _of_paper(case, paper, reading)


def is_to_be_told_of(paper: Instrument, then: LawThen) -> bool:
    """Whether the law under which a paper came has the library tell the patrons of it."""
    holder, trigger = then.find("notice.duty_holder"), then.find("notice.trigger")
    is_ours = holder is not None and holder.word == "library"
    on_receipt = trigger is not None and trigger.word == "subpoena-received"
    return is_ours and on_receipt and paper.event.kind == "subpoena"


def told_of(case: Case, paper: Instrument, reading: Reading) -> tuple[Notice, ...]:
    """The notices of a paper; what was sent before it came tells nobody of it."""
    came_on = local_date(paper.at, reading.zone)
    return tuple(
        notice
        for notice in case.notices
        if notice.event.instrument == paper.ref and notice.event.sent_on >= came_on
    )


def told_as_due(case: Case, paper: Instrument, reading: Reading) -> tuple[Notice, ...]:
    """The notices of a paper that were sent as the law under which it came has them sent."""
    told, method = told_of(case, paper, reading), reading.then(paper).find("notice.method")
    return tuple(one for one in told if method is None or one.event.method == method.word)


def spared_by(case: Case, paper: Instrument) -> tuple[Withheld, ...]:
    """What lets a paper go untold: an order that stands, a gag while it binds, an exception."""
    withheld = (one for one in case.withheld if one.event.instrument == paper.ref)
    return tuple(one for one in withheld if _stands(case, one))


def standstill(notice: Notice, reading: Reading) -> tuple[Deadline, ...]:
    """Until when nothing is released after a notice, by the law under which it was recorded."""
    then = reading.then(notice)
    return then.deadline(then.find_rule("release-standstill"), notice, notice.event.sent_on)


def _of_paper(case: Case, paper: Instrument, reading: Reading) -> Iterator[Deadline]:
    told, then = told_as_due(case, paper, reading), reading.then(paper)
    settled = (*spared_by(case, paper), *told)
    met_by = settled[-1].ref if settled else None
    yield from then.deadline(then.find_rule("patron-notice"), paper, paper.at, met_by=met_by)
    for notice in told:
        yield from standstill(notice, reading)


def _stands(case: Case, withheld: Withheld) -> bool:
    match withheld.event.ground:
        case "court-waiver":
            order = case.instrument(withheld.event.order)
            return order is not None and order.is_order
        case "gag":
            return any(gag.ref == withheld.event.gag for gag in case.live_gags())
        case _:
            return True
