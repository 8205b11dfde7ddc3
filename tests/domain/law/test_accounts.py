"""Clocks and flags of telling, complaining, recording and keeping silent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.law.deadlines import Deadline, Reading, deadlines
from ledger.domain.law.flags import flags
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import CUSTODIAN, JCL, LCLD, ZONES, given, law_of, local, ref, said

DC = "us-dc"


def due(*events: Any, pack: str = LCLD) -> dict[str, Deadline]:
    """Give the deadlines of a case by their rules."""
    found = deadlines(given(*events, pack=pack).case, Reading(law_of, ZONES[pack]))
    assert len({one.rule for one in found}) == len(found)
    return {one.rule: one for one in found}


def names(*events: Any, pack: str = LCLD) -> list[str]:
    """Name the flags of a case, in the order of its records."""
    return [one.name for one in flags(given(*events, pack=pack).case, Reading(law_of, ZONES[pack]))]


def flagged(name: str, *events: Any, pack: str = LCLD) -> bool:
    """Whether a flag stands."""
    return name in names(*events, pack=pack)


# --- Notice --------------------------------------------------------------------------------------


SERVED = said(ex.subpoena(level="state"), at=local("2026-01-05 10:00", "America/New_York"))


def test_a_patron_is_told_within_two_working_days() -> None:
    """Served on Monday 5 January: by Wednesday the 7th, by certified mail, or a court waives it."""
    row = due(SERVED, pack=DC)["patron-notice"]
    assert (row.kind, row.effective_on, row.status) == ("act", date(2026, 1, 7), "open")
    assert row.citation.startswith("D.C. Code 39-108(b)(4)")
    called = ac.notified(ref(1), method="telephone", proof=None)
    assert due(SERVED, called, pack=DC)["patron-notice"].status == "open"
    assert due(SERVED, ac.notified(ref(1)), pack=DC)["patron-notice"].met_by == ref(2)
    waived = (ex.court_order(), ac.withheld("court-waiver", instrument=ref(1), order=ref(2)))
    assert due(SERVED, *waived, pack=DC)["patron-notice"].met_by == ref(3)
    assert "patron-notice" not in due(SERVED)
    assert "patron-notice" not in due(ex.court_order(), pack=DC)
    assert "patron-notice" not in due(ex.subpoena(), pack="us-ca")


def test_a_standstill_runs_from_the_mailing() -> None:
    """Mailed on 5 January: released once the 15th has ended; a telephone call starts nothing."""
    mailed = ac.notified(ref(1), sent_on=date(2026, 1, 5))
    row = due(SERVED, mailed, pack=DC)["release-standstill"]
    assert (row.kind, row.effective_on) == ("may-release", date(2026, 1, 15))
    assert (row.trigger, row.triggered_on) == (ref(2), date(2026, 1, 5))
    called = ac.notified(ref(1), method="telephone", proof=None)
    assert "release-standstill" not in due(SERVED, called, pack=DC)
    assert "release-standstill" not in due(SERVED, mailed)
    assert flagged("notice-not-by-required-method", SERVED, called, pack=DC)
    assert not flagged("notice-not-by-required-method", SERVED, mailed, pack=DC)
    assert not flagged("notice-not-by-required-method", SERVED, called)


# --- Gags ----------------------------------------------------------------------------------------


def test_a_face_date_is_the_newest_one_on_file() -> None:
    """An extension moves it, and one without a date takes it away."""
    dated = ex.gag(source="2705(b)-order", until_on=date(2026, 2, 27))
    assert due(dated)["gag-face-date"].effective_on == date(2026, 2, 27)
    assert due(dated, ac.extended(ref(1)))["gag-face-date"].effective_on == date(2026, 12, 3)
    assert "gag-face-date" not in due(dated, ac.extended(ref(1), until_on=None))
    assert due(dated, ex.lifted(ref(1)))["gag-face-date"].met_by == ref(2)


def test_a_ruling_ends_the_governments_clock() -> None:
    """A court that ruled was asked; counsel's opinion, or another gag's ruling, is none."""
    story = (ex.gag(), ex.challenge(ref(1)))
    clock = "nsl-government-application"
    assert due(*story)[clock].status == "open"
    opinion = ac.reviewed(ref(1), outcome="defective", evidence="counsel-opinion")
    assert due(*story, opinion)[clock].status == "open"
    assert due(*story, ac.reviewed(ref(9)))[clock].status == "open"
    assert due(*story, ac.reviewed(ref(1), outcome="upheld"))[clock].met_by == ref(3)


def test_a_defective_gag_is_flagged_until_it_is_lifted() -> None:
    """Counsel's finding stands beside the duty; an agency's upholding does not raise it."""
    opinion = ac.reviewed(ref(1), outcome="defective", evidence="counsel-opinion")
    assert flagged("gag-found-defective", ex.gag(), opinion)
    assert not flagged("gag-found-defective", ex.gag(), ac.reviewed(ref(1), outcome="upheld"))
    assert not flagged("gag-found-defective", ex.gag(), opinion, ex.lifted(ref(1)))


AGAIN = "query-to-be-answered-again"


def test_who_asked_during_a_silence_is_answered_again() -> None:
    """Asked while the gag bound, it is a task after the lift, until it is remarked on."""
    lifted = said(ex.lifted(ref(1)), at=local("2026-01-05 12:00"))
    story = (ex.gag(), ac.query())
    assert not flagged(AGAIN, *story)
    assert flagged(AGAIN, *story, lifted)
    assert not flagged(AGAIN, *story, lifted, ac.note(ref(2)))
    before = said(ac.query(), at=local("2026-01-05 08:59"))
    assert not flagged(AGAIN, ex.gag(), before, lifted)
    later = said(ac.query(), at=local("2026-01-06 00:01"))
    assert not flagged(AGAIN, ex.gag(), lifted, later)


def test_a_notice_that_a_gag_put_off_is_due_after_it() -> None:
    """Once the patron is told, nothing is left to do."""
    story = (ex.gag(), ac.withheld("gag", gag=ref(1)))
    assert not flagged("deferred-notice-due", *story)
    assert flagged("deferred-notice-due", *story, ex.lifted(ref(1)))
    assert not flagged("deferred-notice-due", *story, ex.lifted(ref(1)), ac.notified(None))
    other = (ex.gag(), ac.withheld("gag", gag=ref(9)), ex.lifted(ref(1)))
    assert not flagged("deferred-notice-due", *other)


# --- Consent -------------------------------------------------------------------------------------


def test_a_consent_that_supports_nothing_is_flagged() -> None:
    """Michigan asks whoever is liable; a nod is no written consent, and where the law takes one in
    any form it needs none.
    """
    assert names(ac.consent(None)) == []
    for pack, worthless in ((LCLD, True), ("us-wi", True), ("us-ny", False), ("us-oh", False)):
        found = names(ac.consent(None, written=False), pack=pack)
        assert found == ["consent-not-written"] * worthless
    assert names(ac.consent(None), pack="us-mi") == ["consent-not-by-holder"]
    liable = ac.consent(None, grantor="person-liable-for-the-materials")
    assert names(liable, pack="us-mi") == []


# --- Complaints ----------------------------------------------------------------------------------


def test_missouris_complaint_runs_180_days_from_the_violation() -> None:
    """From Monday 22 December 2025 to Saturday 20 June 2026, which no Sunday rule moves."""
    row = due(ac.complaint(), pack=JCL)["ag-complaint"]
    assert (row.nominal_on, row.rolled_on) == (date(2026, 6, 20), date(2026, 6, 20))
    assert row.citation.startswith("RSMo 182.817")
    unknown = ac.complaint(alleged_on=None)
    assert "ag-complaint" not in due(unknown, pack=JCL)
    assert flagged("claim-start-not-known", unknown, pack=JCL)
    assert not flagged("claim-start-not-known", ac.complaint(), pack=JCL)
    assert "ag-complaint" not in due(ac.complaint())


def test_michigans_claim_is_flagged_and_never_dated() -> None:
    """It runs from when somebody knew or had reason to know: no ledger of the library's knows."""
    assert names(ac.complaint(), pack="us-mi") == ["claim-runs-from-knowledge"]
    assert due(ac.complaint(), pack="us-mi") == {}
    assert names(ac.complaint()) == []


