"""The shortcut that these tests take through the command line's library changes no answer."""

from __future__ import annotations

import pytest
from cyclopts import App

from ledger.cli.app import run
from tests.signatures import worked_out

INIT = ["init", *("--origin", "a", "--director", "mara", "--second", "tom", "--zone", "Nowhere")]
CALLS = (
    ["law", "deadline", "us-co", "preservation", "--from", "2026-06-19"],
    ["law", "deadline", "us", "preservation", "--from", "2026-07-20", "--zone", "UTC", "--json"],
    ["law", "deadline", "us-co", "preservation", "--json"],
    ["law", "deadline", "us-co", "preservation", "--from", "2026-06-19", "--lo"],
    ["law", "deadline", "--help"],
    [*INIT, "--recovery-holder", "mara", "--recovery-holder", "tom"],
    INIT,
    ["init", "--help"],
    ["--help"],
)


def asked(capsys: pytest.CaptureFixture[str]) -> list[tuple[int | str | None, str, str]]:
    """How each call ends, and what it prints."""
    ends: list[tuple[int | str | None, str, str]] = []
    for call in (*CALLS, *CALLS):
        code: int | str | None
        try:
            code = run(call)
        except SystemExit as ending:
            code = ending.code
        ends.append((code, *capsys.readouterr()))
    return ends


def test_answers_are_those_of_signatures_that_are_worked_out_each_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words, options and mistakes of one call leave nothing behind for the next."""
    remembered = asked(capsys)
    assert {end[0] for end in remembered} == {0, 2}
    monkeypatch.setattr(App, "assemble_argument_collection", worked_out)
    assert asked(capsys) == remembered
