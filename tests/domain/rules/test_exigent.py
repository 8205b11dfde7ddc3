"""Emergencies: the same officer's word under the laws of Missouri, Illinois, Ohio and others."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.events import Event
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    COUNSEL,
    JCL,
    LCLD,
    STAFF,
    Given,
    given,
    ref,
)

IL, OH, CA = "us-il", "us-oh", "us-ca"


def emergency(pack: str, *more: Event, **said: Any) -> Given:
    """An officer asked, and said what there was no time for."""
    return given(ex.request(urgent=True), ex.assertion(**said), *more, pack=pack)


def waive(**changes: Any) -> Event:
    """The waiver, on the basis that the four packs name alike where they have one."""
    return ex.waiver(ref(1), ref(2), **{"basis": "exigent", **changes})


POLICY = {"basis": "exigent-waiver"}


# --- The same word, four laws ------------------------------------------------------------------


def test_missouris_policy_waives_and_the_statute_says_nothing() -> None:
    """The policy's four dangers, on counsel's advice (R-69)."""
    emergency(JCL).when(waive(**POLICY)).then()


def test_illinois_waives_for_identity_only() -> None:
    """A sworn officer, probable cause, no time: who somebody is, and not what they read."""
    emergency(IL).when(waive()).then()
    emergency(IL).when(waive(scope="as-asked")).then_refused(
        "exigent_scope_cap_v1", citing="75 ILCS 70/1(a)(2)", saying="suspect, witness or victim"
    )
    emergency(IL).when(waive(categories=["contact-details", "circulation"])).then_refused(
        "exigent_barred_categories_v1", citing="75 ILCS 70/1(a)(2)", saying="materials borrowed"
    )


def test_ohio_waives_for_public_safety() -> None:
    """Ohio's section asks neither for an oath nor for identity only."""
    said = {"sworn": "cannot-tell", "belief": "not-stated", "order_impractical": "no"}
    emergency(OH, **said).when(waive(scope="as-asked", categories=["circulation"])).then()


@pytest.mark.parametrize(("pack", "citing"), [(CA, "Gov. 7927.105(c)"), (LCLD, "24-90-119(2)")])
def test_california_and_colorado_have_no_such_path(pack: str, citing: str) -> None:
    """Neither the section nor the policy lists one; both refusals are told."""
    emergency(pack).when(waive()).then_refused(
        "basis_in_law_v1", "exigent_path_v1", citing=citing, saying="exception for emergencies"
    )


def test_a_basis_that_is_not_for_emergencies_waives_nothing() -> None:
    """A court order cannot be waived into being; under federal law alone nothing can."""
    emergency(IL).when(waive(basis="court-order")).then_refused(
        "exigent_path_v1", saying="no such exception"
    )
    emergency("us").when(waive()).then_refused(
        "basis_in_law_v1", "exigent_path_v1", citing="Disclosure ledger"
    )


# --- What the officer said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"threats": ["public-alarm-and-panic"]}, "threat_in_law_v1"),
        ({"threats": []}, "threat_in_law_v1"),
        ({"sworn": "no"}, "officer_is_sworn_v1"),
        ({"sworn": "cannot-tell"}, "officer_is_sworn_v1"),
        ({"belief": "reasonable-cause"}, "officer_believes_v1"),
        ({"belief": "not-stated"}, "officer_believes_v1"),
        ({"order_impractical": "cannot-tell"}, "order_is_impractical_v1"),
    ],
)
def test_illinois_asks_for_every_element(said: dict[str, Any], rule: str) -> None:
    """Danger of physical harm, an oath, probable cause, and no time for an order."""
    emergency(IL, **said).when(waive()).then_refused(rule, citing="75 ILCS 70/1(a)(2)")


def test_every_missing_element_is_told() -> None:
    """An officer who said nothing hears of all of them at once."""
    nothing = {
        "threats": [],
        "sworn": "no",
        "belief": "not-stated",
        "order_impractical": "no",
    }
    emergency(IL, **nothing).when(waive()).then_refused(
        "threat_in_law_v1",
        "officer_is_sworn_v1",
        "officer_believes_v1",
        "order_is_impractical_v1",
    )


@pytest.mark.parametrize(
    ("belief", "permitted"),
    [
        ("not-stated", False),
        ("good-faith", False),
        ("reasonable-cause", True),
        ("probable-cause", True),
    ],
)
def test_missouris_policy_asks_for_reasonable_cause(belief: str, permitted: bool) -> None:
    """A stronger belief is enough, a weaker one is not."""
    proposed = emergency(JCL, belief=belief).when(waive(**POLICY))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("officer_believes_v1", citing="PUB 06-04, III.3")


def test_a_waiver_answers_an_officers_word() -> None:
    """What was not recorded was not said; the missing word alone is told."""
    story = given(ex.request(), pack=IL)
    story.when(waive()).then_refused("exigency_asserted_v1", citing="no. 31 and 32")


# --- Who waives, on whose advice ----------------------------------------------------------------


def test_counsel_advises_before_the_waiver() -> None:
    """By word of mouth, or on record; a name that is no counsel's is no advice."""
    unadvised = waive(**POLICY, advised_by=None)
    emergency(JCL).when(unadvised).then_refused(
        "counsel_advised_waiver_v1", citing="PUB 06-04, III.3", saying="upon advice"
    )
    emergency(JCL).when(waive(**POLICY, advised_by=STAFF)).then_refused("counsel_advised_waiver_v1")
    emergency(JCL).when(waive(**POLICY, advised_by=COUNSEL)).then()
    heard = (ex.question(), ex.answer(ref(3), outcome="comply"))
    emergency(JCL, *heard).when(unadvised).then()
    emergency(JCL, ex.question()).when(unadvised).then_refused("counsel_advised_waiver_v1")