def test_a_written_complaint_is_acknowledged_and_answered() -> None:
    """Came on Monday 5 January: ten working days, less a holiday, and thirty days."""
    told = ac.reply(ref(1), kind="acknowledgement")
    row = due(ac.complaint(), pack=JCL)
    assert row["complaint-acknowledgement"].effective_on == date(2026, 1, 20)
    assert row["complaint-answer"].effective_on == date(2026, 2, 4)
    row = due(ac.complaint(), told, pack=JCL)
    assert row["complaint-acknowledgement"].met_by == ref(2)
    assert row["complaint-answer"].status == "open"
    row = due(ac.complaint(), told, ac.reply(ref(1)), pack=JCL)
    assert (row["complaint-acknowledgement"].met_by, row["complaint-answer"].met_by) == (
        ref(2),
        ref(3),
    )
    row = due(ac.complaint(), ac.reply(ref(1)), ac.reply(ref(1)), pack=JCL)
    assert (row["complaint-acknowledgement"].met_by, row["complaint-answer"].met_by) == (
        ref(2),
        ref(2),
    )
    assert set(due(ac.complaint(written=False), pack=JCL)) == {"ag-complaint"}


def test_an_investigation_has_its_own_day() -> None:
    """A finding meets it; without a day there is no deadline."""
    target = ac.investigation(ref(1), target_on=date(2026, 3, 13))
    row = due(ac.complaint(), target)["investigation-target"]
    assert (row.effective_on, row.status) == (date(2026, 3, 13), "open")
    found = due(ac.complaint(), target, ac.finding(ref(1)))["investigation-target"]
    assert found.met_by == ref(3)
    assert due(ac.complaint(), ac.investigation(ref(1))) == {}


