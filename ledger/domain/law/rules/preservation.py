"""Holds: who may ask, how long, how often, and when they end.

Sources: 18 U.S.C. 2703(f); the Missouri library's policy III.3 (R-86, R-87, R-99, R-100, R-124).
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_house_rule
from ledger.domain.events import (
    CounselReviewCompleted,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    PreservationRequested,
    VideoLocated,
)
from ledger.domain.law.deadlines import hold_end


def hold_answers_request_v1(case: Case, event: HoldPlaced, context: Context) -> Broken | None:
    """A hold answers a preservation request or a paper of this case, a recording that was asked
    for, or what counsel expects.
    """
    asked = case.record(event.request)
    if asked is not None and (
        isinstance(asked.event, PreservationRequested | VideoLocated | CounselReviewCompleted)
        or case.instrument(event.request)
    ):
        return None
    return broken_house_rule(
        "hold_answers_request_v1",
        "Name the preservation request, the paper or the recording that the hold is for, or"
        " counsel's answer where counsel expects one.",
        "Disclosure ledger, domain §5.4.1 no. 36",
    )


def hold_active_v1(
    case: Case, event: HoldExtended | HoldReleased, context: Context
) -> Broken | None:
    """Only a hold of this case that was not released can be extended or released."""
    hold = case.hold(event.hold)
    if hold is not None and hold.released is None:
        return None
    return broken_house_rule(
        "hold_active_v1",
        "There is no active hold under this reference in the case.",
        "Disclosure ledger, domain §5.4.1 no. 37 and 39",
    )


def extensions_left_v1(case: Case, event: HoldExtended, context: Context) -> Broken | None:
    """The text speaks of one additional period; a further one is counsel's decision, on the ground
    of policy (domain §6, scenario 7).
    """
    hold = case.hold(event.hold)
    limit = context.law.value("preservation.max_extensions", context.on)
    if hold is None or len(hold.extensions) < limit.number:
        return None
    review = case.review(event.review or "")
    if event.ground == "local-policy" and review is not None and review.answered:
        return None
    return broken("extensions_left_v1", limit.sentence, limit)


def extension_within_period_v1(case: Case, event: HoldExtended, context: Context) -> Broken | None:
    """An extension may be shorter than the law's period, and is never longer."""
    period = context.law.value("preservation.extension_days", context.on)
    if event.days is None or 0 < event.days <= period.number:
        return None
    return broken("extension_within_period_v1", period.sentence, period)


def process_came_v1(case: Case, event: HoldReleased, context: Context) -> Broken | None:
    """A hold that ends because process was answered names the paper that came; no other does."""
    answered, paper = event.reason == "process-answered", case.instrument(event.process)
    if (answered and paper is not None) or (not answered and event.process is None):
        return None
    return broken_house_rule(
        "process_came_v1",
        "Name a paper of this case, and that it was answered.",
        "Disclosure ledger, domain §5.4.1 no. 39",
    )


def renewal_in_time_v1(case: Case, event: HoldExtended, context: Context) -> Broken | None:
    """A renewal counts once it came, and before the period ended on the later reckoning."""
    hold = case.hold(event.hold)
    if hold is None:
        return None
    last_on = hold_end(hold, context.reading)
    if event.renewal_received_on > context.on:
        sentence = "This renewal has not come yet. Record it on the day on which it comes."
    elif event.renewal_received_on > last_on:
        sentence = (
            f"The renewal came after the period ended on {last_on.isoformat()}."
            " The hold has lapsed; a new request starts a new one."
        )
    else:
        return None
    period = context.law.value("preservation.extension_days", context.on)
    return broken("renewal_in_time_v1", sentence, period)


def not_released_early_v1(case: Case, event: HoldReleased, context: Context) -> Broken | None:
    """A hold is not released as ended before it ends, on the later reckoning (domain §4.2)."""
    hold = case.hold(event.hold)
    if hold is None or event.reason != "period-ended":
        return None
    last_on = hold_end(hold, context.reading)
    if context.on > last_on:
        return None
    return broken(
        "not_released_early_v1",
        f"The records must be kept until the end of {last_on.isoformat()}.",
        context.law.value("preservation.initial_days", context.on),
    )
