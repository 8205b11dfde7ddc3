"""Counsel's look at a sealing.

Sources: DESIGN §3; threats §1.7.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import SealingConfirmed

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
