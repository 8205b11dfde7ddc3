"""What is written beside the code agrees with the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib

import pytest

from tests.house.tree import ROOT, named, parsed, python_files

PROSE = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("ops/**/*.md"))]
ADRS = sorted(ROOT.glob("ops/adr/[0-9]*.md"))


def said_by(*command: str) -> str:
    """Give what a program of this tree prints when it is asked for help."""
    asked = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return asked.stdout


def test_every_test_says_what_it_shows() -> None:
    """The docstrings of the tests, read one after another, are the specification."""
    silent = [
        f"{named(path)}:{node.lineno}: {node.name}"
        for path in python_files("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").endswith((".", "?", "!"))
    ]
    assert not silent


def test_every_module_says_what_it_is() -> None:
    """A module that holds code begins with a docstring."""
    code = [path for path in python_files() if parsed(path).body]
    assert [named(path) for path in code if ast.get_docstring(parsed(path)) is None] == []


def test_the_words_of_the_starter_are_the_words_of_the_documents() -> None:
    """Every `ops/go.py` word in a document exists, and the README names all of them."""
    words = set(re.findall(r"^  (\w+)  ", said_by("ops/go.py", "-h"), re.MULTILINE))
    written = {p: set(re.findall(r"ops/go\.py (\w+)", p.read_text("utf-8"))) for p in PROSE}
    assert words == written[ROOT / "README.md"] == {"demo", "test", "check", "fix", "bench"}
    for path, used in written.items():
        assert used <= words, named(path)


def test_an_unknown_word_is_a_usage_error() -> None:
    """The starter answers a word that it does not know with exit code 2 and a sentence."""
    command = [sys.executable, str(ROOT / "ops" / "go.py"), "dance"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "'dance' is not a word that this knows." in asked.stderr
    assert asked.stdout == ""


@pytest.mark.parametrize(
    ("module", "command", "written"),
    [
        ("ledger.verify", ["-m", "ledger.verify", "--help"], r"-m ledger\.verify (.+)"),
        ("ledger.cli", ["-m", "ledger.cli", "demo", "--help"], r"`demo (--.+?)`"),
    ],
)
def test_the_options_in_the_readme_are_the_programs_own(
    module: str, command: list[str], written: str
) -> None:
    """An option that the README shows for a program stands in that program's help."""
    shown = re.findall(written, (ROOT / "README.md").read_text(encoding="utf-8"))
    options = {option for line in shown for option in re.findall(r"--[a-z-]+", line)}
    told = said_by(*command)
    assert options, f"the README shows no option of {module}"
    assert {option for option in options if option not in told} == set()


def test_a_link_inside_the_tree_leads_somewhere() -> None:
    """A relative link in a document points at a file that exists."""
    for path in PROSE:
        for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
            assert "://" in target or (path.parent / target).exists(), f"{named(path)}: {target}"


def test_the_readme_names_every_room() -> None:
    """A reader finds each package of the product in the README's picture of the tree."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = [path.parent for path in ROOT.glob("ledger/*/__init__.py")]
    missing = [named(room) for room in rooms if f"{room.name}/" not in readme]
    assert not missing


def test_the_changelog_has_the_version() -> None:
    """The version in pyproject.toml has its entry in the change log."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    """ADR numbers run from 0001, each once, and each title carries its number."""
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    for path in ADRS:
        title = path.read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# {path.name[:4]} "), named(path)


def test_a_decision_names_what_was_not_chosen_and_what_it_costs() -> None:
    """An ADR weighs at least two options and owns up to the bad consequences."""
    for path in ADRS:
        text = path.read_text(encoding="utf-8")
        sections = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert {"Context", "Options", "Decision", "Consequences"} <= set(sections), named(path)
        options = text.split("## Options")[1].split("\n## ")[0]
        assert len(re.findall(r"^(?:\d+\.|[-*|])", options, re.MULTILINE)) >= 2, named(path)
        assert "bad" in text.split("## Consequences")[1].lower(), named(path)
