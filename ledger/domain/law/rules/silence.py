"""Sealing, gags, opening, closing and correcting.

Sources: 18 U.S.C. 2709(c), 3511; DESIGN §4; domain §5.4.
"""

from ledger.domain.case import Case
from ledger.domain.codec import BadFields
from ledger.domain.context import Broken, Context, broken, broken_house_rule
from ledger.domain.corrections import corrected
from ledger.domain.events import (
    AdviceGiven,
    AudienceMemberAdded,
    AudienceMemberRemoved,
    CaseClosed,
    CaseKeptSealed,
    CaseLinked,
    CaseOpened,
    Event,
    EventCorrected,
    GagChallengeNotified,
    GagLifted,
    GagReviewed,
    OpeningProposed,
    PaperFileNoted,
    TaskAssigned,
)
from ledger.domain.office import MOST_READERS, Recorded
from ledger.domain.office_events import Assented, CustodianNotReached, StreamClosed

RESERVED = 2
"""Of a stream's places, those of who sealed the matter and of the custodian (DESIGN §4.3)."""


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


def not_open_yet_v2(case: Case, event: CaseKeptSealed, context: Context) -> Broken | None:
    """What stands open is sealed with a list of those who could read it; nothing else has one."""
    if case.opened == bool(event.exposed):
        return None
    return broken_house_rule(
        "not_open_yet_v2",
        "An open case is sealed with a list of those who could read it; nothing else has one.",
        "Disclosure ledger, DESIGN §3; threats §1.7",
    )


def has_a_part_v1(
    case: Case, event: AudienceMemberAdded | TaskAssigned, context: Context
) -> Broken | None:
    """Nobody is told of a matter in which they are recused."""
    if event.person not in case.recused:
        return None
    return broken_house_rule(
        "has_a_part_v1",
        "This person has no part in this matter, so it is not opened to them.",
        "Disclosure ledger, domain §5.5.2",
    )


def kept_sealed_v1(
    case: Case,
    event: AudienceMemberAdded
    | AudienceMemberRemoved
    | OpeningProposed
    | PaperFileNoted
    | TaskAssigned,
    context: Context,
) -> Broken | None:
    """A roster, and a proposal to open, belong to a matter that is kept sealed; a task of one has
    readers too.
    """
    of_readers = isinstance(event, AudienceMemberAdded | AudienceMemberRemoved)
    if case.sealed is not None or (of_readers and case.task is not None):
        return None
    return broken_house_rule(
        "kept_sealed_v1",
        "This matter is not kept sealed, so it has no roster and need not be opened.",
        "Disclosure ledger, DESIGN §3 and §4.3",
    )


def opening_takes_two_v1(case: Case, event: CaseOpened, context: Context) -> Broken | None:
    """A kept-sealed matter opens once one person proposed it since, and another assented."""
    if case.sealed is None:
        return None
    proposals = {r.e: r.recorded_by for r in _proposals(case, case.sealed.ref)}
    if any(proposals.get(of, by) != by for of, by in case.assents):
        return None
    return broken_house_rule(
        "opening_takes_two_v1",
        "Opening a sealed matter takes two people: one proposes the opening, another assents.",
        "Disclosure ledger, DESIGN §4: two people",
    )


def _proposals(case: Case, sealing: str) -> tuple[Recorded, ...]:
    """The proposals since the sealing: what was agreed before it says nothing of it."""
    refs = [recorded.ref for recorded in case.records]
    since = case.records[refs.index(sealing) :]
    return tuple(recorded for recorded in since if isinstance(recorded.event, OpeningProposed))


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
    case: Case,
    event: GagChallengeNotified | GagReviewed | GagLifted | AudienceMemberAdded | TaskAssigned,
    context: Context,
) -> Broken | None:
    """A challenge, a review, a lifting and the notice of a duty name a gag that binds here."""
    gag = None if event.gag is None else case.gag(event.gag)
    if event.gag is None or (gag is not None and gag.lifted_on is None):
        return None
    return broken_house_rule(
        "gag_known_v1",
        "There is no gag under this reference in the case that still binds.",
        "Disclosure ledger, domain §5.4.1 no. 41, 43 and 44",
    )


_ENDS_BY_ITSELF = {
    "national-security-letter": "gag.nsl_expires_by_itself",
    "fisa-order": "gag.fisa_expires_by_itself",
    "2705(b)-order": "gag.court_order_ends_on_face_date",
}
"""The row that says whether a gag of this source can end by the date on its face."""


def gag_ends_on_paper_v1(case: Case, event: GagLifted, context: Context) -> Broken | None:
    """A gag ends on written evidence; on its face date only where the law in force says so, and
    only when that date has passed and no extension on file keeps it.
    """
    gag = case.gag(event.gag)
    if gag is None or event.evidence != "face-date-passed":
        return None
    row = context.law.find(_ENDS_BY_ITSELF.get(gag.event.source, ""), context.on)
    until = gag.until_on
    if row is not None and row.flag and until is not None and context.on > until:
        return None
    if row is not None:
        return broken("gag_ends_on_paper_v1", row.sentence, row)
    return broken_house_rule(
        "gag_ends_on_paper_v1",
        "This gag ends only on a court's order or the agency's letter.",
        "Disclosure ledger, domain §5.4.1 no. 44",
    )


