"""The events of erasures: what two people decide, that it is carried out, and that it was tried.

They stand in the office, or, where what is erased is sealed, in the vault office. `stream-erased`
is an authority type of FORMAT §1, as those of `office_events`.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.domain.events import Decision, Fact
from ledger.domain.fields import Digest, StreamId


class ErasedRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record of an erased stream: its seq and its digest E."""

    seq: Annotated[int, Meta(ge=1, le=1_000_000)]
    e: Digest


class StreamErased(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream-erased.v1"
):
    """A stream's people, or all of it, are to be destroyed, once a second person assents."""

    COMMAND: ClassVar[str] = "erase-stream"
    stream: StreamId
    secrets: Literal["personal", "both"]
    records: Annotated[tuple[ErasedRecord, ...], Meta(min_length=1)]


class ErasureCarriedOut(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="erasure-carried-out.v1"
):
    """What two people decided to erase under `of` is destroyed here, and everybody who was told of
    it dropped it. Old copies of keys outlast it until they expire (threats §2.3).
    """

    COMMAND: ClassVar[str] = "record-erasure-carried-out"
    of: Digest


class ErasureDrilled(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="erasure-drilled.v1"
):
    """A backup was restored apart, to see whether what was erased opens there. How much of it lay
    in the backup is not said: what was sealed counts too (threats §2.3).
    """

    COMMAND: ClassVar[str] = "record-erasure-drill"
    result: Literal["closed", "opened"]
