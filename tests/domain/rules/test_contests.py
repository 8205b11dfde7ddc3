"""Papers that are real or not, mended, objected to, ruled on, taken back; and what may leave."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.domain.events import Event
from tests.domain import examples as ex
from tests.domain.given import AS_COUNSEL, AS_STAFF, JCL, Given, given, ref

GRANT = ex.approval(ref(1), "subpoena", instrument=ref(2))


def served(*more: Event, **changes: Any) -> Given:
    """An officer asked, and a subpoena for circulation records and video came."""
    paper = ex.subpoena(categories=["circulation", "security-video"], **changes)
    return given(ex.request(), paper, *more)


# --- Real or not --------------------------------------------------------------------------------


def test_a_paper_is_not_asked_whether_it_is_real() -> None:
    """A call to the number printed on the paper proves nothing; that it said no is worth noting."""
    own = ex.authenticated(ref(2), contact_from="printed-on-the-paper")
    served().when(own).then_refused("asked_by_own_way_v1", citing="no. 9", saying="forger's number")
    served().when(ex.authenticated(ref(2), contact_from="known-before")).then()
    said_no = {"contact_from": "printed-on-the-paper", "outcome": "false"}
    served().when(ex.authenticated(ref(2), **said_no)).then()


@pytest.mark.parametrize("outcome", ["genuine", "not-confirmed"])
def test_a_paper_that_nobody_calls_false_supports_an_approval(outcome: str) -> None:
    """Doubt is counsel's; only a paper that is not real supports nothing."""
    served(ex.authenticated(ref(2), outcome=outcome)).when(GRANT).then()


def test_a_false_paper_supports_nothing() -> None:
    """Neither an approval nor, where it was given already, a disclosure."""
    false = ex.authenticated(ref(2), outcome="false")
    served(false).when(GRANT).then_refused("instrument_stands_v1", saying="is not genuine")
    served(GRANT, false).when(ex.disclosure(ref(3))).then_refused("approval_live_v1")


def test_the_custodian_or_counsel_asks_the_clerk() -> None:
    """Staff do not decide whether a paper is real, and only of a paper that came."""
    served().when(ex.authenticated(ref(2)), **AS_COUNSEL).then()
    served().when(ex.authenticated(ref(2)), **AS_STAFF).then_refused("custodian_decides_v1")
    served().when(ex.authenticated(ref(1))).then_refused("instrument_known_v1")


# --- Defects that end -----------------------------------------------------------------------------

DEFECTIVE = (ex.defect(ref(2)), ex.defect(ref(2), element="date"))


def test_a_mended_paper_mends_one_defect() -> None:
    """The signed copy cures the signature; the date is still wrong."""
    mended = ex.defect_resolved(ref(2), outcome="cured", by_instrument=ref(5), citation=None)
    story = served(*DEFECTIVE, ex.subpoena())
    story.when(mended).then()
    served(*DEFECTIVE, ex.subpoena(), mended).when(GRANT).then_refused(
        "instrument_without_defect_v1", saying="(date)"
    )
    dated = ex.defect_resolved(ref(2), element="date")
    served(*DEFECTIVE, ex.subpoena(), mended, dated).when(GRANT).then()


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"outcome": "cured"}, "Name the mended paper"),
        ({"outcome": "cured", "by_instrument": ref(2)}, "Name the mended paper"),
        ({"outcome": "cured", "by_instrument": ref(9)}, "Name the mended paper"),
        ({"citation": None}, "Name the statute"),
        ({"outcome": "overridden-by-court"}, "Name the court's order"),
        ({"outcome": "overridden-by-court", "by_instrument": ref(2)}, "Name the court's order"),
        ({"outcome": "overridden-by-court", "by_instrument": ref(6)}, "Name the court's order"),
    ],
)
def test_a_defect_ends_on_a_ground_that_is_named(changes: dict[str, Any], saying: str) -> None:
    """A clerk's order overrides nothing, and a paper does not mend itself."""
    story = served(*DEFECTIVE, ex.court_order(), ex.paper("court-order", "clerk"))
    story.when(ex.defect_resolved(ref(2), **changes)).then_refused(
        "defect_resolved_on_ground_v1", citing="no. 10", saying=saying
    )


