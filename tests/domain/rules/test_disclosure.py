"""What stands between a request and a disclosure: request, basis, paper, counsel, scope."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as changed

from ledger.domain.events import Event
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    JCL,
    LCLD,
    Given,
    given,
    law,
    local,
    ref,
    said,
)

HEARD = (ex.question(), ex.answer(ref(2)))
HEARD_ON_PAPER = (ex.question(), ex.answer(ref(3)))
"""Counsel was asked when the paper had come."""
"""Counsel was asked and answered; these are the second and third record of a case."""


# --- The request ------------------------------------------------------------------------------


def test_a_decision_answers_a_request_of_the_case() -> None:
    """Neither approval nor denial answers what nobody asked."""
    story = given(ex.request(), ex.subpoena())
    story.when(ex.denial(ref(2))).then_refused("request_known_v1")
    story.when(ex.approval(ref(4), "subpoena", instrument=ref(2))).then_refused("request_known_v1")


def test_a_request_is_decided_once() -> None:
    """A denied request is neither denied nor approved again; another one still can be."""
    story = given(
        ex.request(),
        ex.request(requester="attorney"),
        ex.subpoena(),
        ex.denial(ref(1), reason="no-records"),
    )
    story.when(ex.denial(ref(1))).then_refused("request_known_v1", citing="no. 17 and 18")
    story.when(ex.approval(ref(1), "subpoena", instrument=ref(3))).then_refused("request_known_v1")
    story.when(ex.approval(ref(2), "subpoena", instrument=ref(3))).then()


# --- The basis --------------------------------------------------------------------------------


def test_records_leave_on_a_basis_that_the_law_lists() -> None:
    """A basis that Colorado does not list is refused with the statute and with what it lists."""
    given(ex.request()).when(ex.approval(ref(1), "good-neighbour")).then_refused(
        "basis_in_law_v1", citing="C.R.S. 24-90-119(1)", saying="reasonable-operation, written"
    )


def test_one_states_basis_is_none_in_another() -> None:
    """A subpoena suffices in Colorado and is no basis at all in Missouri."""
    act = ex.approval(ref(1), "subpoena", instrument=ref(2))
    given(ex.request(), ex.subpoena(), *HEARD_ON_PAPER, pack=LCLD).when(act).then()
    given(ex.request(), ex.subpoena(), *HEARD_ON_PAPER, pack=JCL).when(act).then_refused(
        "basis_in_law_v1", citing="RSMo 182.815(4)-(5)"
    )


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        pytest.param("2014-08-27 10:20", False, id="the day before"),
        pytest.param("2014-08-28 10:20", True, id="the day"),
        pytest.param("2014-08-29 10:20", True, id="the day after"),
    ],
)
def test_a_basis_holds_from_its_first_local_day(at: str, permitted: bool) -> None:
    """Missouri's order with a finding is law from 28 August 2014, by the library's calendar."""
    moment = local(at, "America/Chicago")
    facts = [said(one, at=moment) for one in (ex.request(), *HEARD, ex.court_order())]
    proposed = given(*facts, pack=JCL).when(
        ex.approval(ref(1), "court-order", instrument=ref(4)), at=moment
    )
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("basis_in_law_v1", citing="Disclosure ledger")


# --- The paper --------------------------------------------------------------------------------


def order_in_missouri(**changes: Any) -> Given:
    """An order came to the library in Missouri, and counsel was heard."""
    return given(ex.request(), ex.court_order(**changes), *HEARD_ON_PAPER, pack=JCL)


APPROVE_ON_ORDER = ex.approval(ref(1), "court-order", instrument=ref(2))


@pytest.mark.parametrize("finding", ["public-safety", "prosecution"])
def test_an_order_with_either_finding_suffices_in_missouri(finding: str) -> None:
    """The statute names two findings; either one is enough."""
    order_in_missouri(finding=finding).when(APPROVE_ON_ORDER).then()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"finding": "good-cause"}, id="another finding"),
        pytest.param({"finding": "none"}, id="no finding"),
        pytest.param({"issuer": "clerk"}, id="signed by a clerk"),
        pytest.param({"kind": "subpoena"}, id="a subpoena"),
    ],
)
def test_a_paper_of_another_kind_issuer_or_finding_does_not(changes: dict[str, Any]) -> None:
    """The refusal is the statute's sentence, with its citation."""
    order = {"kind": "court-order", "issuer": "judge", "finding": "prosecution", **changes}
    story = given(ex.request(), ex.paper(**order), *HEARD_ON_PAPER, pack=JCL)
    story.when(APPROVE_ON_ORDER).then_refused(
        "instrument_satisfies_basis_v1", citing="RSMo 182.817.1(2)", saying="court of competent"
    )


