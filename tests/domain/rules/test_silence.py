"""Sealing, gags, rosters, opening, closing and correcting."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace as changed

from ledger.domain.events import Event
from ledger.domain.office import MOST_READERS
from ledger.domain.office_events import Assented, StreamClosed
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    AUDITOR,
    COUNSEL,
    DESIGNEE,
    DESK,
    OFFICE,
    STAFF,
    Given,
    digest,
    given,
    key_of,
    local,
    ref,
    said,
)

# --- Keeping sealed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bound",
    [
        {"review_on": date(2026, 8, 3)},
        {"review_on": None, "until_on": date(2027, 2, 1)},
        {"review_on": date(2026, 8, 3), "until_on": date(2027, 2, 1)},
    ],
)
def test_a_sealing_says_when_it_is_looked_at_again(bound: dict[str, Any]) -> None:
    """A date of review, an end, or both bound it."""
    given(ex.intake()).when(ex.kept_sealed(**bound)).then()


def test_a_sealing_without_a_date_is_refused() -> None:
    """Nothing is kept sealed for ever by nobody's looking."""
    given(ex.intake()).when(ex.kept_sealed(review_on=None)).then_refused(
        "sealing_is_bounded_v1", citing="DESIGN §3"
    )


# --- Opening ----------------------------------------------------------------------------------


PROPOSED = said(ex.opening_proposed(), **AS_COUNSEL)


def assented(number: int, by: str = AUDITOR) -> Any:
    """Somebody assents to the n-th record of the case."""
    return said(Assented(of=digest(number)), by=by, role="auditor")


def test_a_visit_is_opened_by_the_custodian_alone() -> None:
    """What was never kept sealed needs no second person."""
    given(ex.intake()).when(ex.opened()).then()
    given(ex.intake()).when(ex.opened(), **AS_STAFF).then_refused("custodian_decides_v1")


def test_a_sealed_matter_opens_once_two_people_agree() -> None:
    """Counsel proposes, the auditor assents, the custodian opens."""
    given(ex.intake(), ex.kept_sealed(), PROPOSED, assented(3)).when(ex.opened()).then()


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param((), id="nobody proposed"),
        pytest.param((PROPOSED,), id="nobody assented"),
        pytest.param((PROPOSED, assented(3, COUNSEL)), id="the proposer assented"),
        pytest.param((PROPOSED, assented(2)), id="the assent is to something else"),
        pytest.param(
            (assented(4), ex.question(), assented(4)), id="what was assented is no proposal"
        ),
    ],
)
def test_one_person_does_not_open_a_sealed_matter(facts: tuple[Any, ...]) -> None:
    """Without a proposal and another person's assent to it, the matter stays shut."""
    given(ex.intake(), ex.kept_sealed(), *facts).when(ex.opened()).then_refused(
        "opening_takes_two_v1", citing="two people"
    )


def test_an_agreement_from_before_the_sealing_does_not_open_it() -> None:
    """A matter that is kept sealed anew takes a new proposal and a new assent."""
    before = (ex.intake(), ex.kept_sealed(), PROPOSED, assented(3))
    again = ex.kept_sealed(ground="investigation", review_on=date(2026, 10, 5))
    given(*before, again).when(ex.opened()).then_refused("opening_takes_two_v1")
    given(*before, again, PROPOSED, assented(6)).when(ex.opened()).then()


def test_a_gag_keeps_a_matter_shut_until_it_is_lifted() -> None:
    """No agreement opens a matter while one gag of several binds."""
    bound = (
        ex.intake(),
        ex.kept_sealed(),
        PROPOSED,
        assented(3),
        ex.gag(),
        ex.gag(source="court-order"),
        ex.lifted(ref(5)),
    )
    given(*bound).when(ex.opened()).then_refused("no_gag_binds_v1", citing="18 U.S.C. 2709(c)(1)")
    given(*bound, ex.lifted(ref(6), evidence="court-order")).when(ex.opened()).then()


@pytest.mark.parametrize("act", [ex.opening_proposed(), ex.member(STAFF)])
def test_only_a_sealed_matter_has_a_roster_and_an_opening(act: Event) -> None:
    """In an open case the naming of a roster would itself tell something."""
    for story in (given(ex.intake()), given(ex.intake(), ex.opened())):
        story.when(act).then_refused("kept_sealed_v1")
    given(ex.intake(), ex.kept_sealed()).when(act).then()


