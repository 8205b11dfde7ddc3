"""Deadlines of a case: two local dates each, with the sentence and the source that make them.

Derived, never stored as facts. Each is counted under the law that its record pinned, as it stood on
the local day of the act: the law at the act governs (DESIGN §7). Safety is asymmetric (domain
§4.2): a duty to keep is shown at the later date, a duty to act at the earlier, and a date on the
face of a paper never rolls.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.domain.calendar import (
    Computed,
    act_by,
    add_days,
    earlier_of,
    fixed,
    keep_until,
    local_date,
)
from ledger.domain.case import Case
from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import Value
from ledger.domain.parts import Gag, Hold, Instrument, Part

LawOf = Callable[[str], Law]
"""Gives the resolved law of a digest, as a record pins it."""

Meaning = Literal["keep", "act", "face", "await"]

OF_A_STATE = ("city", "county", "state")
"""Officers and courts to whom a state's law applies, and not the federal rules."""


class Deadline(Struct, frozen=True, kw_only=True):
    """One date that somebody must know. `derived_from` is the record that started the clock.

    `shown_on` is the date to go by: for a duty to keep the later of the two, for a duty to act the
    earlier, or the day before where the text says *before*. `await` is somebody else's duty; it is
    shown where the library is safe, which may be either. `met` says that nothing is left to do.
    """

    kind: str
    meaning: Meaning
    derived_from: str
    shown_on: date
    nominal_on: date
    rolled_on: date
    met: bool
    sentence: str
    citation: str
    source: str
    confidence: str


class LawThen(Struct, frozen=True):
    """The law that a record pinned, as it stood on the local day of the act."""

    law: Law
    on: date

    def value(self, id: str) -> Value:
        """Give a value that held then. Raises: NotInLaw."""
        return self.law.value(id, self.on)

    def find(self, id: str) -> Value | None:
        """Give a value that held then, or None where that law was silent."""
        return self.law.find(id, self.on)

    def count(self, time_rule: str, trigger_on: date, days: int) -> Computed:
        """Count days from a day by the rule of time that the named value names.

        A day that was typed as 9999-12-31 must not stop a projection: such a count stays there.
        """
        provision = self.law.time_rule(self.value(time_rule).word, self.on)
        try:
            holidays = self.law.holidays(provision.calendar)
            return add_days(trigger_on, days, provision.rule, holidays)
        except OverflowError:
            return fixed(date.max)


def law_then(part: Part, law_of: LawOf, zone: str) -> LawThen:
    """Give the law under which a thing in a case came to be."""
    return LawThen(law_of(part.law), local_date(part.at, zone))


def deadlines(case: Case, law_of: LawOf, zone: str) -> tuple[Deadline, ...]:
    """Every deadline of a case, earliest first. Pure. Total for the laws that packs resolve to."""
    found = [
        *(d for hold in case.holds for d in _of_hold(hold, law_of, zone)),
        *(d for paper in case.instruments for d in _of_paper(case, paper, law_of, zone)),
        *(d for gag in case.gags for d in _of_gag(gag, law_of, zone)),
        *_of_reviews(case, law_of, zone),
        *_of_seal(case),
    ]
    return tuple(sorted(found, key=lambda d: (d.shown_on, d.kind, d.derived_from)))


# --- Holds: 18 U.S.C. 2703(f) and the policies -------------------------------------------------


def hold_end(hold: Hold, law_of: LawOf, zone: str) -> Computed:
    """The end of a hold: all its periods, counted at once from the day of the request.

    Each period is as long as the law of its own record has it; none is chained from a rolled date
    (domain §4.2).
    """
    then = law_then(hold, law_of, zone)
    days = then.value("preservation.initial_days").number
    for extension in hold.extensions:
        days += law_then(extension, law_of, zone).value("preservation.extension_days").number
    return then.count("preservation.time_rule", local_date(hold.requested_at, zone), days)


