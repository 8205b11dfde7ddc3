"""Who may decide.

Each rule is one provision: pure, named with its version, never edited after release. A new version
is a new function; the resolved law that a record pins says which one judged it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from ledger.domain.case import Case
from ledger.domain.context import Broken, Context, broken, broken_by, broken_house_rule
from ledger.domain.events import (
    AdviceGiven,
    AgentReferred,
    ApprovalGranted,
    ContactAttempted,
    CounselReviewCompleted,
    DenialIssued,
    DisclosureMade,
    Event,
    WaiverAuthorised,
)
from ledger.domain.glass import broken_glass
from ledger.domain.office_events import (
    Assented,
    CustodianNotReached,
    KeyEnrolled,
    KeyRevoked,
    Reattested,
    RecoveryAnnounced,
    RecoveryProposed,
    RoleEnded,
    RoleGranted,
)
from ledger.domain.passkey_events import PasskeyRevoked
from ledger.domain.vault_events import GlassConfirmed, LogAttested

_ADMINISTRATORS = ("director", "custodian")
_RECOVERING = (*_ADMINISTRATORS, "counsel")
"""Who may ask for a recovery: when every director lost their keys, counsel still can."""
_CLEARED = frozenset({*_RECOVERING, "designee"})
"""Whose roles deal with sealed matters, so that one can be recovered for them."""
_NAMED_ROLES = ("custodian", "designee")
"""Roles that have an act of their own: `designate-custodian` and `appoint-designee`."""


# --- Cases -------------------------------------------------------------------------------------


def custodian_decides_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The custodian decides; a designee only in the custodian's recorded absence (R-02…R-04,
    R-131).
    """
    if context.role in _ADMINISTRATORS:
        return None
    if context.role == "designee":
        return _designee(case, context)
    return broken_by(
        context.law.find("desk.refer", context.on),
        "custodian_decides_v1",
        "Only the custodian of library records decides this. Refer it to the custodian.",
    )


