"""The doors of a sealed matter's people: tasks, the roster, and the agency's copy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Line

MATTER = {"ground": "gag", "citation": "18 U.S.C. 2709(c)", "review_on": "2026-12-14"}
TOLD = {"duty_notice_at": "2026-06-19T19:00:00Z"}
TASK = "Keep backup set 12 until told otherwise."


@pytest.fixture
def matter(line: Line) -> tuple[Line, str, str]:
    """A matter under a gag that kim saved, of which tom is told as attorney and ola as colleague;
    gives it with its reference and the gag.
    """
    line.enrol("kim", "staff")
    line.enrol("ola", "staff")
    line.enrol("boris", "staff")
    reference = line.good("case", "new", by="kim")["reference"]
    line.do(reference, "keep-sealed", "mara", **MATTER)
    gag = line.do(reference, "record-gag", "mara", source="national-security-letter")
    for person, ground in (("tom", "attorney"), ("ola", "otherwise-permitted")):
        told = {"person": person, "ground": ground, "gag": gag, **TOLD}
        line.do(reference, "add-audience-member", "mara", **told)
    return line, reference, gag


def assign(line: Line, reference: str, **changes: Any) -> str:
    """boris gets a task; gives its reference as he sees it."""
    fields = {"person": "boris", "ground": "needed-to-comply", "task": TASK, **TOLD, **changes}
    line.do(reference, "assign-task", "mara", **fields)
    (task,) = line.good("task", "list", by="boris")["tasks"]
    return str(task["reference"])


def test_somebody_sees_the_own_task_and_says_what_became_of_it(
    matter: tuple[Line, str, str],
) -> None:
    """Listed, shown, reported on and ended; words come from a file, and both sides see them."""
    line, reference, gag = matter
    task = assign(line, reference, gag=gag, review_on="2026-09-07")
    shown = line.good("task", "show", task, by="boris")
    assert (shown["task"]["task"], shown["task"]["readers"]) == (TASK, ["mara", "tom"])
    assert shown["task"]["state"] == "given"
    words = json.dumps({"words": "May set 12 be copied?"})
    line.good("task", "done", task, "--outcome", "question", "--with", words, by="boris")
    asked = line.good("task", "show", task, by="mara")
    assert asked["task"]["state"] == "question"
    assert asked["history"][-1]["event"]["words"] == "May set 12 be copied?"
    line.good("task", "done", task, by="boris")
    line.do(task, "end-task", "mara", reason="done")
    ended = line("task", "list", by="boris", as_json=False)
    assert f"{task}  boris        ended        {TASK}" in ended.out
    assert TASK in line("task", "show", task, by="boris", as_json=False).out
    (due,) = (one for one in line.good("case", "show", task, by="mara")["deadlines"])
    assert (due["rule"], due["effective_on"], due["status"]) == (
        *("review-of-task", "2026-09-07", "met"),
    )


def test_who_has_no_task_hears_the_same_whatever_is_sealed(
    line: Line, matter: tuple[Line, str, str]
) -> None:
    """Before and after a colleague got one, kim has none; a matter is no task, nor is nothing."""
    _, reference, _ = matter
    before = line("task", "list", by="kim", as_json=False)
    task = assign(line, reference)
    after = line("task", "list", by="kim", as_json=False)
    assert (after.code, after.out, after.err) == (before.code, before.out, before.err)
    assert "You have no task." in before.out
    for words in (("show", task), ("show", reference), ("done", task), ("done", reference)):
        assert line("task", *words, by="kim").code == 3
    for words in (("show", reference), ("done", reference)):
        assert line("task", *words, by="mara").code == 3


def test_the_roster_tells_its_people_who_knows(matter: tuple[Line, str, str]) -> None:
    """Who took the visit, who sealed it, who was told on which ground, who left, and who has a
    task; also for ola, who is on it, and for nobody else.
    """
    line, reference, gag = matter
    task = assign(line, reference, gag=gag)
    notice = {"person": "kim", "ground": "needed-to-comply", "gag": gag, **TOLD}
    line.do(reference, "record-duty-notice", "mara", **notice)
    left = {"person": "ola", "reason": "left-the-library"}
    rows = line.good("--vault", "roster", reference, by="ola")["roster"]
    assert [(row["person"], row["how"], row["ground"]) for row in rows] == [
        ("kim", "took the visit", None),
        ("mara", "sealed the matter", None),
        ("tom", "opens the matter", "attorney"),
        ("ola", "opens the matter", "otherwise-permitted"),
        ("boris", "knows a task", "needed-to-comply"),
        ("kim", "was told of the duty", "needed-to-comply"),
    ]
    assert rows[4]["task"] == task
    line.do(reference, "remove-audience-member", "mara", **left)
    line.enrol("vera", "counsel")
    told = line.good("roster", reference, by="mara")
    assert told["by_office"] == ["vera"]
    rows = told["roster"]
    assert rows[3]["until"] == "2026-06-19T20:00:00Z"
    printed = line("roster", reference, by="mara", as_json=False).out
    assert "tom  opens the matter since" in printed
    assert "(ii) attorney  told of the duty 2026-06-19T19:00:00Z" in printed
    assert (
        "kim  took the visit since 2026-06-19T20:00:00Z  told of the duty not on record" in printed
    )
    for person in ("kim", "boris", "ola"):
        assert line("--vault", "roster", reference, by=person).code == 3


def test_the_agencys_copy_names_no_attorney_and_nothing_besides(
    matter: tuple[Line, str, str],
) -> None:
    """Neither counsel nor a number, a task, a visit or a reference stands in it; what was given is
    recorded, and naming the attorney is refused.
    """
    line, reference, gag = matter
    assign(line, reference, gag=gag)
    copy = line("roster", reference, "--agency", by="mara", as_json=False).out.splitlines()
    assert copy[2:] == [
        "ola  (iii) otherwise-permitted  told of the duty 2026-06-19T19:00:00Z",
        "boris  (i) needed-to-comply  told of the duty 2026-06-19T19:00:00Z",
    ]
    assert not any(one in " ".join(copy) for one in ("tom", reference, "kim", "task", gag))
    days = {"asked_on": "2026-06-18", "given_on": "2026-06-19", "mode": "mail", "gag": gag}
    fields = json.dumps({**days, "people": ["ola", "tom"]})
    refused = line("do", reference, "record-roster-given", "--with", fields, by="mara")
    assert (refused.code, "An attorney is not named." in refused.err) == (4, True)
    line.do(reference, "record-roster-given", "mara", **days, people=["ola", "boris"])


def test_an_agency_hears_of_its_own_gag_only(matter: tuple[Line, str, str]) -> None:
    """With two gags the one that it asks about is named; the other's people are not shown."""
    line, reference, gag = matter
    other = line.do(reference, "record-gag", "mara", source="court-order")
    notice = {"person": "kim", "ground": "needed-to-comply", "gag": other, **TOLD}
    line.do(reference, "record-duty-notice", "mara", **notice)
    unnamed = line("roster", reference, "--agency", by="mara")
    assert (unnamed.code, "Name the gag" in unnamed.err) == (2, True)
    assert line("roster", reference, "--agency", "--gag", f"{'1' * 32}:1", by="mara").code == 2
    for asked, people in ((gag, ["ola"]), (other, ["kim"])):
        rows = line.good("roster", reference, "--agency", "--gag", asked, by="mara")["roster"]
        assert [row["person"] for row in rows] == people


