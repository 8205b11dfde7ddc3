"""Corrections: what holds at once, what waits for a second person, and what stays visible."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.domain.case import Case
from ledger.domain.corrections import corrected, names_of, wants_two_people
from ledger.domain.office_events import Assented
from tests.domain import accounts as ac
from tests.domain import examples as ex
from tests.domain.given import AUDITOR, COUNSEL, CUSTODIAN, digest, given, local, ref, said


def case_of(*events: Any) -> Case:
    """Fold these records."""
    return given(*events).case


def by(person: str, number: int) -> Any:
    """A person assents to the n-th record."""
    return said(Assented(of=digest(number)), by=person, role="auditor")


SUBPOENA = ex.subpoena(level="county", comply_by_on=date(2026, 11, 20), docket="26-CV-0113")
OTHER_DAY = ex.correction(ref(1), values={"comply_by_on": "2026-11-23"})
OTHER_LEVEL = ex.correction(ref(1), values={"level": "state"})
OTHER_DOCKET = ex.correction(ref(1), personal_values={"docket": "26-CV-0131"})


def test_a_class_is_corrected_by_one_person() -> None:
    """The level of an agency is corrected at once."""
    case = case_of(SUBPOENA, OTHER_LEVEL)
    assert case.instruments[0].event.level == "state"
    assert case.corrected == ((ref(1), ref(2)),)
    assert case.waiting == ()


def test_the_wrong_record_stays_in_the_history() -> None:
    """Both versions are there: what was signed, and what corrected it."""
    case = case_of(SUBPOENA, OTHER_LEVEL)
    assert [one.event for one in case.records] == [SUBPOENA, OTHER_LEVEL]
    signed = case.record(ref(1))
    assert signed is not None
    assert case.shown(signed).event == ex.subpoena(
        level="state", comply_by_on=date(2026, 11, 20), docket="26-CV-0113"
    )


def test_a_date_is_corrected_by_two_people() -> None:
    """A day of compliance changes when another person assents, and not before."""
    waiting = case_of(SUBPOENA, OTHER_DAY)
    assert [one.ref for one in waiting.waiting] == [ref(2)]
    assert str(waiting.instruments[0].event.comply_by_on) == "2026-11-20"
    case = case_of(SUBPOENA, OTHER_DAY, by(AUDITOR, 2))
    assert case.waiting == ()
    assert str(case.instruments[0].event.comply_by_on) == "2026-11-23"
    assert case.assents == ((digest(2), AUDITOR),)


@pytest.mark.parametrize(
    "assent", [by(CUSTODIAN, 2), by(AUDITOR, 1)], ids=["the signer", "to another record"]
)
def test_the_signer_is_no_second_person(assent: Any) -> None:
    """One's own assent, or one to something else, changes nothing."""
    case = case_of(SUBPOENA, OTHER_DAY, assent)
    assert [one.ref for one in case.waiting] == [ref(2)]
    assert str(case.instruments[0].event.comply_by_on) == "2026-11-20"


def test_of_two_waiting_corrections_each_has_its_own_assent() -> None:
    """Assent to the second leaves the first waiting."""
    first = said(ex.correction(ref(1), values={"issued_on": "2026-01-03"}), by=COUNSEL)
    case = case_of(SUBPOENA, first, OTHER_DAY, by(AUDITOR, 3))
    assert [one.ref for one in case.waiting] == [ref(2)]
    event = case.instruments[0].event
    assert (str(event.issued_on), str(event.comply_by_on)) == ("2026-01-02", "2026-11-23")


def test_corrections_are_laid_over_each_other() -> None:
    """A second correction of other fields leaves the first in effect; of the same, it wins."""
    third = ex.correction(ref(1), values={"level": "city"})
    event = case_of(SUBPOENA, OTHER_LEVEL, OTHER_DOCKET, third).instruments[0].event
    assert (event.level, event.docket, str(event.comply_by_on)) == (
        "city",
        "26-CV-0131",
        "2026-11-20",
    )


def test_what_followed_the_wrong_record_is_told_again() -> None:
    """Defects, holds and approvals that came since stand as before."""
    case = case_of(
        ex.subpoena(),
        ex.defect(ref(1), element="form"),
        ex.hold(ref(1)),
        ex.kept_sealed(),
        ex.correction(ref(1), values={"level": "city"}),
        ex.defect(ref(1), element="scope"),
    )
    assert case.instruments[0].event.level == "city"
    assert case.instruments[0].defects == ("form", "scope")
    assert len(case.holds) == 1
    assert case.sealed is not None
    assert case.sealed.ref == ref(4)


def test_the_moment_itself_is_corrected_by_two() -> None:
    """A hold counts from when the request really came, once a second person agrees."""
    noted, came = local("2026-01-06 09:00"), local("2026-01-05 23:40")
    facts = (
        said(ex.preservation(), at=noted),
        ex.hold(ref(1)),
        ex.correction(ref(1), values={"occurred_at": "2026-01-06T06:40:00Z"}),
    )
    assert case_of(*facts).holds[0].requested_at == noted
    case = case_of(*facts, by(AUDITOR, 3))
    assert case.holds[0].requested_at == came
    assert [one.occurred_at for one in case.preservation] == [came]
    signed = case.record(ref(1))
    assert signed is not None
    assert signed.occurred_at == noted


