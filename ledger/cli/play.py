"""Commands that play: scenario files, and the demonstration."""

from __future__ import annotations

import signal
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ledger.cli.app import session
from ledger.outcomes import GOOD, PROOF_FAILED, USAGE
from ledger.scenario.file import ScenarioUnusable
from ledger.scenario.play import run as play
from ledger.scenario.report import Report

scenario = App(name="scenario", help="Scenario files: law as stories that a lawyer can write.")


@scenario.command
def run(*files: Path, keep: Path | None = None) -> int:
    """Play each file in a throw-away ledger, by the file's own clock.

    Exit 0 when all came out as expected, 1 when something did not, 2 for a file that cannot be
    used.

    Parameters
    ----------
    files
        Scenario files; their format is described in ops/scenarios/README.md.
    keep
        Keep each ledger in a folder of the file's name below this one.
    """
    s = session()
    if not files:
        raise ScenarioUnusable("Name at least one scenario file.")
    rows: list[dict[str, object]] = []
    lines: list[str] = []
    worst = GOOD
    for file in files:
        try:
            report = play(file, None if keep is None else keep / file.stem)
        except ScenarioUnusable as error:
            worst = USAGE
            rows.append({"file": file.name, "unusable": str(error)})
            lines.append(f"UNUSABLE  {file.name}: {error}")
            continue
        worst = max(worst, GOOD if report.passed else PROOF_FAILED)
        rows.append(_row(file, report))
        lines.append(f"{'as told  ' if report.passed else 'DIFFERENT'}  {report.title}")
        lines += [f"    {file.name}, {mismatch}" for mismatch in report.mismatches]
    s.answer({"scenarios": rows}, lines)
    return worst


def demo(*, home: Path | None = None, once: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Found a ledger, play the shipped stories into it, publish, verify, tamper with a copy, and
    serve it to browsers until Ctrl-C.

    Parameters
    ----------
    home
        Keep the ledger in this empty folder.
    once
        End by itself, and serve nothing.
    """
    from ledger.cli.demonstration import Demonstration

    # Whoever ends it by a signal is left no temporary ledger either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return Demonstration(home, partial(print, flush=True), stays=not once).run()


def _row(file: Path, report: Report) -> dict[str, object]:
    return {
        "file": file.name,
        "title": report.title,
        "passed": report.passed,
        "mismatches": [str(one) for one in report.mismatches],
        "home": None if report.home is None else str(report.home),
    }
