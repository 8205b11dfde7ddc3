"""Flags: facts that jar with the law, where they were recorded, and by which provision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.domain.events import AgentReferred
from ledger.domain.law.deadlines import Reading
from ledger.domain.law.flags import Flag, flags
from ledger.domain.law.pack import Law
from ledger.domain.office_events import AccessRecovered, Assented
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import JCL, JCPL, LCLD, ZONES, digest, given, law, law_of, local, ref, said


def found(*events: Any, pack: str = LCLD, laws: Any = law_of) -> tuple[Flag, ...]:
    """Give the flags of a case, in the order of its records."""
    return flags(given(*events, pack=pack).case, Reading(laws, ZONES[pack]))


def names(*events: Any, pack: str = LCLD) -> list[str]:
    """Name the flags of a case."""
    return [one.name for one in found(*events, pack=pack)]


def only(*events: Any, pack: str = LCLD) -> Flag:
    """Give the one flag of a case."""
    (one,) = found(*events, pack=pack)
    return one


# --- Papers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["administrative-warrant", "administrative-subpoena"])
def test_what_no_judge_signed_is_no_judicial_process(kind: str) -> None:
    """Forms of an immigration officer compel nothing without a court."""
    flag = only(ex.request(), ex.paper(kind, "agency"))
    assert (flag.name, flag.ref) == ("not-judicial-process", ref(2))
    assert flag.citation.startswith("8 U.S.C. 1225(d)(4)")
    assert flag.confidence == "partly"


def test_a_subpoena_does_not_suffice_in_missouri() -> None:
    """It does in Colorado, and federal law says nothing."""
    flag = only(ex.subpoena(), pack=JCL)
    assert (flag.name, flag.citation) == ("subpoena-not-sufficient", "RSMo 182.817.1(2)")
    assert names(ex.subpoena(), pack=LCLD) == []
    assert names(ex.subpoena(), pack="us") == []


@pytest.mark.parametrize(("day", "flagged"), [(27, False), (28, True), (29, True)])
def test_a_provision_flags_from_its_first_day(day: int, flagged: bool) -> None:
    """Missouri's section is law from 28 August 2014, local time, and not for a paper before."""
    came = local(f"2014-08-{day} 00:05", "America/Chicago")
    assert bool(names(said(ex.subpoena(), at=came), pack=JCL)) is flagged


def test_a_letter_may_not_reach_a_library_at_all() -> None:
    """Whether the library is a covered provider is a question for counsel."""
    flag = only(ex.letter())
    assert (flag.name, flag.confidence) == ("library-may-not-be-a-covered-provider", "unverified")
    assert names(ex.court_order()) == []
    covered = _with(law(LCLD), "gag.nsl_binds_libraries", True)
    assert found(ex.letter(), laws=lambda _: covered) == ()


@pytest.mark.parametrize("paper", [ex.warrant(), ex.letter(), ex.paper("fisa-order", "judge")])
def test_the_director_is_contacted_about_warrants_and_secret_process(paper: Any) -> None:
    """Jefferson County's staff ring her at once; who tried, has done so (R-83, R-84)."""
    assert "director-not-contacted" in names(paper, pack=JCL)
    referred = AgentReferred(to="maya", outcome="no-answer")
    for tried in (ex.attempt(), referred, ex.not_reached()):
        assert "director-not-contacted" not in names(paper, tried, pack=JCL)
    assert "director-not-contacted" not in names(paper, pack=LCLD)
    assert names(ex.court_order(), pack=JCL) == []


# --- A warrant is executed --------------------------------------------------------------------


def searched(at: str, *more: Any, **changes: Any) -> tuple[Any, ...]:
    """Officers searched from this moment on a warrant of 5 June, good until Friday 19 June."""
    paper = said(ex.warrant(**changes), at=local("2026-06-19 21:15"))
    return (paper, said(ex.execution_started(ref(1)), at=local(at)), *more)