# --- The roster -------------------------------------------------------------------------------


def sealed(*facts: Event) -> Given:
    """A matter is kept sealed."""
    return given(ex.intake(), ex.kept_sealed(), *facts)


def test_somebody_joins_the_roster_once() -> None:
    """Staff who must comply are added, and not a second time."""
    sealed().when(ex.member(STAFF)).then()
    sealed(ex.member(STAFF)).when(ex.member(STAFF)).then_refused("audience_fits_v1")
    sealed(ex.member(STAFF)).when(ex.member(COUNSEL, ground="attorney")).then()


@pytest.mark.parametrize("name", ["stranger", DESK, "kim"])
def test_only_somebody_with_a_live_key_joins(name: str) -> None:
    """To a stranger, a desk or a revoked key nothing can be opened."""
    keys = (*OFFICE.keys, key_of("kim", revoked=True))
    sealed().in_office(keys=keys).when(ex.member(name)).then_refused(
        "audience_fits_v1", saying="no enrolled key"
    )


def test_the_roster_has_seven_places() -> None:
    """Two are for who sealed the matter and for the custodian; the fifth other person fits."""
    people = [f"reader-{number}" for number in range(1, MOST_READERS + 1)]
    keys = (*OFFICE.keys, *(key_of(one) for one in people))
    four = sealed(*(ex.member(one) for one in people[:4])).in_office(keys=keys)
    four.when(ex.member(people[4])).then()
    five = sealed(*(ex.member(one) for one in people[:5])).in_office(keys=keys)
    five.when(ex.member(people[5])).then_refused("audience_fits_v1", saying="seven places")


def test_a_duty_of_which_somebody_was_told_is_one_that_binds() -> None:
    """The notice names a gag of the case that was not lifted, or none."""
    bound = sealed(ex.gag())
    bound.when(ex.member(DESIGNEE, gag=ref(3))).then()
    bound.when(ex.member(DESIGNEE, gag=ref(2))).then_refused("gag_known_v1", citing="no. 41")
    free = sealed(ex.gag(), ex.lifted(ref(3)))
    free.when(ex.member(DESIGNEE, gag=ref(3))).then_refused("gag_known_v1")
    free.when(ex.member(DESIGNEE)).then()


# --- Gags -------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [ex.challenge(ref(3)), ex.lifted(ref(3))])
def test_a_gag_is_challenged_and_lifted_while_it_binds(act: Event) -> None:
    """Custodian or counsel act on a gag of the case; one that was lifted is over."""
    sealed(ex.gag()).when(act).then()
    sealed(ex.gag()).when(act, **AS_COUNSEL).then()
    sealed(ex.gag()).when(act, **AS_STAFF).then_refused("custodian_decides_v1")
    sealed(ex.question()).when(act).then_refused("gag_known_v1")
    sealed(ex.gag(), ex.lifted(ref(3))).when(act).then_refused("gag_known_v1", citing="43 and 44")


@pytest.mark.parametrize("source", ["national-security-letter", "fisa-order", "court-order"])
@pytest.mark.parametrize("evidence", ["agency-letter", "court-order"])
def test_any_gag_ends_on_written_evidence(source: str, evidence: str) -> None:
    """A letter of the agency or an order of a court ends every gag."""
    story = sealed(ex.gag(source=source, until_on=date(2027, 3, 1)))
    story.when(ex.lifted(ref(3), evidence=evidence)).then()


