"""Who may not decide in this matter, because it is their own (domain §5.5.2)."""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import Event


def has_part_in_matter_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """Nobody decides in a matter in which they are recused, complained of or complaining."""
    if context.recorded_by not in case.recused:
        return None
    return broken_house_rule(
        "has_part_in_matter_v1",
        "You have no part in this matter: you are recused, complained of, or complaining."
        " Somebody else decides.",
        "Disclosure ledger, domain §5.5.2",
    )