def test_a_basis_that_wants_a_paper_wants_one() -> None:
    """An approval that names no paper, or one that is not in the case, rests on nothing."""
    story = order_in_missouri()
    story.when(ex.approval(ref(1), "court-order")).then_refused("instrument_satisfies_basis_v1")
    story.when(ex.approval(ref(1), "court-order", instrument=ref(9))).then_refused(
        "instrument_known_v1", "instrument_satisfies_basis_v1"
    )


def test_a_basis_that_wants_no_paper_wants_none() -> None:
    """The reasonable operation of the library asks for no paper; a paper named must be there."""
    story = given(ex.request(requester="other"))
    act = ex.approval(ref(1), "reasonable-operation", because="The printer of cards asks.")
    story.when(act).then()
    story.when(changed(act, instrument=ref(5))).then_refused("instrument_known_v1")


def test_a_defective_paper_supports_nothing() -> None:
    """All the defects that were found are named, with the policy's rule of proper form."""
    story = given(
        ex.request(),
        ex.court_order(),
        ex.defect(ref(2), element="date"),
        ex.defect(ref(2), element="scope"),
        ex.court_order(finding="public-safety"),
        ex.question(instrument=ref(5)),
        ex.answer(ref(6)),
        pack=JCL,
    )
    story.when(APPROVE_ON_ORDER).then_refused(
        "instrument_without_defect_v1",
        "counsel_was_heard_v2",
        citing="PUB 06-04, III.3",
        saying="(date, scope)",
    )
    story.when(ex.approval(ref(1), "court-order", instrument=ref(5))).then()


def test_a_defect_is_found_in_a_paper_of_the_case() -> None:
    """A defect in a paper that never came would block nothing, so it is refused."""
    given(ex.request(), ex.subpoena()).when(ex.defect(ref(1))).then_refused(
        "instrument_known_v1", citing="no. 8 to 17"
    )


# --- Counsel ----------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [ex.denial(ref(1)), ex.approval(ref(1), "parent-request")])
def test_where_the_policy_says_so_counsel_is_heard_first(act: Event) -> None:
    """Jefferson County's director confers with counsel before she approves or denies (R-79)."""
    gate: dict[str, Any] = {"citing": "PUB 06-04, III.3", "saying": "confer with the library's"}
    parent, proof = ex.request(requester="parent-or-guardian"), ex.guardian_proof(ref(1))
    silent = given(parent, proof, pack=JCL)
    asked = given(parent, ex.question(), proof, pack=JCL)
    unsure = given(parent, ex.question(), ex.answer(ref(2), outcome="more-needed"), proof, pack=JCL)
    for story in (silent, asked, unsure):
        story.when(act).then_refused("counsel_was_heard_v2", **gate)
    given(parent, *HEARD, proof, pack=JCL).when(act).then()


