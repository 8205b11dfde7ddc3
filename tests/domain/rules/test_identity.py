"""Who asks is verified before records are approved or leave; a parent proves to be one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain import examples as ex
from tests.domain.given import JCL, Given, given, local, ref

APPROVE = ex.approval(ref(1), "subpoena", instrument=ref(2))


def asked(requester: str, *more: Any, pack: str = "us-co/lcld") -> Given:
    """Somebody asked, a subpoena came, and nobody has verified anybody."""
    return given(ex.request(requester=requester), ex.subpoena(), *more, pack=pack, verified=False)


@pytest.mark.parametrize(
    "requester", ["law-enforcement", "national-security", "patron", "parent-or-guardian"]
)
def test_these_requesters_are_verified_before_an_approval(requester: str) -> None:
    """An officer, an agent, a patron and a parent are who they say only once somebody checked."""
    asked(requester).when(APPROVE).then_refused(
        "requester_verified_v1", citing="Domain §5.4.1 no. 4", saying="is verified before"
    )
    asked(requester, ex.verified(ref(1))).when(APPROVE).then()


@pytest.mark.parametrize("requester", ["attorney", "other"])
def test_others_stand_or_fall_with_their_paper(requester: str) -> None:
    """Who serves a subpoena for an attorney is nobody whose badge could be checked."""
    asked(requester).when(APPROVE).then()


def test_the_last_check_holds() -> None:
    """An officer whom the station does not know is not verified, whatever was found before."""
    story = asked("law-enforcement", ex.verified(ref(1)))
    story.when(APPROVE).then()
    story = asked(
        "law-enforcement", ex.verified(ref(1)), ex.verified(ref(1), outcome="not-verified")
    )
    story.when(APPROVE).then_refused("requester_verified_v1")


def test_a_check_belongs_to_its_request() -> None:
    """That the patron was verified says nothing of the officer."""
    story = given(
        ex.request(requester="law-enforcement"),
        ex.subpoena(),
        ex.request(requester="patron"),
        ex.verified(ref(3)),
        verified=False,
    )
    story.when(APPROVE).then_refused("requester_verified_v1")


def test_a_disclosure_needs_the_check_as_well() -> None:
    """Doubt that came up after the approval stops the records (domain §5.5)."""
    doubt = ex.verified(ref(1), outcome="not-verified")
    story = asked("law-enforcement", ex.verified(ref(1)), APPROVE, doubt)
    story.when(ex.disclosure(ref(4))).then_refused("requester_verified_v1")
    again = asked("law-enforcement", ex.verified(ref(1)), APPROVE)
    again.when(ex.disclosure(ref(4))).then()


# --- Parents and guardians --------------------------------------------------------------------

PARENT = (
    ex.request(requester="parent-or-guardian"),
    ex.question(),
    ex.answer(ref(2), outcome="comply"),
)
RELEASE = ex.approval(ref(1), "parent-request")


def parent(*more: Any) -> Given:
    """A parent whom the desk knows asked in Missouri, and counsel was heard."""
    return given(*PARENT, *more, pack=JCL)


def test_a_parent_proves_to_be_one_where_the_policy_says_so() -> None:
    """Jefferson County asks for proof of guardianship; Colorado's law asks for standing."""
    parent().when(RELEASE).then_refused(
        "guardianship_proven_v1", citing="PUB 06-04, III.2", saying="proof of guardianship"
    )
    parent(ex.guardian_proof(ref(1))).when(RELEASE).then()
    given(PARENT[0]).when(ex.approval(ref(1), "parent-with-card-access")).then_refused(
        "parent_has_standing_v1"
    )


def test_nobody_else_proves_to_be_a_parent() -> None:
    """A patron who asks for a record of their own has no ward, and no parent's basis."""
    story = given(ex.request(requester="patron"), *PARENT[1:], pack=JCL)
    story.when(RELEASE).then_refused("basis_answers_requester_v1")


@pytest.mark.parametrize(
    ("on", "permitted"), [("2026-08-30", True), ("2026-08-31", True), ("2026-09-01", False)]
)
def test_a_proof_holds_through_its_last_day(on: str, permitted: bool) -> None:
    """Letters of guardianship that ended yesterday prove nothing today."""
    proof = ex.guardian_proof(ref(1), expires_on=date(2026, 8, 31))
    proposed = parent(proof).when(RELEASE, at=local(f"{on} 12:00", "America/Chicago"))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("guardianship_proven_v1")


def test_records_leave_to_a_parent_while_the_proof_holds() -> None:
    """An approval does not outlive the guardianship on which it rests."""
    proof = ex.guardian_proof(ref(1), expires_on=date(2026, 8, 31))
    approved = parent(proof, RELEASE)
    act = ex.disclosure(ref(5))
    approved.when(act, at=local("2026-08-31 23:50", "America/Chicago")).then()
    approved.when(act, at=local("2026-09-01 00:10", "America/Chicago")).then_refused(
        "guardianship_proven_v1"
    )


def test_a_request_that_is_not_there_is_not_asked_who_it_is() -> None:
    """The rules that look for the request refuse, and these keep silent."""
    story = asked("law-enforcement")
    story.when(ex.approval(ref(8), "subpoena", instrument=ref(2))).then_refused("request_known_v1")
    story.when(ex.disclosure(ref(8))).then_refused("approval_live_v1")
