"""When a law pack becomes the law in force: somebody has reviewed it, and read what it changes.

An activation counts from its own place in the office stream and never before (DESIGN §7: the law at
the act governs), so nothing here looks for acts that came earlier.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.law.difference import difference
from ledger.domain.office_events import PackActivated

_CITATION = "Disclosure ledger, domain §5.4.2 no. 55"


def activation_reviewed_v1(case: Case, event: PackActivated, context: Context) -> Broken | None:
    """A pack is activated on the day of its review or later."""
    if event.reviewed_on is not None and event.reviewed_on <= context.on:
        return None
    return broken_house_rule(
        "activation_reviewed_v1",
        "A pack is activated on the day of its review or later. Name the day of the review.",
        _CITATION,
    )


def activation_shows_difference_v1(
    case: Case, event: PackActivated, context: Context
) -> Broken | None:
    """The record says what changes, and says it truly. A law that nobody has shows nothing."""
    try:
        changes = difference(context.law, context.pinned(event.law))
    except LookupError:
        changes = ()
    if changes and event.difference == tuple(change.line for change in changes):
        return None
    return broken_house_rule(
        "activation_shows_difference_v1",
        "The difference from the law in force is not the one that was stated. Read it again:"
        " disclosure-ledger law diff.",
        _CITATION,
    )
