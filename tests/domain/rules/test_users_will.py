"""Where the law asks for no paper but for the user's will: who has to want it, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace as changed

from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import LCLD, Given, given, law, local, ref, said

NY, OH, WI, TX = "us-ny", "us-oh", "us-wi", "us-tx"
BASES = {NY: "user-request", OH: "user-request", WI: "user-authorisation", TX: "own-record"}
CITES = {NY: "CPLR 4509", OH: "ORC 149.432", WI: "43.30(1m)", TX: "552.023"}
HOLDER, RECIPIENT = "consent_by_holder_v2", "consent_names_recipient_v2"
NOBODY, WITHDRAWN, UNKNOWN = (
    "user_asked_or_consented_v1",
    "consent_stands_v2",
    "consent_known_v1",
)
OLDER = changed(
    law(LCLD),
    rules={
        **law(LCLD).rules,
        **dict.fromkeys(("consent_by_holder", "consent_stands", "consent_names_recipient"), 1),
    },
)
OTHERS = ("law-enforcement", "parent-or-guardian", "attorney", "other")
each_law = pytest.mark.parametrize("pack", BASES)


def asked(*more: Any, pack: str = NY, requester: str = "patron", **changes: Any) -> Given:
    """Somebody asks for circulation records and video, by word of mouth: record 1."""
    return given(ex.request(requester=requester), *more, pack=pack, **changes)


def consented(*more: Any, pack: str = NY, requester: str = "law-enforcement", **how: Any) -> Given:
    """Somebody else asks, and the user consents, by word of mouth where that will do: record 2."""
    consent = ac.consent(None, **{"written": pack == WI, **how})
    return asked(consent, *more, pack=pack, requester=requester)


def approval(pack: str = NY, **more: Any) -> Any:
    """It is approved on the basis that rests on the user's will."""
    return ex.approval(ref(1), BASES[pack], **more)


def on_consent(pack: str = NY, **more: Any) -> Any:
    """It is approved on the consent of record 2."""
    return approval(pack, consent=ref(2), **more)


# --- Who wants it --------------------------------------------------------------------------------


@each_law
def test_what_users_ask_for_themselves_leaves(pack: str) -> None:
    """No further consent is asked for, neither to approve nor to disclose."""
    asked(pack=pack).when(approval(pack)).then()
    asked(approval(pack), pack=pack).when(ex.disclosure(ref(2))).then()


@each_law
def test_whoever_was_not_verified_is_not_known_to_be_the_user(pack: str) -> None:
    """The rule on identity says so too."""
    asked(pack=pack, verified=False).when(approval(pack)).then_refused(
        "requester_verified_v1", NOBODY, citing=CITES[pack]
    )


@each_law
@pytest.mark.parametrize("requester", OTHERS)
def test_nobody_elses_request_is_the_users(pack: str, requester: str) -> None:
    """An officer's or a parent's request does not pass as the user's own: not approved, and not
    disclosed on an approval of an earlier law.
    """
    story = asked(approval(pack), pack=pack, requester=requester)
    story.when(approval(pack)).then_refused(NOBODY, citing=CITES[pack], saying="the user asks")
    story.when(ex.disclosure(ref(2))).then_refused(NOBODY, citing=CITES[pack])


def test_a_request_is_for_what_it_names() -> None:
    """Circulation records and video were asked for, registration was not; where no class is named,
    only the rule of every request asks for one.
    """
    asked().when(approval(categories=["security-video"])).then()
    more = approval(categories=["circulation", "registration"])
    asked().when(more).then_refused("within_request_v1", NOBODY)
    all_of_it = given(ex.request(requester="patron", categories=[]), pack=NY)
    all_of_it.when(approval(categories=["registration"])).then_refused("within_request_v1")


def test_an_approval_of_no_request_says_nothing_of_the_user() -> None:
    """The rule that looks for the request says so as well; of no approval nothing is said here."""
    asked().when(ex.approval(ref(8), "user-request")).then_refused("request_known_v1", NOBODY)
    asked().when(ex.disclosure(ref(8))).then_refused("approval_live_v1")


# --- Consent for somebody else -------------------------------------------------------------------


@pytest.mark.parametrize("pack", [NY, OH, WI])
@pytest.mark.parametrize("requester", OTHERS)
def test_somebody_else_is_answered_on_the_users_consent(pack: str, requester: str) -> None:
    """The approval names the consent; that one lies in the case is not enough."""
    story = consented(on_consent(pack), pack=pack, requester=requester)
    story.when(on_consent(pack)).then()
    story.when(ex.disclosure(ref(3))).then()
    story.when(approval(pack)).then_refused(NOBODY, citing=CITES[pack], saying="name it")