@pytest.mark.parametrize(
    ("outcome", "is_flagged"),
    [("violation", True), ("partly", True), ("no-violation", False), ("not-determined", False)],
)
def test_a_violation_stays_on_view(outcome: str, *, is_flagged: bool) -> None:
    """A mark of good faith beside it takes nothing of it back."""
    story = (ac.complaint(), ac.investigation(ref(1)), ac.finding(ref(1), outcome=outcome))
    assert flagged("violation-found", *story) is is_flagged
    assert flagged("violation-found", *story, ac.good_faith(ref(3))) is is_flagged
    assert not flagged("violation-found", *story[:2])


def test_an_approval_by_somebody_recused_since_is_looked_at_again() -> None:
    """What turned out later does not undo the approval; it is shown."""
    approved = ex.approval(ref(1), "subpoena", instrument=ref(2))
    story = (ex.request(), ex.subpoena(), approved)
    assert flagged("approved-by-recused", *story, ac.recusal(CUSTODIAN))
    assert not flagged("approved-by-recused", *story, ac.recusal("somebody"))


# --- Recordings and purges ----------------------------------------------------------------------


def test_a_recording_has_three_days_to_know() -> None:
    """Overwritten on 19 May 2025: held before; free till 5 May 2026; destroyed after 5 May 2028."""
    row = due(ac.video(overwritten_on=date(2025, 5, 19)))
    assert row["video-overwritten"].effective_on == date(2025, 5, 18)
    assert row["cctv-access"].effective_on == date(2026, 5, 5)
    assert (row["cctv-destroy"].kind, row["cctv-destroy"].effective_on) == (
        "may-destroy",
        date(2028, 5, 5),
    )
    held = ex.hold(ref(1), categories=["security-video"])
    assert due(ac.video(), pack="us-wi") == {}
    story = (ac.video(overwritten_on=date(2025, 5, 19)), held)
    found = deadlines(given(*story).case, Reading(law_of, ZONES[LCLD]))
    assert [one.met_by for one in found if one.rule == "video-overwritten"] == [ref(2)]


def test_what_was_held_past_its_purge_is_destroyed_at_once_after() -> None:
    """Not sixty days later: as soon as the last of two holds is gone."""
    story = (
        ex.preservation(),
        ex.hold(ref(1)),
        ex.hold(ref(1), categories=["computer-use", "circulation"]),
        ac.purge_blocked(ref(2)),
        ex.release(ref(2), reason="request-withdrawn"),
    )
    assert not flagged("purge-due-at-once", *story)
    assert flagged("purge-due-at-once", *story, ex.release(ref(3), reason="request-withdrawn"))
