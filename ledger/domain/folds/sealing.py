"""What becomes of a sealing, and what is kept on paper only."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import PaperFileNoted, SealingConfirmed
from ledger.domain.office import Recorded
from ledger.domain.parts import PaperFile, change, origin


def sealing_confirmed(case: Case, recorded: Recorded, event: SealingConfirmed) -> Case:
    """Counsel looked at the sealing that holds now; what was said of an earlier one is past."""
    seal = case.sealed
    if seal is None or seal.ref != event.sealing:
        return case
    advises = event.outcome == "advises-opening"
    looked = replace(seal, confirmed=recorded.ref, advises_opening=advises)
    return replace(case, sealed=looked)


def paper_file_noted(case: Case, recorded: Recorded, event: PaperFileNoted) -> Case:
    """One more paper file, or a newer note of one."""
    known = case.paper_files
    if event.instead_of is not None:
        known = change(known, event.instead_of, replaced=recorded.ref)
    note = PaperFile(event=event, **origin(recorded))
    return replace(case, paper_files=(*known, note))
