"""Deadlines of a case: two local dates each, with the sentence and the source that make them.

Derived, never stored as facts. Each is counted under the law that its record pinned: the law at the
act governs (DESIGN §7). Safety is asymmetric (domain §4.2): a duty to keep is shown at the later
date, a duty to act at the earlier, and a date on the face of a paper never rolls.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from ledger.domain.calendar import (
    Computed,
    act_by,
    add_days,
    earlier_of,
    fixed,
    keep_until,
    local_date,
)
from ledger.domain.case import Case, Gag, Hold, Instrument
from ledger.domain.law.pack import Law
from ledger.domain.law.provisions import Provision, Value

LawOf = Callable[[str], Law]
"""Gives the resolved law of a digest, as a record pins it."""

Meaning = Literal["keep", "act", "face", "await"]


class Deadline(Struct, frozen=True, kw_only=True):
    """One date that somebody must know. `derived_from` is the record that started the clock.

    `shown_on` is the date to go by: the later of the two for a duty to keep, the earlier for a duty
    to act; `await` is somebody else's duty towards the library.
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


def deadlines(case: Case, law_of: LawOf, zone: str) -> tuple[Deadline, ...]:
    """Every deadline of a case, earliest first. Pure. Total."""
    found = [
        *(d for hold in case.holds for d in _of_hold(case, hold, law_of, zone)),
        *(d for paper in case.instruments for d in _of_instrument(case, paper, law_of, zone)),
        *(d for gag in case.gags for d in _of_gag(case, gag, law_of)),
        *_of_reviews(case, law_of),
        *_of_seal(case, law_of),
    ]
    return tuple(sorted(found, key=lambda d: (d.shown_on, d.kind, d.derived_from)))


def hold_end(hold: Hold, law: Law, zone: str) -> Computed:
    """The end of a hold: all its periods counted at once from the day of the request (domain §4.2)."""
    days = law.value("preservation.initial_days").number
    days += len(hold.extensions) * law.value("preservation.extension_days").number
    return _count(law, "preservation.time_rule", local_date(hold.requested_at, zone), days)


def _of_hold(case: Case, hold: Hold, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    law = law_of(_law(case, hold.ref))
    end = hold_end(hold, law, zone)
    period = law.value("preservation.initial_days")
    done = hold.released is not None
    yield _deadline("keep-held-records", "keep", hold.ref, keep_until(end), end, done, period)
    extension = law.value("preservation.extension_days")
    if len(hold.extensions) < law.value("preservation.max_extensions").number:
        yield _deadline("renewal-of-hold", "await", hold.ref, act_by(end), end, done, extension)


def _of_instrument(case: Case, paper: Instrument, law_of: LawOf, zone: str) -> Iterator[Deadline]:
    law = law_of(_law(case, paper.ref))
    face = law.value("warrant.face_date_rolls")
    if paper.event.execute_by_on is not None:
        on = fixed(paper.event.execute_by_on)
        done = paper.execution_started_at is not None
        yield _deadline("warrant-execution", "face", paper.ref, on.nominal_on, on, done, face)
    answered = _answered(case, paper)
    if paper.event.comply_by_on is not None:
        on = fixed(paper.event.comply_by_on)
        yield _deadline("time-of-compliance", "face", paper.ref, on.nominal_on, on, answered, face)
    if paper.event.kind == "subpoena":
        objection = _objection(paper, law, zone)
        days = law.value("subpoena.federal_objection_days")
        yield _deadline(
            "objection-to-subpoena", "act", paper.ref, act_by(objection), objection, answered, days
        )


def _objection(paper: Instrument, law: Law, zone: str) -> Computed:
    served_on = local_date(paper.at, zone)
    days = law.value("subpoena.federal_objection_days").number
    counted = _count(law, "subpoena.federal_objection_time_rule", served_on, days)
    if paper.event.comply_by_on is None:
        return counted
    return earlier_of(counted, fixed(paper.event.comply_by_on))


def _of_gag(case: Case, gag: Gag, law_of: LawOf) -> Iterator[Deadline]:
    law = law_of(_law(case, gag.ref))
    for _, received_on in gag.challenges:
        days = law.value("gag.nsl_application_days")
        due = _count(law, "gag.nsl_application_time_rule", received_on, days.number)
        done = gag.lifted_on is not None
        yield _deadline(
            "government-applies-to-court", "await", gag.ref, keep_until(due), due, done, days
        )


def _of_reviews(case: Case, law_of: LawOf) -> Iterator[Deadline]:
    for review in case.reviews:
        if review.event.due_on is not None:
            law = law_of(_law(case, review.ref))
            rule = law.value("decision.counsel_review_required")
            on = fixed(review.event.due_on)
            done = review.outcome is not None
            yield _deadline("counsel-review", "act", review.ref, on.nominal_on, on, done, rule)


def _of_seal(case: Case, law_of: LawOf) -> Iterator[Deadline]:
    for recorded in case.records:
        if recorded.event is case.sealed and case.sealed is not None:
            on = case.sealed.review_on or case.sealed.until_on
            if on is not None:
                yield Deadline(
                    kind="review-of-sealing",
                    meaning="act",
                    derived_from=recorded.ref,
                    shown_on=on,
                    nominal_on=on,
                    rolled_on=on,
                    met=False,
                    sentence="Look again at whether the matter must stay sealed.",
                    citation=case.sealed.citation,
                    source="order",
                    confidence="unverified",
                )


def _answered(case: Case, paper: Instrument) -> bool:
    approved = {a.ref for a in case.approvals if a.event.instrument == paper.ref}
    disclosed = any(getattr(d.event, "approval", None) in approved for d in case.disclosures)
    denied = bool(case.requests) and all(request.denied for request in case.requests)
    return disclosed or denied or paper.execution_ended_at is not None


def _count(law: Law, time_rule: str, trigger_on: date, days: int) -> Computed:
    provision = law.time_rule(law.value(time_rule).word)
    return add_days(trigger_on, days, provision.rule, law.holidays(provision.calendar))


def _law(case: Case, ref: str) -> str:
    recorded = case.record(ref)
    return recorded.law if recorded is not None else ""


def _deadline(
    kind: str,
    meaning: Meaning,
    ref: str,
    shown_on: date,
    computed: Computed,
    met: bool,
    provision: Value | Provision,
) -> Deadline:
    return Deadline(
        kind=kind,
        meaning=meaning,
        derived_from=ref,
        shown_on=shown_on,
        nominal_on=computed.nominal_on,
        rolled_on=computed.rolled_on,
        met=met,
        sentence=provision.sentence,
        citation=provision.citation,
        source=provision.source,
        confidence=provision.confidence,
    )
