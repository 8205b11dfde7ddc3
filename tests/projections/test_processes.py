"""Several programs project one ledger at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ledger import projecting
from ledger.projections.checking import first_difference
from ledger.projections.definitions import DEFINITIONS
from tests.house.tree import ROOT
from tests.projections.library import Library

AT_ONCE = 4


def run_at_once(home: Path, *words: str) -> list[str]:
    """Start a command several times over, and give what went wrong."""
    command = [sys.executable, "-m", "ledger.cli", "--home", str(home), "projection", *words]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(AT_ONCE)
    ]
    ended = [one.communicate() for one in started]
    return [said.decode() for _, said in ended if said]


def test_programs_that_project_at_once_leave_what_one_would(library: Library) -> None:
    """The first run, a run that goes on and a rebuild: no page twice, none skipped, no error."""
    for words in (("run",), ("run",), ("rebuild", "history")):
        reference = library.eventful()
        assert run_at_once(library.home.path, *words) == []
        library.runner().catch_up()
        source = projecting.source(library.home, library.register.reader(None))
        assert first_difference(source, library.home.projected, DEFINITIONS) is None
        assert reference in str(library.stored()["cases.v3"])
    grown = library.stored()
    library.runner().rebuild(DEFINITIONS)
    assert library.stored() == grown