def gag_reviewed_on_paper_v1(case: Case, event: GagReviewed, context: Context) -> Broken | None:
    """A court or the agency narrows or upholds a gag, and says so on paper; counsel may find it
    defective, which frees nobody.
    """
    if event.outcome == "defective" or event.evidence in ("court-order", "agency-letter"):
        return None
    return broken_house_rule(
        "gag_reviewed_on_paper_v1",
        "A gag is narrowed or upheld by a court's order or the agency's letter only.",
        "Disclosure ledger, domain §5.4.1 no. 44",
    )


def evidence_is_at_hand_v1(
    case: Case, event: GagReviewed | GagLifted, context: Context
) -> Broken | None:
    """The paper that changes or ends a gag is dated, and has come, by the day of the act."""
    if event.evidence_on <= context.on:
        return None
    return broken_house_rule(
        "evidence_is_at_hand_v1",
        "The evidence bears a later date than today. Record it when it has come.",
        "Disclosure ledger, domain §5.4.1 no. 44",
    )


def duty_was_told_v1(
    case: Case, event: AudienceMemberAdded | TaskAssigned, context: Context
) -> Broken | None:
    """Whoever joins the roster was told of the duty before they can open anything."""
    if event.duty_notice_at <= context.at:
        return None
    return broken(
        "duty_was_told_v1",
        "The duty of silence is told first. Record the person when they have been told.",
        context.law.value("gag.duty_notice_required", context.on),
    )


def on_the_roster_v1(case: Case, event: AudienceMemberRemoved, context: Context) -> Broken | None:
    """Only somebody who is on the roster leaves it."""
    if event.person in case.audience:
        return None
    return broken_house_rule(
        "on_the_roster_v1",
        "This person is not on the roster of this matter.",
        "Disclosure ledger, DESIGN §4.3",
    )


def on_the_roster_v2(case: Case, event: AudienceMemberRemoved, context: Context) -> Broken | None:
    """Only somebody who is on the roster leaves it: who was told, or counsel by their office."""
    by_office = {*context.office.holders("counsel")} - {*case.removed, *case.recused}
    if event.person in {*case.audience, *by_office}:
        return None
    return broken_house_rule(
        "on_the_roster_v2",
        "This person is not on the roster of this matter.",
        "Disclosure ledger, DESIGN §4.3",
    )


def audience_fits_v1(case: Case, event: AudienceMemberAdded, context: Context) -> Broken | None:
    """At most seven people, each once, each enrolled here."""
    if not context.office.is_person(event.person):
        return broken_house_rule(
            "audience_fits_v1",
            "This person has no enrolled key here, so nothing can be opened to them.",
            "Disclosure ledger, DESIGN §4.3",
        )
    if event.person not in case.audience and len(case.audience) < MOST_READERS - RESERVED:
        return None
    return broken_house_rule(
        "audience_fits_v1",
        "The person is on the roster already, or all its seven places are taken.",
        "Disclosure ledger, DESIGN §4.3",
    )


def linked_to_another_v1(case: Case, event: CaseLinked, context: Context) -> Broken | None:
    """A matter is linked to another one, never to itself."""
    if event.to != case.reference:
        return None
    return broken_house_rule(
        "linked_to_another_v1",
        "This is the matter itself. Name another one.",
        "Disclosure ledger, DESIGN §3",
    )


def nothing_pending_v1(case: Case, event: CaseClosed, context: Context) -> Broken | None:
    """A case closes when no hold, gag, review, execution, waiver, complaint or correction runs."""
    held = ["a hold is active" for hold in case.holds if hold.released is None]
    running = [*held, *case.going_on]
    if not running:
        return None
    return broken_house_rule(
        "nothing_pending_v1",
        f"The case cannot be closed: {', '.join(dict.fromkeys(running))}.",
        "Disclosure ledger, domain §5.3",
    )


def case_not_closed_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """In a closed case nothing is given, denied or closed again; it is opened again first.

    What only keeps records, ends a duty or sets something right goes on after the closing.
    """
    if case.closed is None:
        return None
    return broken_house_rule(
        "case_not_closed_v1",
        "The case is closed. Log the new visit under its reference and open the case again, or log"
        " a case of its own and link it.",
        "Disclosure ledger, domain §5.3",
    )


def correction_fits_v1(case: Case, event: EventCorrected, context: Context) -> Broken | None:
    """A correction names a record of this case, its fields and their right values, and a reason."""
    wrong = case.record(event.of)
    given = {**(event.values or {}), **(event.personal_values or {})}
    if wrong is None or event.reason is None or not given or set(event.names) != set(given):
        sentence = "Name the record, the corrected fields with their right values, and the reason."
    elif isinstance(wrong.event, AdviceGiven):
        # A correction stands in the case's own stream, before more people than the advice.
        sentence = "Counsel's text is for a few. Counsel gives the right advice; that replaces it."
    elif isinstance(wrong.event, _UNCORRECTABLE):
        sentence = "This record changes authority or corrects another. Record what holds instead."
    elif (misfit := _misfit(case.shown(wrong), event)) is not None:
        sentence = f"The corrected fields do not fit the record: {misfit}."
    else:
        return None
    return broken_house_rule(
        "correction_fits_v1", sentence, "Disclosure ledger, domain §5.4.2 no. 56"
    )


_UNCORRECTABLE = (EventCorrected, Assented, CustodianNotReached, StreamClosed)
"""Verifiers fold authority from the signed bytes and know of no correction; and the correction of a
correction is a second correction of the same record.
"""


def _misfit(wrong: Recorded, correction: EventCorrected) -> str | None:
    try:
        corrected(wrong, correction)
    except BadFields as error:
        return str(error)
    return None
