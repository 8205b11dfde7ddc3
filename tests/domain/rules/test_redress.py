"""Complaints, conflicts, audits and purges: who may, and who may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.domain.events import Event
from ledger.domain.office_events import Assented
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import (
    AS_COUNSEL,
    AS_STAFF,
    AUDITOR,
    COUNSEL,
    CUSTODIAN,
    DESIGNEE,
    STAFF,
    digest,
    given,
    ref,
)

COMPLAINT = ac.complaint()
OPENED = ac.investigation(ref(1))

# --- Looking into a complaint --------------------------------------------------------------------


def test_a_complaint_is_looked_into_and_answered() -> None:
    """The director opens, somebody apart finds, and the answer comes last."""
    given(COMPLAINT).when(OPENED).then()
    given(COMPLAINT).when(OPENED, **AS_COUNSEL).then()
    given(COMPLAINT, OPENED).when(ac.finding(ref(1))).then()
    given(COMPLAINT).when(ac.finding(ref(1))).then_refused("finding_follows_investigation_v1")
    given(COMPLAINT).when(ac.reply(ref(1), kind="acknowledgement")).then()
    given(COMPLAINT).when(OPENED, **AS_STAFF).then_refused("custodian_decides_v1")


@pytest.mark.parametrize("act", [OPENED, ac.finding(ref(1)), ac.reply(ref(1))])
def test_an_answered_complaint_is_done_with(act: Event) -> None:
    """An acknowledgement is no answer; an answer ends it; another record is no complaint."""
    told = ac.reply(ref(1), kind="acknowledgement")
    given(COMPLAINT, OPENED, told).when(act).then()
    given(COMPLAINT, OPENED, ac.reply(ref(1))).when(act).then_refused("complaint_known_v1")
    given(ex.request(), OPENED).when(act).then_refused("complaint_known_v1", citing="49 to 51")


@pytest.mark.parametrize("investigator", [DESIGNEE, STAFF, CUSTODIAN])
def test_nobody_investigates_themselves(investigator: str) -> None:
    """Not who is complained of, not who complains, not who was recused; anybody else may."""
    story = (ac.complaint(complainant="staff", by_person=STAFF), ac.recusal(CUSTODIAN))
    act = ac.investigation(ref(1), investigator=investigator)
    given(*story).when(act, by=COUNSEL, role="counsel").then_refused("investigator_is_apart_v1")
    given(*story).when(OPENED, **AS_COUNSEL).then()


def test_a_complainant_learns_of_no_gag() -> None:
    """While one binds, the standard words go out, and no word besides."""
    bound = (COMPLAINT, ex.gag())
    given(*bound).when(ac.reply(ref(1))).then_refused(
        "answer_reveals_no_gag_v1", citing="18 U.S.C. 2709(c)(1)"
    )
    given(*bound).when(ac.reply(ref(1), standard_words=True)).then_refused(
        "answer_reveals_no_gag_v1"
    )
    standard = ac.reply(ref(1), standard_words=True, wording=None)
    given(*bound).when(standard).then()
    given(COMPLAINT).when(standard).then()
    given(*bound, ex.lifted(ref(2))).when(ac.reply(ref(1))).then()


def test_a_case_with_an_unanswered_complaint_stays_open() -> None:
    """Its state says so as well."""
    waiting = given(ex.opened(), COMPLAINT)
    assert waiting.case.state == "complaint-open"
    waiting.when(ex.closed()).then_refused("nothing_pending_v1", saying="complaint")
    answered = given(ex.opened(), COMPLAINT, ac.reply(ref(2)))
    assert answered.case.state == "complaint-answered"
    answered.when(ex.closed()).then()


def test_good_faith_is_marked_by_somebody_else() -> None:
    """For a record of the case; it takes back no finding."""
    story = (COMPLAINT, OPENED, ac.finding(ref(1)))
    given(*story).when(ac.good_faith(ref(1))).then()
    given(*story).when(ac.good_faith(ref(9))).then_refused("mark_names_record_v1", citing="R-117")
    given(*story).when(ac.good_faith(ref(1), person=CUSTODIAN)).then_refused("mark_names_record_v1")
    marked = given(*story, ac.good_faith(ref(3))).case.complaints[0]
    assert marked.finding is not None
    assert marked.finding.event == ac.finding(ref(1))


# --- Conflicts -----------------------------------------------------------------------------------


def test_whoever_is_recused_decides_nothing() -> None:
    """The custodian is related to the subject; a second director decides in her place."""
    story = (ex.request(), ex.subpoena(), ac.recusal(CUSTODIAN))
    act = ex.approval(ref(1), "subpoena", instrument=ref(2))
    given(*story).when(act).then_refused("has_part_in_matter_v1", citing="§5.5.2")
    given(*story).when(act, by=AUDITOR, role="director").then()
    given(*story[:2], ac.recusal(DESIGNEE)).when(act).then()


def test_whoever_is_complained_of_decides_nothing() -> None:
    """Nor does who complains; and neither assents to what others propose."""
    about_her = given(ac.complaint(respondent=CUSTODIAN, by_person=COUNSEL))
    about_her.when(OPENED).then_refused("has_part_in_matter_v1")
    about_her.when(OPENED, **AS_COUNSEL).then_refused("has_part_in_matter_v1")
    about_her.when(OPENED, by=AUDITOR, role="director").then()
    proposed = given(ac.recusal(AUDITOR), ex.kept_sealed(), ex.opening_proposed())
    proposed.when(Assented(of=digest(3)), by=AUDITOR, role="auditor").then_refused(
        "has_part_in_matter_v1"
    )
    proposed.when(Assented(of=digest(3)), **AS_COUNSEL).then()


def test_a_complaint_about_the_only_director_finds_somebody() -> None:
    """Counsel opens and closes it, and stands in for nothing else, nor in other matters."""
    about_her = (ac.complaint(respondent=CUSTODIAN), ac.reply(ref(1)))
    for act in (ex.opened(), ex.kept_sealed(), ex.closed()):
        given(*about_her).when(act, **AS_COUNSEL).then()
        given(ac.complaint(), ac.reply(ref(1))).when(act, **AS_COUNSEL).then_refused(
            "custodian_decides_v1"
        )
        given(*about_her).when(act, **AS_STAFF).then_refused("custodian_decides_v1")
    given(*about_her).when(ac.link(), **AS_COUNSEL).then_refused("custodian_decides_v1")
    nobody = given(*about_her).in_office(custodian=None, roles=frozenset())
    nobody.when(ex.closed(), **AS_COUNSEL).then_refused("custodian_decides_v1")


def test_recusals_are_facts() -> None:
    """Anybody records one, twice if need be; somebody stands there once."""
    case = given(ac.recusal(STAFF), ac.recusal(AUDITOR), ac.recusal(STAFF)).case
    assert case.recused == (STAFF, AUDITOR)
    given().when(ac.recusal(STAFF), **AS_STAFF).then()


# --- The matter itself ---------------------------------------------------------------------------


def test_a_matter_is_linked_to_another() -> None:
    """By the custodian, and never to itself."""
    given(ex.intake()).when(ac.link()).then()
    given(ex.intake()).when(ac.link(to=ex.REFERENCE)).then_refused("linked_to_another_v1")
    given(ex.intake()).when(ac.link(), **AS_STAFF).then_refused("custodian_decides_v1")


def test_a_remark_changes_nothing_that_was_recorded() -> None:
    """The record reads as it was signed, and is known to be remarked on."""
    case = given(ex.subpoena(), ac.note(ref(1))).case
    assert case.annotated == (ref(1),)
    assert case.instruments[0].event == ex.subpoena()


def test_counsels_text_is_corrected_by_counsels_text() -> None:
    """A correction would stand before more people than the advice did."""
    story = given(ex.question(), ex.advice(ref(1)))
    act = ex.correction(ref(2), personal_values={"advice": "Ask for a finding."})
    story.when(act, **AS_COUNSEL).then_refused("correction_fits_v1", saying="for a few")


# --- Audits and purges ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "permitted"),
    [
        ({}, True),
        ({"to_on": date(2026, 1, 5)}, True),
        ({"to_on": date(2026, 1, 6)}, False),
        ({"from_on": date(2026, 1, 1)}, False),
    ],
)
def test_an_audit_looks_back(changes: dict[str, Any], *, permitted: bool) -> None:
    """From its first to its last day, which is today at the latest."""
    outcome = given().when(ac.audit(**changes), by=AUDITOR, role="auditor")
    if permitted:
        outcome.then()
    else:
        outcome.then_refused("audit_looks_back_v1")


def test_only_an_auditor_audits() -> None:
    """The director, who works on cases, does not."""
    given().when(ac.audit()).then_refused("auditor_audits_v1")


@pytest.mark.parametrize(
    ("checked_at", "permitted"),
    [
        (None, False),
        (datetime(2026, 1, 5, 6, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 5, 7, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 5, 16, 1, tzinfo=UTC), True),
        (datetime(2026, 1, 5, 16, 2, tzinfo=UTC), False),
    ],
)
def test_a_purge_follows_a_look_at_the_holds(
    checked_at: datetime | None, *, permitted: bool
) -> None:
    """On the same local day, which began at 07:00 UTC, and before the run at 16:01."""
    told = {} if checked_at is None else {"holds_checked_at": checked_at}
    outcome = given().when(ac.purge(**told))
    if permitted:
        outcome.then()
    else:
        outcome.then_refused("holds_were_checked_v1", citing="18 U.S.C. 2703(f)")


def test_drills_and_blocked_purges_are_facts() -> None:
    """Anybody records them; a blocked purge stands with its hold."""
    given().when(ac.drill(), **AS_STAFF).then()
    story = given(ex.preservation(), ex.hold(ref(1)))
    story.when(ac.purge_blocked(ref(2)), **AS_STAFF).then()