@pytest.mark.parametrize(
    ("at", "flagged"),
    [
        pytest.param("2026-06-19 05:59", True, id="a minute before six"),
        pytest.param("2026-06-19 06:00", False, id="six in the morning"),
        pytest.param("2026-06-19 21:59", False, id="a minute before ten"),
        pytest.param("2026-06-19 22:00", True, id="ten in the evening"),
        pytest.param("2026-06-19 22:10", True, id="scenario 1"),
    ],
)
def test_a_federal_search_at_night_needs_the_judges_word(at: str, flagged: bool) -> None:
    """Daytime is from six to ten on the library's wall clock."""
    flag = names(*searched(at))
    assert flag == (["night-execution-unverified"] if flagged else [])


@pytest.mark.parametrize(
    ("at", "flagged"), [("2026-03-08 06:10", False), ("2026-11-01 05:50", True)]
)
def test_daytime_is_the_wall_clocks_on_the_days_when_clocks_change(at: str, flagged: bool) -> None:
    """On these mornings the hour of yesterday's clock would say the opposite."""
    story = searched(at, issued_on=None, execute_by_on=None)
    assert ("night-execution-unverified" in names(*story)) is flagged


@pytest.mark.parametrize(
    "changes", [{"night_authorised": True}, {"level": "state"}, {"level": "unknown"}]
)
def test_authorised_nights_and_other_warrants_are_not_flagged(changes: dict[str, Any]) -> None:
    """The rule is federal, and a judge may say otherwise."""
    assert "night-execution-unverified" not in names(*searched("2026-06-19 22:30", **changes))


def test_where_the_law_wants_no_authority_a_night_is_a_night() -> None:
    """The rule is a row of the pack; without it nothing is flagged."""
    lenient = _with(law(LCLD), "warrant.federal_night_needs_authority", False)
    assert found(*searched("2026-06-19 23:30"), laws=lambda _: lenient) == ()


@pytest.mark.parametrize(
    ("at", "flagged"),
    [
        pytest.param("2026-06-18 12:00", False, id="the day before"),
        pytest.param("2026-06-19 21:30", False, id="the day on its face, in the evening"),
        pytest.param("2026-06-20 08:00", True, id="the day after"),
        pytest.param("2026-06-22 09:00", True, id="the Monday to which nothing rolls"),
    ],
)
def test_a_warrant_is_stale_after_the_date_on_its_face(at: str, flagged: bool) -> None:
    """Juneteenth and a weekend do not lengthen it (scenario 1)."""
    story = searched(at, issued_on=None)
    assert names(*story) == (["executed-after-face-date"] if flagged else [])


@pytest.mark.parametrize(
    ("pack", "level", "last_on", "confidence"),
    [
        (LCLD, "federal", 19, "verified"),
        (LCLD, "state", 19, "unverified"),
        (LCLD, "county", 19, "unverified"),
        (LCLD, "city", 19, "unverified"),
        (JCL, "state", 15, "unverified"),
        (JCL, "federal", 19, "verified"),
    ],
)
def test_a_warrant_is_stale_when_its_window_closed(
    pack: str, level: str, last_on: int, confidence: str
) -> None:
    """Issued on 5 June: fourteen days in Colorado and federally, ten in Missouri, by local date."""
    zone = ZONES[pack]
    for day, flagged in ((last_on - 1, False), (last_on, False), (last_on + 1, True)):
        paper = ex.warrant(level=level, execute_by_on=None)
        search = said(ex.execution_started(ref(1)), at=local(f"2026-06-{day} 20:30", zone))
        window = [
            one for one in found(paper, search, pack=pack) if one.name == "executed-after-window"
        ]
        assert bool(window) is flagged
        if flagged:
            assert window[0].confidence == confidence
            assert window[0].ref == ref(2)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"issued_on": None}, id="no date of issue"),
        pytest.param({"level": "unknown"}, id="of nobody knows whom"),
    ],
)
def test_a_window_needs_a_day_and_a_law(changes: dict[str, Any]) -> None:
    """What cannot be counted is not flagged."""
    story = searched("2026-09-01 12:00", execute_by_on=None, **changes)
    assert names(*story) == []


def test_an_order_that_is_no_warrant_has_no_window() -> None:
    """Officers who come on a court order come without a warrant's clock."""
    order = ex.court_order(level="federal", issued_on=date(2026, 1, 7))
    assert names(order, said(ex.execution_started(ref(1)), at=local("2026-09-01 12:00"))) == []


