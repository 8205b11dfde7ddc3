"""Erasure: what may be destroyed, and what a hold forbids to destroy.

Sources: 18 U.S.C. 2703(f) (R-99); DESIGN §4.10 and §6: an erasure takes two people, and each of
them looks at the matter for holds.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.ending import is_held, running
from ledger.domain.erasure_events import StreamErased
from ledger.domain.office_events import Assented


def no_hold_covers_v1(
    case: Case, event: StreamErased | Assented, context: Context
) -> Broken | None:
    """Nothing is erased, and no erasure assented to, while a hold on the case is not released."""
    if isinstance(event, Assented) and not _is_erasure(event.of, context):
        return None
    if not is_held(case):
        return None
    return broken_house_rule(
        "no_hold_covers_v1",
        "A preservation hold covers this matter. Release the hold when it has ended; until then"
        " nothing of it is erased.",
        "Disclosure ledger, DESIGN §4.10; 18 U.S.C. 2703(f)",
    )


def matter_is_ended_v1(case: Case, event: StreamErased, context: Context) -> Broken | None:
    """Only a matter that was closed, and where nothing has begun since, is erased."""
    goes_on = running(case)
    if case.closed is not None and not goes_on:
        return None
    sentence = "This matter was not closed. Close the case first; then it can be erased."
    if case.closed is not None:
        sentence = f"This matter was closed, and goes on all the same: {', '.join(goes_on)}."
    return broken_house_rule("matter_is_ended_v1", sentence, "Disclosure ledger, DESIGN §6")


def _is_erasure(of: str, context: Context) -> bool:
    return any(
        waiting.e == of and isinstance(waiting.event, StreamErased)
        for waiting in context.office.awaiting_assent
    )
