"""Who may decide: custodian, designee, counsel, directorate, second person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ledger.domain.events import Event
from ledger.domain.office import Absence
from ledger.domain.office_events import (
    Assented,
    CustodianDesignated,
    DesigneeAppointed,
    KeyEnrolled,
    KeyRevoked,
    RoleEnded,
    RoleGranted,
)
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_DESIGNEE,
    AS_STAFF,
    AUDITOR,
    COUNSEL,
    CUSTODIAN,
    DESK,
    JCL,
    OFFICE,
    OFFICE_STREAM,
    STAFF,
    Given,
    Said,
    away,
    digest,
    given,
    key_of,
    local,
    records,
    ref,
    said,
)

DENY = ex.denial(ref(1))
ABSENCE = ref(9, OFFICE_STREAM)


# --- The custodian ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["custodian", "director"])
def test_the_custodian_or_a_director_decides(role: str) -> None:
    """A denial by the custodian, or by a director, is recorded."""
    given(ex.request()).when(DENY, role=role).then(DENY)


@pytest.mark.parametrize("role", ["staff", "auditor", "desk", "counsel"])
def test_nobody_else_decides_and_the_policy_says_to_whom_to_refer(role: str) -> None:
    """Staff who try to decide are shown the policy's rule to refer the officer."""
    given(ex.request()).when(DENY, by=STAFF, role=role).then_refused(
        "custodian_decides_v1", citing="LCLD Patron Confidentiality Policy, fifth item"
    )


def test_where_the_law_has_no_rule_of_referral_the_refusal_is_our_own() -> None:
    """Under federal law alone the refusal says that it is the product's default."""
    refused = given(ex.request(), pack="us").when(DENY, **AS_STAFF)
    refused.then_refused("custodian_decides_v1", citing="Disclosure ledger")
    assert refused.broken[0].source == "product_default"
    assert refused.broken[0].confidence == "unverified"


# --- The designee -----------------------------------------------------------------------------


def in_an_absence(absence: Absence) -> Given:
    """An officer asked, and somebody is away."""
    return given(ex.request()).in_office(absences=(absence,))


# The clocks go forward on 8 March 2026: the absence lasts nine hours, not ten.
LEAVES, RETURNS = local("2026-03-07 18:00"), local("2026-03-08 04:00")


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        pytest.param(LEAVES - timedelta(seconds=1), False, id="the second before"),
        pytest.param(LEAVES, True, id="the first moment"),
        pytest.param(local("2026-03-08 03:30"), True, id="within the hour that was skipped"),
        pytest.param(RETURNS - timedelta(seconds=1), True, id="the last second"),
        pytest.param(RETURNS, False, id="the moment of return"),
    ],
)
def test_a_designee_acts_only_while_the_custodian_is_away(at: datetime, permitted: bool) -> None:
    """An absence lets the designee act from its first moment until just before its last."""
    assert timedelta(hours=9) == RETURNS - LEAVES
    proposed = in_an_absence(away(LEAVES, RETURNS)).when(DENY, **AS_DESIGNEE, under=ABSENCE, at=at)
    if permitted:
        proposed.then(DENY)
    else:
        proposed.then_refused("custodian_decides_v1", saying="recorded absence")


@pytest.mark.parametrize(
    ("absence", "under"),
    [
        pytest.param(away(LEAVES, RETURNS), None, id="under nothing"),
        pytest.param(away(LEAVES, RETURNS), ref(8, OFFICE_STREAM), id="under another record"),
        pytest.param(away(LEAVES, RETURNS, STAFF), ABSENCE, id="while somebody else is away"),
        pytest.param(away(RETURNS, LEAVES), ABSENCE, id="in a window that ends before it begins"),
    ],
)
def test_a_designee_acts_under_the_custodians_own_absence(
    absence: Absence, under: str | None
) -> None:
    """Naming nothing, another record or another person's absence does not help."""
    in_an_absence(absence).when(
        DENY, **AS_DESIGNEE, under=under, at=local("2026-03-07 20:00")
    ).then_refused("custodian_decides_v1", citing="first item under the Custodian")


def test_while_no_custodian_is_designated_a_directors_absence_counts() -> None:
    """The designee stands in for whoever would decide."""
    in_an_absence(away(LEAVES, RETURNS)).in_office(custodian=None).when(
        DENY, **AS_DESIGNEE, under=ABSENCE, at=local("2026-03-07 20:00")
    ).then(DENY)