def test_where_no_state_is_known_a_states_warrant_has_no_window() -> None:
    """Federal law alone says nothing of it."""
    story = searched("2026-09-01 12:00", execute_by_on=None, level="state")
    assert names(*story, pack="us") == []


def test_a_warrant_of_the_last_day_stops_nothing() -> None:
    """A date of issue at the end of the calendar has a window that ends there."""
    story = searched("2026-06-20 12:00", issued_on=date.max, execute_by_on=None)
    assert names(*story) == []


def test_officers_leave_a_copy_and_a_receipt() -> None:
    """Each is flagged once they left without it, and not while they are still there."""
    left = ex.execution_ended(ref(1), receipt="none")
    story = searched("2026-06-19 14:00")
    assert names(*story) == []
    flagged = found(*story, said(left, at=local("2026-06-19 16:00")))
    assert [(one.name, one.ref) for one in flagged] == [
        ("copy-not-requested", ref(2)),
        ("no-receipt-left", ref(2)),
    ]
    assert {one.citation for one in flagged} == {"Fed. R. Crim. P. 41(f)(1)(C)"}
    asked = said(ex.copy_requested(ref(1)), at=local("2026-06-19 15:00"))
    gave = said(ex.execution_ended(ref(1), receipt="left"), at=local("2026-06-19 16:00"))
    assert names(*story, asked, gave) == []


def test_each_search_has_its_own_flags() -> None:
    """A lawful second search does not hide that the first was at night."""
    first = searched("2026-06-18 23:00", said(ex.execution_ended(ref(1)), at=local("2026-06-19")))
    second = said(ex.execution_started(ref(1)), at=local("2026-06-19 10:00"))
    asked = said(ex.copy_requested(ref(1)), at=local("2026-06-19 10:05"))
    flagged = found(*first, second, asked)
    assert [(one.name, one.ref) for one in flagged] == [("night-execution-unverified", ref(2))]


def test_an_end_without_a_beginning_is_flagged_for_what_is_missing() -> None:
    """Nobody saw when it began, so no hour is judged; the receipt still is."""
    ended = ex.execution_ended(ref(1), receipt="none")
    assert names(ex.warrant(), ended, ex.copy_requested(ref(1))) == ["no-receipt-left"]


# --- Gags and approvals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"certified": "no"}, ["gag-certification-missing"]),
        ({"review_notice": "cannot-tell"}, ["gag-review-notice-missing"]),
        (
            {"certified": "cannot-tell", "review_notice": "no"},
            ["gag-certification-missing", "gag-review-notice-missing"],
        ),
        ({"source": "fisa-order", "certified": "no"}, []),
        ({"source": "2705(b)-order", "review_notice": "no"}, []),
    ],
)
def test_a_letters_gag_needs_certification_and_notice(
    changes: dict[str, Any], expected: list[str]
) -> None:
    """What is missing or unreadable is flagged, and the silence is kept meanwhile."""
    assert names(ex.gag(**changes)) == expected


@pytest.mark.parametrize(
    ("pack", "ground", "flagged"),
    [
        (JCL, "attorney", False),
        (JCL, "needed-to-comply", True),
        (JCPL, "attorney", True),
        (JCPL, "otherwise-permitted", True),
        ("us-wi", "needed-to-comply", False),
    ],
)
def test_who_joins_beyond_the_policys_circle_is_flagged(
    pack: str, ground: str, *, flagged: bool
) -> None:
    """Missouri's policy names counsel and a supervisor, Colorado's nobody; the statute is wider."""
    joined = (ex.gag(), ex.member("priya", ground=ground))
    raised = [one for one in found(*joined, pack=pack) if one.name == "told-beyond-policy"]
    assert [(one.ref, one.source) for one in raised] == [(ref(2), "local_policy")] * flagged
    assert not found(joined[1], pack=pack)


def test_who_gets_a_task_or_a_notice_beyond_the_circle_is_flagged_too() -> None:
    """They know of something all the same; who was let in by recovery was told of nothing."""
    recovered = AccessRecovered(person="tomas", proposal="ab" * 32)
    told = (ex.gag(), ac.task_assigned("priya"), ac.duty_notice("kim"), recovered)
    raised = [one for one in found(*told, pack=JCPL) if one.name == "told-beyond-policy"]
    assert [one.ref for one in raised] == [ref(2), ref(3)]


