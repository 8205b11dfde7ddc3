"""Who was given the standard answer while silence bound, and is told the rest when it has ended."""

from collections.abc import Iterator

from ledger.domain.calendar import local_date
from ledger.domain.case import Case
from ledger.domain.events import EventAnnotated
from ledger.domain.law.deadlines.row import Deadline, Reading
from ledger.domain.parts import Gag, Part, Query, origin


def of_queries(case: Case, reading: Reading) -> Iterator[Deadline]:
    """By when each of them is answered again; counted from the record of the lifting."""
    for query, ended, met_by in answered_in_silence(case, reading.zone):
        then = reading.then(ended)
        rule = then.find_rule("answer-again")
        yield from then.deadline(rule, query, ended.at, met_by=met_by)


def _remark(case: Case, query: Query) -> str | None:
    """A remark on the answer says what became of it, where no fuller one is on record."""
    shown = (case.shown(recorded) for recorded in reversed(case.records))
    of_it = (r for r in shown if isinstance(r.event, EventAnnotated) and r.event.of == query.ref)
    return next((recorded.ref for recorded in of_it), None)


def answered_in_silence(case: Case, zone: str) -> Iterator[tuple[Query, Part, str | None]]:
    """Each standard answer that was given while a gag bound, with the last lifting of such a gag,
    and the record by which somebody was answered again; none while any gag of the matter binds.
    """
    if case.live_gags():
        return
    for query in case.queries:
        lifts = {gag.lifted for gag in case.gags if _meanwhile(query, gag, zone)}
        ends = [case.shown(recorded) for recorded in case.records if recorded.ref in lifts]
        if ends:
            yield query, Part(**origin(ends[-1])), query.again or _remark(case, query)


def _meanwhile(query: Query, gag: Gag, zone: str) -> bool:
    lifted_on, asked_on = gag.lifted_on, local_date(query.at, zone)
    return query.at >= gag.at and lifted_on is not None and asked_on <= lifted_on