def test_a_policy_may_leave_nothing_to_a_designee() -> None:
    """In Missouri's Jefferson County only the director answers, absent or not (R-131)."""
    story = given(ex.request(), ex.question(), ex.answer(ref(2)), pack=JCL)
    absent = story.in_office(absences=(away(LEAVES, RETURNS),))
    absent.when(DENY, **AS_DESIGNEE, under=ABSENCE, at=local("2026-03-07 20:00")).then_refused(
        "custodian_decides_v1", citing="PUB 06-04, III.3", saying="No library employee"
    )


def noted(event: Event, **about: Any) -> Said:
    """Staff at the desk write something down."""
    return said(event, **AS_STAFF, **about)


def after_a_ladder(*rungs: Event, attempts: tuple[str, ...], person: str = CUSTODIAN) -> Given:
    """An officer asked, somebody was called, and staff record that it was in vain."""
    told = (ex.request(), *rungs, ex.not_reached(*attempts, person=person))
    return given(*map(noted, told))


@pytest.mark.parametrize("outcome", ["no-answer", "left-message", "unavailable"])
def test_a_designee_acts_once_the_custodian_could_not_be_reached(outcome: str) -> None:
    """A call that did not reach the custodian opens the designee's authority."""
    story = after_a_ladder(ex.attempt(outcome=outcome), attempts=(ref(2),))
    story.when(DENY, **AS_DESIGNEE, under=ref(3)).then(DENY)


@pytest.mark.parametrize(
    ("rung", "attempts", "person"),
    [
        pytest.param(ex.attempt(), (), CUSTODIAN, id="no attempt is named"),
        pytest.param(ex.attempt(), (ref(7),), CUSTODIAN, id="the attempt is not in the case"),
        pytest.param(ex.attempt(), (ref(1),), CUSTODIAN, id="what is named is no attempt"),
        pytest.param(ex.attempt(outcome="reached"), (ref(2),), CUSTODIAN, id="she was reached"),
        pytest.param(ex.attempt(person=COUNSEL), (ref(2),), CUSTODIAN, id="another was called"),
        pytest.param(ex.attempt(person=STAFF), (ref(2),), STAFF, id="another was wanted"),
        pytest.param(ex.attempt(), (ref(2), ref(1)), CUSTODIAN, id="one rung of two is none"),
    ],
)
def test_a_ladder_that_was_not_climbed_opens_nothing(
    rung: Event, attempts: tuple[str, ...], person: str
) -> None:
    """All that the record names are attempts in this case that failed to reach the custodian."""
    after_a_ladder(rung, attempts=attempts, person=person).when(
        DENY, **AS_DESIGNEE, under=ref(3)
    ).then_refused("custodian_decides_v1")


@pytest.mark.parametrize("under", [None, ref(2), ref(4)])
def test_a_designee_names_the_ladder(under: str | None) -> None:
    """That somebody climbed it is not enough: the decision says under which record it stands."""
    story = after_a_ladder(ex.attempt(), attempts=(ref(2),))
    story.when(DENY, **AS_DESIGNEE, under=under).then_refused("custodian_decides_v1")


def test_a_designee_does_not_act_before_the_ladder_was_climbed() -> None:
    """A decision that happened a minute before the record cannot rest on it."""
    climbed_at = local("2026-05-06 19:12")
    ladder = noted(ex.not_reached(ref(2)), at=climbed_at)
    story = given(noted(ex.request()), noted(ex.attempt()), ladder)
    act = {**AS_DESIGNEE, "under": ref(3)}
    story.when(DENY, at=climbed_at - timedelta(minutes=1), **act).then_refused(
        "custodian_decides_v1"
    )
    story.when(DENY, at=climbed_at, **act).then(DENY)
    late = noted(ex.attempt(), at=climbed_at + timedelta(minutes=5))
    early = given(noted(ex.request()), late, ladder)
    early.when(DENY, at=climbed_at, **act).then_refused("custodian_decides_v1")


# --- Whose requests a designee answers --------------------------------------------------------


STEPPED_IN = {**AS_DESIGNEE, "under": ABSENCE}


def asked_in_absence(requester: str, pack: str = "us-co/lcld") -> Given:
    """Somebody asks with written consent while the custodian is away, and it was approved."""
    consent = ex.paper("written-consent", "subject")
    approved = ex.approval(ref(1), "written-consent", instrument=ref(2))
    story = given(ex.request(requester=requester), consent, approved, pack=pack)
    return story.in_office(absences=(away(local("2026-01-05 00:00"), local("2026-01-06 00:00")),))


ACTS = [
    pytest.param(ex.approval(ref(1), "written-consent", instrument=ref(2)), id="approve"),
    pytest.param(ex.denial(ref(1)), id="deny"),
    pytest.param(ex.disclosure(ref(3)), id="disclose"),
]


