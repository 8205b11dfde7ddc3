"""Recordings, and who looked at them."""

from msgspec.structs import replace

from ledger.domain.case import Case
from ledger.domain.events import VideoAccessed, VideoLocated
from ledger.domain.office import Recorded
from ledger.domain.parts import Video, change, origin


def video_located(case: Case, recorded: Recorded, event: VideoLocated) -> Case:
    """One more recording."""
    video = Video(event=event, **origin(recorded))
    return replace(case, videos=(*case.videos, video))


def video_accessed(case: Case, recorded: Recorded, event: VideoAccessed) -> Case:
    """It was looked at once more."""
    found = case.video(event.video)
    accessed = (*(found.accessed if found else ()), recorded.ref)
    return replace(case, videos=change(case.videos, event.video, accessed=accessed))
