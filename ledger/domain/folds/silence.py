"""Gags, and who may know of a sealed matter."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    AudienceMemberAdded,
    GagChallengeNotified,
    GagLifted,
    GagServed,
)
from ledger.domain.office import Recorded
from ledger.domain.office_events import AccessRecovered
from ledger.domain.parts import Challenge, Gag, change, origin


def gag_served(case: Case, recorded: Recorded, event: GagServed) -> Case:
    """One more duty of silence."""
    gag = Gag(event=event, **origin(recorded))
    return replace(case, gags=(*case.gags, gag))


def gag_challenge_notified(case: Case, recorded: Recorded, event: GagChallengeNotified) -> Case:
    """Its review was asked for."""
    found = case.gag(event.gag)
    challenge = Challenge(event=event, **origin(recorded))
    challenges = (*(found.challenges if found else ()), challenge)
    return replace(case, gags=change(case.gags, event.gag, challenges=challenges))


def gag_lifted(case: Case, recorded: Recorded, event: GagLifted) -> Case:
    """It binds no longer."""
    return replace(case, gags=change(case.gags, event.gag, lifted_on=event.evidence_on))


def audience_member_added(
    case: Case, recorded: Recorded, event: AudienceMemberAdded | AccessRecovered
) -> Case:
    """One more person may open the matter, told now or recovered."""
    return replace(case, audience=(*case.audience, event.person))
