"""The bench runs, and measures everything that it is there for. How fast is no matter here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.house.tree import ROOT

BENCH = ROOT / "ops" / "bench"
FIGURES = BENCH / "published" / "figures.json"
PLOTS = sorted(FIGURES.parent.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
EDGE = 530
"""Where a plot ends across; right of it stand the names of its lines."""
STAGES = {
    *("append", "stores", "case", "law", "projections", "web", "root", "logs", "years", "verify"),
    *("library", "peers", "kept"),
}
CURVES = {
    *((work, "") for work in ("append", "tick", "proof", "root", "verify", "rebuild")),
    ("writers", ""),
    *((f"page-{side}", "") for side in ("desk", "room")),
    *((work, "eventsourcing") for work in ("append", "rebuild")),
}
SMALL = (
    *("--records", "12", "--events", "60", "--leaves", "1500", "--days", "2", "--rounds", "1"),
    *("--sizes", "1000,1500", "--packs", "12", "--kept", "40", "--appends", "8", "--asked", "20"),
)


def test_the_bench_measures_all_that_was_asked_for(tmp_path: Path) -> None:
    """A small run prints a line a figure, and writes the same with what it was measured on."""
    report, page = tmp_path / "figures.json", tmp_path / "page"
    done = measured(*SMALL, "--json", report, "--page", page, "--folder", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    assert set(found["stages"]) == STAGES
    assert {(one["work"], one["by"]) for one in found["figures"]} >= CURVES
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
    assert report.read_bytes() == (page / "published" / "figures.json").read_bytes()
    assert {*tmp_path.iterdir()} == {report, page}


def test_the_bench_refuses_what_is_no_number() -> None:
    """A number of rounds that cannot be is said so, before anything is measured."""
    for option, value in (("--rounds", "0"), ("--sizes", "10,x")):
        done = measured(option, value)
        assert done.returncode == 2
        assert "a number from 1 on is wanted" in done.stderr


def test_the_bench_refuses_a_stage_that_it_does_not_have(tmp_path: Path) -> None:
    """Who asks for a stage that there is not is told which there are."""
    done = measured("--only", "law", "lwa", "--folder", tmp_path)
    assert done.returncode == 2
    assert "No stage is called lwa. There are: append, stores, " in done.stdout
    assert not [*tmp_path.iterdir()]


def test_a_part_is_not_published() -> None:
    """Some stages alone do not take the place of the page that is published."""
    done = measured("--page", "--only", "law")
    assert done.returncode == 2
    assert "give --page a folder" in done.stderr


def test_a_stage_that_fails_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    """A Python that is none ends its own stage: what came before stays, and the page says so."""
    options = ("--page", tmp_path, "--only", "root", "peers", "--peers", tmp_path / "none")
    done = measured(*SMALL, *options)
    assert done.returncode == 1
    found = json.loads((tmp_path / "published" / "figures.json").read_text())
    assert [one["size"] for one in found["figures"] if one["work"] == "root"] == [1_000, 1_500]
    said = "The stage “peers” failed: FileNotFoundError."
    assert said in found["left_out"]
    assert f"* {said}\n" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_published_page_is_what_its_figures_say(tmp_path: Path) -> None:
    """Page and plots, made again from the figures beside them, are those that are published: no
    figure was written by hand, and none is older than another.
    """
    assert rendered(tmp_path, FIGURES.read_text(encoding="utf-8")) == {
        path.relative_to(BENCH).as_posix(): path.read_bytes()
        for path in (BENCH / "README.md", *(BENCH / "published").iterdir())
    }


def test_a_figure_that_is_altered_alters_the_page(tmp_path: Path) -> None:
    """Each point of a curve stands on the page and in its plot, in words that can be read out."""
    run = json.loads(FIGURES.read_text(encoding="utf-8"))
    one = next(one for one in run["figures"] if one["size"] and not one["by"])
    one["value"] *= 7
    altered, plot = rendered(tmp_path, json.dumps(run)), f"published/{one['work']}.svg"
    for name in ("README.md", plot):
        assert altered[name] != (BENCH / name).read_bytes()


@pytest.mark.parametrize("path", PLOTS, ids=lambda path: path.stem)
def test_a_plot_can_be_read_out(path: Path) -> None:
    """A plot is well-formed, says its title and every point in words, and fetches nothing."""
    text = path.read_text(encoding="utf-8")
    drawn = ElementTree.fromstring(text)  # noqa: S314 - a file of our own tree.
    assert drawn.get("role") == "img"
    labels = [drawn.find(f"{SVG}{name}") for name in ("title", "desc")]
    assert [one is not None and one.get("id") for one in labels] == ["title", "desc"]
    told = labels[1].text or "" if labels[1] is not None else ""
    points = [one for one in drawn.iter(f"{SVG}circle") if float(one.get("cx", "0")) <= EDGE]
    assert len(points) == told.count(" at ") >= 2
    assert not {"script", "image", "use", "foreignObject"} & {
        one.tag.removeprefix(SVG) for one in drawn.iter()
    }
    assert "href" not in text
    assert "url(" not in text


def measured(*options: object) -> subprocess.CompletedProcess[str]:
    """Run the bench."""
    command = [sys.executable, str(BENCH), *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def rendered(folder: Path, figures: str) -> dict[str, bytes]:
    """The page that some figures give, each file by its name."""
    (folder / "published").mkdir()
    (folder / "published" / "figures.json").write_text(figures, encoding="utf-8")
    command = [sys.executable, str(BENCH / "page.py"), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
