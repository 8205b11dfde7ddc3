"""Sealing, gags, opening, closing and correcting.

Sources: 18 U.S.C. 2709(c), 3511; DESIGN §4; domain §5.4.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken_house_rule
from ledger.domain.events import (
    AudienceMemberAdded,
    CaseClosed,
    CaseKeptSealed,
    CaseOpened,
    Event,
    EventCorrected,
    GagChallengeNotified,
    GagLifted,
    OpeningProposed,
)

SLOTS = 8
"""The places in a sealed stream's audience (DESIGN §4.3)."""


def sealing_is_bounded_v1(case: Case, event: CaseKeptSealed, context: Context) -> Broken | None:
    """A matter is kept sealed with a date on which somebody must look again, or an end."""
    if event.review_on is not None or event.until_on is not None:
        return None
    return broken_house_rule(
        "sealing_is_bounded_v1",
        "Give the date on which the sealing is looked at again, or on which it ends.",
        "Disclosure ledger, DESIGN §3; threats §1.7",
    )


def not_open_yet_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """What stands open is not kept sealed by triage; sealing an open case is another act."""
    if not case.opened:
        return None
    return broken_house_rule(
        "not_open_yet_v1",
        "The case stands open already. Sealing an open case is an act of its own.",
        "Disclosure ledger, DESIGN §3",
    )


def opening_takes_two_v1(case: Case, event: CaseOpened, context: Context) -> Broken | None:
    """A kept-sealed matter opens only after one person proposed it and another assented."""
    if case.sealed is None:
        return None
    proposals = {r.e: r.recorded_by for r in case.records if isinstance(r.event, OpeningProposed)}
    if any(proposals.get(of, by) != by for of, by in case.assents):
        return None
    return broken_house_rule(
        "opening_takes_two_v1",
        "Opening a sealed matter takes two people: one proposes the opening, another assents.",
        "Disclosure ledger, DESIGN §4: two people",
    )


def no_gag_binds_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """A matter under a gag is not opened while the gag binds; no clock lifts one."""
    gags = case.live_gags()
    if not gags:
        return None
    return broken_house_rule(
        "no_gag_binds_v1",
        "A duty of silence still binds this matter. Record how it was lifted first.",
        "Disclosure ledger, DESIGN §4; 18 U.S.C. 2709(c)(1)",
    )


def gag_known_v1(
    case: Case, event: GagChallengeNotified | GagLifted, context: Context
) -> Broken | None:
    """A challenge or a lifting names a gag of this case that still binds."""
    gag = case.gag(event.gag)
    if gag is not None and gag.lifted_on is None:
        return None
    return broken_house_rule(
        "gag_known_v1",
        "There is no gag under this reference in the case that still binds.",
        "Disclosure ledger, domain §5.4.1 no. 43 and 44",
    )


def gag_ends_on_paper_v1(case: Case, event: GagLifted, context: Context) -> Broken | None:
    """A national security letter's or FISA gag ends on written evidence only; no face date counts."""
    gag = case.gag(event.gag)
    if gag is None or event.evidence != "face-date-passed":
        return None
    until = gag.event.until_on
    if until is not None and context.on > until and gag.event.source == "2705(b)-order":
        return None
    return broken_house_rule(
        "gag_ends_on_paper_v1",
        "This gag ends only on a court's order or the agency's letter.",
        "18 U.S.C. 3511; domain §5.4.1 no. 44",
    )


def audience_fits_v1(case: Case, event: AudienceMemberAdded, context: Context) -> Broken | None:
    """At most eight people, each once, each enrolled here."""
    if not context.office.is_person(event.person):
        return broken_house_rule(
            "audience_fits_v1",
            "This person has no enrolled key here, so nothing can be opened to them.",
            "Disclosure ledger, DESIGN §4.3",
        )
    if event.person not in case.audience and len(case.audience) < SLOTS - 1:
        return None
    return broken_house_rule(
        "audience_fits_v1",
        "The person is on the roster already, or all its eight places are taken.",
        "Disclosure ledger, DESIGN §4.3",
    )


def nothing_pending_v1(case: Case, event: CaseClosed, context: Context) -> Broken | None:
    """A case closes when no hold, gag, review or warrant execution of it is still running."""
    running = [
        *("a hold is active" for hold in case.holds if hold.released is None),
        *("a gag binds" for _ in case.live_gags()),
        *("counsel has not answered" for review in case.reviews if review.outcome is None),
        *(
            "a warrant is being executed"
            for paper in case.instruments
            if paper.execution_started_at and not paper.execution_ended_at
        ),
    ]
    if not running:
        return None
    return broken_house_rule(
        "nothing_pending_v1",
        f"The case cannot be closed: {', '.join(dict.fromkeys(running))}.",
        "Disclosure ledger, domain §5.3",
    )


def correction_fits_v1(case: Case, event: EventCorrected, context: Context) -> Broken | None:
    """A correction names a record of this case, its fields and their right values, and a reason."""
    values = event.values or {}
    whole = event.reason is not None and set(event.names) == set(values) != set()
    if whole and case.record(event.of) is not None:
        return None
    return broken_house_rule(
        "correction_fits_v1",
        "Name the record, the corrected fields with their right values, and the reason.",
        "Disclosure ledger, domain §5.4.2 no. 56",
    )