def custodian_or_stand_in_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The custodian; counsel in a matter in which the custodian has no part (domain §5.5.2): a
    complaint about the only director must find somebody who opens and closes it.
    """
    people = _stood_in_for(context)
    if context.role == "counsel" and people and set(people) <= set(case.recused):
        return None
    return custodian_decides_v1(case, event, context)


def _designee(case: Case, context: Context) -> Broken | None:
    permitted = context.law.value("decision.designee_may_act", context.on)
    if not permitted.flag:
        return broken("custodian_decides_v1", permitted.sentence, permitted)
    if _is_absent(context) or _was_not_reached(case, context):
        return None
    return broken(
        "custodian_decides_v1",
        "A designee acts only under a recorded absence of the custodian that covers the act, or"
        " while the custodian, called for this case, has not been reached. Record that first.",
        permitted,
    )


def _stood_in_for(context: Context) -> tuple[str, ...]:
    """Whose absence lets a designee act: the custodian's; a director's while there is none."""
    custodian = context.office.custodian
    return (custodian,) if custodian is not None else context.office.holders("director")


def _is_absent(context: Context) -> bool:
    return any(
        away.ref == context.under
        and away.person in _stood_in_for(context)
        and away.covers(context.at)
        for away in context.office.absences
    )


def _was_not_reached(case: Case, context: Context) -> bool:
    """Whether `under` names a call ladder for the custodian that was climbed in vain by then, and
    the custodian was not heard of in this case since.

    No source says how long such a record holds, and no number is invented: it ends when whoever the
    designee stands in for is reached, or acts in the case.
    """
    ladder = next((one for one in case.not_reached if one.ref == context.under), None)
    people = _stood_in_for(context)
    if ladder is None or ladder.occurred_at > context.at:
        return False
    match ladder.event:
        case CustodianNotReached(person=person, attempts=attempts) if person in people:
            rungs = [_tried_in_vain_at(case, rung, person) for rung in attempts]
        case _:
            return False
    tried_at = [at for at in rungs if at is not None]
    if not rungs or len(tried_at) < len(rungs) or max(tried_at) > context.at:
        return False
    return not any(max(tried_at) <= at <= context.at for at in _heard_of_at(case, people))


def _tried_in_vain_at(case: Case, rung: str, person: str) -> datetime | None:
    """When the person was called in vain; None where the record says something else."""
    recorded = case.record(rung)
    if recorded is None:
        return None
    match case.shown(recorded).event:
        case ContactAttempted(person=called, outcome=outcome):
            in_vain = called == person and outcome != "reached"
            return case.shown(recorded).occurred_at if in_vain else None
        case _:
            return None


def _heard_of_at(case: Case, people: tuple[str, ...]) -> Iterator[datetime]:
    """Every moment at which one of these people was reached, did something or wrote it down."""
    for recorded in map(case.shown, case.records):
        if _reached(recorded.event) in people:
            yield recorded.occurred_at
        if recorded.actor in people:
            yield recorded.occurred_at
        if recorded.recorded_by in people:
            yield recorded.recorded_at


def _reached(event: Event) -> str | None:
    match event:
        case (
            ContactAttempted(person=person, outcome="reached")
            | AgentReferred(to=person, outcome="reached")
        ):
            return person
        case _:
            return None


def designee_answers_requesters_v1(
    case: Case,
    event: ApprovalGranted | WaiverAuthorised | DenialIssued | DisclosureMade,
    context: Context,
) -> Broken | None:
    """A designee answers only the requesters that the policy leaves to a designee (R-04)."""
    limit = context.law.find("decision.designee_requesters", context.on)
    if context.role != "designee" or limit is None:
        return None
    match event:
        case (
            ApprovalGranted(request=ref) | WaiverAuthorised(request=ref) | DenialIssued(request=ref)
        ):
            request = case.request(ref)
        case DisclosureMade(approval=ref):
            approval = case.approval(ref)
            request = case.request(approval.event.request) if approval is not None else None
        case _:
            assert_never(event)
    # A request that is not there is refused by the rules that look for it.
    if request is None or request.event.requester in limit.words:
        return None
    return broken("designee_answers_requesters_v1", limit.sentence, limit)


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
    """Counsel completes a review that was asked for and is not answered; advice may follow."""
    review = case.review(event.request)
    if review is not None and (isinstance(event, AdviceGiven) or not review.answered):
        return None
    return broken_house_rule(
        "review_exists_v1",
        "There is no open question to counsel under this reference.",
        "Disclosure ledger, domain §5.4.1 no. 12",
    )


# --- The office --------------------------------------------------------------------------------


def directorate_v1(case: Case, event: Event, context: Context) -> Broken | None:
    """The director or the custodian administers roles and keys; people may give up their own.

    Counsel may enrol a new key for somebody who had one, with a second person's assent: else the
    only director who loses a passphrase could never be replaced.
    """
    if context.role in _ADMINISTRATORS or _is_own(event, context):
        return None
    if context.role == "counsel" and _is_replacement(event, context):
        return None
    return broken_house_rule(
        "directorate_v1",
        "Only the director or the custodian administers roles, keys and law packs.",
        "Disclosure ledger, FORMAT §1, authority types",
    )


def _is_own(event: Event, context: Context) -> bool:
    match event:
        case RoleEnded(person=person):
            return person == context.recorded_by
        case KeyRevoked(key=digest):
            key = context.office.key_with(digest)
            return key is not None and not key.revoked and key.person == context.recorded_by
        case PasskeyRevoked(passkey=digest):
            return context.office.passkey_of(context.recorded_by, digest) is not None
        case _:
            return False


def _is_replacement(event: Event, context: Context) -> bool:
    match event:
        case KeyEnrolled(person=person, principal="person"):
            return context.office.was_person(person)
        case _:
            return False


def key_is_new_v1(case: Case, event: KeyEnrolled, context: Context) -> Broken | None:
    """A key is enrolled once, and the service keeps a desk's."""
    if context.office.knows_key(event.key):
        sentence = "This key was enrolled already. A key is enrolled once; make a new one."
    elif event.principal == "desk" and event.custody != "service":
        sentence = "The service keeps the key of a desk; no device or token does."
    else:
        return None
    return broken_house_rule(
        "key_is_new_v1", sentence, "Disclosure ledger, FORMAT §1, authority types"
    )