def test_a_court_overrides_a_defect() -> None:
    """An order that was received ends it, for counsel as for the custodian."""
    override = {"outcome": "overridden-by-court", "by_instrument": ref(5)}
    story = served(*DEFECTIVE, ex.court_order())
    story.when(ex.defect_resolved(ref(2), **override), **AS_COUNSEL).then()


def test_a_defect_that_is_not_there_is_not_resolved() -> None:
    """Neither one that nobody found nor one that was resolved; nor in a paper that never came."""
    served().when(ex.defect_resolved(ref(2))).then_refused("defect_open_v1", citing="no. 10")
    served(*DEFECTIVE, ex.defect_resolved(ref(2))).when(ex.defect_resolved(ref(2))).then_refused(
        "defect_open_v1"
    )
    served().when(ex.defect_resolved(ref(7))).then_refused("instrument_known_v1")


# --- Objections and motions -----------------------------------------------------------------------


def test_after_an_objection_nothing_is_produced() -> None:
    """Fed. R. Civ. P. 45(d)(2)(B): only by order of the court."""
    served(GRANT).when(ex.disclosure(ref(3))).then()
    served(GRANT, ex.objection(ref(2))).when(ex.disclosure(ref(3))).then_refused(
        "no_contest_open_v1", citing="Fed. R. Civ. P. 45(d)(2)(B)", saying="is not settled"
    )


@pytest.mark.parametrize("filed_by", ["library", "patron", "requester", "government"])
def test_a_motion_pauses_the_disclosure_whoever_filed_it(filed_by: str) -> None:
    """The patron's own motion stops the records as the library's does."""
    served(GRANT, ex.motion(ref(2), filed_by=filed_by)).when(ex.disclosure(ref(3))).then_refused(
        "no_contest_open_v1"
    )


def test_only_what_rests_on_the_contested_paper_is_paused() -> None:
    """The court's own order is not stopped by an objection to a subpoena."""
    story = served(
        GRANT,
        ex.court_order(),
        ex.approval(ref(1), "court-order", instrument=ref(4)),
        ex.objection(ref(2)),
    )
    story.when(ex.disclosure(ref(5))).then()


def test_counsel_files_the_librarys_motion() -> None:
    """Of the patron's motion the custodian records that it came."""
    served().when(ex.motion(ref(2)), **AS_COUNSEL).then()
    served().when(ex.motion(ref(2))).then_refused("counsel_files_v1", citing="no. 14")
    served().when(ex.motion(ref(2), filed_by="patron")).then()
    served().when(ex.motion(ref(2), filed_by="patron"), **AS_STAFF).then_refused(
        "custodian_decides_v1"
    )


@pytest.mark.parametrize("act", [ex.objection(ref(2)), ex.ruling(ref(2), ref(3))])
def test_what_is_gone_is_not_contested(act: Event) -> None:
    """A paper that was taken back needs no objection and no ruling."""
    story = served(ex.court_order(), ex.withdrawal(ref(2)))
    story.when(act).then_refused("not_settled_yet_v1", saying="was withdrawn")
    served(ex.court_order()).when(act).then()


@pytest.mark.parametrize("act", [ex.objection(ref(7)), ex.ruling(ref(7), ref(3))])
def test_only_papers_of_the_case_are_contested(act: Event) -> None:
    """An objection to a paper that never came pauses nothing."""
    served(ex.court_order()).when(act).then_refused("instrument_known_v1")


# --- Rulings --------------------------------------------------------------------------------------


def ruled(outcome: str, *more: Event, **changes: Any) -> Given:
    """The subpoena was approved and objected to; then a court spoke by an order."""
    story = (GRANT, ex.objection(ref(2)), ex.court_order())
    return served(*story, ex.ruling(ref(2), ref(5), outcome=outcome, **changes), *more)