@pytest.mark.parametrize("act", ACTS)
def test_a_designee_answers_law_enforcement(act: Event) -> None:
    """The Lone Cone policy leaves requests by law enforcement to the designee (R-04)."""
    asked_in_absence("law-enforcement").when(act, **STEPPED_IN).then(act)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("requester", ["patron", "national-security", "attorney"])
def test_a_designee_answers_nobody_else(act: Event, requester: str) -> None:
    """Every other request waits for the custodian, who may answer it."""
    asked_in_absence(requester).when(act, **STEPPED_IN).then_refused(
        "designee_answers_requesters_v1", citing="first item under the Custodian"
    )
    asked_in_absence(requester).when(act).then(act)


def test_where_no_policy_limits_the_designee_every_request_may_be_answered() -> None:
    """The limit is the Lone Cone district's own."""
    act = ex.denial(ref(1))
    asked_in_absence("patron", pack="us").when(act, **STEPPED_IN).then(act)


def test_a_request_that_is_not_there_is_another_rules_matter() -> None:
    """An unknown request or approval is refused once, for what it is."""
    story = asked_in_absence("patron")
    story.when(ex.denial(ref(8)), **STEPPED_IN).then_refused("request_known_v1")
    story.when(ex.disclosure(ref(8)), **STEPPED_IN).then_refused("approval_live_v1")


# --- Counsel ----------------------------------------------------------------------------------


def test_only_counsel_answers_counsels_questions() -> None:
    """The custodian can neither complete a review nor give advice."""
    story = given(ex.request(), ex.question())
    for act in (ex.answer(ref(2)), ex.advice(ref(2))):
        story.when(act).then_refused("counsel_answers_v1")
        story.when(act, **AS_COUNSEL).then(act)


def test_counsel_answers_once() -> None:
    """A question that was answered is not open; advice on it may still follow."""
    story = given(ex.request(), ex.question(), ex.answer(ref(2)))
    story.when(ex.answer(ref(2)), **AS_COUNSEL).then_refused("review_exists_v1")
    story.when(ex.advice(ref(2)), **AS_COUNSEL).then()


def test_asking_for_more_leaves_the_question_open() -> None:
    """After more-needed counsel may answer again."""
    story = given(ex.request(), ex.question(), ex.answer(ref(2), outcome="more-needed"))
    story.when(ex.answer(ref(2), outcome="refuse"), **AS_COUNSEL).then()


def test_counsel_answers_a_question_of_this_case() -> None:
    """An answer or advice to what is no question is refused."""
    story = given(ex.request(), ex.question())
    for act in (ex.answer(ref(1)), ex.advice(ref(5))):
        story.when(act, **AS_COUNSEL).then_refused("review_exists_v1", citing="no. 12")


def test_a_refusal_names_every_provision() -> None:
    """Staff who complete a review that was never asked for learn both reasons at once."""
    given(ex.request()).when(ex.answer(ref(2)), **AS_STAFF).then_refused(
        "counsel_answers_v1", "review_exists_v1"
    )


def test_counsel_too_finds_defects() -> None:
    """A defect is found by counsel or the custodian, not by staff."""
    story = given(ex.request(), ex.subpoena())
    story.when(ex.defect(ref(2)), **AS_COUNSEL).then()
    story.when(ex.defect(ref(2))).then()
    story.when(ex.defect(ref(2)), **AS_STAFF).then_refused("custodian_decides_v1")


# --- The office -------------------------------------------------------------------------------


NEW_KEY = key_of("kim").key
ADMINISTRATION = [
    KeyEnrolled(person="kim", key=NEW_KEY),
    KeyRevoked(key=key_of(STAFF).digest),
    RoleGranted(person="kim", role="staff"),
    RoleEnded(person=AUDITOR, role="auditor"),
    CustodianDesignated(person=STAFF, resolved_on=date(2026, 2, 17)),
    DesigneeAppointed(person=STAFF, position="Office Manager"),
]


@pytest.mark.parametrize("act", ADMINISTRATION, ids=lambda act: type(act).__name__)
def test_the_directorate_administers(act: Event) -> None:
    """Keys, roles, designations and packs are the director's and the custodian's."""
    given().when(act, role="director").then(act)
    given().when(act, role="custodian").then(act)
    given().when(act, **AS_COUNSEL).then_refused("directorate_v1", citing="FORMAT §1")


