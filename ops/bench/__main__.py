"""Benchmarks: each figure is a ratio to its raw ceiling, measured in the same run.

    python3 ops/go.py bench [--records N] [--events N] [--leaves N] [--days N] [--rounds N]
        [--json FILE]

A ceiling is the same work without the product (`ceilings`). Times on a shared machine mean little;
the ratios mean something, because the product and its ceiling take turns. A figure that misses its
bound is printed as it is, and the exit code stays 0: this is a measurement and no test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from ceilings import cores
from figures import (
    MIB,
    Figure,
    append_figures,
    case_figures,
    growth_figures,
    root_figure,
    verify_figures,
)
from law import law_figures
from projections import projection_figures
from stores import store_figures
from web import web_figures
from years import DAYS, long_figures

SMALL_LOG = 1_000


def main() -> None:
    """Measure, print a line a figure as it comes, and write the file that was asked for."""
    asked = _asked()
    began = time.perf_counter()
    facts = machine()
    print("  ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    # Not in memory, where a commit would cost nothing.
    scratch = Path(tempfile.mkdtemp(prefix="ledger-bench-", dir=asked.folder))
    shown: list[Figure] = []
    try:
        for figure in figures(asked, scratch):
            shown.append(figure)
            print(line(figure), flush=True)
    finally:
        shutil.rmtree(scratch)
    facts["load_after"] = round(os.getloadavg()[0], 2)
    facts["seconds"] = round(time.perf_counter() - began, 1)
    if asked.json is not None:
        report = {"machine": facts, "figures": [asdict(figure) for figure in shown]}
        asked.json.write_text(json.dumps(report, indent=1) + "\n")


def figures(asked: argparse.Namespace, scratch: Path) -> Iterator[Figure]:
    """Every figure, in the order of the way of a record."""
    yield from append_figures(scratch, asked.rounds)
    yield from store_figures(scratch, asked.rounds)
    yield from case_figures(scratch, asked.rounds, min(1_000, asked.records))
    yield from law_figures(asked.rounds)
    yield from projection_figures(scratch, asked.events, min(3, asked.rounds))
    yield from web_figures(scratch, min(200, asked.events), min(3, asked.rounds))
    yield root_figure(min(asked.leaves, 200_000), asked.rounds)
    yield from verify_figures(scratch, asked.records, min(3, asked.rounds))
    sizes = sorted({SMALL_LOG, max(SMALL_LOG, asked.leaves // 10), max(SMALL_LOG, asked.leaves)})
    yield from growth_figures(scratch, tuple(sizes), asked.rounds)
    yield from long_figures(scratch, asked.days, asked.rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    yield Figure(f"bench, {asked.leaves:,} leaves: peak memory", peak, "MiB", "", 0, 0)


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": cores(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("cryptography", "eventsourcing", "msgspec")},
        "load_before": round(os.getloadavg()[0], 2),
    }


def line(figure: Figure) -> str:
    """One row of the table."""
    measured = f"{figure.value:>11,.1f} {figure.unit}"
    if not figure.against:
        return f"{figure.name:<42}{measured}"
    kept = {None: "", True: "holds", False: "missed"}[figure.holds]
    judged = f"{figure.ratio:>6.2f} {figure.bound:<8}{kept:<7}"
    return (
        f"{figure.name:<42}{measured}  {judged}"
        f" ({figure.against}: {figure.ceiling:,.1f} {figure.unit})"
    )


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/go.py bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=_number, default=20_000, help="records to verify")
    parser.add_argument("--leaves", type=_number, default=100_000, help="leaves of the largest log")
    parser.add_argument("--events", type=_number, default=10_000, help="records to project")
    parser.add_argument("--days", type=_number, default=DAYS, help="days of the log of a year")
    parser.add_argument("--rounds", type=_number, default=8, help="how often each takes its turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("--folder", type=Path, help="where ledgers are made; by default /tmp's")
    return parser.parse_args()


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1 on is wanted")
    return number


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
