"""What nobody has confirmed says so wherever it decides something."""

from __future__ import annotations

import json

import pytest

from ledger.cli.app import run
from ledger.domain.law.pack import Law, names, resolve
from ledger.domain.law.provisions import DeadlineRule
from tests.cli.conftest import Line

FROM = "2026-06-19T21:30:00-06:00"


def rests_on_guesses(law: Law, rule: DeadlineRule) -> bool:
    """Whether a row that decides this deadline is unverified: itself, its values, its time rule."""
    time_rule = [] if rule.time_rule is None else [law.time_rule(rule.time_rule)]
    rows = [rule, *(law.value(name) for name in rule.counts), *time_rule]
    return any(row.confidence == "unverified" for row in rows)


@pytest.mark.parametrize("name", names())
def test_a_deadline_that_rests_on_a_guess_says_so(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every rule of every pack, in lines and as JSON, whatever row of it nobody confirmed."""
    law = resolve(name)
    unsure = [rule for rule in law.deadlines_on(None) if rests_on_guesses(law, rule)]
    assert unsure
    for rule in unsure:
        words = ["law", "deadline", name, rule.id, "--from", FROM]
        words += [word for one in rule.earlier_of for word in ("--with", f"{one}=2099-08-03")]
        assert run(words) == 0
        assert "Confidence: unverified." in capsys.readouterr().out
        assert run([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["confidence"] == "unverified"


def test_a_refusal_on_a_guess_says_so(line: Line) -> None:
    """The one who is refused reads it beside the citation, and a program gets it as a field."""
    case = str(line.good("case", "new", by="mara")["reference"])
    line.do(case, "open", "mara")
    request = {"requester": "law-enforcement", "categories": ["other"]}
    asked = line.do(case, "receive-request", "mara", **request)
    paper = line.do(case, "receive-instrument", "mara", kind="subpoena", issuer="attorney")
    fields = {"request": asked, "basis": "subpoena", "instrument": paper}
    words = ("do", case, "approve", "--with", json.dumps({**fields, "categories": ["other"]}))
    told = line(*words, by="mara", as_json=False)
    assert told.code == 4
    provision = resolve("us-co/lcld").value("identity.verified_requesters")
    assert provision.confidence == "unverified"
    assert f"    {provision.citation} (product default, unverified)\n" in told.err
    (one,) = line(*words, by="mara").data["provisions"]
    assert (one["citation"], one["confidence"]) == (provision.citation, "unverified")


def test_flags_and_deadlines_of_a_case_on_a_guess_say_so(line: Line) -> None:
    """A state's subpoena is counted by the federal rule, and its executed-too-late warrant by a
    period that nobody confirmed.
    """
    case = str(line.good("case", "new", by="mara")["reference"])
    line.do(case, "open", "mara")
    line.do(case, "receive-instrument", "mara", kind="subpoena", issuer="attorney", level="county")
    warrant = {"kind": "search-warrant", "issuer": "judge", "level": "county"}
    paper = line.do(case, "receive-instrument", "mara", issued_on="2026-05-01", **warrant)
    line.do(case, "start-warrant-execution", "mara", instrument=paper)
    data = line.good("case", "show", case, by="mara")
    lines = line("case", "show", case, by="mara", as_json=False).out.splitlines()
    unsure = [row for row in data["deadlines"] if row["confidence"] == "unverified"]
    assert {row["rule"] for row in unsure} == {"subpoena-objection", "warrant-window"}
    for row in unsure:
        assert "unverified" in row["flags"]
        begun = f"  {row['effective_on']}  {row['rule']}"
        (shown,) = (one for one in lines if one.startswith(begun))
        assert shown.endswith(", unverified")
    (flagged,) = (one for one in data["flags"] if one["name"] == "executed-after-window")
    assert flagged["confidence"] == "unverified"
    (shown,) = (one for one in lines if one.startswith("  flag executed-after-window: "))
    assert shown.endswith(", unverified)")
    (due,) = line.good("deadlines", by="mara")["deadlines"]
    assert (due["rule"], due["confidence"]) == ("subpoena-objection", "unverified")
    assert line("deadlines", by="mara", as_json=False).out.rstrip().endswith(", unverified")
