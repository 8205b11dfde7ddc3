"""Deadlines of gags and of sealed matters: nothing here ever lifts by itself."""

from collections.abc import Iterator

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import GagReviewed
from ledger.domain.law.deadlines.row import Deadline, LawThen, Reading, last
from ledger.domain.parts import Gag, Seal


def of_silence(case: Case, reading: Reading) -> Iterator[Deadline]:
    """Dated orders, the Government's clock, and when to look again at a sealing."""
    for gag in case.gags:
        yield from _of_gag(case, gag, reading)
    yield from _of_seal(case, reading)
    yield from _of_task(case, reading)
    for note in case.paper_files:
        then, dated = reading.then(note), {"review": note.event.review_on}
        rule = then.find_rule("review-of-paper-file")
        yield from then.deadline(rule, note, given=dated, met_by=note.replaced)


def _of_task(case: Case, reading: Reading) -> Iterator[Deadline]:
    """A task is looked at again on the day that was set, by its person and by who gave it."""
    task = case.task
    if task is not None:
        then, dated = reading.then(task), {"review": task.event.review_on}
        rule = then.find_rule("review-of-task")
        yield from then.deadline(rule, task, given=dated, met_by=task.ended)


def _of_gag(case: Case, gag: Gag, reading: Reading) -> Iterator[Deadline]:
    lifted = gag.lifted
    if gag.event.source == "2705(b)-order":
        then, dated = reading.then(gag), {"face": gag.until_on}
        yield from then.deadline(then.rule("gag-face-date"), gag, given=dated, met_by=lifted)
    ruled = last(case, GagReviewed, lambda event: _is_ruling(event, gag))
    for challenge in gag.challenges:
        if _starts_the_governments_clock(gag, challenge.event.route):
            then = reading.then(challenge)
            rule, start = then.rule("nsl-government-application"), challenge.event.received_on
            yield from then.deadline(rule, challenge, start, met_by=ruled or lifted)


def _is_ruling(event: GagReviewed, gag: Gag) -> bool:
    """A court that ruled was asked: then nobody waits for the Government any more."""
    return event.gag == gag.ref and event.evidence == "court-order"


def _starts_the_governments_clock(gag: Gag, route: str) -> bool:
    """18 U.S.C. 3511(b)(1)(B) counts from a letter's recipient's notice, not from a petition."""
    return gag.event.source == "national-security-letter" and route == "reciprocal-notice"


def _of_seal(case: Case, reading: Reading) -> Iterator[Deadline]:
    """The sealing itself names its ground and its dates; the law adds only that one looks again."""
    seal = case.sealed
    if seal is None:
        return
    then = reading.then(seal)
    dates = {"review": seal.event.review_on, "until": seal.event.until_on}
    for found in then.deadline(then.rule("review-of-sealing"), seal, given=dates):
        yield replace(found, citation=seal.event.citation, source="order")
    yield from _of_confirmation(seal, then)


def _of_confirmation(seal: Seal, then: LawThen) -> Iterator[Deadline]:
    """Counsel looks at what others sealed. That nobody did is a task, and opens nothing."""
    if seal.role != "counsel":
        rule = then.find_rule("sealing-confirmation")
        yield from then.deadline(rule, seal, seal.at, met_by=seal.confirmed)
