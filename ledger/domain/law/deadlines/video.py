"""Deadlines of recordings: overwriting, free access, destruction (C.R.S. 24-72-113(2)(a))."""

from collections.abc import Iterator

from ledger.domain.case import Case
from ledger.domain.events import HoldPlaced
from ledger.domain.law.deadlines.row import Deadline, LawThen, Reading, last
from ledger.domain.parts import Video


def of_videos(case: Case, reading: Reading) -> Iterator[Deadline]:
    """Before when a recording is held, and until and from when the law's own dates run."""
    for video in case.videos:
        yield from _of_video(case, video, reading)


def _of_video(case: Case, video: Video, reading: Reading) -> Iterator[Deadline]:
    then = reading.then(video)
    held = last(case, HoldPlaced, lambda event: "security-video" in event.categories)
    overwriting = {"overwriting": video.event.overwritten_on}
    yield from then.deadline(then.rule("video-overwritten"), video, given=overwriting, met_by=held)
    yield from free_access(video, reading)
    yield from _dated("cctv-destroy", video, then)


def free_access(video: Video, reading: Reading) -> tuple[Deadline, ...]:
    """Until when a recording is looked at freely, by the law under which it was located."""
    return _dated("cctv-access", video, reading.then(video))


def _dated(id: str, video: Video, then: LawThen) -> tuple[Deadline, ...]:
    return then.deadline(then.find_rule(id), video, video.event.recorded_on)