def test_a_disclosure_is_shown_as_corrected() -> None:
    """The clerk logged the wrong agency (scenario 17); two people put it right."""
    story = (
        ex.request(),
        ex.approval(ref(1), "reasonable-operation"),
        ex.disclosure(ref(2), recipient="Sheriff, Montrose"),
        ex.correction(ref(3), personal_values={"recipient": "Marshal, Norwood"}),
        by(AUDITOR, 4),
    )
    (shown,) = case_of(*story).disclosures
    assert shown.event == ex.disclosure(ref(2), recipient="Marshal, Norwood")


def test_erasing_people_leaves_corrected_dates_corrected() -> None:
    """Without its personal values a correction still has its dates and classes."""
    values = {"comply_by_on": "2026-11-23"}
    whole = ex.correction(ref(1), values=values, personal_values={"docket": "26-CV-0131"})
    erased = ex.correction(ref(1), names=("comply_by_on", "docket"), values=values, reason=None)
    assert names_of(whole) == names_of(erased)
    for correction, docket in ((whole, "26-CV-0131"), (erased, "26-CV-0113")):
        event = case_of(SUBPOENA, correction, by(AUDITOR, 2)).instruments[0].event
        assert (str(event.comply_by_on), event.docket) == ("2026-11-23", docket)


def test_a_value_that_comes_unnamed_takes_two_people_too() -> None:
    """Leaving a date out of `names` does not smuggle it past the second person."""
    for sly in (
        ex.correction(ref(1), names=("level",), values={"comply_by_on": "2026-11-23"}),
        ex.correction(ref(1), names=("level",), personal_values={"recipient": "Another"}),
    ):
        assert [one.ref for one in case_of(SUBPOENA, sly).waiting] == [ref(2)]


def test_a_correction_that_does_not_fit_changes_nothing() -> None:
    """What got past every door all the same is kept, and the record reads as it was signed."""
    for misfit in ({"level": "parish"}, {"colour": "red"}, {"docket": "x"}):
        case = case_of(SUBPOENA, ex.correction(ref(1), values=misfit))
        assert case.instruments[0].event == SUBPOENA
        assert case.corrected == ((ref(1), ref(2)),)


def test_a_record_that_comes_after_its_correction_is_shown_corrected() -> None:
    """Streams that are merged may bring the correction first."""
    early = ex.correction(ref(2), values={"level": "city"})
    case = case_of(early, SUBPOENA)
    assert case.instruments[0].event.level == "city"


def test_assents_and_corrections_are_left_as_they_are() -> None:
    """A record that is named as correcting but corrects nothing lays nothing over."""
    case = case_of(ex.correction(ref(3), values={"level": "city"}), by(AUDITOR, 1), SUBPOENA)
    assert case.instruments[0].event.level == "city"
    assert case.assents == ((digest(1), AUDITOR),)


@pytest.mark.parametrize(
    ("names", "two"),
    [
        (("basis",), True),
        (("subject",), True),
        (("recipient",), True),
        (("occurred_at",), True),
        (("until_on",), True),
        (("duty_notice_at",), True),
        (("request", "categories"), True),
        (("categories",), True),
        (("excluded",), True),
        (("hold", "reason"), True),
        (("gag",), True),
        (("asserted",), True),
        (("outcome",), True),
        (("reason", "method", "records"), False),
        ((), False),
    ],
)
def test_basis_subject_time_and_recipient_take_two(names: tuple[str, ...], two: bool) -> None:
    """Everything else may be put right by one person (DESIGN §4)."""
    assert wants_two_people(names) is two


def test_one_person_does_not_widen_an_approval_by_correcting_it() -> None:
    """No rule judges what a correction makes of a decision: a second person looks at it."""
    approved = ex.approval(ref(1), "reasonable-operation", categories=["registration"])
    wider = ex.correction(ref(2), values={"categories": ["registration", "circulation"]})
    goes = ex.disclosure(ref(2), categories=["circulation"])
    given(ex.request(), approved, wider).when(goes).then_refused("within_scope_v1")
    given(ex.request(), approved, wider, by(COUNSEL, 3)).when(goes).then()


def test_a_corrected_moment_is_whole_seconds_in_utc() -> None:
    """A correction may be typed in any zone."""
    (recorded,) = case_of(said(SUBPOENA, at=local("2026-11-01 12:00"))).records
    typed = ex.correction(ref(1), values={"occurred_at": "2026-11-01T01:30:00-06:00"})
    assert corrected(recorded, typed).occurred_at == local("2026-11-01 01:30")


def test_who_has_a_part_in_a_matter_is_corrected_by_two_people() -> None:
    """One person does not make another the respondent of a complaint, or free them of it."""
    story = (ac.complaint(), ex.correction(ref(1), values={"respondent": "priya"}))
    assert case_of(*story).recused == ("tomas",)
    assert case_of(*story, by(COUNSEL, 2)).recused == ("priya",)
