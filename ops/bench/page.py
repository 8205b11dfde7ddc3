"""The page of the figures: `README.md` beside this file and its plots, made from one run's JSON.

    python3 ops/go.py bench --page          measure, and make the page
    python ops/bench/page.py [FOLDER]       make it once more from `published/figures.json`

No figure is written by hand: what the page says is in the JSON, and a house test makes it again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from figures import Figure
from plot import Line, plot, spoken
from works import WORKS, WRITERS, Work

HERE = Path(__file__).resolve().parent
PUBLISHED = "published"
FIGURES = "figures.json"
OURS, CEILING = "the ledger", "the raw ceiling"


@dataclass(frozen=True)
class Run:
    """What one run found: the machine, the figures, what each stage took, and what was left out."""

    machine: dict[str, object]
    asked: str
    figures: list[Figure] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def load(cls, text: str) -> Run:
        """From JSON."""
        found = json.loads(text)
        return cls(**{**found, "figures": [Figure(**one) for one in found["figures"]]})


def publish(run: Run, folder: Path) -> None:
    """Write the figures, the plots and the page below a folder; plots of an older run go."""
    place, files = folder / PUBLISHED, rendered(run)
    place.mkdir(parents=True, exist_ok=True)
    (place / FIGURES).write_text(run.dump(), encoding="utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for plot_file in place.glob("*.svg"):
        if f"{PUBLISHED}/{plot_file.name}" not in files:
            plot_file.unlink()


def rendered(run: Run) -> Mapping[str, str]:
    """The files of the page by their names: `README.md` and a plot for each curve."""
    curves = {work: curve for work in WORKS if (curve := Curve.of(work, run.figures)).ours}
    plots = {f"{PUBLISHED}/{work.key}.svg": curve.drawn() for work, curve in curves.items()}
    parts = [*_opening(run)]
    for work, curve in curves.items():
        parts += [f"## {work.title}", work.what]
        parts.append(f"![{work.title}: cost against size]({PUBLISHED}/{work.key}.svg)")
        parts += [curve.table(), f"The ceiling: {_small(work.ceiling)}"]
        parts += [work.peers] if work.peers and curve.peers else []
    parts += [*_closing(run)]
    return {"README.md": "\n\n".join(parts) + "\n", **plots}


class Curve:
    """One work's figures by size, with those of its peers."""

    def __init__(
        self, work: Work, ours: Sequence[Figure], peers: Mapping[str, Sequence[Figure]]
    ) -> None:
        self.work, self.ours, self.peers = work, ours, peers

    @classmethod
    def of(cls, work: Work, figures: Sequence[Figure]) -> Curve:
        """Pick a work's figures out of all."""
        found = sorted((one for one in figures if one.work == work.key), key=_by_and_size)
        lines = {by: list(ones) for by, ones in groupby(found, attrgetter("by"))}
        return cls(work, lines.pop("", []), lines)

    def drawn(self) -> str:
        """The plot."""
        lines = [
            Line(OURS, [(one.size, one.value) for one in self.ours]),
            Line(CEILING, [(one.size, one.ceiling) for one in self.ours]),
        ]
        for by, ones in self.peers.items():
            lines.append(Line(by, [(one.size, one.value) for one in ones]))
        return plot(self.work.title, lines, self.work.across)

    def table(self) -> str:
        """Each size with its cost, its ceiling, and how it grew."""
        least = self.ours[0]
        head = (self.work.across, OURS, CEILING, "reached", f"beside {least.size:,}", *self.peers)
        return _table(
            head,
            [
                (
                    f"{one.size:,}",
                    spoken(one.value),
                    spoken(one.ceiling),
                    f"{one.ratio:.2f}",
                    f"{one.value / least.value:.2f} ×",
                    *(self._at(by, one.size) for by in self.peers),
                )
                for one in self.ours
            ],
        )

    def _at(self, by: str, size: int) -> str:
        """What a peer takes, at the size of its own that is nearest."""
        nearest = min(self.peers[by], key=lambda one: abs(one.size - size))
        return spoken(nearest.value) if 2 * abs(nearest.size - size) < size else "–"


def _by_and_size(figure: Figure) -> tuple[str, int]:
    return figure.by, figure.size


def _opening(run: Run) -> Iterator[str]:
    yield "# What it costs"
    yield (
        "Each figure stands beside its raw ceiling: the same work without the product, measured in"
        " the same run and in turns with it. Times are those of one machine; the ratios mean"
        f" something elsewhere too. The page is made from [{FIGURES}]({PUBLISHED}/{FIGURES}), and"
        " that by"
    )
    yield f"    {run.asked}"
    bounded = [one for one in run.figures if one.holds is not None]
    missed = [one for one in bounded if not one.holds]
    yield f"**{len(bounded) - len(missed)} of {len(bounded)} bounds hold**" + (
        "; those that are missed stand first [below](#bounds)." if missed else "."
    )
    yield _table(("measured on", ""), [(name, str(said)) for name, said in run.machine.items()])
    load, cores = run.machine["load_before"], run.machine["cores"]
    if isinstance(load, float) and isinstance(cores, int) and load > cores / 4:
        yield "**Other programs ran on this machine at the same time.** Its times are too long."
    yield (
        "*Reached* is the ceiling's time as a share of ours: at 1 the product costs nothing. The"
        " last columns are other programs, where they do something that can be set beside it."
    )


def _closing(run: Run) -> Iterator[str]:
    plain = [one for one in run.figures if not one.work]
    key, title, told = WRITERS
    if parts := [one for one in run.figures if one.work == key]:
        yield f"## {title}"
        yield told
        yield _table(("", "measured", "of", "", "share", "", ""), map(_row, parts))
    bounded = sorted((one for one in run.figures if one.bound), key=lambda one: one.holds is True)
    yield "## Bounds"
    yield "What a figure should reach, or stay below. A figure that misses its bound stays here."
    yield _table(("", "measured", "beside", "", "ratio", "bound", ""), map(_row, bounded))
    yield "## Without a bound"
    yield _table(
        ("", "measured", "beside", "", "ratio", "", ""),
        [_row(one) for one in plain if not one.bound],
    )
    if run.left_out:
        yield "## Left out"
        yield "\n".join(f"* {one}" for one in run.left_out)
    yield "## How long it took"
    yield _table(
        ("stage", "seconds"), [(name, f"{took:,.0f}") for name, took in run.stages.items()]
    )


def _row(one: Figure) -> tuple[str, ...]:
    kept = {None: "", True: "holds", False: "**missed**"}[one.holds]
    beside = _said(one.ceiling, one.unit) if one.against else ""
    ratio = f"{one.ratio:.2f}" if one.against else ""
    return one.name, _said(one.value, one.unit), one.against, beside, ratio, one.bound, kept


def _said(value: float, unit: str) -> str:
    return spoken(value) if unit == "us" else f"{value:,.1f} {unit}".rstrip()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> str:
    """A table whose first column is words, and the others figures."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1]) if sys.argv[1:] else HERE
    publish(Run.load((FOLDER / PUBLISHED / FIGURES).read_text(encoding="utf-8")), FOLDER)