def _of_hold(hold: Hold, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    then = law_then(hold, law_of, zone)
    end = hold_end(hold, law_of, zone)
    done = hold.released is not None
    period = then.value("preservation.initial_days")
    yield _deadline("keep-held-records", "keep", hold, keep_until(end), end, done, period)
    if len(hold.extensions) < then.value("preservation.max_extensions").number:
        extension = then.value("preservation.extension_days")
        yield _deadline("renewal-of-hold", "await", hold, act_by(end), end, done, extension)


# --- Papers ------------------------------------------------------------------------------------


def _of_paper(case: Case, paper: Instrument, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    then = law_then(paper, law_of, zone)
    face = then.value("warrant.face_date_rolls")
    answered = _answered(case, paper)
    if paper.event.execute_by_on is not None:
        on, done = paper.event.execute_by_on, bool(paper.executions)
        yield _deadline("warrant-execution", "face", paper, on, fixed(on), done, face)
    if paper.event.comply_by_on is not None:
        on = paper.event.comply_by_on
        yield _deadline("time-of-compliance", "face", paper, on, fixed(on), answered, face)
    if paper.event.kind == "subpoena":
        yield _objection(paper, then, zone, answered)


def _objection(paper: Instrument, then: LawThen, zone: str, answered: bool) -> Deadline:
    """The last safe day to object: Fed. R. Civ. P. 45(d)(2)(B) says *before* the earlier date."""
    days = then.value("subpoena.federal_objection_days")
    limit = then.count(
        "subpoena.federal_objection_time_rule", local_date(paper.at, zone), days.number
    )
    if paper.event.comply_by_on is not None:
        limit = earlier_of(limit, fixed(paper.event.comply_by_on))
    before = then.value("subpoena.federal_objection_before_earlier")
    safe_on, rule = (_day_before(act_by(limit)), before) if before.flag else (act_by(limit), days)
    if paper.event.level in OF_A_STATE:
        # The state's own rule governs there; the federal number stands in, and says so.
        rule = replace(rule, confidence="unverified")
    return _deadline("objection-to-subpoena", "act", paper, safe_on, limit, answered, rule)


def _answered(case: Case, paper: Instrument) -> bool:
    approved = {a.ref for a in case.approvals if a.event.instrument == paper.ref}
    disclosed = any(getattr(d.event, "approval", None) in approved for d in case.disclosures)
    denied = bool(case.requests) and all(request.denied for request in case.requests)
    executed = bool(paper.executions) and not paper.in_execution
    return disclosed or denied or executed


def _day_before(on: date) -> date:
    return on - timedelta(days=1) if on > date.min else on


# --- Gags, counsel, sealing --------------------------------------------------------------------


def _of_gag(gag: Gag, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    lifted = gag.lifted_on is not None
    if gag.event.source == "2705(b)-order" and gag.event.until_on is not None:
        on = gag.event.until_on
        ends = law_then(gag, law_of, zone).value("gag.court_order_ends_on_face_date")
        yield _deadline("gag-face-date", "face", gag, on, fixed(on), lifted, ends)
    for challenge in gag.challenges:
        then = law_then(challenge, law_of, zone)
        days = then.value("gag.nsl_application_days")
        if _starts_the_governments_clock(gag, challenge.event.route):
            due = then.count(
                "gag.nsl_application_time_rule", challenge.event.received_on, days.number
            )
            yield _deadline(
                "government-applies-to-court",
                "await",
                challenge,
                keep_until(due),
                due,
                lifted,
                days,
            )


def _starts_the_governments_clock(gag: Gag, route: str) -> bool:
    """18 U.S.C. 3511(b)(1)(B) counts from a letter's recipient's notice, not from a petition."""
    return gag.event.source == "national-security-letter" and route == "reciprocal-notice"


def _of_reviews(case: Case, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    for review in case.reviews:
        if review.event.due_on is not None:
            on = review.event.due_on
            rule = law_then(review, law_of, zone).value("decision.counsel_review_required")
            yield _deadline("counsel-review", "act", review, on, fixed(on), review.answered, rule)


def _of_seal(case: Case) -> Iterator[Deadline]:
    seal = case.sealed
    if seal is None:
        return
    named = [on for on in (seal.event.review_on, seal.event.until_on) if on is not None]
    for on in sorted(named)[:1]:
        yield Deadline(
            kind="review-of-sealing",
            meaning="act",
            derived_from=seal.ref,
            shown_on=on,
            nominal_on=on,
            rolled_on=on,
            met=False,
            sentence="Look again at whether the matter must stay sealed.",
            citation=seal.event.citation,
            source="order",
            confidence="unverified",
        )


def _deadline(
    kind: str,
    meaning: Meaning,
    part: Part,
    shown_on: date,
    computed: Computed,
    met: bool,
    provision: Value,
) -> Deadline:
    return Deadline(
        kind=kind,
        meaning=meaning,
        derived_from=part.ref,
        shown_on=shown_on,
        nominal_on=computed.nominal_on,
        rolled_on=computed.rolled_on,
        met=met,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )
