"""Benchmarks: each figure is a ratio to its raw ceiling, measured in the same run.

    python3 ops/go.py bench [--records N] [--events N] [--leaves N] [--days N] [--rounds N]
        [--appends N] [--asked N] [--json FILE]
    python3 ops/go.py bench --page [FOLDER] [--sizes N,N] [--packs N] [--kept N,N]
        [--peers PYTHON]
    python3 ops/go.py bench --only STAGE [STAGE]

A ceiling is the same work without the product (`ceilings`). Times on a shared machine mean little;
the ratios mean something, because the product and its ceiling take turns. A figure that misses its
bound is printed as it is, and the exit code stays 0: this is a measurement and no test.

With `--page` the page and its plots are made as well (`page`), with curves over the sizes. What has
been found is written after each figure; a stage that fails is said, and the next one goes on: then
the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from alone import library_peers
from ceilings import ROW_BYTES, cores
from curves import log_figures
from figures import (
    MIB,
    Figure,
    append_figures,
    case_figures,
    root_figure,
    verify_figures,
)
from kept import kept_figures
from law import law_figures
from page import HERE, Run, publish
from peers import Peer, measured
from projections import projection_figures
from stores import APPENDS, store_figures
from web import ASKED, web_figures
from years import DAYS, long_figures

SMALL_LOG = 1_000
SIZES = [1_000, 10_000, 100_000, 1_000_000]
LONG = 100_000
MOST_PACKED = 100_000
KEPT = [1_000, 10_000, 100_000]
"""Sizes of the curves, as far as half an hour on two cores reaches."""


def main() -> int:
    """Measure, print a line a figure as it comes, and write the files that were asked for."""
    asked = _asked()
    # As Ctrl-C does: servers are stopped, and folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    run = Run(machine(), _command(asked))
    print("  ".join(f"{name} {value}" for name, value in run.machine.items()), flush=True)
    # Not in memory, where a commit would cost nothing.
    scratch = Path(tempfile.mkdtemp(prefix="ledger-bench-", dir=asked.folder))
    try:
        every = stages(asked, scratch, run)
        if unknown := set(asked.only or every) - every.keys():
            print(f"No stage is called {', '.join(unknown)}. There are: {', '.join(every)}.")
            return 2
        names = [name for name in every if name in (asked.only or every)]
        done = [_measured(name, every[name], run, asked) for name in names]
    finally:
        shutil.rmtree(scratch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    _keep(Figure("bench: peak memory", peak, "MiB", "", 0, 0), run, asked)
    return 0 if all(done) else 1


def _command(asked: argparse.Namespace) -> str:
    """What was typed, but for places on this machine, which are nobody else's."""
    places = {str(asked.peers): "PYTHON", str(asked.page): "FOLDER"}
    words = [places.get(word, word) for word in sys.argv[1:]]
    return " ".join(["python3 ops/go.py bench", *words])


def _measured(name: str, figures: Iterator[Figure], run: Run, asked: argparse.Namespace) -> bool:
    """One stage: each of its figures kept as it comes, and how long all took; tells if it came to
    its end.
    """
    began = time.perf_counter()
    try:
        for figure in figures:
            _keep(figure, run, asked)
    except Exception as error:
        # Whoever runs this for half an hour wants the other stages, and to see what was wrong.
        traceback.print_exc()
        run.left_out.append(f"The stage “{name}” failed: {type(error).__name__}.")
        return False
    finally:
        run.stages[name] = round(time.perf_counter() - began, 1)
        print(f"[{name}: {run.stages[name]:,.1f} s]", file=sys.stderr, flush=True)
    return True


def _keep(figure: Figure, run: Run, asked: argparse.Namespace) -> None:
    """Print a figure, and write all that there are."""
    run.figures.append(figure)
    run.machine["load_after"] = round(os.getloadavg()[0], 2)
    print(line(figure), flush=True)
    if asked.json is not None:
        asked.json.write_text(run.dump(), encoding="utf-8")
    if asked.page is not None:
        publish(run, asked.page)


