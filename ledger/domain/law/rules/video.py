"""Security video: who may look at it after a year, and that it is kept before it is decided on.

Sources: C.R.S. 24-72-113(2)(a); Wis. Stat. 43.30(5); domain §6, scenario 13 (R-24).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_house_rule
from ledger.domain.events import ApprovalGranted, DenialIssued, VideoAccessed
from ledger.domain.law.deadlines.video import free_access

_VIDEO = "security-video"


def video_known_v1(case: Case, event: VideoAccessed, context: Context) -> Broken | None:
    """A recording that is looked at was located in this case."""
    if case.video(event.video) is not None:
        return None
    return broken_house_rule(
        "video_known_v1",
        "No recording was located under this reference in the case.",
        "Disclosure ledger, domain §6, scenario 13",
    )


def video_after_first_year_v1(case: Case, event: VideoAccessed, context: Context) -> Broken | None:
    """After its first anniversary a recording is looked at only for a claim, an accident or a
    specific incident, and the person is recorded.
    """
    video = case.video(event.video)
    if video is None or (event.reason != "routine" and event.person is not None):
        return None
    for free in free_access(video, context.reading):
        if context.on > free.effective_on:
            return broken("video_after_first_year_v1", free.sentence, free)
    return None


def hold_comes_first_v1(
    case: Case, event: ApprovalGranted | DenialIssued, context: Context
) -> Broken | None:
    """Before it is decided on, a recording that will be overwritten is held."""
    running_out = [
        on
        for on in (video.event.overwritten_on for video in case.videos)
        if on is not None and on >= context.on
    ]
    held = any(hold.released is None and _VIDEO in hold.event.categories for hold in case.holds)
    if held or not running_out:
        return None
    if not _is_about_video(case, event):
        return None
    return broken_house_rule(
        "hold_comes_first_v1",
        f"The recording is overwritten on {min(running_out).isoformat()}. Place a hold on it first,"
        " and decide then.",
        "Disclosure ledger, domain §6, scenario 13",
    )


def _is_about_video(case: Case, event: ApprovalGranted | DenialIssued) -> bool:
    """Whether video is decided on; a request that names no classes may be for it."""
    if isinstance(event, ApprovalGranted):
        return _VIDEO in event.categories
    request = case.request(event.request)
    # A request that is not there is refused by the rule that looks for it.
    asked = () if request is None else request.event.categories or (_VIDEO,)
    return _VIDEO in asked
