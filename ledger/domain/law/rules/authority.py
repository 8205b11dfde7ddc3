"""Who may decide.

Each rule is one provision: pure, named with its version, never edited after release. A new version
is a new function; the resolved law that a record pins says which one judged it.
"""

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import AdviceGiven, CounselReviewCompleted, Event
from ledger.domain.office_events import Assented, RoleEnded


def custodian_decides_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The custodian decides; a designee only in the custodian's recorded absence (R-02…R-04,
    R-131).
    """
    if context.role in ("custodian", "director"):
        return None
    if context.role == "designee":
        return _designee(case, context)
    return broken_by(
        context.law.find("desk.refer", context.on),
        "custodian_decides_v1",
        "Only the custodian of library records decides this. Refer it to the custodian.",
    )


def _designee(case: Case, context: Context) -> Broken | None:
    permitted = context.law.value("decision.designee_may_act", context.on)
    if not permitted.flag:
        return broken("custodian_decides_v1", permitted.sentence, permitted)
    if context.under is None:
        return broken(
            "custodian_decides_v1",
            "A designee acts only in a recorded absence of the custodian, or after the custodian"
            " could not be reached. Record that first.",
            permitted,
        )
    return None


def counsel_answers_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """Only counsel completes a review or gives advice."""
    if context.role == "counsel":
        return None
    return broken_house_rule(
        "counsel_answers_v1",
        "Only counsel can complete a review.",
        "Disclosure ledger, domain §5.4.1 no. 12",
    )


def custodian_or_counsel_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The custodian, an acting designee or counsel."""
    if context.role == "counsel":
        return None
    return custodian_decides_v1(case, event, context)


def review_exists_v1(
    case: Case, event: CounselReviewCompleted | AdviceGiven, context: Context
) -> Broken | None:
    """Counsel completes a review that was asked for and is not complete yet."""
    review = next((r for r in case.reviews if r.ref == event.request), None)
    done = review is not None and review.outcome is not None
    if review is not None and not (done and isinstance(event, CounselReviewCompleted)):
        return None
    return broken_house_rule(
        "review_exists_v1",
        "There is no open question to counsel under this reference.",
        "Disclosure ledger, domain §5.4.1 no. 12",
    )


def directorate_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The director or the custodian administers roles and keys; people may give up their own."""
    if context.role in ("director", "custodian"):
        return None
    if isinstance(event, RoleEnded) and event.person == context.recorded_by:
        return None
    return broken_house_rule(
        "directorate_v1",
        "Only the director or the custodian administers roles, keys and law packs.",
        "Disclosure ledger, FORMAT §1, authority types",
    )


def second_person_v1(case: Case, event: Assented, context: Context) -> Broken | None:
    """An assent comes from another enrolled person than the one who signed the record."""
    waiting = {r.e: r.recorded_by for r in (*context.office.awaiting_assent, *case.records)}
    if not context.office.is_person(context.recorded_by):
        return broken_house_rule(
            "second_person_v1", "A desk cannot assent; a person can.", "FORMAT §1"
        )
    if waiting.get(event.of) not in (None, context.recorded_by):
        return None
    return broken_house_rule(
        "second_person_v1",
        "There is nothing under this digest that another person signed and you may assent to.",
        "Disclosure ledger, DESIGN §4: two people",
    )