@pytest.mark.parametrize(
    ("source", "citing"),
    [
        ("national-security-letter", "FBI Termination Procedures"),
        ("fisa-order", "event 44"),
        ("court-order", "Disclosure ledger"),
        ("other", "Disclosure ledger"),
    ],
)
def test_no_clock_lifts_a_gag_of_national_security(source: str, citing: str) -> None:
    """A date that passed ends neither a letter's nor a FISA order's silence."""
    story = sealed(ex.gag(source=source, until_on=date(2026, 2, 10)))
    act = ex.lifted(ref(3), evidence="face-date-passed", evidence_on=date(2026, 2, 10))
    story.when(act, at=local("2029-01-01 12:00")).then_refused(
        "gag_ends_on_paper_v1", citing=citing
    )


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        pytest.param("2028-02-28 23:59", False, id="the day before"),
        pytest.param("2028-02-29 23:59", False, id="the leap day on its face"),
        pytest.param("2028-03-01 00:00", True, id="the day after"),
    ],
)
def test_a_dated_court_order_ends_when_its_day_has_passed(at: str, permitted: bool) -> None:
    """A 2705(b) order that runs until 29 February 2028 binds through that local day."""
    story = sealed(ex.gag(source="2705(b)-order", until_on=date(2028, 2, 29)))
    act = ex.lifted(ref(3), evidence="face-date-passed", evidence_on=date(2028, 2, 28))
    proposed = story.when(act, at=local(at))
    if permitted:
        proposed.then()
    else:
        proposed.then_refused("gag_ends_on_paper_v1", citing="18 U.S.C. 2705(b); domain §4.3")


def test_an_order_without_a_date_has_none_that_could_pass() -> None:
    """An undated 2705(b) order ends on paper like any other gag; one that is not there, nowhere."""
    act = ex.lifted(ref(3), evidence="face-date-passed")
    sealed().when(act).then_refused("gag_known_v1")
    sealed(ex.gag(source="2705(b)-order")).when(act, at=local("2031-07-07 10:00")).then_refused(
        "gag_ends_on_paper_v1"
    )


# --- Closing ----------------------------------------------------------------------------------


SEARCHED = (ex.warrant(), ex.execution_started(ref(1)))


@pytest.mark.parametrize(
    ("facts", "saying", "ending"),
    [
        pytest.param(
            (ex.preservation(), ex.hold(ref(1))),
            "a hold is active",
            ex.release(ref(2), reason="court-order"),
            id="a hold",
        ),
        pytest.param((ex.gag(),), "a gag binds", ex.lifted(ref(1)), id="a gag"),
        pytest.param((ex.question(),), "counsel has not", ex.answer(ref(1)), id="a question"),
        pytest.param(
            (ex.question(), ex.answer(ref(1), outcome="more-needed")),
            "counsel has not",
            ex.answer(ref(1)),
            id="a question that came back",
        ),
        pytest.param(SEARCHED, "is being executed", ex.execution_ended(ref(1)), id="a search"),
        pytest.param(
            (ex.gag(), ex.correction(ref(1), values={"until_on": "2026-09-09"}), ex.lifted(ref(1))),
            "waits for a second person",
            said(Assented(of=digest(2)), by=AUDITOR, role="auditor"),
            id="a correction",
        ),
    ],
)
def test_a_case_closes_when_nothing_runs(facts: tuple[Any, ...], saying: str, ending: Any) -> None:
    """What still runs is named; once it ended the case closes."""
    given(*facts).when(ex.closed()).then_refused("nothing_pending_v1", saying=saying)
    given(*facts, ending).when(ex.closed()).then()


def test_what_runs_is_named_once_each() -> None:
    """Two gags and a question are two reasons, not three."""
    given(ex.gag(), ex.gag(source="fisa-order"), ex.question()).when(ex.closed()).then_refused(
        "nothing_pending_v1", saying="closed: a gag binds, counsel has not answered."
    )


# --- Correcting -------------------------------------------------------------------------------


SUBPOENA_CAME = (ex.request(), ex.subpoena(comply_by_on=date(2026, 11, 20)))