def test_counsel_is_heard_on_the_paper_that_came() -> None:
    """A question that was answered before the order came was not about the order; nor does what
    counsel said of one request stand for the next.
    """
    early = given(ex.request(), *HEARD, ex.court_order(), pack=JCL)
    act = ex.approval(ref(1), "court-order", instrument=ref(4))
    early.when(act).then_refused("counsel_was_heard_v2", citing="PUB 06-04, III.3")
    heard = given(
        *(ex.request(), *HEARD, ex.court_order()), ex.question(), ex.answer(ref(5)), pack=JCL
    )
    heard.when(act).then()
    approved_early = given(*(ex.request(), *HEARD, ex.court_order()), act, pack=JCL)
    approved_early.when(ex.disclosure(ref(5))).then_refused("counsel_was_heard_v2")
    second = given(ex.request(), *HEARD, ex.request(), pack=JCL)
    second.when(ex.denial(ref(1))).then()
    second.when(ex.denial(ref(4))).then_refused("counsel_was_heard_v2")


def test_elsewhere_the_custodian_may_decide_alone() -> None:
    """Many libraries have one director and no counsel at hand."""
    given(ex.request()).when(ex.denial(ref(1))).then()


@pytest.mark.parametrize("paper", [ex.letter(), ex.paper("fisa-order", "judge")])
def test_process_that_may_not_bind_a_library_goes_to_counsel(paper: Event) -> None:
    """A national security letter or a FISA order is approved only after counsel was heard."""
    act = ex.approval(ref(1), "federal-national-security", instrument=ref(2))
    story = (ex.request(requester="national-security"), paper)
    given(*story).when(act).then_refused(
        "counsel_on_process_v2", citing="scenario 14", saying="binds the library at all"
    )
    unsure = (ex.question(), ex.answer(ref(3), outcome="more-needed"))
    given(*story, *unsure).when(act).then_refused("counsel_on_process_v2")
    given(*story, ex.question(), ex.answer(ref(3), outcome="comply")).when(act).then()
    before = (ex.question(), ex.answer(ref(2), outcome="comply"))
    later = ex.approval(ref(1), "federal-national-security", instrument=ref(4))
    given(story[0], *before, paper).when(later).then_refused("counsel_on_process_v2")


def test_such_process_is_denied_without_counsel() -> None:
    """Saying no to a letter needs nobody's advice."""
    given(ex.request(), ex.letter()).when(ex.denial(ref(1))).then()


# --- The disclosure ---------------------------------------------------------------------------


def approved(*later: Event, **changes: Any) -> Given:
    """A subpoena came, circulation records were approved on it, and then more happened."""
    grant = ex.approval(ref(1), "subpoena", instrument=ref(2), **changes)
    return given(ex.request(), ex.subpoena(), grant, *later)


def test_a_disclosure_rests_on_an_approval() -> None:
    """Records leave under an approval of this case, once or in parts."""
    approved().when(ex.disclosure(ref(3))).then()
    approved(ex.disclosure(ref(3), records=4)).when(ex.disclosure(ref(3))).then()
    approved().when(ex.disclosure(ref(1))).then_refused(
        "approval_live_v1", citing="C.R.S. 24-90-119(1)"
    )


def test_a_defect_found_since_ends_the_approval() -> None:
    """What was approved on a paper does not leave once the paper proved defective."""
    approved(ex.defect(ref(2))).when(ex.disclosure(ref(3))).then_refused("approval_live_v1")


def test_a_denial_since_ends_the_approval() -> None:
    """A custodian who denies after all lets nothing leave any more."""
    approved(ex.denial(ref(1))).when(ex.disclosure(ref(3))).then_refused("approval_live_v1")


def test_an_approval_without_a_paper_has_no_paper_to_fail() -> None:
    """Release for the library's operation is not touched by a defect in another paper."""
    given(
        ex.request(requester="other"),
        ex.approval(ref(1), "reasonable-operation"),
        ex.subpoena(),
        ex.defect(ref(3)),
    ).when(ex.disclosure(ref(2))).then()