def test_a_matter_without_a_gag_has_no_agency_that_asks(line: Line) -> None:
    """There is nothing of which a copy could be made."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "keep-sealed", "mara", **MATTER)
    assert line("roster", reference, "--agency", by="mara").code == 2


def test_closing_a_matter_names_the_tasks_that_go_on(matter: tuple[Line, str, str]) -> None:
    """Nothing is refused for it; whoever closes hears which task, and of whom."""
    line, reference, gag = matter
    first = assign(line, reference)
    told = {"ground": "needed-to-comply", "task": TASK, **TOLD}
    line.do(reference, "assign-task", "mara", person="kim", **told)
    (one,) = line.good("task", "list", by="kim")["tasks"]
    second = one["reference"]
    line.do(first, "end-task", "mara", reason="done")
    lifted = {"evidence": "agency-letter", "evidence_on": "2026-06-19"}
    line.do(reference, "lift-gag", "mara", gag=gag, **lifted)
    close = ("do", reference, "close", "--with", '{"outcome": "not-disclosed"}')
    assert line.good(*close, by="mara")["tasks"] == [{"reference": second, "person": "kim"}]
    told_of = line.good("do", first, "close", "--with", '{"outcome": "executed"}', by="mara")
    assert "tasks" not in told_of


def test_a_matter_is_erased_with_its_tasks(matter: tuple[Line, str, str]) -> None:
    """One that goes on refuses the whole; then the matter and its tasks open to nobody."""
    line, reference, gag = matter
    task = assign(line, reference)
    lifted = {"evidence": "agency-letter", "evidence_on": "2026-06-19"}
    line.do(reference, "lift-gag", "mara", gag=gag, **lifted)
    line.do(reference, "close", "mara", outcome="not-disclosed")
    assert line("erase", "propose", reference, by="mara").code == 4
    assert line.good("erase", "list", by="tom")["erasures"] == []
    line.do(task, "end-task", "mara", reason="done")
    line.do(task, "close", "mara", outcome="executed")
    proposed = line.good("erase", "propose", reference, by="mara")["proposed"]
    assert len(proposed) == 3
    line.good("erase", "assent", by="tom")
    for name, one in (("mara", reference), ("mara", task), ("tom", task)):
        assert line("case", "show", one, by=name).code == 3
    assert line.good("task", "list", by="boris")["tasks"] == []
