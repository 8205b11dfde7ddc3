"""What counsel sees to: attestations to the log, and who looked at sealed matters.

`LogAttested` stands in the office, `AttestationDetailed` in the vault office. Both are *authority
types* of FORMAT §1, parsed again by `ledger.evidence.acts`. Each person's looks stand in streams
of their own that counsel reads (ADR 0011 and 0016).

Glossary: to *break the glass* is to look at a sealed matter outside of one's ordinary course.
"""

from typing import Annotated, Literal

from msgspec import Meta

from ledger.domain.events import Decision, Fact
from ledger.domain.fields import CaseReference, Digest, PersonalText, Root

Number = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Size = Annotated[int, Meta(ge=1, le=2**53 - 1)]
LookReason = Literal["duty", "act", "review", "export", "attestation"]
LeftOut = Literal["custodian"]
"""Who has no part in the matters that were looked at: whoever is custodian does not read of it."""


class LogAttested(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="log-attested.v1"
):
    """Counsel opened every leaf of the log below `size`, whether or not anything is sealed."""

    period: Number
    """How many periods had ended at this size."""
    size: Size
    root: Root
    heads: Digest
    """Over the heads of all streams, blinded."""


class AttestationDetailed(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="attestation-detailed.v1"
):
    """What an attestation through `size` was blinded with, and what the leaves were opened as."""

    size: Size
    salt: Digest
    records: Number
    covers: Number
    erased: Number


class SealedLooked(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sealed-looked.v1"
):
    """Somebody looked among sealed matters, and was shown these (threats §4, read audit)."""

    reason: LookReason
    matters: tuple[CaseReference, ...] = ()
    """Empty where nothing was found."""
    left_out: LeftOut | None = None


class GlassBroken(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="glass-broken.v1"
):
    """Somebody opened these sealed matters outside of their ordinary course, and said why (threats
    §4): a designee with nobody recorded as absent, or whoever a recovery let in.
    """

    way: Literal["designee", "recovery"]
    matters: tuple[CaseReference, ...] = ()
    left_out: LeftOut | None = None
    reason: PersonalText | None = None


class GlassConfirmed(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="glass-confirmed.v1"
):
    """A second person looked at a break of the glass: it was right, or it was not (threats §4).

    Nothing follows of itself; what was read stays read.
    """

    of: Digest
    outcome: Literal["justified", "not-justified"]
    words: PersonalText | None = None
