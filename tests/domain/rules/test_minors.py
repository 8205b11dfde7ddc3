"""A parent asks for a child's records; an officer for video of a crime: what each law says."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as changed

from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import JCL, JCPL, Given, given, law, ref

CUSTODIAL: dict[str, Any] = {"relationship": "custodial-parent", "card_access": "yes"}
BASES = {JCPL: "parent-under-17", "us-wi": "parent", "us-oh": "parent"}


def asked(pack: str, age: int | None, *more: Any, **proven: Any) -> Given:
    """A parent asks for a child of this age, and proved to be this."""
    told = {} if age is None else {"subject_age": age}
    proof = ex.guardian_proof(ref(1), **(CUSTODIAL | proven))
    return given(ac.parents_request(), ac.circumstances(ref(1), **told), proof, *more, pack=pack)


# --- Ages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "age", "permitted"),
    [
        (JCPL, 15, True),
        (JCPL, 16, True),
        (JCPL, 17, False),
        ("us-wi", 15, True),
        ("us-wi", 16, False),
        ("us-oh", 15, True),
        ("us-oh", 16, True),
    ],
)
def test_an_age_is_that_of_the_law(pack: str, age: int, *, permitted: bool) -> None:
    """Wisconsin's child is under 16, Jefferson County's (Colorado) under 17; Ohio names no age."""
    outcome = asked(pack, age).when(ex.approval(ref(1), BASES[pack]))
    if permitted:
        outcome.then()
    else:
        outcome.then_refused("child_is_young_enough_v1", saying="under")


def test_an_age_that_nobody_recorded_is_no_age() -> None:
    """Where the law counts years, somebody asks how old the child is."""
    act = ex.approval(ref(1), "parent")
    asked("us-wi", None).when(act).then_refused(
        "child_is_young_enough_v1", citing="Wis. Stat. 43.30(1m), (4)"
    )
    story = (ac.parents_request(), ex.guardian_proof(ref(1), **CUSTODIAL))
    given(*story, pack="us-wi").when(act).then_refused("child_is_young_enough_v1")
    given(*story, pack="us-oh").when(act).then()


# --- Standing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "proven", "permitted"),
    [
        (JCPL, {}, True),
        (JCPL, {"card_access": "cannot-tell"}, False),
        (JCPL, {"relationship": "legal-guardian"}, True),
        (JCPL, {"relationship": "parent"}, False),
        ("us-wi", {"card_access": "no"}, True),
        ("us-wi", {"relationship": "parent"}, False),
        ("us-oh", {"relationship": "parent", "card_access": "no"}, True),
    ],
)
def test_standing_is_what_the_law_makes_it(
    pack: str, proven: dict[str, Any], *, permitted: bool
) -> None:
    """In Colorado custody and the card, in Wisconsin custody, in Ohio that one is the parent."""
    outcome = asked(pack, 15, **proven).when(ex.approval(ref(1), BASES[pack]))
    if permitted:
        outcome.then()
    else:
        outcome.then_refused("parent_has_standing_v1", saying="custodial parent")


def test_a_custody_that_ended_gives_no_standing() -> None:
    """The court's order on custody ran until 4 January 2026."""
    ended = asked("us-wi", 15, expires_on="2026-01-04").when(ex.approval(ref(1), "parent"))
    ended.then_refused("parent_has_standing_v1")
    asked("us-wi", 15, expires_on="2026-01-05").when(ex.approval(ref(1), "parent")).then()


def test_a_parent_who_was_denied_placement_is_excluded() -> None:
    """Wisconsin does not count such a parent as custodial."""
    denied = ac.circumstances(ref(1), subject_age=15, circumstances=["denied-physical-placement"])
    asked("us-wi", 15, denied).when(ex.approval(ref(1), "parent")).then_refused(
        "parent_has_standing_v1", citing="43.30(1b)(ag)"
    )
    asked("us-oh", 15, denied).when(ex.approval(ref(1), "parent")).then()


@pytest.mark.parametrize("pack", ["us-ny", "us-ca", "us-dc"])
@pytest.mark.parametrize("basis", ["parent", "parent-request", "parent-under-17"])
def test_where_the_law_has_no_basis_for_a_parent_there_is_none(pack: str, basis: str) -> None:
    """New York, California and the District let the user decide, whatever the age."""
    asked(pack, 15).when(ex.approval(ref(1), basis)).then_refused("basis_in_law_v1")


def test_missouris_policy_permits_what_its_statute_does_not() -> None:
    """With proof of guardianship and after counsel, at 15 and at 16; it is flagged for counsel."""
    heard = (ex.question(), ex.answer(ref(4)))
    for age in (15, 16):
        asked(JCL, age, *heard).when(ex.approval(ref(1), "parent-request")).then()


def test_a_parents_basis_answers_no_officer() -> None:
    """Ohio's basis for parents is not open to whoever names it."""
    story = given(ex.request(), ex.guardian_proof(ref(1), **CUSTODIAL), pack="us-oh")
    story.when(ex.approval(ref(1), "parent")).then_refused(
        "basis_answers_requester_v1", citing="ORC 149.432"
    )
    story.when(ex.approval(ref(7), "parent")).then_refused("request_known_v1")


