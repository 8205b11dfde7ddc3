"""Acting at the room: the law is asked before, and what was shown is what is recorded."""

from __future__ import annotations

import re

from tests.web.room.conftest import House, sent_back


def test_a_visit_is_opened_after_the_law_was_asked(house: House, visit: str) -> None:
    """The rules that were asked stand before the button; then the case stands open."""
    mara = house.at("room", "mara")
    path = mara.go(visit)
    page = mara.get(f"{path}/do/open").text
    assert "Asked, and nothing against it" in page
    assert "Record: Open to the staff" in page
    assert mara.record(f"{path}/do/open").status_code == 303
    assert house.at("desk", "kim").get(f"/cases/{visit}").status_code == 200


def test_a_visit_is_kept_sealed_on_a_ground_with_a_date(house: House, visit: str) -> None:
    """Triage keeps a visit sealed, with its ground, its citation and the day of review."""
    mara = house.at("room", "mara")
    path = mara.go(visit)
    said = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-09-01"}
    done = mara.record(f"{path}/do/keep-sealed", **said)
    assert done.status_code == 303
    page = mara.get(path).text
    assert "Sealed by mara on the ground: gag" in page
    assert "18 U.S.C. 2709(c)" in page


def test_before_a_first_decision_a_form_says_that_nothing_else_has_a_place(
    house: House, visit: str
) -> None:
    """What the register will refuse is told when the form opens and when the law is asked, not
    after a button was pressed; the visit's page offers the two decisions only.
    """
    mara = house.at("room", "mara")
    path = mara.go(visit)
    offered = re.findall(r'class="step" href="[^"]*/do/([a-z-]+)"', mara.get(path).text)
    assert offered == ["open", "keep-sealed"]
    form = f"{path}/do/attempt-contact"
    assert "This visit was not triaged yet" in mara.get(form).text
    asked = mara.fill(form, person="tom", channel="telephone", outcome="no-answer")
    assert asked.status_code == 400
    assert "This visit was not triaged yet" in asked.text
    assert 'value="record"' not in asked.text
    assert "This visit was not triaged yet" not in mara.get(f"{path}/do/open").text


def test_every_provision_against_an_approval_is_shown_and_there_is_no_button(
    house: House, opened: str
) -> None:
    """An approval without a paper is refused before it is recorded, with all that forbids it."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    request = sent_back(mara.get(f"{path}/do/approve").text)["f-request"]
    page = mara.fill(
        f"{path}/do/approve", request=request, basis="court-order", categories=["circulation"]
    ).text
    assert "This forbids it" in page
    assert "<cite>" in page
    assert 'value="record"' not in page
    assert house.ledger.look("mara", opened).case.approvals == ()


def test_a_refusal_at_the_last_moment_lists_every_provision(house: House, opened: str) -> None:
    """Whoever presses a button that is not there gets the register's refusal, whole."""
    mara = house.at("room", "mara")
    path = f"{mara.go(opened)}/do/approve"
    fields: dict[str, str | list[str]] = {"basis": "court-order", "categories": ["circulation"]}
    page = mara.fill(path, **fields).text
    sent: dict[str, str | list[str]]
    sent = {**sent_back(page), "f-basis": "court-order", "f-categories": ["circulation"]}
    answer = mara.post(path, {**sent, "step": "record"})
    assert answer.status_code == 403
    assert answer.text.count("<li>") > 1
    assert "This forbids it" in answer.text


def test_a_denial_is_recorded_once_though_it_is_sent_twice(house: House, opened: str) -> None:
    """The form carries the number of its command: the second sending records nothing more."""
    mara = house.at("room", "mara")
    _hear_counsel(house, opened)
    path = f"{mara.go(opened)}/do/deny"
    page = mara.fill(path, reason="no-instrument").text
    sent = {**sent_back(page), "f-reason": "no-instrument", "step": "record"}
    assert [mara.post(path, sent).status_code for _ in range(2)] == [303, 303]
    assert house.ledger.types("mara", opened).count("denial-issued.v1") == 1


def _hear_counsel(house: House, reference: str) -> None:
    ledger = house.ledger
    asked = ledger.do("mara", "request-counsel-review", reference, {"counsel": "tom"})
    fields = {"request": asked.records[0].ref, "outcome": "refuse"}
    ledger.do("tom", "complete-counsel-review", reference, fields)