def test_a_consent_may_come_by_a_paper() -> None:
    """A form that the approval names carries the consent that was recorded of it, or none."""
    form = (ac.consent_paper(), ac.consent(ref(2)))
    for pack in (NY, WI):
        signed = approval(pack, instrument=ref(2))
        asked(*form, pack=pack, requester="attorney").when(signed).then()
        bare = asked(ac.consent_paper(), pack=pack, requester="attorney")
        bare.when(signed).then_refused(NOBODY)
        taken_back = (*form, ac.consent_changed(ref(3), "withdrawn"))
        asked(*taken_back, pack=pack, requester="attorney").when(signed).then_refused(
            NOBODY, WITHDRAWN
        )


def test_wisconsin_asks_for_writing_and_new_york_and_ohio_do_not() -> None:
    """Whether an authorisation may be oral in Wisconsin was not read: the stricter holds."""
    for pack in (NY, OH):
        consented(pack=pack, written=False).when(on_consent(pack)).then()
    consented(pack=WI, written=False).when(on_consent(WI)).then_refused(
        NOBODY, citing="43.30", saying="written consent"
    )


def test_in_texas_only_the_user_asks() -> None:
    """Of consent the law says nothing there that was read; the user, who names one, asks all the
    same.
    """
    for written in (True, False):
        consented(pack=TX, written=written).when(on_consent(TX)).then_refused(
            NOBODY, citing="Gov. 552.124(a)(2), 552.023"
        )
    consented(pack=TX, requester="patron").when(on_consent(TX)).then()


@pytest.mark.parametrize("pack", [NY, OH, WI])
@pytest.mark.parametrize("grantor", ["guardian", "person-liable-for-the-materials"])
def test_nobody_consents_in_the_users_place(pack: str, grantor: str) -> None:
    """What a parent may see other bases say; here neither parent nor payer speaks for the user."""
    for requester in ("parent-or-guardian", "law-enforcement"):
        consented(pack=pack, requester=requester, grantor=grantor).when(
            on_consent(pack)
        ).then_refused(NOBODY, citing=CITES[pack])


def test_a_consent_that_is_named_was_given() -> None:
    """A reference to something else in the case is no consent, on whatever basis."""
    unknown = approval(consent=ref(1))
    asked(requester="other").when(unknown).then_refused(UNKNOWN, NOBODY)
    asked(unknown).when(ex.disclosure(ref(2))).then_refused(UNKNOWN)
    subpoena = ex.approval(ref(1), "subpoena", instrument=ref(2), consent=ref(7))
    asked(ex.subpoena(), requester="attorney").when(subpoena).then_refused(UNKNOWN)


# --- How far, how long ---------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [NY, OH, WI])
def test_a_withdrawn_consent_lets_nothing_more_leave(pack: str) -> None:
    """Neither on the old approval nor on a new one; what left before stands."""
    gone = ac.consent_changed(ref(2), "withdrawn")
    story = consented(on_consent(pack), ex.disclosure(ref(3)), gone, pack=pack)
    assert len(story.case.disclosures) == 1
    for act in (on_consent(pack), ex.disclosure(ref(3))):
        story.when(act).then_refused(NOBODY, WITHDRAWN, citing=CITES[pack])
    story.when(approval(pack)).then_refused(NOBODY)


@pytest.mark.parametrize(("pack", "zone"), [(NY, "America/New_York"), (WI, "America/Chicago")])
@pytest.mark.parametrize(("day", "stands"), [(14, True), (15, True), (16, False)])
def test_a_consent_without_a_paper_ends_with_its_last_day(
    pack: str, zone: str, day: int, *, stands: bool
) -> None:
    """It runs until 15 January 2026 where the library is, to approve and to disclose."""
    story = consented(on_consent(pack), pack=pack)
    for act in (on_consent(pack), ex.disclosure(ref(3))):
        outcome = story.when(act, at=local(f"2026-01-{day} 23:59", zone))
        if stands:
            outcome.then()
        else:
            outcome.then_refused(NOBODY, WITHDRAWN, citing=CITES[pack])