def test_a_quashed_paper_supports_nothing() -> None:
    """What was approved on it does not leave, and nothing is approved on it again."""
    story = ruled("quashed")
    story.when(ex.disclosure(ref(3))).then_refused("approval_live_v1")
    story.when(GRANT).then_refused("instrument_stands_v1", saying="was quashed")
    quashed = given(
        ex.request(),
        ex.court_order(),
        ex.question(),
        ex.answer(ref(3)),
        ex.court_order(),
        ex.ruling(ref(2), ref(5)),
        pack=JCL,
    )
    quashed.when(ex.approval(ref(1), "court-order", instrument=ref(2))).then_refused(
        "instrument_stands_v1", citing="PUB 06-04, III.3"
    )


def test_an_upheld_paper_is_what_it_was() -> None:
    """The court's order settles the objection, and the records may leave."""
    ruled("upheld").when(ex.disclosure(ref(3))).then()


def test_an_objection_after_a_ruling_is_a_new_one() -> None:
    """What the court settled stays settled; what is served later pauses again."""
    ruled("upheld", ex.objection(ref(2))).when(ex.disclosure(ref(3))).then_refused(
        "no_contest_open_v1"
    )


def test_a_narrowed_paper_binds_what_leaves_later() -> None:
    """Video was asked for and approved; the court left circulation records only."""
    wide = ex.approval(
        ref(1), "subpoena", instrument=ref(2), categories=["circulation", "security-video"]
    )
    narrowed = served(
        wide,
        ex.court_order(),
        ex.ruling(ref(2), ref(4), outcome="modified", categories=["circulation"]),
    )
    narrowed.when(ex.disclosure(ref(3))).then()
    narrowed.when(ex.disclosure(ref(3), categories=["security-video"])).then_refused(
        "within_ruling_v1", citing="C.R.S. 24-90-119(1)", saying="no longer reaches: security-video"
    )
    narrowed.when(wide).then_refused("within_ruling_v1", saying="security-video.")
    narrowed.when(GRANT).then()


def test_a_withdrawn_paper_supports_nothing() -> None:
    """Whoever asked by it asks no more; its objection is settled too."""
    story = served(GRANT, ex.objection(ref(2)), ex.withdrawal(ref(2)))
    story.when(ex.disclosure(ref(3))).then_refused("approval_live_v1")


@pytest.mark.parametrize("order", [ref(1), ref(2), ref(4), ref(9)])
def test_a_ruling_is_an_order_that_came(order: str) -> None:
    """Not the request, not the subpoena itself, not a clerk's letter, and not hearsay."""
    story = served(ex.court_order(), ex.paper("court-order", "clerk"))
    story.when(ex.ruling(ref(2), order)).then_refused("ruling_by_order_v1", citing="no. 15")
    story.when(ex.ruling(ref(2), ref(3))).then()


def test_an_order_does_not_rule_on_itself() -> None:
    """A court that changes its order makes another."""
    story = served(ex.court_order())
    story.when(ex.ruling(ref(3), ref(3))).then_refused("ruling_by_order_v1")


@pytest.mark.parametrize(
    ("left", "permitted"),
    [((), False), (("circulation",), True), (("circulation", "computer-use"), False)],
)
def test_a_modification_names_what_is_left(left: tuple[str, ...], permitted: bool) -> None:
    """A part of what was asked for, and never more."""
    act = ex.ruling(ref(2), ref(3), outcome="modified", categories=left)
    proposed = served(ex.court_order()).when(act)
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("modification_narrows_v1", citing="no. 15")


def test_a_paper_that_named_no_categories_is_narrowed_to_some() -> None:
    """Where the wording alone says what was asked for, the court's categories are taken."""
    story = given(ex.request(), ex.subpoena(), ex.court_order())
    story.when(ex.ruling(ref(2), ref(3), outcome="modified", categories=["registration"])).then()


def test_nothing_leaves_on_a_paper_beyond_what_it_asks_for() -> None:
    """A subpoena for registrations is no ground for what somebody borrowed."""
    narrow = ex.subpoena(categories=["registration"])
    wide = ex.approval(ref(1), "subpoena", instrument=ref(2), categories=["circulation"])
    given(ex.request(), narrow).when(wide).then_refused(
        "within_ruling_v1", saying="does not ask for: circulation"
    )
    given(ex.request(), narrow, wide).when(ex.disclosure(ref(3))).then_refused("within_ruling_v1")
    given(ex.request(), ex.subpoena(categories=[])).when(wide).then()