def test_counsel_gives_new_keys_to_somebody_who_had_some() -> None:
    """The only director who lost a passphrase is not lost; a desk's key stays the director's."""
    again = KeyEnrolled(person=STAFF, key=NEW_KEY)
    given().when(again, **AS_COUNSEL).then(again)
    lost = (*OFFICE.keys[:-1], key_of(STAFF, revoked=True))
    given().in_office(keys=lost).when(again, **AS_COUNSEL).then(again)
    given().when(again, by=AUDITOR, role="auditor").then_refused("directorate_v1")
    desk = KeyEnrolled(person=STAFF, key=NEW_KEY, principal="desk")
    given().when(desk, **AS_COUNSEL).then_refused("directorate_v1")


def test_people_may_give_up_their_own_role_and_key() -> None:
    """An auditor ends her own role and revokes her own key, and nobody else's."""
    own_key, others = key_of(AUDITOR).digest, key_of(STAFF).digest
    as_auditor: dict[str, Any] = {"by": AUDITOR, "role": "auditor"}
    given().when(RoleEnded(person=AUDITOR, role="auditor"), **as_auditor).then()
    given().when(KeyRevoked(key=own_key), **as_auditor).then()
    for act in (RoleEnded(person=STAFF, role="staff"), KeyRevoked(key=others)):
        given().when(act, **as_auditor).then_refused("directorate_v1")


@pytest.mark.parametrize("known", [True, False])
def test_a_key_that_signs_nothing_is_nobodys_to_revoke(known: bool) -> None:
    """One's own key that is revoked already, or was never enrolled, is left to the director."""
    keys = (*OFFICE.keys, key_of("kim", revoked=True)) if known else OFFICE.keys
    given().in_office(keys=keys).when(
        KeyRevoked(key=key_of("kim").digest), by="kim", role="staff"
    ).then_refused("directorate_v1")


def test_a_key_is_enrolled_once() -> None:
    """A key that is enrolled, revoked or waiting for assent is not enrolled again."""
    enrol = KeyEnrolled(person="kim", key=NEW_KEY)
    revoked = given().in_office(keys=(*OFFICE.keys, key_of("kim", revoked=True)))
    waiting = given().in_office(awaiting_assent=tuple(records([enrol], JCL, OFFICE_STREAM)))
    for story in (revoked, waiting):
        story.when(enrol).then_refused("key_is_new_v1", saying="enrolled already")
    given().when(enrol).then(enrol)


def test_the_service_keeps_the_key_of_a_desk() -> None:
    """A desk signs with a key in the service's custody; a person may keep their own."""
    for custody in ("device", "hardware"):
        fields: dict[str, Any] = {"person": "desk-2", "key": NEW_KEY, "custody": custody}
        given().when(KeyEnrolled(**fields, principal="desk")).then_refused("key_is_new_v1")
        given().when(KeyEnrolled(**fields, principal="person")).then()
    given().when(KeyEnrolled(person="desk-2", key=NEW_KEY, principal="desk")).then()


@pytest.mark.parametrize("role", ["custodian", "designee"])
def test_a_custodian_is_designated_and_a_designee_appointed(role: str) -> None:
    """Neither role is granted; each has an act of its own."""
    given().when(RoleGranted(person=STAFF, role=role)).then_refused("role_by_its_own_act_v1")


# --- The second person ------------------------------------------------------------------------


def test_a_second_person_assents_to_what_another_signed() -> None:
    """A correction or an enrolment that the custodian signed has the auditor's assent."""
    waiting = tuple(records([RoleGranted(person="kim", role="staff")], JCL, OFFICE_STREAM))
    story = given(ex.request(), ex.opening_proposed()).in_office(awaiting_assent=waiting)
    for of in (digest(2), digest(1, OFFICE_STREAM)):
        act = Assented(of=of)
        story.when(act, by=AUDITOR, role="auditor").then(act)
        story.when(act).then_refused("second_person_v1", citing="two people")


def test_a_desk_never_assents() -> None:
    """A desk, or somebody whose key was revoked, does not count as a person."""
    keys = (*OFFICE.keys, key_of("kim", revoked=True))
    story = given(ex.request()).in_office(keys=keys)
    for name in (DESK, "kim", "stranger"):
        story.when(Assented(of=digest(1)), by=name, role="desk").then_refused(
            "second_person_v1", saying="A desk cannot assent"
        )


def test_nobody_assents_to_what_is_not_there() -> None:
    """A digest that no record of this case or of the office has is refused."""
    given(ex.request()).when(Assented(of="0" * 64), by=AUDITOR, role="auditor").then_refused(
        "second_person_v1", saying="There is nothing under this digest"
    )
