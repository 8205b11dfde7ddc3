"""The bench runs, and measures everything that it is there for. How fast is no matter here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

SMALL = (
    *("--records", "12", "--events", "60", "--leaves", "1500", "--days", "2", "--rounds", "1"),
)


def test_the_bench_measures_all_that_was_asked_for(tmp_path: Path) -> None:
    """A small run prints a line a figure, and writes the same with what it was measured on."""
    report = tmp_path / "figures.json"
    command = [sys.executable, str(ROOT / "ops" / "bench"), *SMALL, "--json", str(report)]
    command += ["--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(report.read_text())
    assert {"cores", "python", "cryptography", "eventsourcing"} <= found["machine"].keys()
    names = [figure["name"] for figure in found["figures"]]
    for word in (
        "append",
        "verify",
        "root",
        "peak memory",
        "decide",
        "resolve",
        "projections",
        "page",
    ):
        assert any(word in name for name in names), word
    for work in ("append", "tick", "proof"):
        assert f"{work} at 1,500 leaves" in names
    for clock in ("PC", "server"):
        assert {f"catch-up after 2 silent days, {clock}", f"verify 2 days' log, {clock}"} <= {
            *names
        }
    assert all(figure["value"] > 0 for figure in found["figures"])
    judged = [figure for figure in found["figures"] if figure["bound"]]
    assert all(figure["ratio"] > 0 and figure["holds"] is not None for figure in judged)
    assert len(judged) >= 8
    printed = done.stdout.splitlines()[1:]
    assert [line[:20].strip() for line in printed] == [name[:20].strip() for name in names]
    assert list(tmp_path.iterdir()) == [report]


def test_the_bench_refuses_what_is_no_number() -> None:
    """A number of rounds that cannot be is said so, before anything is measured."""
    command = [sys.executable, str(ROOT / "ops" / "bench"), "--rounds", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "a number from 1 on is wanted" in done.stderr