def stages(asked: argparse.Namespace, scratch: Path, run: Run) -> dict[str, Iterator[Figure]]:
    """Every stage, in the order of the way of a record; the curves' where a page is made. Nothing
    is measured before somebody asks for the first figure.
    """
    rounds, few = asked.rounds, min(3, asked.rounds)
    paged = asked.page is not None

    def turns(size: int) -> int:
        # What takes minutes is long enough for one turn to be as good as three.
        return few if size < LONG else 1

    logs = asked.sizes if paged else _log_sizes(asked.leaves)
    roots = asked.sizes if paged else [min(asked.leaves, 200_000)]
    packs = {asked.records, *(one for one in asked.sizes if paged and one <= asked.packs)}
    every = {
        "append": append_figures(scratch, rounds),
        "stores": store_figures(scratch, rounds, asked.appends),
        "case": case_figures(scratch, rounds, min(1_000, asked.records)),
        "law": law_figures(rounds),
        "projections": projection_figures(scratch, asked.events, few),
        "web": web_figures(scratch, min(200, asked.events), few, asked.asked),
        "root": (root_figure(leaves, few) for leaves in roots),
        "logs": log_figures(scratch, logs, rounds),
        "years": long_figures(scratch, asked.days, rounds),
        "verify": _each(verify_figures(scratch, one, turns(one)) for one in sorted(packs)),
    }
    if paged:
        run.left_out.extend(_too_large(asked))
        every |= {
            "library": map(_peer, library_peers(scratch, asked.sizes, few)),
            "peers": _peers(asked, scratch, run),
            "kept": _each(
                kept_figures(scratch, one, turns(one), asked.asked) for one in asked.kept
            ),
        }
    return every


_each = chain.from_iterable


def _too_large(asked: argparse.Namespace) -> Iterator[str]:
    """Why a curve ends before the others."""
    largest = asked.sizes[-1]
    if asked.packs < largest:
        yield (
            f"Verifying more than {asked.packs:,} records: each is two files, and writing them"
            f" takes longer than verifying them. `--packs {largest}` does it."
        )
    if asked.kept[-1] < largest:
        yield (
            f"Projections and pages of more than {asked.kept[-1]:,} records: such a ledger is made"
            f" act by act, each judged, sealed and signed. `--kept {largest}` does it."
        )


def _log_sizes(leaves: int) -> list[int]:
    return sorted({SMALL_LOG, max(SMALL_LOG, leaves // 10), max(SMALL_LOG, leaves)})


def _peers(asked: argparse.Namespace, scratch: Path, run: Run) -> Iterator[Figure]:
    """What was found by the Python that has the peers."""
    if asked.peers is None:
        run.left_out.append("No Python was named that has pymerkle and UmaDB: see `peers.py`.")
        return
    found, left_out = measured(asked.peers, asked.sizes, ROW_BYTES, scratch)
    run.left_out.extend(left_out)
    yield from map(_peer, found)


def _peer(one: Peer) -> Figure:
    name = f"{one.by}: {one.work}, {one.size:,}"
    return Figure(name, one.value, "us", "", 0, 0, work=one.work, size=one.size, by=one.by)


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
    parser.add_argument("--appends", type=_number, default=APPENDS, help="of a writer in a turn")
    parser.add_argument("--asked", type=_number, default=ASKED, help="how often a page in a turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument(
        "--page", type=Path, metavar="FOLDER", nargs="?", const=HERE, help="make the page, here"
    )
    parser.add_argument("--only", nargs="+", metavar="STAGE", help="these stages, and no others")
    parser.add_argument("--sizes", type=_numbers, default=SIZES, help="sizes of the curves")
    parser.add_argument("--packs", type=_number, default=MOST_PACKED, help="the largest to verify")
    parser.add_argument("--kept", type=_numbers, default=KEPT, help="sizes made act by act")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="a Python that has the peers")
    parser.add_argument("--folder", type=Path, help="where ledgers are made; by default /tmp's")
    asked = parser.parse_args()
    if asked.only and asked.page == HERE:
        parser.error("Some stages are no page to publish: give --page a folder, or leave it out.")
    return asked


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1 on is wanted")
    return number


def _numbers(text: str) -> list[int]:
    return sorted({_number(one) for one in text.split(",")})


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