def role_by_its_own_act_v1(case: Case, event: RoleGranted, context: Context) -> Broken | None:
    """The custodian is designated and a designee appointed; neither role is granted."""
    if event.role not in _NAMED_ROLES:
        return None
    return broken_house_rule(
        "role_by_its_own_act_v1",
        "This role is not granted: a custodian is designated, a designee is appointed.",
        "Disclosure ledger, FORMAT §1, authority types",
    )


def second_person_v1(case: Case, event: Assented, context: Context) -> Broken | None:
    """An assent comes from another enrolled person than the one who signed the record."""
    if not context.office.is_person(context.recorded_by):
        return broken_house_rule(
            "second_person_v1",
            "A desk cannot assent; a person can.",
            "Disclosure ledger, FORMAT §1, authority types",
        )
    known = {r.e: r.recorded_by for r in (*context.office.awaiting_assent, *case.records)}
    if known.get(event.of) not in (None, context.recorded_by):
        return None
    return broken_house_rule(
        "second_person_v1",
        "There is nothing under this digest that another person signed and you may assent to.",
        "Disclosure ledger, DESIGN §4: two people",
    )


# --- Recovery and compromised keys -------------------------------------------------------------


def recovery_is_shared_v1(case: Case, event: RecoveryAnnounced, context: Context) -> Broken | None:
    """At least two holders come together, and one of all may be missing."""
    if event.needed < event.holders:
        return None
    return broken_house_rule(
        "recovery_is_shared_v1",
        "One of the holders must be allowed to be missing; else one loss ends recovery.",
        "Disclosure ledger, threats §3.2: k of n",
    )


def recovery_proposed_v1(case: Case, event: RecoveryProposed, context: Context) -> Broken | None:
    """The director, the custodian or counsel proposes a recovery, for somebody who may see sealed
    matters.
    """
    if context.role not in _RECOVERING:
        sentence = "The director, the custodian or counsel proposes a recovery."
    elif context.office.recovery is None:
        sentence = "This ledger has no recovery identity. Make one: recovery renew."
    elif not _CLEARED & context.office.roles_of(event.person) or not context.office.is_person(
        event.person
    ):
        sentence = "Matters are recovered for an enrolled director, custodian, designee or counsel."
    else:
        return None
    return broken_house_rule(
        "recovery_proposed_v1", sentence, "Disclosure ledger, DESIGN §4: two people"
    )


def counsel_attests_v1(case: Case, event: LogAttested, context: Context) -> Broken | None:
    """Counsel alone says that every leaf of the log was opened."""
    if context.role == "counsel":
        return None
    return broken_house_rule(
        "counsel_attests_v1",
        "Only counsel attests to the log.",
        "Disclosure ledger, DESIGN §4.8: counsel attests on fixed dates",
    )


def another_answers_for_glass_v1(
    case: Case, event: GlassConfirmed, context: Context
) -> Broken | None:
    """Another person who deals with sealed matters answers for a break of the glass, once."""
    waiting = {one.record.e: one.record for one in broken_glass(case.records) if not one.answered}
    broken_by_whom = waiting.get(event.of)
    if context.role not in _CLEARED:
        sentence = "The director, the custodian, a designee or counsel answers for broken glass."
    elif broken_by_whom is None or broken_by_whom.recorded_by == context.recorded_by:
        sentence = "Nothing under this digest waits for an answer of yours: another person answers."
    else:
        return None
    return broken_house_rule(
        "another_answers_for_glass_v1", sentence, "Disclosure ledger, threats §4: read audit"
    )


def counsel_reattests_v1(case: Case, event: Reattested, context: Context) -> Broken | None:
    """Counsel stands for what a compromised key signed, and never for records of their own."""
    own = {one.e for one in case.records if one.recorded_by == context.recorded_by}
    if context.role != "counsel":
        sentence = "Only counsel re-attests what was signed with a compromised key."
    elif own & set(event.of):
        sentence = "Another person than their signer re-attests records."
    elif list(event.of) != sorted(set(event.of)):
        sentence = "Name the records by their digests in ascending order, each once."
    else:
        return None
    return broken_house_rule(
        "counsel_reattests_v1", sentence, "Disclosure ledger, FORMAT §1, authority types"
    )
