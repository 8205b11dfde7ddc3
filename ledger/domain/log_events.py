"""What the office says of the log itself: who signs it next, and how many places it has.

Two people agree on each of them; the sequencer then does what was agreed (`ledger.sequencer`). Both
are authority types of FORMAT §1, as those of `office_events`.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.events import Decision
from ledger.domain.fields import Count, Instant, Root

LogSize = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class EpochTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the schedule (FORMAT §4)."""

    first_size: LogSize
    start: Instant
    period_seconds: Count
    open: Count
    sealed: Count
    delay: Count


class LogState(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A size of the log and its root, 32 bytes in base64."""

    size: LogSize
    root: Root


class LogKeysAnnounced(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="log-keys-announced.v1"
):
    """These keys sign the log and its receipts next, once a second person assents.

    `trusted` is a state of the log: the newest at a rotation; after a compromise the last that
    somebody outside holds.
    """

    COMMAND: ClassVar[str] = "announce-log-keys"
    log: Annotated[tuple[str, ...], Meta(min_length=1)]
    receipt: str
    reason: Literal["rotation", "compromise"]
    trusted: LogState


class EpochAnnounced(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="epoch-announced.v1"
):
    """The log has these places from `epoch.start` on, if a second person's assent stands in the log
    30 days before.
    """

    COMMAND: ClassVar[str] = "announce-epoch"
    epoch: EpochTerms
