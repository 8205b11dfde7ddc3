"""On which paper counsel was heard: what was said of one is not said of another."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as changed

from ledger.domain.events import Event
from ledger.domain.law.pack import Law
from tests.domain import examples as ex
from tests.domain.given import JCL, LCLD, Given, given, law, ref, said

HEARD, ON_PROCESS = "counsel_was_heard_v2", "counsel_on_process_v2"
LETTER, FIRST, SECOND = ref(2), ref(2), ref(3)
Asked = dict[str, Any]


def older(pack: str, **rules: int) -> Law:
    """A law of before some rules were changed."""
    return changed(law(pack), rules={**law(pack).rules, **rules})


def two_orders(*more: Any, **asked: Any) -> Given:
    """Two orders came to Missouri's library before counsel was asked, and answered."""
    orders = (ex.court_order(), ex.court_order(finding="public-safety"))
    heard = (ex.question(**asked), ex.answer(ref(4)))
    return given(ex.request(), *orders, *heard, *more, pack=JCL)


def on(paper: str) -> Event:
    """Records may go on an order."""
    return ex.approval(ref(1), "court-order", instrument=paper)


def test_counsel_is_heard_on_the_paper_that_the_question_names() -> None:
    """Asked about the second order, counsel has said nothing of the first."""
    asked = two_orders(instrument=SECOND)
    asked.when(on(SECOND)).then()
    asked.when(on(FIRST)).then_refused(HEARD, citing="PUB 06-04, III.3", saying="name the paper")


def test_a_question_that_names_no_paper_is_about_the_only_one() -> None:
    """Of two, nobody knows which was meant; one that came later was not."""
    unnamed = two_orders()
    for paper in (FIRST, SECOND):
        unnamed.when(on(paper)).then_refused(HEARD)
    later = given(
        *(ex.request(), ex.court_order(), ex.question(), ex.answer(ref(3))),
        ex.court_order(finding="public-safety"),
        pack=JCL,
    )
    later.when(on(FIRST)).then()
    later.when(on(ref(5))).then_refused(HEARD)


def test_what_rests_on_no_paper_needs_no_paper_named() -> None:
    """A denial passes when counsel was heard on the request, whichever paper that was about."""
    two_orders(instrument=FIRST).when(ex.denial(ref(1))).then()


def test_records_leave_on_the_paper_of_which_counsel_was_heard() -> None:
    """An approval on the other order does not carry them out."""
    for paper, asked in ((FIRST, SECOND), (SECOND, FIRST)):
        two_orders(on(paper), instrument=asked).when(ex.disclosure(ref(6))).then_refused(HEARD)
        two_orders(on(paper), instrument=paper).when(ex.disclosure(ref(6))).then()


@pytest.mark.parametrize(
    ("asked", "heard"),
    [({"instrument": LETTER}, True), ({"instrument": ref(3)}, False), ({}, False)],
    ids=["the letter", "the subpoena", "neither"],
)
def test_counsel_is_heard_on_the_letter_itself(asked: Asked, *, heard: bool) -> None:
    """A subpoena that lies beside a national security letter says nothing of the letter."""
    story = given(
        *(ex.request(requester="national-security"), ex.letter(), ex.subpoena()),
        *(ex.question(**asked), ex.answer(ref(4))),
    )
    outcome = story.when(ex.approval(ref(1), "federal-national-security", instrument=LETTER))
    if heard:
        outcome.then()
    else:
        outcome.then_refused(ON_PROCESS, citing="scenario 14", saying="name the paper")


def test_under_an_older_law_counsel_was_heard_by_time() -> None:
    """A decision is judged again by the rules of the law that it pins."""
    before = older(JCL, counsel_was_heard=1)
    two_orders(instrument=SECOND).when(on(FIRST), in_force=before).then()
    silent = given(ex.request(), ex.court_order(), pack=JCL).when(on(FIRST), in_force=before)
    assert [one.rule for one in silent.broken] == ["counsel_was_heard_v1"]


def test_under_an_older_law_any_answer_spoke_of_the_letter() -> None:
    """The same, of process that may not bind a library."""
    before = older(LCLD, counsel_on_process=1)
    act = ex.approval(ref(1), "federal-national-security", instrument=LETTER)
    story = (ex.request(requester="national-security"), ex.letter())
    unheard = given(*story).when(act, in_force=before)
    assert [one.rule for one in unheard.broken] == ["counsel_on_process_v1"]
    beside = (ex.subpoena(), ex.question(instrument=ref(3)), said(ex.answer(ref(4))))
    given(*story, *beside).when(act, in_force=before).then()