@pytest.mark.parametrize(
    ("requester", "permitted"),
    [("law-enforcement", True), ("national-security", True), ("attorney", False), ("other", False)],
)
def test_texas_answers_agencies_and_nobody_elses_subpoena(
    requester: str, *, permitted: bool
) -> None:
    """The showing opens the records to a law enforcement agency or a prosecutor; a party's lawyer
    with the same paper is neither.
    """
    for paper, basis in (
        (ex.subpoena(finding="prosecution"), "subpoena-with-showing"),
        (ex.court_order(), "court-order"),
    ):
        story = given(ex.request(requester=requester), paper, pack="us-tx")
        proposed = story.when(ex.approval(ref(1), basis, instrument=ref(2)))
        if permitted:
            proposed.then()
        else:
            proposed.then_refused("basis_answers_requester_v1", citing="Gov. 552.124(a)(3)")


# --- What the law says shall be disclosed --------------------------------------------------------


DENY = ex.denial(ref(1), reason="not-permitted")


def test_a_mandatory_disclosure_is_not_denied_as_forbidden() -> None:
    """Wisconsin's parent of a 15-year-old may not be sent away; of a 16-year-old, yes."""
    asked("us-wi", 15).when(DENY).then_refused(
        "mandatory_is_not_denied_v2", citing="Wis. Stat. 43.30(1m), (4)", saying="shall disclose"
    )
    asked("us-wi", 16).when(DENY).then()
    asked("us-wi", 15, relationship="parent").when(DENY).then()
    asked("us-oh", 16).when(DENY).then_refused("mandatory_is_not_denied_v2")


def test_under_an_older_law_the_same_was_owed_to_a_parent() -> None:
    """A denial is judged again by the rules of the law that it pins."""
    older = changed(law("us-wi"), rules={**law("us-wi").rules, "mandatory_is_not_denied": 1})
    outcome = asked("us-wi", 15).when(DENY, in_force=older)
    assert [one.rule for one in outcome.broken] == ["mandatory_is_not_denied_v1"]


def test_other_reasons_to_deny_are_free() -> None:
    """There may be no records, or the request was withdrawn; Colorado's basis only permits."""
    for reason in ("no-records", "withdrawn"):
        asked("us-wi", 15).when(ex.denial(ref(1), reason=reason)).then()
    asked(JCPL, 15).when(DENY).then()
    asked("us-wi", 15).when(ex.denial(ref(9), reason="not-permitted")).then_refused(
        "request_known_v1"
    )


def test_nobody_is_owed_anything_before_they_are_verified() -> None:
    """A parent whom nobody has verified may be denied."""
    unknown = ex.verified(ref(1), outcome="not-verified")
    story = (
        ac.parents_request(),
        ac.circumstances(ref(1), subject_age=15),
        ex.guardian_proof(ref(1), **CUSTODIAL),
        unknown,
    )
    given(*story, pack="us-wi", verified=False).when(DENY).then()


def test_a_users_own_record_is_owed_on_a_written_request() -> None:
    """Jefferson County (Missouri) shall comply with it, and asks for it in writing."""
    heard = (ex.question(), ex.answer(ref(2)))
    story = (ex.request(requester="patron"), *heard)
    given(*story, pack=JCL).when(DENY).then()
    written = ex.paper("written-request", "subject")
    given(*story, written, pack=JCL).when(DENY).then_refused(
        "mandatory_is_not_denied_v2", citing="PUB 06-04, III.2"
    )
    guardians = ex.paper("written-request", "guardian")
    given(*story, guardians, pack=JCL).when(DENY).then()
    officer = given(ex.request(), *heard, written, pack=JCL)
    officer.when(DENY).then()


# --- Video of a crime ---------------------------------------------------------------------------


def crime(*circumstances: str, **changes: Any) -> Given:
    """An officer asks in Wisconsin for video."""
    request = ex.request(**({"categories": ["security-video"]} | changes))
    told = ac.circumstances(ref(1), circumstances=list(circumstances))
    return given(request, told, pack="us-wi")


VIDEO: dict[str, Any] = {"categories": ["security-video"]}


def test_video_of_a_crime_at_the_library_shall_be_disclosed() -> None:
    """To an officer, and of the crime; other records stay where they are."""
    act = ex.approval(ref(1), "video-of-crime", **VIDEO)
    crime("crime-at-the-library").when(act).then()
    crime().when(act).then_refused("circumstances_hold_v1", citing="43.30(5)(a)")
    given(ex.request(**VIDEO), pack="us-wi").when(act).then_refused("circumstances_hold_v1")
    crime("crime-at-the-library").when(ex.approval(ref(1), "video-of-crime")).then_refused(
        "within_request_v1", "within_reach_v1", saying="circulation"
    )
    crime("crime-at-the-library").when(DENY).then_refused(
        "mandatory_is_not_denied_v2", citing="43.30(5)(a)"
    )
    crime("crime-at-the-library", categories=["circulation"]).when(DENY).then()
    crime().when(DENY).then()


def test_where_the_library_asked_for_help_the_director_may_decide() -> None:
    """The same officer, called by the library: permitted, and not owed."""
    asked_for = crime("library-asked-for-help")
    asked_for.when(ex.approval(ref(1), "video-library-asked", **VIDEO)).then()
    asked_for.when(DENY).then()
