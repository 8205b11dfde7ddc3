"""Counsel's look at a sealing, and papers that are kept out of the ledger.

Sources: DESIGN §3; threats §1.7.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import PaperFileNoted, SealingConfirmed

_LIFE = "Disclosure ledger, DESIGN §3; threats §1.7"


def counsel_confirms_v1(case: Case, event: SealingConfirmed, context: Context) -> Broken | None:
    """Only counsel confirms a sealing, or advises that the matter be opened."""
    if context.role == "counsel":
        return None
    return broken_house_rule(
        "counsel_confirms_v1", "Only counsel confirms that a matter stays sealed.", _LIFE
    )


def sealing_holds_v1(case: Case, event: SealingConfirmed, context: Context) -> Broken | None:
    """Counsel looks at the sealing that holds now, which somebody else decided."""
    seal = case.sealed
    if seal is not None and seal.ref == event.sealing and seal.by != context.recorded_by:
        return None
    return broken_house_rule(
        "sealing_holds_v1",
        "Name the sealing that holds now; nobody confirms a sealing of their own.",
        _LIFE,
    )


def counsel_keeps_paper_out_v1(
    case: Case, event: PaperFileNoted, context: Context
) -> Broken | None:
    """That a paper may not be entered is counsel's word, and nobody else's."""
    by_counsel = event.counsel in context.office.holders("counsel")
    if by_counsel and (context.role != "counsel" or event.counsel == context.recorded_by):
        return None
    return broken_house_rule(
        "counsel_keeps_paper_out_v1",
        "Name the counsel who says that the paper may not be entered.",
        _LIFE,
    )


def paper_file_has_keeper_v1(case: Case, event: PaperFileNoted, context: Context) -> Broken | None:
    """Somebody keeps the paper, and looks again on a day that is still to come."""
    if context.office.is_person(event.keeper) and event.review_on > context.on:
        return None
    return broken_house_rule(
        "paper_file_has_keeper_v1",
        "Name an enrolled person who keeps the paper, and a later day on which somebody looks"
        " again.",
        _LIFE,
    )


def paper_file_known_v1(case: Case, event: PaperFileNoted, context: Context) -> Broken | None:
    """A note takes the place of one that still holds."""
    earlier = case.paper_file(event.instead_of)
    if event.instead_of is None or (earlier is not None and earlier.replaced is None):
        return None
    return broken_house_rule(
        "paper_file_known_v1",
        "There is no note of a paper file under this reference that still holds.",
        _LIFE,
    )
