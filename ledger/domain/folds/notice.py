"""Who was told, who was not, and what was answered to who asked."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    NoticeWithheld,
    PatronNotified,
    PriorDisclosureQueryAnswered,
    QueryAnsweredAgain,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Notice, Query, Withheld, change, origin


def patron_notified(case: Case, recorded: Recorded, event: PatronNotified) -> Case:
    """One more notice."""
    notice = Notice(event=event, **origin(recorded))
    return replace(case, notices=(*case.notices, notice))


def notice_withheld(case: Case, recorded: Recorded, event: NoticeWithheld) -> Case:
    """One more ground on which nobody is told."""
    withheld = Withheld(event=event, **origin(recorded))
    return replace(case, withheld=(*case.withheld, withheld))


def prior_disclosure_query_answered(
    case: Case, recorded: Recorded, event: PriorDisclosureQueryAnswered
) -> Case:
    """Somebody asked, and was given the standard answer."""
    query = Query(event=event, **origin(recorded))
    return replace(case, queries=(*case.queries, query))


def query_answered_again(case: Case, recorded: Recorded, event: QueryAnsweredAgain) -> Case:
    """Who asked was told the rest."""
    return replace(case, queries=change(case.queries, event.query, again=recorded.ref))
