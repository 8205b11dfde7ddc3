"""Holds and their periods."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    FreezeAttested,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    PreservationRequested,
)
from ledger.domain.office import Recorded
from ledger.domain.parts import Extension, Freeze, Hold, change, origin


def preservation_requested(case: Case, recorded: Recorded, event: PreservationRequested) -> Case:
    """Somebody asked that records be kept."""
    return replace(case, preservation=(*case.preservation, recorded))


def hold_placed(case: Case, recorded: Recorded, event: HoldPlaced) -> Case:
    """One more hold. Its period counts from the request, if that is known here."""
    asked = case.record(event.request)
    requested_at = (case.shown(asked) if asked else recorded).occurred_at
    hold = Hold(requested_at=requested_at, event=event, **origin(recorded))
    return replace(case, holds=(*case.holds, hold))


def hold_extended(case: Case, recorded: Recorded, event: HoldExtended) -> Case:
    """One period more."""
    found = case.hold(event.hold)
    extension = Extension(event=event, **origin(recorded))
    extensions = (*(found.extensions if found else ()), extension)
    return replace(case, holds=change(case.holds, event.hold, extensions=extensions))


def hold_released(case: Case, recorded: Recorded, event: HoldReleased) -> Case:
    """This hold keeps nothing any more; the paper that it waited for may have come."""
    ended = {"released": recorded.ref, "converted_to": event.process}
    return replace(case, holds=change(case.holds, event.hold, **ended))


def freeze_attested(case: Case, recorded: Recorded, event: FreezeAttested) -> Case:
    """Somebody did something in a system for a hold."""
    found = case.hold(event.hold)
    freeze = Freeze(event=event, **origin(recorded))
    freezes = (*(found.freezes if found else ()), freeze)
    return replace(case, holds=change(case.holds, event.hold, freezes=freezes))