def test_counsels_advice_to_open_stands_until_the_matter_is_opened_or_sealed_anew() -> None:
    """It is flagged at the sealing; a confirmation, a new sealing or the opening ends it."""
    advised = (ex.kept_sealed(), ex.sealing_confirmed(ref(1), outcome="advises-opening"))
    flagged = only(*advised)
    assert (flagged.name, flagged.ref) == ("counsel-advises-opening", ref(1))
    for end in (ex.sealing_confirmed(ref(1)), ex.kept_sealed(ground="privilege"), ex.opened()):
        assert names(*advised, end) == []


def test_where_the_law_asks_for_neither_neither_is_missed() -> None:
    """Both are rows of the pack."""
    lenient = _with(law(LCLD), "gag.nsl_certification_required", False)
    lenient = _with(lenient, "gag.nsl_review_notice_required", False)
    bare = ex.gag(certified="no", review_notice="no")
    assert found(bare, laws=lambda _: lenient) == ()


def test_policy_beyond_the_statute_is_never_a_silent_pass() -> None:
    """A parent's request is Missouri policy, and no exception of the statute."""
    flag = only(ex.request(), ex.approval(ref(1), "parent-request"), pack=JCL)
    assert (flag.name, flag.ref, flag.source) == (
        "permitted-by-policy-only",
        ref(2),
        "local_policy",
    )
    assert flag.citation == "PUB 06-04, III.2"
    assert names(ex.request(), ex.approval(ref(1), "own-record"), pack=JCL) == []
    assert names(ex.request(), ex.approval(ref(1), "subpoena"), pack=LCLD) == []


def test_what_rests_on_the_custodians_word_is_flagged() -> None:
    """The statute leaves it to the library; counsel is shown that nothing else stands behind it."""
    because = "The vendor of the catalogue moves it to another server."
    flag = only(ex.request(), ex.approval(ref(1), "reasonable-operation", because=because))
    assert (flag.name, flag.ref, flag.source) == ("rests-on-custodians-word", ref(2), "statute")
    assert flag.citation == law(LCLD).basis("reasonable-operation").citation
    assert flag.sentence.startswith("This rests on the custodian's word alone. Records may be")
    assert because not in flag.sentence


def test_a_basis_that_was_corrected_into_none_is_flagged() -> None:
    """Two people may correct a basis; whether it is one is then for counsel."""
    flag = only(
        ex.request(),
        ex.approval(ref(1), "subpoena"),
        ex.correction(ref(2), values={"basis": "good-neighbour"}),
        said(Assented(of=digest(3)), by="noor"),
    )
    assert (flag.name, flag.ref, flag.source) == ("basis-not-in-law", ref(2), "product_default")


def test_a_basis_is_judged_on_the_day_of_the_approval() -> None:
    """What lapsed since was law then, and what came later was not."""
    ended = replace(
        law(JCL),
        all_bases=tuple(
            replace(one, effective_to=date(2026, 3, 8)) if one.id == "parent-request" else one
            for one in law(JCL).all_bases
        ),
    )
    for at, name in (
        ("2026-03-08 23:30", "permitted-by-policy-only"),
        ("2026-03-09 00:30", "basis-not-in-law"),
    ):
        grant = said(ex.approval(ref(1), "parent-request"), at=local(at, "America/Chicago"))
        (flag,) = found(ex.request(), grant, pack=JCL, laws=lambda _: ended)
        assert flag.name == name


def test_flags_stand_in_the_order_of_the_records() -> None:
    """What was recorded first is flagged first, whatever kind it is."""
    flagged = found(
        ex.gag(certified="no"),
        ex.subpoena(),
        ex.request(),
        ex.approval(ref(3), "parent-request"),
        ex.letter(),
        pack=JCL,
    )
    assert [one.ref for one in flagged] == [ref(1), ref(2), ref(4), ref(5), ref(5)]
    assert [one.name for one in flagged[-2:]] == [
        "director-not-contacted",
        "library-may-not-be-a-covered-provider",
    ]


def _with(found: Law, id: str, value: bool) -> Law:
    """The same law with another yes or no in one row."""
    rows = tuple(replace(row, value=value) if row.id == id else row for row in found.values)
    return replace(found, values=rows)