@pytest.mark.parametrize(
    "changes",
    [
        {"values": {"comply_by_on": "2026-11-23"}},
        {"values": {"comply_by_on": None}},
        {"values": {"judge_signed": "no", "categories": ["circulation"]}},
        {"personal_values": {"docket": "26-CV-0113"}},
        {"values": {"occurred_at": "2026-01-05T15:20:00Z"}, "personal_values": {"court": None}},
    ],
)
def test_fields_are_corrected_with_their_right_values(changes: dict[str, Any]) -> None:
    """Dates, classes, texts and the moment itself can be corrected, and emptied where optional."""
    given(*SUBPOENA_CAME).when(ex.correction(ref(2), **changes)).then()


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        pytest.param({}, "Name the record", id="nothing is corrected"),
        pytest.param({"values": {"level": "state"}, "reason": None}, "the reason", id="no reason"),
        pytest.param(
            {"values": {"level": "state"}, "names": ["level", "issuer"]},
            "Name the record",
            id="a field is named without a value",
        ),
        pytest.param(
            {"values": {"level": "state", "issuer": "clerk"}, "names": ["level"]},
            "Name the record",
            id="a value comes unnamed",
        ),
        pytest.param({"values": {"basis": "x"}}, "unknown field `basis`", id="no such field"),
        pytest.param({"values": {"comply_by_on": "soon"}}, "comply_by_on", id="no date"),
        pytest.param({"values": {"issuer": None}}, "issuer", id="emptied though required"),
        pytest.param({"values": {"occurred_at": "noon"}}, "occurred_at", id="no instant"),
        pytest.param(
            {"values": {"occurred_at": "2026-01-05T15:20:00"}}, "occurred_at", id="no zone"
        ),
        pytest.param({"values": {"occurred_at": None}}, "occurred_at", id="no moment at all"),
        pytest.param({"values": {"docket": "26-113"}}, "kept apart", id="personal in the clear"),
        pytest.param(
            {"personal_values": {"level": "state"}}, "kept apart", id="erasable though not personal"
        ),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(changes: dict[str, Any], saying: str) -> None:
    """The refusal says which field, and never repeats what was typed."""
    refused = given(*SUBPOENA_CAME).when(ex.correction(ref(2), **changes))
    refused.then_refused("correction_fits_v1", saying=saying, citing="no. 56")
    assert "26-113" not in refused.broken[0].sentence


def test_a_correction_is_of_a_record_of_the_case() -> None:
    """What this case does not show cannot be corrected in it."""
    given(*SUBPOENA_CAME).when(ex.correction(ref(7), values={"level": "state"})).then_refused(
        "correction_fits_v1"
    )


