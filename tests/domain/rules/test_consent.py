"""Consent: by whom it is given, what it covers, to whom, and what a withdrawal does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import Given, given, local, ref, said

APPROVE = ex.approval(ref(1), "written-consent", instrument=ref(2))
GOES = ex.disclosure(ref(4))


def consented(*more: Any, pack: str = "us-co/lcld", **changes: Any) -> Given:
    """A patron asked, and signed a consent: records 1 to 3."""
    story = (ex.request(requester="patron"), ac.consent_paper(), ac.consent(ref(2), **changes))
    return given(*story, *more, pack=pack)


def approved(*more: Any, **changes: Any) -> Given:
    """The disclosure was approved on the consent: record 4."""
    return consented(APPROVE, *more, **changes)


# --- By whom -----------------------------------------------------------------------------------


def test_the_user_consents_to_the_users_records() -> None:
    """A guardian's form does not open an adult's records, nor does a nod."""
    consented().when(APPROVE).then()
    consented(grantor="guardian").when(APPROVE).then_refused(
        "consent_by_holder_v2", citing="C.R.S. 24-90-119(2)(b)"
    )
    consented(written=False).when(APPROVE).then_refused("consent_by_holder_v2")
    given(ex.request(requester="patron"), ac.consent_paper()).when(APPROVE).then()


def test_in_michigan_whoever_is_liable_consents() -> None:
    """A parent on a minor's card may be the one; the child on the same card is not."""
    liable = {"pack": "us-mi", "grantor": "person-liable-for-the-materials"}
    consented(**liable).when(APPROVE).then()
    consented(pack="us-mi").when(APPROVE).then_refused(
        "consent_by_holder_v2", citing="MCL 397.603", saying="liable"
    )
    bare = given(ex.request(requester="patron"), ac.consent_paper(), pack="us-mi")
    bare.when(APPROVE).then_refused("consent_by_holder_v2")


def test_a_consent_is_judged_where_one_is_named() -> None:
    """A subpoena asks for none; a paper or a basis that is not there is refused by other rules."""
    story = (ex.request(), ex.subpoena())
    given(*story).when(ex.approval(ref(1), "subpoena", instrument=ref(2))).then()
    consented().when(ex.approval(ref(1), "no-such", instrument=ref(2))).then_refused(
        "basis_in_law_v1"
    )
    act = ex.approval(ref(1), "reasonable-operation", instrument=ref(2), because="A mailing.")
    consented().when(act).then()


# --- How long, how far --------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "stands"), [(14, True), (15, True), (16, False)])
def test_a_consent_ends_with_its_last_day(day: int, *, stands: bool) -> None:
    """It runs until 15 January 2026, Colorado's day; neither approved nor disclosed later."""
    at = local(f"2026-01-{day} 23:30")
    for outcome in (consented().when(APPROVE, at=at), approved().when(GOES, at=at)):
        if stands:
            outcome.then()
        else:
            outcome.then_refused("consent_stands_v2", saying="withdrawn or has expired")
    approved(expires_on=None).when(GOES, at=local("2031-03-03 10:00")).then()


def test_a_withdrawal_stops_what_has_not_left() -> None:
    """What left before stands, in the history and in law; a new paper is a new basis."""
    story = approved(GOES, ac.consent_changed(ref(3), "withdrawn"))
    assert len(story.case.disclosures) == 1
    story.when(GOES).then_refused("consent_stands_v2", saying="What left before stands")
    story.when(APPROVE).then_refused("consent_stands_v2")
    fresh = approved(
        ac.consent_changed(ref(3), "withdrawn"),
        ex.request(requester="attorney"),
        ex.subpoena(),
    )
    fresh.when(ex.approval(ref(6), "subpoena", instrument=ref(7))).then()


def test_a_superseded_consent_supports_nothing() -> None:
    """Another took its place; and nothing brings it back."""
    story = approved(
        ac.consent_changed(ref(3), "superseded"),
        ac.consent_changed(ref(3), "narrowed", categories=["circulation"]),
    )
    story.when(GOES).then_refused("consent_stands_v2")


def test_a_consent_covers_what_it_names() -> None:
    """Narrowed to registration, it covers circulation no more, and never covers more again."""
    wide = ex.approval(ref(1), "written-consent", instrument=ref(2), categories=["contact-details"])
    consented().when(wide).then_refused("consent_stands_v2", saying="contact-details")
    narrow = ac.consent_changed(ref(3), "narrowed", categories=["registration", "contact-details"])
    approved(narrow).when(GOES).then_refused("consent_stands_v2", saying="circulation")
    consented(narrow).when(wide).then_refused("consent_stands_v2", saying="contact-details")


def test_what_leaves_on_a_consent_goes_to_whom_it_names() -> None:
    """Named as in the consent, to the letter."""
    to = "Alder Insurance"
    approved(recipient=to).when(ex.disclosure(ref(4), recipient=to)).then()
    for other in ("Alder", None):
        approved(recipient=to).when(ex.disclosure(ref(4), recipient=other)).then_refused(
            "consent_names_recipient_v2"
        )
    approved().when(ex.disclosure(ref(4), recipient="anybody")).then()


def test_a_consent_of_another_paper_is_none_of_this_one() -> None:
    """Two consents: the second was withdrawn, the first stands."""
    second = (ac.consent_paper(), ac.consent(ref(5), recipient="Elm Bank"))
    withdrawn = said(ac.consent_changed(ref(6), "withdrawn"))
    approved(*second, withdrawn).when(GOES).then()
    approved().when(ex.disclosure(ref(8))).then_refused("approval_live_v1")
    assert not consented(expires_on=date(2026, 1, 4)).case.consents[0].stands(date(2026, 1, 5))