def test_a_consent_without_a_paper_covers_what_it_names() -> None:
    """Circulation and registration, and after a narrowing registration only, which nobody asked
    for here.
    """
    wide = on_consent(categories=["circulation", "security-video"])
    consented().when(wide).then_refused(NOBODY, WITHDRAWN, saying="security-video")
    narrow = ac.consent_changed(ref(2), "narrowed", categories=["registration"])
    story = consented(on_consent(), narrow)
    story.when(ex.disclosure(ref(3))).then_refused(NOBODY, WITHDRAWN, saying="circulation")
    story.when(on_consent(categories=["registration"])).then_refused("within_request_v1")


def test_a_consent_without_a_paper_names_who_receives() -> None:
    """Another recipient, or none, is not whom the user had in mind."""
    story = consented(on_consent(), recipient="Det. Vance, Ithaca")
    story.when(ex.disclosure(ref(3), recipient="Det. Vance, Ithaca")).then()
    story.when(ex.disclosure(ref(3))).then_refused(RECIPIENT)


# --- The user's own request, and a change of mind -----------------------------------------------


@each_law
def test_a_request_does_not_outlive_what_the_user_took_back(pack: str) -> None:
    """Who asked, consented and took it back has changed their mind; asked anew, records leave."""
    gone = said(ac.consent_changed(ref(2), "withdrawn"), at=local("2026-01-05 10:30"))
    before = consented(approval(pack), gone, pack=pack, requester="patron")
    for act in (approval(pack), ex.disclosure(ref(3))):
        before.when(act).then_refused(NOBODY, citing=CITES[pack])
    for moment, speaks in (("10:29", False), ("10:30", False), ("10:31", True)):
        again = said(ex.request(requester="patron"), at=local(f"2026-01-05 {moment}"))
        outcome = consented(approval(pack), gone, again, pack=pack, requester="patron").when(
            ex.approval(ref(5), BASES[pack])
        )
        if speaks:
            outcome.then()
        else:
            outcome.then_refused(NOBODY)


def test_what_others_take_back_leaves_the_users_request_alone() -> None:
    """A guardian's consent was none here; and one that stands as it was given ends nothing."""
    gone = ac.consent_changed(ref(2), "withdrawn")
    consented(gone, requester="patron", grantor="guardian").when(approval()).then()
    consented(requester="patron").when(approval()).then()


def test_the_last_change_of_a_consent_counts_in_whatever_order_it_is_recorded() -> None:
    """Narrowed on the 8th; that it was superseded on the 6th was written down later."""
    narrowed = said(ac.consent_changed(ref(2), "narrowed"), at=local("2026-01-08 09:00"))
    superseded = said(ac.consent_changed(ref(2), "superseded"), at=local("2026-01-06 09:00"))
    between = said(ex.request(requester="patron"), at=local("2026-01-07 09:00"))
    story = consented(narrowed, superseded, between, requester="patron")
    story.when(ex.approval(ref(5), "user-request")).then_refused(NOBODY)
    story.when(on_consent()).then_refused(NOBODY, WITHDRAWN)


# --- Written consent of which no paper was recorded ----------------------------------------------


def test_a_withdrawal_is_heeded_though_nobody_wrote_down_the_paper() -> None:
    """In Colorado a form came, and a consent that names no form: it may be this one."""
    gone = ac.consent_changed(ref(3), "withdrawn")
    unlinked = ac.consent(None)
    act = ex.approval(ref(1), "written-consent", instrument=ref(2))
    story = (ac.consent_paper(), unlinked)
    asked(*story, pack=LCLD).when(act).then()
    asked(*story, gone, pack=LCLD).when(act).then_refused(WITHDRAWN)
    oral = ac.consent(None, written=False)
    oral_gone = (ac.consent_paper(), oral, ac.consent_changed(ref(3), "withdrawn"))
    asked(*oral_gone, pack=LCLD).when(act).then()


def test_a_consent_that_is_named_is_judged_beside_those_of_the_paper() -> None:
    """The form's own consent stands and the one that is named does not, or the other way round."""
    named = ex.approval(ref(1), "written-consent", instrument=ref(2), consent=ref(4))
    story = (ac.consent_paper(), ac.consent(ref(2)), ac.consent(None))
    asked(*story, pack=LCLD).when(named).then()
    for one in (ref(3), ref(4)):
        gone = ac.consent_changed(one, "withdrawn")
        asked(*story, gone, pack=LCLD).when(named).then_refused(WITHDRAWN)
    guardian = (ac.consent_paper(), ac.consent(ref(2)), ac.consent(None, grantor="guardian"))
    asked(*guardian, pack=LCLD).when(named).then_refused(HOLDER)


