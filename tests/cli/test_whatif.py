"""A case as another law would have it: what would be different, and that nothing is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.domain.law.pack import resolve
from tests.cli.conftest import Line


def disclosed_on_a_subpoena(line: Line) -> str:
    """A case under Colorado's law in which a subpoena alone sufficed, with a hold."""
    reference = line.good("case", "new", by="mara")["reference"]
    line.do(reference, "open", "mara")
    asked = line.do(
        reference, "receive-request", "mara", requester="attorney", categories=["circulation"]
    )
    paper = line.do(
        reference, "receive-instrument", "mara", kind="subpoena", issuer="clerk", level="state"
    )
    kept = line.do(
        reference,
        "receive-preservation-request",
        "mara",
        level="state",
        categories=["circulation"],
    )
    held = {"categories": ["circulation"], "places": ["library-system"]}
    line.do(reference, "place-hold", "mara", request=kept, **held)
    line.do(
        reference,
        "approve",
        "mara",
        request=asked,
        basis="subpoena",
        instrument=paper,
        categories=["circulation"],
    )
    return str(reference)


def test_under_missouris_law_a_subpoena_alone_would_have_been_refused(line: Line) -> None:
    """The approval meets the provisions that stand against it there, each with its source."""
    reference = disclosed_on_a_subpoena(line)
    before = line.good("case", "history", reference, by="mara")
    found = line.good("law", "what-if", reference, "--pack", "us-mo/jcl", by="mara")
    (one,) = (one for one in found["decisions"] if one["type"] == "approval-granted.v1")
    rules = {no["rule"] for no in one["against"]}
    assert {"basis_in_law_v1", "counsel_was_heard_v2"} <= rules
    assert one["no_longer"] == []
    assert all(no["citation"] for no in one["against"])
    assert "subpoena-not-sufficient" in {flag["name"] for flag in found["flags_new"]}
    moved = {one["rule"] for one in found["deadlines"]}
    assert "public-records-response" not in moved
    assert line.good("case", "history", reference, by="mara") == before

    told = line("law", "what-if", reference, "--pack", "us-mo/jcl", by="mara", as_json=False)
    assert told.out.startswith(f"{reference} if us-mo/jcl had held:\n")
    assert "flagged subpoena-not-sufficient" in told.out
    assert "(RSMo 182.817.1(2), verified)" in told.out


def test_under_another_law_a_duty_would_have_its_day(line: Line) -> None:
    """The District of Columbia has a patron told of a subpoena, which Colorado does not."""
    reference = disclosed_on_a_subpoena(line)
    found = line.good("law", "what-if", reference, "--pack", "us-dc", by="mara")
    (one,) = (one for one in found["deadlines"] if one["rule"] == "patron-notice")
    assert one["then"] is None
    assert one["under_other"]["effective_on"] > "2026"


def test_under_its_own_law_nothing_would_be_different(line: Line) -> None:
    """The law at the act, asked again, says what it said."""
    reference = disclosed_on_a_subpoena(line)
    found = line.good("law", "what-if", reference, "--pack", "us-co/lcld", by="mara")
    assert [found[name] for name in ("decisions", "flags_gone", "flags_new", "deadlines")] == [
        [],
        [],
        [],
        [],
    ]
    told = line("law", "what-if", reference, "--pack", "us-co/lcld", by="mara", as_json=False)
    assert told.out.endswith("Nothing would be different.\n")


def test_a_law_that_is_not_there_and_a_case_that_is_not(line: Line) -> None:
    """Each gets its sentence, and nothing is shown."""
    reference = line.good("case", "new", by="mara")["reference"]
    none = line("law", "what-if", reference, "--pack", "us-zz", by="mara")
    assert none.code == 2
    assert "There are: us, us-c" in none.data["error"]
    missing = line("law", "what-if", "ZZZZ-ZZZZ-Z", "--pack", "us-co", by="mara")
    assert missing.code != 0


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [({"of_tomorrow": 2}, "newer than this program"), ({}, "older than this act")],
    ids=["tomorrow's", "yesterday's"],
)
def test_a_law_of_another_program_gets_a_sentence(
    line: Line, tmp_path: Path, rules: dict[str, int], sentence: str
) -> None:
    """A resolved law that lists rules which this program lacks, or none at all, is no answer."""
    reference = disclosed_on_a_subpoena(line)
    law = tmp_path / "law.json"
    law.write_bytes(resolve("us-co", rules).dump())
    answer = line("law", "what-if", reference, "--pack", str(law), by="mara")
    assert answer.code == 2
    assert sentence in answer.data["error"]
