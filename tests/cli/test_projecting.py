"""Projections at the command line: run, look, check, make anew, attest, prove."""

from __future__ import annotations

from pathlib import Path

from ledger.home import opened
from tests.cli.conftest import Line

NAMES = 11


def in_the_open(line: Line) -> str:
    """A case that stands open."""
    reference: str = line.good("case", "new", by="mara")["reference"]
    line.good("do", reference, "open", by="mara")
    return reference


def test_what_there_is_is_listed_run_and_told(line: Line) -> None:
    """Nobody need be named: the timer runs it, and monitoring reads how far it has come."""
    assert len(line.good("projection", "list")["projections"]) == NAMES
    assert line.good("projection", "status")["projections"][0]["position"] is None
    reference = in_the_open(line)
    done = line.good("projection", "run")["projections"]
    assert {one["behind"] for one in done} == {0}
    assert {one["stopped"] for one in done} == {None}
    (row,) = line.good("projection", "show", "cases", by="mara")["rows"]
    assert row["reference"] == reference
    assert line.good("projection", "verify")["difference"] is None


def test_a_sealed_case_is_shown_in_memory_to_who_opens_it(line: Line) -> None:
    """The same rows, made for one person and stored nowhere; the look is recorded."""
    line.enrol("kim", "staff")
    sealed = line.good("case", "new", by="mara")["reference"]
    shown = line.good("projection", "show", "history", by="mara")["rows"]
    assert {row["reference"] for row in shown} == {sealed}
    assert line.good("projection", "show", "history", by="kim")["rows"] == []
    assert sealed in str(line.good("reads", "list", by="tom"))
    people = {row["person"] for row in line.good("projection", "show", "keys", by="kim")["rows"]}
    assert {"mara", "tom", "kim"} <= people


def test_an_altered_row_is_named_and_made_anew(line: Line) -> None:
    """Exit code 1 and the place; after a rebuild everything is whole."""
    reference = in_the_open(line)
    line.good("projection", "run")
    with opened(line.home) as home, home.open.database.writing() as cursor:
        cursor.execute("UPDATE projected SET row = '{}' WHERE view = 'cases.v3'")
    told = line("projection", "verify", "cases")
    assert told.code == 1
    assert told.data["difference"]["key"] == reference
    line.good("projection", "rebuild", "cases")
    assert line.good("projection", "verify", "cases")["difference"] is None


def test_an_attestation_and_a_proof_are_made_and_checked(line: Line, tmp_path: Path) -> None:
    """Mara attests to what was published; anybody with the ledger checks it."""
    reference = in_the_open(line)
    line.later(days=4)
    line.good("tick")
    line.good("projection", "attest", "cases", str(tmp_path / "cases"), by="mara")
    assert line("projection", "attest", "cases", str(tmp_path / "cases"), by="mara").code == 2
    found = line.good("projection", "verify", str(tmp_path / "cases"))
    assert (found["person"], found["difference"]) == ("mara", None)
    line.good("projection", "prove", "cases", reference, str(tmp_path / "row"), by="mara")
    assert line.good("projection", "verify", str(tmp_path / "row"))["rows"] == 1
    proof, whole = tmp_path / "row", tmp_path / "cases"
    key = line.good("projection", "prove", "cases", reference, str(proof), by="mara")["key"]
    for file in (proof, whole):
        assert line.good("projection", "verify", str(file), "--key", key)["difference"] is None
    rows = whole / "rows.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b'"status"', b'"Status"').replace(b"mara", b"tom"))
    assert line("projection", "verify", str(whole), "--key", key).code == 1
    assert line("projection", "verify", str(tmp_path), "--key", key).code == 2
    assert line("projection", "verify", str(proof), "--key", "none").code == 2
    other = line.good("projection", "prove", "cases", reference, str(tmp_path / "r2"), by="tom")
    assert line("projection", "verify", str(proof), "--key", other["key"]).code == 1
    assert line("projection", "prove", "cases", "x", str(tmp_path / "no"), by="mara").code == 2
    assert line("projection", "prove", "cases", reference, "/nowhere/row", by="mara").code == 5
    assert line("projection", "rebuild", "nothing").code == 2
