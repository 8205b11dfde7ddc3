"""What operators read agrees with the program: units, alerts, and the way from nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli.app import app
from tests.house.tree import ROOT

OPS = ROOT / "ops"
UNITS = sorted(OPS.glob("systemd/ledger-*.service"))
PROGRAM = "/usr/local/lib/ledger/.venv/bin/disclosure-ledger"
NOT_WORDS = re.compile(r"[<>|]|\d[<>]|&&|;")


def calls(text: str, program: str) -> Iterator[list[str]]:
    """Every line of the shell that calls a program, without what the shell takes for itself; what
    only the shell knows is any word.
    """
    bare = re.sub(r"/bin/sh -c '(.*)'$", r"\1", text, flags=re.MULTILINE)
    known = re.sub(r"\$\(.*?\)|\$\w+", "x", bare)
    for found in re.finditer(rf"^(?:.*&& )?(?:exec )?{program} (.+)$", known, re.MULTILINE):
        yield shlex.split(NOT_WORDS.split(found[1])[0])


def check(words: list[str]) -> None:
    """See that the command line takes these words. Raises: CycloptsError."""
    _, bound, _ = app.meta.parse_args(words, print_error=False, exit_on_error=False)
    app.parse_args(list(bound.args), print_error=False, exit_on_error=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.stem)
def test_a_unit_starts_what_there_is(unit: Path) -> None:
    """Its command is one of ours with options of ours, and what documents it is a file of ours."""
    text = unit.read_text(encoding="utf-8")
    found = [*calls("\n".join(re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)), PROGRAM)]
    assert len(found) == 1
    check(found[0])
    (documented,) = re.findall(
        r"^Documentation=file:/usr/local/lib/ledger/(.+)$", text, re.MULTILINE
    )
    assert (ROOT / documented).is_file()


def test_every_timer_has_its_service() -> None:
    """What a timer starts is there."""
    for timer in OPS.glob("systemd/*.timer"):
        assert timer.with_suffix(".service") in UNITS, timer.name


def test_every_command_on_the_way_to_a_ledger_is_one() -> None:
    """The commands of ops/README.md and its drop-in are taken; each file it names is there."""
    text = (OPS / "README.md").read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"^    (.+)$", text, re.MULTILINE))
    found = [*calls(lines, "ledger"), *calls(lines.replace("ExecStart=", ""), PROGRAM)]
    assert len(found) >= 7
    for words in found:
        check(words)
    for place in re.findall(r"/usr/local/lib/ledger/(ops/[\w./-]+)", lines):
        assert (ROOT / place.rstrip("-")).exists() or [*ROOT.glob(f"{place}*")], place


def test_an_alert_leads_to_its_page() -> None:
    """The page that an alert names is there; the others name the page of the problem's code."""
    named = re.findall(r'runbook: "(.+)"', (OPS / "alerts.yml").read_text(encoding="utf-8"))
    assert named
    for one in named:
        assert "$labels.code" in one or (ROOT / one).is_file(), one
