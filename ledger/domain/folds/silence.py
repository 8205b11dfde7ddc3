"""Gags, and who may know of a sealed matter."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import (
    AudienceMemberAdded,
    AudienceMemberRemoved,
    DutyNoticeGiven,
    GagChallengeNotified,
    GagExtended,
    GagLifted,
    GagReviewed,
    GagServed,
    TaskAssigned,
)
from ledger.domain.office import Recorded
from ledger.domain.office_events import AccessRecovered
from ledger.domain.parts import Challenge, Gag, Member, change, origin


def gag_served(case: Case, recorded: Recorded, event: GagServed) -> Case:
    """One more duty of silence."""
    gag = Gag(event=event, until_on=event.until_on, **origin(recorded))
    return replace(case, gags=(*case.gags, gag))


def gag_challenge_notified(case: Case, recorded: Recorded, event: GagChallengeNotified) -> Case:
    """Its review was asked for."""
    found = case.gag(event.gag)
    challenge = Challenge(event=event, **origin(recorded))
    challenges = (*(found.challenges if found else ()), challenge)
    return replace(case, gags=change(case.gags, event.gag, challenges=challenges))


def gag_extended(case: Case, recorded: Recorded, event: GagExtended) -> Case:
    """It ends later, or nobody knows when; what was lifted by its date binds again."""
    changes = {"until_on": event.until_on, "lifted": None, "lifted_on": None}
    return replace(case, gags=change(case.gags, event.gag, **changes))


def gag_reviewed(case: Case, recorded: Recorded, event: GagReviewed) -> Case:
    """A court or the agency looked at it, or counsel did; it binds on."""
    if event.outcome == "defective":
        return replace(case, gags=change(case.gags, event.gag, defective=True))
    changes: dict[str, object] = {"reviewed": event.outcome}
    if event.until_on is not None:
        changes["until_on"] = event.until_on
    return replace(case, gags=change(case.gags, event.gag, **changes))


def gag_lifted(case: Case, recorded: Recorded, event: GagLifted) -> Case:
    """It binds no longer."""
    lifted = {"lifted": recorded.ref, "lifted_on": event.evidence_on}
    return replace(case, gags=change(case.gags, event.gag, **lifted))


def audience_member_added(
    case: Case, recorded: Recorded, event: AudienceMemberAdded | AccessRecovered
) -> Case:
    """One more person may open the matter, told now or recovered."""
    case = replace(case, removed=case.removed - {event.person})
    if isinstance(event, AccessRecovered):
        return _joined(case, Member(person=event.person, **origin(recorded)))
    return _joined(case, _told(recorded, event))


def duty_notice_given(case: Case, recorded: Recorded, event: DutyNoticeGiven) -> Case:
    """One more person is bound, and opens nothing."""
    return _joined(case, replace(_told(recorded, event), opens=False))


def task_assigned(case: Case, recorded: Recorded, event: TaskAssigned) -> Case:
    """One more person knows a task, and opens nothing else."""
    return _joined(case, replace(_told(recorded, event), opens=False, task=event.own_reference))


def _told(
    recorded: Recorded, event: AudienceMemberAdded | DutyNoticeGiven | TaskAssigned
) -> Member:
    return Member(
        person=event.person,
        ground=event.ground,
        gag=event.gag,
        told_at=event.duty_notice_at,
        **origin(recorded),
    )


def _joined(case: Case, member: Member) -> Case:
    return replace(case, roster=(*case.roster, member))


def audience_member_removed(case: Case, recorded: Recorded, event: AudienceMemberRemoved) -> Case:
    """The person opens it no more; who was told, and when, stays on the roster."""
    roster = tuple(
        replace(one, removed=recorded.ref) if _leaves(one, event.person) else one
        for one in case.roster
    )
    return replace(case, roster=roster, removed=case.removed | {event.person})


def _leaves(member: Member, person: str) -> bool:
    return member.opens and member.person == person and member.removed is None