def test_elsewhere_nobody_advises() -> None:
    """Illinois' section does not ask for counsel."""
    emergency(IL).when(waive(advised_by=None)).then()


def test_the_custodian_waives_for_a_requester_who_was_verified() -> None:
    """Not staff; and not for a voice on the telephone that nobody called back."""
    emergency(IL).when(waive(), **AS_STAFF).then_refused("custodian_decides_v1")
    story = given(ex.request(), ex.assertion(), pack=IL, verified=False)
    story.when(waive()).then_refused("requester_verified_v1")


@pytest.mark.parametrize(
    ("pack", "basis"), [(IL, "exigent"), (OH, "exigent"), (JCL, "exigent-waiver")]
)
def test_an_emergency_is_waived_and_never_approved(pack: str, basis: str) -> None:
    """An approval would pass by the officer's oath, the bounds and the review of a waiver."""
    form, asked = ex.paper("emergency-request", "agency"), ex.question()
    story = given(ex.request(), form, asked, ex.answer(ref(3)), pack=pack)
    act = ex.approval(ref(1), basis, instrument=ref(2), categories=["circulation"])
    story.when(act).then_refused("exigent_path_v1", saying="Authorise a waiver")


@pytest.mark.parametrize(
    ("requester", "permitted"),
    [("law-enforcement", True), ("national-security", True), ("attorney", False)],
)
def test_an_emergency_is_an_agencys(requester: str, *, permitted: bool) -> None:
    """What an officer said does not open the records to whoever else asks."""
    word = ex.assertion(belief="probable-cause", sworn="yes", order_impractical="yes")
    for pack in (IL, OH):
        story = given(ex.request(requester=requester), word, pack=pack)
        outcome = story.when(waive(basis="exigent", scope="identity-only"))
        if permitted:
            outcome.then()
        else:
            outcome.then_refused("officer_is_sworn_v1")


def test_a_form_that_came_with_the_waiver_is_a_paper_of_the_case() -> None:
    """A false or defective form supports no waiver; one that never came is not named."""
    form = ex.paper("emergency-request", "agency")
    named = waive(instrument=ref(3))
    emergency(IL, form).when(named).then()
    emergency(IL).when(named).then_refused("instrument_known_v1")
    false = ex.authenticated(ref(3), outcome="false")
    emergency(IL, form, false).when(named).then_refused("instrument_stands_v1")
    emergency(IL, form, ex.defect(ref(3), element="form")).when(named).then_refused(
        "instrument_without_defect_v1"
    )


# --- What leaves on it, and what follows --------------------------------------------------------


def waived(*more: Event) -> Given:
    """Missouri's director waived, on counsel's word of mouth, for contact details."""
    return emergency(JCL, waive(**POLICY), *more)


LEAVE = ex.disclosure(ref(3), categories=["contact-details"])


def test_what_was_waived_may_leave() -> None:
    """Counsel advised on the waiver; the gate of an ordinary approval is not asked again."""
    waived().when(LEAVE).then()
    waived().when(ex.disclosure(ref(3))).then_refused("within_scope_v1")


def test_a_repudiated_waiver_lets_nothing_more_leave() -> None:
    """What was ratified or escalated may still be acted on."""
    waived(ex.review(ref(3), outcome="repudiated")).when(LEAVE).then_refused("approval_live_v1")
    waived(ex.review(ref(3))).when(LEAVE).then()
    escalated = ex.review(ref(3), outcome="escalated", escalated_to="agency")
    waived(escalated).when(LEAVE).then()


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({"outcome": "ratified"}, True),
        ({"outcome": "repudiated"}, True),
        ({"outcome": "escalated", "escalated_to": "court"}, True),
        ({"outcome": "escalated"}, False),
        ({"outcome": "ratified", "escalated_to": "court"}, False),
    ],
)
def test_an_escalation_goes_to_somebody(changes: dict[str, Any], permitted: bool) -> None:
    """To a court, the attorney general or the agency; a conclusion goes to nobody."""
    proposed = waived().when(ex.review(ref(3), **changes), **AS_COUNSEL)
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("escalated_to_somebody_v1", citing="no. 34")


def test_a_waiver_is_concluded_once() -> None:
    """An escalated one still waits; a ratified one, or none, does not."""
    escalated = ex.review(ref(3), outcome="escalated", escalated_to="court")
    waived(escalated).when(ex.review(ref(3))).then()
    waived(ex.review(ref(3))).when(ex.review(ref(3))).then_refused("waiver_under_review_v1")
    waived().when(ex.review(ref(2))).then_refused("waiver_under_review_v1")
    waived().when(ex.review(ref(3)), **AS_STAFF).then_refused("custodian_decides_v1")


@pytest.mark.parametrize("outcome", ["ratified", "repudiated"])
def test_the_case_stays_until_the_waiver_is_concluded(outcome: str) -> None:
    """Papers that came do not close it, nor does an escalation (scenario 4)."""
    pending = {"saying": "a waiver was not reviewed", "citing": "domain §5.3"}
    escalated = ex.review(ref(3), outcome="escalated", escalated_to="court")
    for story in (waived(), waived(ex.papers(ref(3))), waived(escalated)):
        story.when(ex.closed()).then_refused("nothing_pending_v1", **pending)
    waived(escalated, ex.review(ref(3), outcome=outcome)).when(ex.closed()).then()