def test_nothing_leaves_beyond_the_scope() -> None:
    """Categories that were not approved are named in the refusal."""
    story = approved(categories=["circulation", "contact-details"])
    story.when(ex.disclosure(ref(3), categories=["contact-details"])).then()
    story.when(
        ex.disclosure(ref(3), categories=["security-video", "circulation", "computer-use"])
    ).then_refused("within_scope_v1", saying="does not cover: computer-use, security-video.")


@pytest.mark.parametrize(
    ("asked", "paper", "permitted"),
    [
        pytest.param(["registration"], {}, True, id="asked for by the request"),
        pytest.param(["circulation"], {}, False, id="by neither"),
        pytest.param([], {}, False, id="nobody wrote down what was asked for"),
        pytest.param(["circulation"], {"categories": ["registration"]}, True, id="by the paper"),
    ],
)
def test_nothing_is_approved_beyond_what_was_asked_for(
    asked: list[str], paper: dict[str, Any], *, permitted: bool
) -> None:
    """A paper that names its classes says what is asked; else the request, as it was recorded."""
    act = ex.approval(ref(1), "subpoena", instrument=ref(2), categories=["registration"])
    outcome = given(ex.request(categories=asked), ex.subpoena(**paper)).when(act)
    if permitted:
        outcome.then()
    else:
        outcome.then_refused(
            "within_request_v1", citing="24-90-119(1)", saying="does not ask for: registration."
        )


def test_a_consent_asks_for_nothing() -> None:
    """It permits what the patron names; who asks for less gets less."""
    consent = ex.paper("written-consent", "subject", categories=["circulation", "registration"])
    act = ex.approval(
        ref(1), "written-consent", instrument=ref(2), categories=["circulation", "registration"]
    )
    story = given(ex.request(requester="attorney", categories=["circulation"]), consent)
    story.when(act).then_refused("within_request_v1", saying="does not ask for: registration.")


def test_an_approval_that_is_not_there_has_no_scope() -> None:
    """A missing approval is refused for what it is, with everything else that stands against it."""
    approved().when(ex.disclosure(ref(9)), **AS_STAFF).then_refused(
        "custodian_decides_v1", "approval_live_v1"
    )


def test_everything_that_stands_against_an_approval_is_told_at_once() -> None:
    """Staff approving on a defective letter hear of role, defect and counsel in one answer."""
    refused = given(
        ex.request(requester="national-security"), ex.letter(), ex.defect(ref(2), element="issuer")
    ).when(ex.approval(ref(1), "federal-national-security", instrument=ref(2)), **AS_STAFF)
    refused.then_refused(
        "custodian_decides_v1", "instrument_without_defect_v1", "counsel_on_process_v2"
    )
    assert len({one.citation for one in refused.broken}) == 3


def test_under_federal_law_alone_the_refusals_cite_our_own_design() -> None:
    """Where no state's statute is in force, nothing is presented as one."""
    refused = given(ex.request(), pack="us").when(ex.disclosure(ref(1)))
    refused.then_refused("approval_live_v1", citing="Disclosure ledger, domain §5.5")


# --- Taken out, refused, recalled -----------------------------------------------------------------


def test_what_is_taken_out_stays() -> None:
    """Counsel limits an approval; what is left of it may leave."""
    wide = {"categories": ["circulation", "contact-details"]}
    story = approved(ex.limited(ref(3), "circulation"), **wide)
    story.when(ex.disclosure(ref(3))).then_refused("within_scope_v1", saying="circulation.")
    story.when(ex.disclosure(ref(3), categories=["contact-details"])).then()
    again = approved(
        ex.limited(ref(3), "circulation"), ex.limited(ref(3), "contact-details"), **wide
    )
    again.when(ex.disclosure(ref(3), categories=["contact-details"])).then_refused(
        "within_scope_v1"
    )


