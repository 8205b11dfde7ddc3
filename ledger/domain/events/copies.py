"""What left as files that show records: no erasure reaches it (threats 2.5; ADR 0036).

These stand in the office, and for what is sealed among the looks of whoever exported it. Neither
place names a case: streams do, and they tell something only to who opens them.
"""

from typing import ClassVar, Literal

from ledger.domain.events.base import Fact
from ledger.domain.fields import Digest, FieldName, LocalDate, PersonalLine, StreamId


class CopyExported(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="copy-exported.v1"
):
    """Files that show records left the ledger, to be destroyed, or kept anew, by a day.

    `streams` are those of the case; none where the copy shows whatever stood open, or whatever its
    exporter could open. `sha256` is that of the manifest. No law names the day: somebody chose it,
    or the house's own rule did.
    """

    COMMAND: ClassVar[str] = "register-copy"
    shows: Literal["case", "event", "ledger", "openings"]
    streams: tuple[StreamId, ...] = ()
    sha256: Digest
    revealed: tuple[FieldName, ...] = ()
    until_on: LocalDate
    until_by: Literal["person", "house"]
    holder: PersonalLine | None = None


class CopyDestroyed(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="copy-destroyed.v1"
):
    """Somebody says that a copy exists no more: every file, and every print of it."""

    COMMAND: ClassVar[str] = "confirm-copy-destroyed"
    of: Digest


class CopyKept(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="copy-kept.v1"):
    """A copy is needed longer, up to another day."""

    COMMAND: ClassVar[str] = "keep-copy"
    of: Digest
    until_on: LocalDate
    reason: PersonalLine | None = None
