"""Orders of silence that lack what the law asks of them, and are kept all the same; who was told
though the library's policy names a narrower circle (R-18, R-146); and what counsel says of a
sealing.
"""

from collections.abc import Iterator, Mapping

from ledger.domain.case import Case
from ledger.domain.events import ToldGround
from ledger.domain.law.deadlines import LawThen, Reading
from ledger.domain.law.flags.flag import Flag, flag, house_flag
from ledger.domain.parts import Gag

_NAMED_AS: Mapping[ToldGround, str] = {"attorney": "legal-counsel"}
"""The word by which a policy names whoever is told on this ground."""


def of_gags(case: Case, reading: Reading) -> Iterator[Flag]:
    """What jars about the gags of a case."""
    for gag in case.gags:
        yield from _of_gag(gag, reading.then(gag))
    for member in case.roster if case.gags else ():
        circle = reading.then(member).find("gag.policy_audience")
        if circle is None or member.ground is None:
            continue
        if _NAMED_AS.get(member.ground) not in circle.words:
            yield flag("told-beyond-policy", member.ref, circle)


def of_seals(case: Case, reading: Reading) -> Iterator[Flag]:
    """Counsel advises that the matter be opened; until two people open it, it stays shut."""
    seal = case.sealed
    if seal is not None and seal.advises_opening:
        yield house_flag(
            "counsel-advises-opening",
            seal.ref,
            "Counsel advises that this matter be opened. Two people open it; no clock does.",
            "DESIGN §3; threats §1.7",
        )


def _of_gag(gag: Gag, then: LawThen) -> Iterator[Flag]:
    if gag.defective and gag.lifted_on is None:
        yield house_flag(
            "gag-found-defective",
            gag.ref,
            "Counsel found this gag defective. It is kept all the same until it is lifted.",
            "domain §5.4.1 no. 40",
        )
    if gag.event.source != "national-security-letter":
        return
    certification = then.value("gag.nsl_certification_required")
    if certification.flag and gag.event.certified != "yes":
        yield flag("gag-certification-missing", gag.ref, certification)
    notice = then.value("gag.nsl_review_notice_required")
    if notice.flag and gag.event.review_notice != "yes":
        yield flag("gag-review-notice-missing", gag.ref, notice)