def test_under_an_older_law_only_the_consents_of_the_paper_spoke() -> None:
    """A decision is judged again by the rules that its law pins: what no paper has, they passed."""
    named = ex.approval(ref(1), "written-consent", instrument=ref(2), consent=ref(4))
    of_paper, guardians = ac.consent(ref(2)), ac.consent(None, grantor="guardian", recipient="Elm")
    story = asked(
        *(ac.consent_paper(), of_paper, guardians),
        *(ac.consent_changed(ref(4), "withdrawn"), named),
        pack=LCLD,
    )
    for act, newer in ((named, HOLDER), (ex.disclosure(ref(6)), RECIPIENT)):
        story.when(act, in_force=OLDER).then()
        assert {one.rule for one in story.when(act).broken} == {newer, WITHDRAWN}


@pytest.mark.parametrize(
    ("consent", "broken"),
    [
        ({"grantor": "guardian"}, "consent_by_holder_v1"),
        ({"expires_on": date(2026, 1, 4)}, "consent_stands_v1"),
        ({"recipient": "Elm Bank"}, "consent_names_recipient_v1"),
    ],
)
def test_under_an_older_law_the_papers_own_consent_was_judged(
    consent: dict[str, Any], broken: str
) -> None:
    """By whom it is, until when, and to whom."""
    on_paper = ex.approval(ref(1), "written-consent", instrument=ref(2))
    story = asked(ac.consent_paper(), ac.consent(ref(2), **consent), on_paper, pack=LCLD)
    acts = (on_paper, ex.disclosure(ref(4)))
    found = {one.rule for act in acts for one in story.when(act, in_force=OLDER).broken}
    assert found == {broken}


# --- What shall be disclosed ---------------------------------------------------------------------

OWED = "mandatory_is_not_denied_v2"
DENY = ex.denial(ref(1), reason="not-permitted")


def test_what_the_user_asks_for_is_owed_in_new_york() -> None:
    """The section says *shall*; Ohio, Texas and Wisconsin only permit it."""
    asked().when(DENY).then_refused(OWED, citing="CPLR 4509", saying="shall be disclosed")
    asked(verified=False).when(DENY).then()
    for pack in (OH, TX, WI):
        asked(pack=pack).when(DENY).then()
    gone = said(ac.consent_changed(ref(2), "withdrawn"), at=local("2026-01-05 10:30"))
    consented(gone, requester="patron").when(DENY).then()


def test_what_the_user_consents_to_is_owed_in_new_york() -> None:
    """In whatever form; as long as it stands and covers all that is asked for."""
    all_of_it: dict[str, Any] = {"categories": ["circulation", "security-video", "contact-details"]}
    consented(**all_of_it).when(DENY).then_refused(OWED, citing="CPLR 4509")
    consented().when(DENY).then()
    consented(**all_of_it, grantor="guardian").when(DENY).then()
    for_one = consented(**all_of_it, recipient="The Fulton Insurance Company")
    for_one.when(DENY).then()
    no_class = given(ex.request(categories=[]), ac.consent(None), pack=NY)
    no_class.when(DENY).then()
    gone = ac.consent_changed(ref(2), "withdrawn")
    consented(gone, **all_of_it).when(DENY).then()


def test_under_an_older_law_the_users_request_was_not_seen() -> None:
    """A denial is judged again by the rules of the law that it pins."""
    older = changed(law(NY), rules={**law(NY).rules, "mandatory_is_not_denied": 1})
    asked().when(DENY, in_force=older).then()
    asked(verified=False).when(DENY, in_force=older).then()


# --- The custodian's word ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pack", "basis", "cites"),
    [
        ("us-mi", "collection-agency", "MCL 397.603"),
        (WI, "other-library", "43.30"),
        (TX, "reasonable-operation", "552.124"),
    ],
)
def test_what_rests_on_the_custodians_word_says_why(pack: str, basis: str, cites: str) -> None:
    """Nobody can look at a paper later; so the record has the reason in words, and by whom."""
    story = asked(pack=pack, requester="other")
    story.when(ex.approval(ref(1), basis)).then_refused(
        "custodian_says_why_v1", citing=cites, saying="say why, in `because`"
    )
    story.when(ex.approval(ref(1), basis, because="Eleven books are owed.")).then()
