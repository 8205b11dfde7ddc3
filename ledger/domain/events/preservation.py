"""Records are kept from destruction (18 U.S.C. 2703(f), R-99); that forbids no disclosure."""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision, Fact
from ledger.domain.fields import (
    AgencyLevel,
    Categories,
    Category,
    Count,
    LocalDate,
    PersonalLine,
    PersonalText,
    PersonalTokens,
    RecordRef,
)

System = Literal["koha", "evergreen", "folio", "polaris", "sierra", "other"]
"""The library systems whose purges are known (`ledger.guard.freezing`)."""


class PreservationRequested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="preservation-requested.v1"
):
    """An agency asked that records be kept; the period counts from this day (R-54, R-99)."""

    COMMAND: ClassVar[str] = "receive-preservation-request"
    level: AgencyLevel
    categories: tuple[Category, ...]
    ground: Literal["2703(f)", "local-policy", "civil-letter"] | None = None
    from_on: LocalDate | None = None
    to_on: LocalDate | None = None
    renews: RecordRef | None = None
    requester: PersonalLine | None = None
    selectors: PersonalText | None = None


class HoldPlaced(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-placed.v1"
):
    """Destruction of these classes is suspended (R-86, R-124). The end is derived, never stored.

    `tokens` are what the library system's agent calls the records; it is told to retain them.
    """

    COMMAND: ClassVar[str] = "place-hold"
    request: RecordRef
    categories: Categories
    places: tuple[
        Literal["library-system", "terminal-logs", "backups", "vendor", "paper", "video"], ...
    ]
    selectors: PersonalText | None = None
    tokens: PersonalTokens | None = None


class HoldExtended(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-extended.v1"
):
    """A renewal came in time (18 U.S.C. 2703(f)(2), R-87, R-100).

    `days` is a period shorter than the longest. One renewal more than the statute knows rests on
    policy, and on the question to counsel, named as `review`, that was answered.
    """

    COMMAND: ClassVar[str] = "extend-hold"
    hold: RecordRef
    renewal_received_on: LocalDate
    days: Count | None = None
    ground: Literal["statute", "local-policy"] | None = None
    review: RecordRef | None = None


class HoldReleased(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-released.v1"
):
    """This hold no longer keeps anything; other holds go on keeping.

    `process` is the paper for which the records were kept, where it came.
    """

    COMMAND: ClassVar[str] = "release-hold"
    hold: RecordRef
    reason: Literal["period-ended", "request-withdrawn", "process-answered", "court-order"]
    process: RecordRef | None = None


class FreezeAttested(
    Fact, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="freeze-attested.v1"
):
    """Who did it says what they did in a system for a hold, and what they read there afterwards.

    `prior_state` is how the system was set before the step: what a release restores (domain
    §5.4.1 no. 36).
    """

    COMMAND: ClassVar[str] = "attest-freeze"
    hold: RecordRef
    system: System
    step: Literal["frozen", "verified", "released"]
    read_back: Literal["as-instructed", "differs", "not-read"]
    prior_state: PersonalText | None = None
