"""Where a matter stands: at the desk, sealed, open, closed."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    CaseClosed,
    CaseKeptSealed,
    CaseOpened,
    EventAnnotated,
    IntakeSaved,
    PurgeBlockedByHold,
)
from ledger.domain.office import Recorded
from ledger.domain.office_events import (
    StreamClosed,
)
from ledger.domain.parts import Seal, origin
from ledger.domain.passkey_events import PasskeyApproved


def intake_saved(case: Case, recorded: Recorded, event: IntakeSaved) -> Case:
    """The desk wrote down a visit; the first one gives the reference."""
    return replace(case, reference=case.reference or event.about, stream_closed=False)


def case_kept_sealed(case: Case, recorded: Recorded, event: CaseKeptSealed) -> Case:
    """The matter stays with its roster; a closed one is open to work again."""
    by, role = recorded.recorded_by, recorded.role
    seal = Seal(event=event, by=by, role=role, **origin(recorded))
    return _worked_on(replace(case, reference=event.reference, sealed=seal, opened=False))


def case_opened(case: Case, recorded: Recorded, event: CaseOpened) -> Case:
    """The case staff have it. A visit that came after the closing opens the case again."""
    return _worked_on(replace(case, reference=event.reference, opened=True, sealed=None))


def passkey_approved(case: Case, recorded: Recorded, event: PasskeyApproved) -> Case:
    """Somebody confirmed a record of this case with a passkey; the door saw that it fits."""
    said = (event.of, recorded.recorded_by)
    return replace(case, passkey_approvals=(*case.passkey_approvals, said))


def case_closed(case: Case, recorded: Recorded, event: CaseClosed) -> Case:
    """Nothing more is to be done."""
    return replace(case, closed=event.outcome)


def stream_closed(case: Case, recorded: Recorded, event: StreamClosed) -> Case:
    """The stream takes no more records; a later one goes on."""
    return replace(case, stream_closed=True)


def event_annotated(case: Case, recorded: Recorded, event: EventAnnotated) -> Case:
    """Somebody remarked on a record; nothing that it says changes."""
    return replace(case, annotated=(*case.annotated, event.of))


def purge_blocked_by_hold(case: Case, recorded: Recorded, event: PurgeBlockedByHold) -> Case:
    """What the hold keeps was due to be destroyed."""
    return replace(case, blocked_purges=(*case.blocked_purges, recorded))


def _worked_on(case: Case) -> Case:
    return replace(case, closed=None, stream_closed=False)