@pytest.mark.parametrize(
    "record",
    [
        ex.correction(ref(1), values={"urgent": True}),
        Assented(of=digest(1)),
        ex.not_reached(ref(1)),
        StreamClosed(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_authority_and_corrections_are_not_corrected(record: Event) -> None:
    """Verifiers know no correction of authority; a wrong correction is followed by another."""
    given(ex.request(), record).when(ex.correction(ref(2), values={"of": "x"})).then_refused(
        "correction_fits_v1", saying="Record what holds instead"
    )


def test_a_correction_fits_the_record_as_it_stands_corrected() -> None:
    """A second correction is judged against what the first one left."""
    first = ex.correction(ref(1), values={"urgent": True})
    given(ex.request(), first).when(ex.correction(ref(1), values={"urgent": False})).then()


def test_counsel_corrects_and_staff_do_not() -> None:
    """Who may decide may correct."""
    act = ex.correction(ref(2), values={"level": "state"})
    given(*SUBPOENA_CAME).when(act, **AS_COUNSEL).then()
    given(*SUBPOENA_CAME).when(act, **AS_STAFF).then_refused("custodian_decides_v1")


# --- Reviews, extensions, and leaving the roster -------------------------------------------------


def test_a_gag_is_narrowed_or_upheld_on_paper() -> None:
    """By a court or by the agency; counsel's opinion may find it defective, which frees nobody."""
    story = sealed(ex.gag())
    story.when(ac.reviewed(ref(3))).then()
    story.when(ac.reviewed(ref(3), outcome="upheld", evidence="agency-letter")).then()
    opinion = {"evidence": "counsel-opinion"}
    for outcome in ("narrowed", "upheld"):
        story.when(ac.reviewed(ref(3), outcome=outcome, **opinion)).then_refused(
            "gag_reviewed_on_paper_v1", citing="no. 44"
        )
    story.when(ac.reviewed(ref(3), outcome="defective", **opinion), **AS_COUNSEL).then()
    found = sealed(ex.gag(), ac.reviewed(ref(3), outcome="defective", **opinion))
    assert found.case.live_gags()[0].defective
    found.when(ex.opened()).then_refused("no_gag_binds_v1", "opening_takes_two_v1")


@pytest.mark.parametrize(("day", "rules"), [(5, ()), (6, ("evidence_is_at_hand_v1",))])
def test_evidence_of_tomorrow_ends_nothing_today(day: int, rules: tuple[str, ...]) -> None:
    """An order and a letter are recorded once they have come."""
    dated = {"evidence_on": date(2026, 1, day)}
    for act in (ex.lifted(ref(3), **dated), ac.reviewed(ref(3), **dated)):
        outcome = sealed(ex.gag()).when(act)
        if rules:
            outcome.then_refused(*rules)
        else:
            outcome.then()


ORDER = {"source": "2705(b)-order", "until_on": date(2026, 2, 27)}
PASSED = ex.lifted(ref(3), evidence="face-date-passed", evidence_on=date(2026, 2, 27))


@pytest.mark.parametrize(
    ("facts", "on", "ended"),
    [
        ((), "2026-02-28", True),
        ((ac.extended(ref(3)),), "2026-02-28", False),
        ((ac.extended(ref(3)),), "2026-12-03", False),
        ((ac.extended(ref(3)),), "2026-12-04", True),
        ((ac.extended(ref(3), until_on=None),), "2031-01-01", False),
        ((ac.reviewed(ref(3), until_on=date(2026, 2, 10)),), "2026-02-11", True),
        ((ac.reviewed(ref(3)),), "2026-02-27", False),
        ((ac.extended(ref(3)), ac.reviewed(ref(3))), "2026-02-28", False),
    ],
)
def test_a_dated_order_ends_when_no_extension_is_on_file(
    facts: tuple[Any, ...], on: str, *, ended: bool
) -> None:
    """A later order keeps it, one without a date for good; a court may bring the end forward."""
    act = changed(PASSED, evidence_on=date(2026, 1, 2))
    outcome = sealed(ex.gag(**ORDER), *facts).when(act, at=local(f"{on} 12:00"))
    if ended:
        outcome.then()
    else:
        outcome.then_refused("gag_ends_on_paper_v1")


def test_an_extension_that_comes_late_binds_again() -> None:
    """The date had passed and the gag was lifted; then the order came that had kept it."""
    lifted = changed(PASSED, evidence_on=date(2026, 1, 2))
    assert sealed(ex.gag(**ORDER), lifted).case.live_gags() == ()
    bound = sealed(ex.gag(**ORDER), lifted, ac.extended(ref(3)))
    (gag,) = bound.case.live_gags()
    assert (gag.lifted, gag.until_on) == (None, date(2026, 12, 3))
    bound.when(ac.notified(None)).then_refused("no_gag_forbids_notice_v1")


@pytest.mark.parametrize("source", ["national-security-letter", "fisa-order"])
def test_where_the_law_gives_no_date_none_ends_a_gag(source: str) -> None:
    """A date on a letter's face, long past, lifts nothing."""
    story = sealed(ex.gag(source=source, until_on=date(2026, 1, 6)))
    story.when(PASSED, at=local("2049-06-06 12:00")).then_refused("gag_ends_on_paper_v1")


def test_the_duty_is_told_before_the_matter_is_opened_to_anybody() -> None:
    """Somebody who will be told tomorrow joins tomorrow."""
    at = local("2026-02-02 12:00")
    sealed().when(ex.member(STAFF, duty_notice_at=at), at=at).then()
    later = local("2026-02-02 12:01")
    sealed().when(ex.member(STAFF, duty_notice_at=later), at=at).then_refused(
        "duty_was_told_v1", citing="18 U.S.C. 2709(c)(2)"
    )


def test_who_leaves_the_roster_stays_bound() -> None:
    """The view closes, and the roster keeps who was told and when; coming back is joining anew."""
    story = sealed(ex.member(STAFF), ex.member(COUNSEL, ground="attorney"))
    story.when(ac.removed(STAFF)).then()
    story.when(ac.removed(AUDITOR)).then_refused("on_the_roster_v2")
    left = sealed(ex.member(STAFF), ex.member(COUNSEL, ground="attorney"), ac.removed(STAFF))
    assert left.case.audience == (COUNSEL,)
    assert [one.person for one in left.case.roster] == [STAFF, COUNSEL]
    left.when(ac.removed(STAFF)).then_refused("on_the_roster_v2")
    left.when(ex.member(STAFF)).then()
    given(ex.opened(), ex.member(STAFF)).when(ac.removed(STAFF)).then_refused("kept_sealed_v1")