def test_a_case_that_went_on_is_shown_again_and_nothing_is_recorded(
    house: House, opened: str
) -> None:
    """Somebody recorded something since the form was made: it is told, and the act is not done."""
    mara = house.at("room", "mara")
    path = f"{mara.go(opened)}/do/record-encounter"
    page = mara.fill(path, mode="in-person", agency_level="city").text
    fact = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    house.ledger.do("kim", "attempt-contact", opened, fact)
    sent = {**sent_back(page), "f-mode": "in-person", "f-agency_level": "city", "f-agents": "1"}
    before = house.ledger.types("mara", opened)
    answer = mara.post(path, {**sent, "step": "record"})
    assert answer.status_code in (409, 412)
    assert house.ledger.types("mara", opened) == before
    again = {**sent_back(answer.text), **{k: v for k, v in sent.items() if k.startswith("f-")}}
    page = mara.post(path, {**again, "step": "ask"}).text
    done = mara.post(path, {**again, **sent_back(page), "step": "record"})
    assert done.status_code == 303


def test_what_was_changed_after_asking_is_shown_again(house: House, opened: str) -> None:
    """What is recorded is what the provisions were shown for, and nothing else."""
    mara = house.at("room", "mara")
    path = f"{mara.go(opened)}/do/attempt-contact"
    said = {"person": "tom", "channel": "telephone", "outcome": "no-answer"}
    page = mara.fill(path, **said).text
    sent = {**sent_back(page), **{f"f-{k}": v for k, v in said.items()}, "f-outcome": "reached"}
    assert mara.post(path, {**sent, "step": "record"}).status_code == 409
    assert "contact-attempted.v1" not in house.ledger.types("mara", opened)


def test_counsel_is_asked_and_answers_with_advice(house: House, opened: str) -> None:
    """The question, the privileged text and the outcome are three records by two people."""
    mara, tom = house.at("room", "mara"), house.at("room", "tom")
    path = mara.go(opened)
    done = mara.record(f"{path}/do/request-counsel-review", counsel="tom", questions="May we?")
    assert done.status_code == 303
    assert "Questions to counsel" in tom.get("/").text
    own = tom.go(opened)
    assert tom.record(f"{own}/do/give-advice", advice="Not without an order.").status_code == 303
    done = tom.record(f"{own}/do/complete-counsel-review", outcome="refuse")
    assert done.status_code == 303
    assert "Not without an order." in tom.get(own).text
    assert "Not without an order." not in house.at("desk", "kim").get(f"/cases/{opened}").text


def test_a_correction_names_what_is_different(house: House, opened: str) -> None:
    """The form shows the record as it is; what is changed there is the correction."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    numbers = [r.type for r in house.ledger.look("mara", opened).case.records]
    number = numbers.index("request-received.v1") + 1
    form = f"{path}/do/correct?record={number}"
    sent = sent_back(mara.get(form).text)
    sent |= {
        "f-x-requester": "national-security",
        "f-x-categories": "circulation",
        "f-reason": "Misread.",
    }
    page = mara.post(f"{path}/do/correct", {**sent, "step": "ask"}).text
    done = mara.post(f"{path}/do/correct", {**sent, **sent_back(page), "step": "record"})
    assert done.status_code == 303, done.text
    corrected = house.ledger.look("mara", opened).case.records[-1].event
    assert getattr(corrected, "names", ()) == ("requester",)


def test_every_command_of_a_case_has_a_form(house: House, opened: str) -> None:
    """Whatever can be recorded in a case is asked for by a form of its own."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    page = mara.get(f"{path}/do").text
    commands = [part.partition('"')[0] for part in page.split(f'href="{path}/do/')[1:]]
    assert len(commands) > 40
    for command in commands:
        assert mara.get(f"{path}/do/{command}").status_code == 200, command


def test_the_forms_know_no_other_command(house: House, opened: str) -> None:
    """What belongs to the office, and what does not exist, is no form of a case."""
    mara = house.at("room", "mara")
    path = mara.go(opened)
    for command in ("grant-role", "intake", "erase", "nothing"):
        assert mara.get(f"{path}/do/{command}").status_code == 404, command
