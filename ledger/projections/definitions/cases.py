"""The list of cases: where each stands, who has it, what happened last, what is due next."""

from __future__ import annotations

from ledger.domain.case import Case
from ledger.projections.definitions.definition import Definition, Made
from ledger.projections.definitions.told import Told

DUTIES = ("act", "keep")
"""The kinds of deadline by which somebody has to do something, or go on doing it."""


def _rows(told: Told) -> Made:
    case, last = told.case, told.records[-1]
    due = next((d for d in told.deadlines if d.status == "open" and d.kind in DUTIES), None)
    trigger = due.trigger if due else None
    row = {
        "reference": told.reference,
        "state": case.state,
        "with": _with(case),
        "holds": sum(hold.released is None for hold in case.holds),
        "flags": [flag.name for flag in told.flags],
        "last": last.type,
        "last_by": last.recorded_by,
        "last_at": last.recorded_at,
        "next_duty": due.rule if due else None,
        "next_on": due.effective_on if due else None,
        "citation": due.citation if due else None,
        **told.law_at(trigger),
        "records": told.rests_on(last.ref, trigger),
    }
    yield "", row


def _with(case: Case) -> list[str]:
    """Who has to go on: counsel who was asked, whoever looks into a complaint, else the custodian.

    Nobody has a closed case.
    """
    if case.closed is not None:
        return []
    asked = [review.event.counsel for review in case.reviews if not review.answered]
    looking = [
        one.investigation.event.investigator
        for one in case.open_complaints()
        if one.investigation is not None and one.finding is None
    ]
    return list(dict.fromkeys([*asked, *looking])) or ["custodian"]


CASES = Definition("cases", 3, "case", _rows)
