"""Decide: may this proposed event happen now?

    decide(case, event, context) -> events | Refused

Pure: the caller passes time, authority and law. A fact is never refused. A decision is refused with
every provision that stands against it, not with the first one found.
"""

from typing import TypeAlias

from msgspec import Struct

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context
from ledger.domain.events import Decision, Event
from ledger.domain.law.deadlines import LawOf
from ledger.domain.law.rules import rules_under
from ledger.domain.office import Office, Recorded


class Refused(Struct, frozen=True, kw_only=True):
    """The law's "no": every provision that the act would break, in the order of the rules."""

    provisions: tuple[Broken, ...]


Outcome: TypeAlias = tuple[Event, ...] | Refused


def decide(case: Case, event: Event, context: Context) -> Outcome:
    """Give the events to record, or every provision against them. Pure.

    The rules are those of the law in `context`, each in the version that this law pins.

    Raises: NoSuchRule, when this program does not have one of them.
    """
    if not isinstance(event, Decision):
        # Facts are never refused, and nobody proposes a founding: it comes before any office.
        return (event,)
    rules = rules_under(type(event), context.law)
    broken = tuple(no for rule in rules if (no := rule(case, event, context)) is not None)
    return Refused(provisions=broken) if broken else (event,)


def against(
    case: Case, recorded: Recorded, office: Office, law_of: LawOf, zone: str
) -> tuple[Broken, ...]:
    """Give every provision against an event that was recorded, over the case before it: for when it
    was recorded and for when it was done. Pure.

    `law_of` gives the law for the digest that the record pins; a question may give another.

    Raises: NoSuchRule, and whatever `law_of` raises.
    """
    broken: dict[Broken, None] = {}
    for at in dict.fromkeys((recorded.recorded_at, recorded.occurred_at)):
        context = Context(
            at=at,
            recorded_by=recorded.recorded_by,
            role=recorded.role,
            under=recorded.under,
            office=office,
            law=law_of(recorded.law),
            zone=zone,
            law_of=law_of,
        )
        outcome = decide(case, recorded.event, context)
        if isinstance(outcome, Refused):
            broken |= dict.fromkeys(outcome.provisions)
    return tuple(broken)
