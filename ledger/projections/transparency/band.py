"""The one sentence of a report on what the law forbids to speak of. Pure.

Counsel and the custodian choose once which band of 50 U.S.C. 1874(a) every report names, or that it
names none. The widths are those of the law that stood when they chose. Nothing is ever counted for
it, so it is the same whatever there is.
"""

from __future__ import annotations

from ledger.domain.calendar import local_date
from ledger.domain.events import ReportBandChosen
from ledger.domain.law.deadlines import Reading
from ledger.domain.office import Recorded
from ledger.domain.reporting import value_of_band

_STANDING = {"verified": "verified", "partly": "verified in part", "unverified": "not verified"}
_NO_BAND = "This library names no band for orders and demands that bind a library to silence."
_BAND = (
    "Of orders and demands that bind a library to silence, this library names the band that begins"
    " at nothing: 0 to {most}. {sentence}"
)
_SAYS_NOT = (
    " Counsel and the custodian chose this sentence once, and every report has it. Nothing was"
    " counted for it and nothing was looked up. It does not say that such an order or demand ever"
    " came, nor that none did, nor that anything changed since another report."
)


def said_of_silence(chosen: Recorded, reading: Reading) -> dict[str, str]:
    """The sentence, and where its band stands in the law and how sure we are of that.

    Raises: NotInLaw, where the law of that day has no such band.
    """
    event = chosen.event
    band = event.band if isinstance(event, ReportBandChosen) else "none"
    if band == "none":
        return {"band": band, "sentence": _NO_BAND + _SAYS_NOT}
    on = local_date(chosen.recorded_at, reading.zone)
    row = reading.law_of(chosen.law).value(value_of_band(band), on)
    return {
        "band": band,
        "sentence": _BAND.format(most=row.number - 1, sentence=row.sentence) + _SAYS_NOT,
        "citation": row.citation,
        "source": row.source.replace("_", " "),
        "confidence": _STANDING[row.confidence],
    }
