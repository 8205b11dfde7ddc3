"""What becomes of a sealing."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import SealingConfirmed
from ledger.domain.office import Recorded


def sealing_confirmed(case: Case, recorded: Recorded, event: SealingConfirmed) -> Case:
    """Counsel looked at the sealing that holds now; what was said of an earlier one is past."""
    seal = case.sealed
    if seal is None or seal.ref != event.sealing:
        return case
    advises = event.outcome == "advises-opening"
    looked = replace(seal, confirmed=recorded.ref, advises_opening=advises)
    return replace(case, sealed=looked)
