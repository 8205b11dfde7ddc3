"""The transparency report: what it says of silence, and which periods are published.

Both stand in the office stream and name no matter. They are chosen and published in the same way
whether or not anything is under seal.
"""

from typing import ClassVar, Literal

from ledger.domain.events.base import Decision
from ledger.domain.fields import Digest, ReportPeriod


class ReportBandChosen(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="report-band-chosen.v1"
):
    """Counsel, or the custodian, wants every report to name this band of 50 U.S.C. 1874(a), or
    none. It is chosen once both have said the same, and for ever.

    The widths stand in the law packs, under `statistics.band_…`.
    """

    COMMAND: ClassVar[str] = "choose-report-band"
    band: Literal[
        "semiannual-by-category", "semiannual", "semiannual-combined", "annual-combined", "none"
    ]


class ReportPublished(
    Decision, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="report-published.v1"
):
    """The report of this period went out; `sha256` is of its JSON. It is never restated."""

    COMMAND: ClassVar[str] = "publish-report"
    period: ReportPeriod
    sha256: Digest
