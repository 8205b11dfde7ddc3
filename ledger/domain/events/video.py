"""Security video: where it is, when it will be overwritten, who looks at it (R-24)."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import LocalDate, PersonalLine, PersonalText, RecordRef


class VideoLocated(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="video-located.v1"
):
    """There is a recording of this day, which the system will overwrite on that one.

    The clocks of C.R.S. 24-72-113(2)(a) run from `recorded_on`.
    """

    COMMAND: ClassVar[str] = "locate-video"
    recorded_on: LocalDate
    overwritten_on: LocalDate | None = None
    request: RecordRef | None = None
    cameras: PersonalText | None = None


class VideoAccessed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="video-accessed.v1"
):
    """A recording was looked at: for what reason, and by whom (C.R.S. 24-72-113(2)(a))."""

    COMMAND: ClassVar[str] = "access-video"
    video: RecordRef
    reason: Literal["claim", "accident", "specific-incident", "routine"]
    person: PersonalLine | None = None
    explanation: PersonalText | None = None