def test_a_limit_is_of_an_approval_and_of_what_it_covers() -> None:
    """Staff limit nothing; and what was never approved cannot be taken out."""
    approved().when(ex.limited(ref(3), "circulation"), **AS_COUNSEL).then()
    approved().when(ex.limited(ref(3), "circulation"), **AS_STAFF).then_refused(
        "custodian_decides_v1"
    )
    approved().when(ex.limited(ref(3), "security-video")).then_refused(
        "approval_known_v1", citing="no. 19"
    )
    approved().when(ex.limited(ref(1), "circulation")).then_refused("approval_known_v1")


BOTH: dict[str, Any] = {"categories": ["circulation", "contact-details"]}


def test_what_has_left_is_recalled_and_not_limited() -> None:
    """Half has left: the other half may still be taken out."""
    story = given(
        ex.request(),
        ex.subpoena(),
        *(ex.approval(ref(1), "subpoena", instrument=ref(2), **BOTH) for _ in range(2)),
        ex.disclosure(ref(3)),
        ex.disclosure(ref(4), categories=["contact-details"]),
    )
    story.when(ex.limited(ref(3), "circulation")).then_refused(
        "limited_before_it_left_v1", citing="no. 19 and 22", saying="already: circulation."
    )
    story.when(ex.limited(ref(3), "contact-details")).then()


def test_what_left_by_mistake_is_claimed_back() -> None:
    """A disclosure of the case, by the custodian or counsel, and not an approval."""
    story = approved(ex.disclosure(ref(3)))
    story.when(ex.recalled(ref(4))).then()
    story.when(ex.recalled(ref(4)), **AS_COUNSEL).then()
    story.when(ex.recalled(ref(4)), **AS_STAFF).then_refused("custodian_decides_v1")
    story.when(ex.recalled(ref(3))).then_refused("disclosure_known_v1", citing="no. 22")


# --- The law on the day on which records leave ------------------------------------------------


def test_records_leave_while_their_basis_is_law() -> None:
    """A subpoena that was approved in Colorado is no basis once Missouri's law is in force; and
    counsel is heard where that law says so.
    """
    approved().when(ex.disclosure(ref(3)), in_force=law(JCL)).then_refused(
        "basis_still_in_law_v1", "counsel_was_heard_v2", citing="RSMo 182.815(4)-(5)"
    )


def test_counsel_is_heard_before_records_leave() -> None:
    """An approval from before the policy does not spare the gate (domain §5.5)."""
    granted = ex.approval(ref(1), "court-order", instrument=ref(2))
    facts = (ex.request(), ex.court_order(), granted)
    given(*facts, pack=JCL).when(ex.disclosure(ref(3))).then_refused("counsel_was_heard_v2")
    heard = (*facts, ex.question(), ex.answer(ref(4), outcome="comply"))
    given(*heard, pack=JCL).when(ex.disclosure(ref(3))).then()


# --- After the closing --------------------------------------------------------------------------

ENDED = (
    ex.request(),
    ex.subpoena(),
    ex.approval(ref(1), "subpoena", instrument=ref(2)),
    ex.closed(),
)


@pytest.mark.parametrize(
    "act",
    [
        ex.approval(ref(1), "subpoena", instrument=ref(2)),
        ex.denial(ref(1)),
        ex.disclosure(ref(3)),
        ex.closed(),
    ],
    ids=["approve", "deny", "disclose", "close"],
)
def test_a_closed_case_is_opened_again_first(act: Event) -> None:
    """Nothing is given, denied or closed twice in what was ended; opened again, it may be."""
    given(*ENDED).when(act).then_refused(
        "case_not_closed_v1", citing="domain §5.3", saying="open the case again"
    )
    given(*ENDED, ex.opened()).when(act).then()


def test_what_keeps_and_sets_right_goes_on_after_the_closing() -> None:
    """An agency asks for a hold, a slip is found: neither waits for a visit."""
    story = given(*ENDED, ex.preservation())
    story.when(ex.hold(ref(5))).then()
    story.when(ex.correction(ref(2), values={"issuer": "clerk"})).then()
